use std::sync::Arc;

use kernel::{Act, Actor, Decided, OrganizationRef, Secret, Store, TokenHash, UnitOfWork, carry_out};

use crate::model::{Renewed, Session, Standing, User, UserStatus, Worth};
use crate::ports::{AccessTokens, Sessions, Standings, Users};
use crate::start_session::{Stamp, guard, renew};
use crate::{Action, Change, Error, SessionDeed};

/// Gives a new access token for a refresh token that goes on.
pub struct RenewAccess {
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

impl RenewAccess {
    /// For a session that does not rotate (seed 004). The refresh token of one that does is invalid here, and stays as good
    /// as it was.
    pub async fn run(&self, act: &Act, presented: &Secret) -> Result<Renewed, Error> {
        carry_out(self.store.as_ref(), act, || async {
            let (session, worth) = self.find(act, presented).await?;
            if session.rotates || worth != Worth::Good {
                return Err(Error::TokenInvalid);
            }
            let (user, renewed) = self.renew(act, &session).await?;
            let act = act.by(Actor::User { id: user.id, session: session.id });
            let action = Action::of_session(SessionDeed::Refreshed, &session);
            Ok(Decided::Done(UnitOfWork::of(&act, &action).expect(guard(&user)), renewed))
        })
        .await
    }

    /// For a browser, which keeps the refresh token: as often as it asks, at once from many tabs, and also with a token that
    /// one of them has just rotated. Nothing changes by it, so nothing is written.
    pub async fn quietly(&self, act: &Act, presented: &Secret) -> Result<Renewed, Error> {
        let (session, worth) = self.find(act, presented).await?;
        match worth {
            Worth::Good | Worth::JustUsed => Ok(self.renew(act, &session).await?.1),
            Worth::Nothing => Err(Error::TokenInvalid),
        }
    }

    async fn find(&self, act: &Act, presented: &Secret) -> Result<(Session, Worth), Error> {
        let presented = TokenHash::of(presented.expose());
        self.sessions.by_refresh_token(&presented, act.at).await?.ok_or(Error::TokenInvalid)
    }

    async fn renew(&self, act: &Act, session: &Session) -> Result<(User, Renewed), Error> {
        if session.ended_at.is_some() || session.expires_at <= act.at {
            return Err(Error::TokenInvalid);
        }
        let user = self.users.by_id(session.user).await?.filter(|it| it.status == UserStatus::Active);
        let user = user.ok_or(Error::TokenInvalid)?;
        let standing = match session.organization {
            Some(id) => self.standings.of(user.id, Some(OrganizationRef::Id(id))).await?,
            None => None,
        };
        let standing = standing.filter(|it: &Standing| it.active);
        let renewed = renew(Stamp::of(act), self.tokens.as_ref(), session, &user, standing.as_ref())?;
        Ok((user, renewed))
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, act, nth};
    use kernel::{CommitError, Guard, Outcome};

    use super::*;
    use crate::ports::MockSessions;
    use crate::world::{World, admin_of, john, johns_session, signed, tokens};

    fn steady() -> Session {
        Session { rotates: false, ..johns_session() }
    }

    fn use_case(world: &World, found: Option<(Session, Worth)>) -> RenewAccess {
        let mut sessions = MockSessions::new();
        sessions
            .expect_by_refresh_token()
            .withf(|token, at| (*token, *at) == (TokenHash::of("token"), NOON))
            .returning(move |_, _| Ok(found.clone()));
        RenewAccess {
            store: world.store(),
            sessions: Arc::new(sessions),
            users: world.users(),
            standings: world.standings(),
            tokens: tokens(),
        }
    }

    async fn renew_in(world: &World, found: Option<(Session, Worth)>) -> Result<Renewed, Error> {
        use_case(world, found).run(&act(), &Secret::new("token")).await
    }

    async fn renew_quietly(world: &World, found: Option<(Session, Worth)>) -> Result<Renewed, Error> {
        use_case(world, found).quietly(&act(), &Secret::new("token")).await
    }

