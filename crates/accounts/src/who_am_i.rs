use std::sync::Arc;

use identity::UserView;
use identity::ports::Users;
use kernel::{Act, OrganizationRef, Permission, RoleKey};
use rbac::Holder;
use tenancy::ports::Organizations;

use crate::{Access, Error, OrganizationView, Person};

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
    pub async fn run(&self, act: &Act, person: &Person, wanted: Option<&str>) -> Result<Me, Error> {
        let user = self.users.by_id(person.user).await?.ok_or(Error::TokenInvalid)?;
        let caller = (*person).into();
        let entered = match wanted {
            Some(_) => self.access.admit(act, &caller, wanted).await,
            None => self.access.enter(&caller, None).await,
        };
        let entered = match entered {
            Ok(entered) => Some(entered),
            Err(Error::TenantRequired) => None,
            Err(Error::NotFound | Error::MemberSuspended | Error::MfaEnrolmentRequired | Error::StepUpRequired)
                if wanted.is_none() =>
            {
                None
            }
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
            permissions: entered.snapshot.permissions_of(Holder::at(person.user, act.at)).cloned().collect(),
            role: Some(entered.role),
        })
    }
}

#[cfg(test)]
mod tests {
    use identity::testing::johndoe;
    use kernel::testing::{act, nth};
    use rbac::MemberFact;

    use super::*;
    use crate::testing::{ACME, JOHN, JOHNS_SESSION, access, member, node, organizations, suspended, users};

    fn john() -> Person {
        Person { user: nth(JOHN), session: nth(JOHNS_SESSION), organization: Some(nth(ACME)) }
    }

    async fn who_am_i(members: Vec<MemberFact>, caller: &Person, wanted: Option<&str>) -> Result<Me, Error> {
        let access = access(node(members), Arc::default());
        WhoAmI { users: users(vec![johndoe(nth(JOHN))]), organizations: organizations(), access: Arc::new(access) }
            .run(&act(), caller, wanted)
            .await
    }

    #[tokio::test]
    async fn a_member_is_told_who_where_and_what() {
        for wanted in [None, Some("acme")] {
            let me = who_am_i(vec![member(JOHN, RoleKey::MEMBER)], &john(), wanted).await.unwrap();
            assert_eq!((me.user.id, me.user.role.as_ref()), (nth(JOHN), Some(&RoleKey::MEMBER)));
            assert_eq!(me.organization, Some(OrganizationView::of(&tenancy::testing::acme(nth(ACME)))));
            assert_eq!(me.role, Some(RoleKey::MEMBER));
            let permissions: Vec<_> = me.permissions.iter().map(Permission::as_str).collect();
            assert_eq!(permissions, ["entitlements.consume", "entitlements.view", "organization.view", "team.view"]);
        }
    }

    #[tokio::test]
    async fn where_a_sign_in_leads_nowhere_the_user_is_told_alone() {
        let unbound = Person { organization: None, ..john() };
        for (members, caller) in
            [(vec![], &unbound), (vec![], &john()), (vec![suspended(JOHN, RoleKey::OWNER)], &john())]
        {
            let me = who_am_i(members, caller, None).await.unwrap();
            assert_eq!((me.user.id, me.user.role), (nth(JOHN), None));
            assert_eq!((me.organization, me.role, me.permissions), (None, None, vec![]));
        }
    }

    #[tokio::test]
    async fn what_the_request_names_must_be_theirs() {
        assert!(matches!(who_am_i(vec![], &john(), Some("acme")).await, Err(Error::NotFound)));
        assert!(matches!(who_am_i(vec![], &john(), Some("umbrella")).await, Err(Error::NotFound)));
        let stopped = who_am_i(vec![suspended(JOHN, RoleKey::OWNER)], &john(), Some("acme")).await;
        assert!(matches!(stopped, Err(Error::MemberSuspended)));
    }

    #[tokio::test]
    async fn a_user_who_is_gone_has_no_token() {
        let gone = Person { user: nth(99), ..john() };
        assert!(matches!(who_am_i(vec![], &gone, None).await, Err(Error::TokenInvalid)));
    }
}
