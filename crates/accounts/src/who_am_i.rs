use std::sync::Arc;

use identity::UserView;
use identity::ports::Users;
use kernel::{OrganizationRef, Permission, RoleKey};
use tenancy::ports::Organizations;

use crate::{Access, Caller, Error, OrganizationView};

/// Tells a caller who they are, where, and what they may.
pub struct WhoAmI {
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// Which organizations there are.
    pub organizations: Arc<dyn Organizations>,
    /// Where they may act.
    pub access: Arc<Access>,
}

/// The caller, as told to themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// Who.
    pub user: UserView,
    /// The organization they act in; absent where there is none.
    pub organization: Option<OrganizationView>,
    /// Their role in it.
    pub role: Option<RoleKey>,
    /// Everything they may in it.
    pub permissions: Vec<Permission>,
}

impl WhoAmI {
    /// In the organization the request names, else the sign-in's, else in none. A sign-in's organization that is not
    /// theirs any more is none.
    pub async fn run(&self, caller: &Caller, wanted: Option<&str>) -> Result<Me, Error> {
        let user = self.users.by_id(caller.user).await?.ok_or(Error::TokenInvalid)?;
        let entered = match self.access.enter(caller, wanted).await {
            Ok(entered) => Some(entered),
            Err(Error::TenantRequired) => None,
            Err(Error::NotFound | Error::MemberSuspended) if wanted.is_none() => None,
            Err(error) => return Err(error),
        };
        let Some(entered) = entered else {
            return Ok(Me { user: UserView::of(&user, None), organization: None, role: None, permissions: Vec::new() });
        };
        let organization = self.organizations.find(&OrganizationRef::Id(entered.organization)).await?;
        let organization = organization.ok_or(Error::NotFound)?;
        Ok(Me {
            user: UserView::of(&user, Some(entered.role.clone())),
            organization: Some(OrganizationView::of(&organization)),
            permissions: entered.snapshot.permissions_of(caller.user).cloned().collect(),
            role: Some(entered.role),
        })
    }
}
