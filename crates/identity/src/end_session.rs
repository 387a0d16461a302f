use std::sync::Arc;

use kernel::{Act, Decided, Secret, SessionId, Store, TokenHash, UnitOfWork, UserId, Write, carry_out};

use crate::model::Session;
use crate::ports::Sessions;
use crate::{Action, Change, Error, SessionDeed};

/// Ends one session at once, its access tokens included.
pub struct EndSession {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which sessions there are.
    pub sessions: Arc<dyn Sessions>,
}

impl EndSession {
    /// One of the user's own; ending what has ended changes nothing.
    pub async fn run(&self, act: &Act, user: UserId, session: SessionId) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let session = self.sessions.by_id(session).await?.filter(|it| it.user == user);
            Ok(end(act, session.ok_or(Error::SessionNotFound)?))
        })
        .await
    }

    /// The one to which a refresh token belongs, whether it is used up or not. A token that is none has nothing to be
    /// revoked (RFC 7009, section 2.2).
    pub async fn of_refresh_token(&self, act: &Act, presented: &Secret) -> Result<(), Error> {
        let presented = TokenHash::of(presented.expose());
        carry_out(self.store.as_ref(), act, || async {
            match self.sessions.by_refresh_token(&presented, act.at).await? {
                Some((session, _)) => Ok(end(act, session)),
                None => Ok(Decided::Nothing(())),
            }
        })
        .await
    }
}

fn end(act: &Act, session: Session) -> Decided<Change, (), Error> {
    if session.ended_at.is_some() {
        return Decided::Nothing(());
    }
    let action = Action::of_session(SessionDeed::Ended, &session);
    let next = Session { ended_at: Some(act.at), ..session.clone() };
    let unit = UnitOfWork::of(act, &action).change(Change::Session(Write::Save { expected: session, next }));
    Decided::Done(unit, ())
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, act, nth};
    use kernel::{CommitError, Outcome, Scope};

    use super::*;
    use crate::model::Worth;
    use crate::ports::MockSessions;
    use crate::world::{World, johns_session};

    fn use_case(world: &World) -> EndSession {
        EndSession { store: world.store(), sessions: world.sessions() }
    }

    async fn end(world: &World, user: u64, session: u64) -> Result<(), Error> {
        use_case(world).run(&act(), nth(user), nth(session)).await
    }

    async fn revoke(world: &World, found: Option<(Session, Worth)>) -> Result<(), Error> {
        let mut sessions = MockSessions::new();
        sessions
            .expect_by_refresh_token()
            .withf(|token, _| *token == TokenHash::of("token"))
            .returning(move |_, _| Ok(found.clone()));
        let end = EndSession { sessions: Arc::new(sessions), ..use_case(world) };
        end.of_refresh_token(&act(), &Secret::new("token")).await
    }

    fn ended() -> Session {
        Session { ended_at: Some(NOON), ..johns_session() }
    }

    fn save() -> Change {
        Change::Session(Write::Save { expected: johns_session(), next: ended() })
    }

    #[tokio::test]
    async fn ones_own_session_ends() {
        let session = Session { organization: Some(nth(60)), ..johns_session() };
        let world = World { session: Some(session.clone()), ..World::john() };
        end(&world, 50, 51).await.unwrap();
        let unit = world.store.only();
        let next = Session { ended_at: Some(NOON), ..session.clone() };
        assert_eq!(unit.changes, [Change::Session(Write::Save { expected: session, next })]);
        assert_eq!(world.written(), [("session.ended", Outcome::Done)]);
        assert_eq!(unit.evidence.audit[0].scope, Scope::Organization(nth(60)));
    }

    #[tokio::test]
    async fn somebody_elses_session_is_as_unknown_as_none() {
        let world = World::john();
        assert!(matches!(end(&world, 99, 51).await, Err(Error::SessionNotFound)));
        assert!(matches!(end(&world, 50, 52).await, Err(Error::SessionNotFound)));
        world.wrote_nothing();
    }

    #[tokio::test]
    async fn what_has_ended_ends_no_more() {
        let world = World { session: Some(ended()), ..World::john() };
        assert!(end(&world, 50, 51).await.is_ok());
        assert!(revoke(&world, Some((ended(), Worth::Good))).await.is_ok());
        world.wrote_nothing();
    }

    #[tokio::test]
    async fn a_refresh_token_ends_its_session_used_up_or_not() {
        for worth in [Worth::Good, Worth::JustUsed, Worth::Nothing] {
            let world = World::john();
            revoke(&world, Some((johns_session(), worth))).await.unwrap();
            assert_eq!(world.store.only().changes, [save()]);
        }
    }

    #[tokio::test]
    async fn what_is_no_token_has_nothing_to_be_revoked() {
        let world = World::john();
        assert!(revoke(&world, None).await.is_ok());
        world.wrote_nothing();
    }

    #[tokio::test(start_paused = true)]
    async fn who_ends_it_at_the_same_time_does_no_harm() {
        let world = World::john().failing([CommitError::Stale]);
        end(&world, 50, 51).await.unwrap();
        assert_eq!(world.store.all().len(), 2);
    }
}
