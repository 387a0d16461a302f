use std::sync::Arc;

use identity::UserStatus;
use identity::ports::Users;
use kernel::{Act, Decided, Store, carry_out};

use crate::{Change, Error, OrganizationView, Person};

/// Founds another organization, of somebody who is there already.
pub struct CreateOrganization {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
}

impl CreateOrganization {
    /// With the caller as its owner; their sign-in stays where it is bound.
    pub async fn run(&self, act: &Act, person: &Person, name: &str, slug: &str) -> Result<OrganizationView, Error> {
        let (name, slug) = tenancy::rules::check_founding(name, slug)?;
        carry_out(self.store.as_ref(), act, || async {
            let owner = self.users.by_id(person.user).await?.filter(|it| it.status == UserStatus::Active);
            let owner = owner.ok_or(Error::TokenInvalid)?;
            let (unit, founded) = tenancy::rules::found(act, name.clone(), slug.clone(), owner.id);
            // Or an account that goes at this moment would own what nobody else can.
            let unit = unit.expect(identity::rules::session_guard(&owner)).widen();
            Ok(Decided::Done(unit, OrganizationView::of(&founded.organization)))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use identity::User;
    use identity::testing::johndoe;
    use kernel::Guard;
    use kernel::testing::{Units, act, nth};

    use super::*;
    use crate::testing::{JOHN, JOHNS_SESSION, users};

    async fn create(store: &Arc<Units<Change>>, owner: User, slug: &str) -> Result<OrganizationView, Error> {
        let person = Person { user: nth(JOHN), session: nth(JOHNS_SESSION), organization: None };
        let use_case = CreateOrganization { store: store.clone(), users: users(vec![owner]) };
        use_case.run(&act().by(person.actor()), &person, "Bees", slug).await
    }

    #[tokio::test]
    async fn an_organization_comes_with_its_founder_as_owner() {
        let store = Arc::default();
        let made = create(&store, johndoe(nth(JOHN)), "bees").await.unwrap();
        let unit = store.only();
        assert_eq!(unit.changes.len(), 2);
        assert!(matches!(unit.guards.as_slice(), [Guard::User { user, .. }] if *user == nth(JOHN)));
        let actions: Vec<_> = unit.evidence.audit.iter().map(|it| (it.action, it.organization)).collect();
        assert_eq!(actions, [("organization.created", Some(made.id)), ("member.added", Some(made.id))]);
    }

    #[tokio::test]
    async fn who_may_not_act_founds_nothing_and_bad_names_are_told() {
        let gone = User { status: UserStatus::Deleted, ..johndoe(nth(JOHN)) };
        assert!(matches!(create(&Arc::default(), gone, "bees").await, Err(Error::TokenInvalid)));
        let reserved = create(&Arc::default(), johndoe(nth(JOHN)), "api").await;
        assert!(matches!(reserved, Err(Error::Identity(identity::Error::Invalid(_)))));
    }
}
