use std::sync::Arc;

use kernel::{Act, Decided, OrganizationRef, SessionId, Store, UnitOfWork, UserId, Write, carry_out};

use crate::model::{Renewed, Session, UserStatus};
use crate::ports::{AccessTokens, Sessions, Standings, Users};
use crate::start_session::{Stamp, guard, renew};
use crate::{Action, Change, Error, SessionDeed};

/// Binds a session to another of the user's organizations.
pub struct SwitchOrganization {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which sessions there are.
    pub sessions: Arc<dyn Sessions>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// Where they belong.
    pub standings: Arc<dyn Standings>,
    /// What signs access tokens.
    pub tokens: Arc<dyn AccessTokens>,
}

impl SwitchOrganization {
    /// `wanted` is a slug or an id. Refreshing keeps the session there; the access token used until now stays good.
    pub async fn run(&self, act: &Act, user: UserId, session: SessionId, wanted: &str) -> Result<Renewed, Error> {
        let wanted = OrganizationRef::parse(wanted).ok_or(Error::OrganizationNotFound)?;
        carry_out(self.store.as_ref(), act, || async {
            let user = self.users.by_id(user).await?.filter(|it| it.status == UserStatus::Active);
            let user = user.ok_or(Error::TokenInvalid)?;
            let session = self.sessions.by_id(session).await?.filter(|it| it.ended_at.is_none());
            let session = session.ok_or(Error::TokenInvalid)?;
            let standing =
                self.standings.of(user.id, Some(wanted.clone())).await?.ok_or(Error::OrganizationNotFound)?;
            if !standing.active {
                return Err(Error::MemberSuspended);
            }
            let next = Session { organization: Some(standing.organization), ..session.clone() };
            let renewed = renew(Stamp::of(act), self.tokens.as_ref(), &next, &user, Some(&standing))?;
            if next == session {
                return Ok(Decided::Nothing(renewed));
            }
            let action = Action::of_session(SessionDeed::OrganizationSwitched, &next);
            let unit = UnitOfWork::of(act, &action)
                .expect(guard(&user))
                .change(Change::Session(Write::Save { expected: session, next }));
            Ok(Decided::Done(unit, renewed))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, act, nth};
    use kernel::{Guard, Outcome, Scope};

    use super::*;
    use crate::model::{Standing, User};
    use crate::world::{World, admin_of, john, johns_session, signed, tokens};

    async fn switch(world: &World, wanted: &str) -> Result<Renewed, Error> {
        SwitchOrganization {
            store: world.store(),
            sessions: world.sessions(),
            users: world.users(),
            standings: world.standings(),
            tokens: tokens(),
        }
        .run(&act(), nth(50), nth(51), wanted)
        .await
    }

    fn belonging() -> World {
        World { standing: Some(admin_of(60)), ..World::john() }
    }

    #[tokio::test]
    async fn the_session_is_bound_there_and_no_factor_was_given_by_it() {
        let auth_time = NOON - chrono::TimeDelta::hours(1);
        let session = Session { organization: Some(nth(61)), auth_time, ..johns_session() };
        let world = World { session: Some(session.clone()), ..belonging() };
        let renewed = switch(&world, "acme").await.unwrap();
        assert_eq!(renewed.access_token.expose(), signed(nth(51), Some(60), "admin", -3_600));
        let unit = world.store.only();
        let next = Session { organization: Some(nth(60)), ..session.clone() };
        assert_eq!(unit.changes, [Change::Session(Write::Save { expected: session, next })]);
        assert_eq!(unit.guards, [Guard::User { user: nth(50), version: 1 }]);
        assert_eq!(world.written(), [("session.organization_switched", Outcome::Done)]);
        assert_eq!(unit.evidence.audit[0].scope, Scope::Organization(nth(60)));
    }

    #[tokio::test]
    async fn where_it_is_bound_already_only_a_token_is_given() {
        let world = World { session: Some(Session { organization: Some(nth(60)), ..johns_session() }), ..belonging() };
        assert!(switch(&world, "acme").await.is_ok());
        world.wrote_nothing();
    }

    #[tokio::test]
    async fn a_foreign_organization_is_as_unknown_as_none() {
        for wanted in ["acme", "No Slug", "", "00000000-0000-0000-0000-00000000003d"] {
            let world = World::john();
            assert!(matches!(switch(&world, wanted).await, Err(Error::OrganizationNotFound)), "{wanted}");
            world.wrote_nothing();
        }
    }

    #[tokio::test]
    async fn a_suspended_member_stays_outside() {
        let world = World { standing: Some(Standing { active: false, ..admin_of(60) }), ..World::john() };
        assert!(matches!(switch(&world, "acme").await, Err(Error::MemberSuspended)));
        world.wrote_nothing();
    }

    #[tokio::test]
    async fn an_ended_session_and_a_stopped_user_go_nowhere() {
        for session in [None, Some(Session { ended_at: Some(NOON), ..johns_session() })] {
            let world = World { session, ..belonging() };
            assert!(matches!(switch(&world, "acme").await, Err(Error::TokenInvalid)));
        }
        let stopped = World::of(vec![Some(User { status: UserStatus::Suspended, ..john() })]);
        let world = World { standing: Some(admin_of(60)), ..stopped };
        assert!(matches!(switch(&world, "acme").await, Err(Error::TokenInvalid)));
        world.wrote_nothing();
    }
}
