use std::sync::Arc;

use kernel::{Act, Decided, EmailAddress, Problems, Store, UnitOfWork, UserId, Write, carry_out};

use crate::model::{MailedPurpose, MailedToken, UserStatus};
use crate::ports::{CurrentSettings, MailAllowances, Users};
use crate::start_session::guard;
use crate::{Action, Change, Error, mails};

/// Asks for another address. It counts once it is confirmed from the new one; the old one is told.
pub struct RequestEmailChange {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// How many mails are sent.
    pub allowances: Arc<dyn MailAllowances>,
    /// How long the link is good.
    pub settings: Arc<dyn CurrentSettings>,
}

impl RequestEmailChange {
    /// Where the address is somebody else's, that one is sent nothing and the answer is the same. Of several wishes the
    /// last alone counts.
    pub async fn run(&self, act: &Act, user: UserId, email: &str) -> Result<(), Error> {
        let email = EmailAddress::parse(email)
            .ok_or_else(|| Problems::one("email", "The email field must be a valid email address."))?;
        let settings = self.settings.current().await?;
        let most = settings.limits.mails_per_hour;
        if !self.allowances.spend("email_change", &user.to_string(), most, act.at).await? {
            return Err(Error::TooManyMails);
        }
        // Many accounts must not flood one mailbox; and who asks must not learn that others have.
        if !self.allowances.spend("email_change", &email.key(), most, act.at).await? {
            return Ok(());
        }
        carry_out(self.store.as_ref(), act, || async {
            let user = self.users.by_id(user).await?.filter(|it| it.status == UserStatus::Active);
            let user = user.ok_or(Error::TokenInvalid)?;
            let owner = self.users.by_email(&email).await?;
            let unit = UnitOfWork::of(act, &Action::EmailChangeRequested(user.id))
                .expect(guard(&user))
                .mail(mails::email_change_requested(act, &user, &email));
            if owner.is_some_and(|it| it.id != user.id) {
                let purposes = &[MailedPurpose::ChangeEmail];
                let earlier = Change::RevokeMailedTokens { user: user.id, purposes, since: None };
                return Ok(Decided::Done(unit.change(earlier), ()));
            }
            let token = act.token();
            let mailed = MailedToken {
                hash: token.hash(),
                purpose: MailedPurpose::ChangeEmail,
                user: user.id,
                email: email.clone(),
                issued_at: act.at,
                expires_at: act.at + settings.lifetimes.email_change,
                tries: 0,
            };
            let mail = mails::confirm_email_change(act, &user, &email, &token);
            Ok(Decided::Done(unit.change(Change::MailedToken(Write::Add(mailed))).mail(mail), ()))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, act, nth};
    use kernel::{Guard, Outcome, TokenHash};

    use super::*;
    use crate::model::User;
    use crate::ports::{MockMailAllowances, MockUsers};
    use crate::world::{World, address, john};

    const NEW: &str = "new@example.com";

    async fn request(world: &World, users: Arc<dyn Users>, email: &str, allowed: bool) -> Result<(), Error> {
        let mut allowances = MockMailAllowances::new();
        for whom in [nth::<UserId>(50).to_string(), email.to_lowercase()] {
            // Where the account may not, the address is not asked.
            let times = usize::from(allowed || whom == nth::<UserId>(50).to_string());
            allowances
                .expect_spend()
                .times(times)
                .withf(move |what, of, most, at| (what, of, *most, *at) == ("email_change", whom.as_str(), 3, NOON))
                .returning(move |_, _, _, _| Ok(allowed));
        }
        let allowances = Arc::new(allowances);
        let (store, settings) = (world.store(), world.settings());
        RequestEmailChange { store, users, allowances, settings }.run(&act(), nth(50), email).await
    }

    /// John, and who has the new address.
    fn with_owner(owner: Option<User>) -> Arc<dyn Users> {
        let mut users = MockUsers::new();
        users.expect_by_id().returning(|_| Ok(Some(john())));
        users.expect_by_email().withf(|it| it.as_str() == NEW).returning(move |_| Ok(owner.clone()));
        Arc::new(users)
    }

    #[tokio::test]
    async fn the_new_address_is_asked_and_the_old_one_told() {
        let world = World::john();
        request(&world, with_owner(None), NEW, true).await.unwrap();
        let unit = world.store.only();
        assert_eq!(unit.guards, [Guard::User { user: nth(50), version: 1 }]);
        let [Change::MailedToken(Write::Add(token))] = unit.changes.as_slice() else { panic!("{unit:?}") };
        assert_eq!((token.purpose, token.user, token.email.as_str()), (MailedPurpose::ChangeEmail, nth(50), NEW));
        assert_eq!((token.issued_at, token.expires_at), (NOON, NOON + chrono::TimeDelta::days(1)));
        let [told, asked] = unit.evidence.mail.as_slice() else { panic!("{unit:?}") };
        assert_eq!((told.template, told.to.as_str()), ("email_change_requested", "user@example.com"));
        assert_eq!((asked.template, asked.to.as_str()), ("confirm_email_change", NEW));
        let secret = |it: &kernel::Mail| it.values.iter().find(|it| it.0 == "token").map(|it| it.1.clone());
        assert_eq!((secret(told), TokenHash::of(secret(asked).unwrap().expose())), (None, token.hash));
        assert_eq!(world.written(), [("user.email_change_requested", Outcome::Done)]);
    }

    #[tokio::test]
    async fn somebody_elses_address_is_sent_nothing_and_earlier_wishes_count_no_more() {
        let world = World::john();
        let owner = User { id: nth(99), email: address(NEW), ..john() };
        request(&world, with_owner(Some(owner)), NEW, true).await.unwrap();
        let purposes = &[MailedPurpose::ChangeEmail];
        let revoked = Change::RevokeMailedTokens { user: nth(50), purposes, since: None };
        assert_eq!(world.store.only().changes, [revoked]);
        assert_eq!(world.mailed(), [("email_change_requested", "user@example.com".to_owned())]);
        assert_eq!(world.written(), [("user.email_change_requested", Outcome::Done)]);
    }

    #[tokio::test]
    async fn ones_own_address_may_be_written_otherwise() {
        let world = World::john();
        request(&world, world.users(), "USER@example.com", true).await.unwrap();
        assert!(world.mailed().contains(&("confirm_email_change", "USER@example.com".to_owned())));
    }

    #[tokio::test]
    async fn too_many_wishes_send_nothing() {
        let world = World::john();
        assert!(matches!(request(&world, world.users(), NEW, false).await, Err(Error::TooManyMails)));
        world.wrote_nothing();
    }

    #[tokio::test]
    async fn who_is_not_active_has_no_address_to_change() {
        for user in [None, Some(User { status: UserStatus::Suspended, ..john() })] {
            let world = World::of(vec![user]);
            assert!(matches!(request(&world, world.users(), NEW, true).await, Err(Error::TokenInvalid)));
            world.wrote_nothing();
        }
    }

    #[tokio::test]
    async fn what_is_no_address_is_told_and_costs_no_mail() {
        let world = World::john();
        let allowances = Arc::new(crate::ports::MockMailAllowances::new());
        let (store, users, settings) = (world.store(), world.users(), world.settings());
        let request = RequestEmailChange { store, users, allowances, settings };
        assert!(matches!(request.run(&act(), nth(50), "nobody").await, Err(Error::Invalid(_))));
    }
}