    #[tokio::test]
    async fn the_token_of_a_steady_session_gives_access_again_and_again() {
        let session = Session { organization: Some(nth(60)), ..steady() };
        let world = World { standing: Some(admin_of(60)), ..World::john() };
        for _ in 0..2 {
            let renewed = renew_in(&world, Some((session.clone(), Worth::Good))).await.unwrap();
            assert_eq!(renewed.access_token.expose(), signed(nth(51), Some(60), "admin", 0));
            assert_eq!(renewed.expires_in, 900);
        }
        assert_eq!(world.written(), [("session.refreshed", Outcome::Done); 2]);
        let unit = world.store.all().remove(0);
        assert_eq!((unit.changes, unit.guards), (vec![], vec![Guard::User { user: nth(50), version: 1 }]));
        assert_eq!(unit.evidence.audit[0].actor, Actor::User { id: nth(50), session: nth(51) });
    }

    #[tokio::test]
    async fn who_belongs_there_no_more_acts_nowhere() {
        let session = Session { organization: Some(nth(60)), ..steady() };
        for standing in [None, Some(Standing { active: false, ..admin_of(60) })] {
            let world = World { standing, ..World::john() };
            let renewed = renew_in(&world, Some((session.clone(), Worth::Good))).await.unwrap();
            assert_eq!(renewed.access_token.expose(), signed(nth(51), None, "-", 0));
        }
    }

    #[tokio::test]
    async fn any_other_token_is_invalid_and_nothing_is_written() {
        let rotating = johns_session();
        for found in [
            None,
            Some((steady(), Worth::Nothing)),
            Some((steady(), Worth::JustUsed)),
            Some((rotating, Worth::Good)),
            Some((Session { ended_at: Some(NOON), ..steady() }, Worth::Good)),
            Some((Session { expires_at: NOON, ..steady() }, Worth::Good)),
        ] {
            let world = World::john();
            assert!(matches!(renew_in(&world, found.clone()).await, Err(Error::TokenInvalid)), "{found:?}");
            world.wrote_nothing();
        }
    }

    #[tokio::test]
    async fn who_may_not_act_gets_nothing() {
        for status in [UserStatus::Suspended, UserStatus::Deleted] {
            let world = World::of(vec![Some(User { status, ..john() })]);
            assert!(matches!(renew_in(&world, Some((steady(), Worth::Good))).await, Err(Error::TokenInvalid)));
            world.wrote_nothing();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_suspended_meanwhile_gets_nothing() {
        let suspended = User { status: UserStatus::Suspended, version: 2, ..john() };
        let world = World::of(vec![Some(john()), Some(suspended)]).failing([CommitError::Stale]);
        assert!(matches!(renew_in(&world, Some((steady(), Worth::Good))).await, Err(Error::TokenInvalid)));
    }

    #[tokio::test]
    async fn a_browser_gets_access_again_and_again_and_nothing_is_written() {
        let session = Session { organization: Some(nth(60)), ..johns_session() };
        let world = World { standing: Some(admin_of(60)), ..World::john() };
        for (session, worth) in [
            (session.clone(), Worth::Good),
            (session.clone(), Worth::Good),
            // Another tab was faster.
            (session.clone(), Worth::JustUsed),
            (Session { rotates: false, ..session }, Worth::Good),
        ] {
            let renewed = renew_quietly(&world, Some((session, worth))).await.unwrap();
            assert_eq!(renewed.access_token.expose(), signed(nth(51), Some(60), "admin", 0));
        }
        world.wrote_nothing();
    }

    #[tokio::test]
    async fn a_browser_that_is_signed_in_no_more_gets_nothing_and_nothing_is_written() {
        let good = || Some((johns_session(), Worth::Good));
        for found in [
            None,
            Some((johns_session(), Worth::Nothing)),
            Some((Session { ended_at: Some(NOON), ..johns_session() }, Worth::Good)),
            Some((Session { ended_at: Some(NOON), ..johns_session() }, Worth::JustUsed)),
            Some((Session { expires_at: NOON, ..johns_session() }, Worth::Good)),
        ] {
            let world = World::john();
            assert!(matches!(renew_quietly(&world, found.clone()).await, Err(Error::TokenInvalid)), "{found:?}");
            world.wrote_nothing();
        }
        for status in [UserStatus::Suspended, UserStatus::Deleted] {
            let world = World::of(vec![Some(User { status, ..john() })]);
            assert!(matches!(renew_quietly(&world, good()).await, Err(Error::TokenInvalid)));
        }
    }
}
