use std::sync::Arc;

use kernel::{
    Act, Decided, Guard, OrganizationId, Permission, Problems, Store, UnitOfWork, Write, carry_out, is_invisible,
};

use crate::model::CustomPermission;
use crate::ports::{CustomPermissions, Snapshots};
use crate::{Action, Change, Deed, Error, Holder, manager};

/// Adds a permission to an organization's own: for its applications, which ask us about it.
pub struct DeclarePermission {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who may do what.
    pub snapshots: Arc<dyn Snapshots>,
    /// Which permissions there are.
    pub permissions: Arc<dyn CustomPermissions>,
}

impl DeclarePermission {
    /// How many an organization declares at most.
    pub const MOST: usize = 500;
    const LONGEST: usize = 200;

    /// Owners hold it at once; others, where a wildcard of theirs does.
    pub async fn run(
        &self,
        act: &Act,
        organization: OrganizationId,
        key: &str,
        description: &str,
    ) -> Result<CustomPermission, Error> {
        let (permission, description) = check(key, description)?;
        carry_out(self.store.as_ref(), act, || async {
            let snapshot = self.snapshots.current(organization).await?.ok_or(Error::NotFound)?;
            let holder = Holder::of(act).ok_or(Error::NotFound)?;
            if let Some(lacking) = manager::lacking(&snapshot, holder) {
                let action = Action::Permission { deed: Deed::Refused, organization, permission: permission.clone() };
                return Ok(Decided::Refused(UnitOfWork::of(act, &action), Error::Beyond(lacking)));
            }
            let all = self.permissions.of(organization).await?;
            if all.iter().any(|it| it.permission == permission) {
                return Err(Error::PermissionTaken);
            }
            if all.len() >= Self::MOST {
                return Err(Error::TooMany);
            }
            let declared = CustomPermission {
                organization,
                permission: permission.clone(),
                description: description.clone(),
                created_at: act.at,
                version: 0,
            };
            let action = Action::Permission { deed: Deed::Created, organization, permission: permission.clone() };
            let unit = UnitOfWork::of(act, &action)
                .expect(Guard::Authorization { organization, version: snapshot.version() })
                .change(Change::Permission(Write::Add(declared.clone())));
            Ok(Decided::Done(unit, declared))
        })
        .await
    }
}

fn check(key: &str, description: &str) -> Result<(Permission, String), Problems> {
    let mut problems = Problems::default();
    let sentence = "The key field must be words of lower case letters, digits and underscores joined by dots, such as \
                    hives.open; at most 100 characters.";
    let permission = problems.check("key", Permission::parse(key), sentence);
    if permission.as_ref().is_some_and(|it| !CustomPermission::may_be(it)) {
        problems.add("key", "Permissions of this resource are Portcullis's own.");
    }
    let description = description.trim();
    if description.chars().count() > DeclarePermission::LONGEST || description.chars().any(is_invisible) {
        problems
            .add("description", "The description field must be at most 200 characters, without control characters.");
    }
    match permission {
        Some(permission) if problems.is_empty() => Ok((permission, description.to_owned())),
        _ => Err(problems),
    }
}

#[cfg(test)]
mod tests;
