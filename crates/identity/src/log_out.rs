use std::sync::Arc;

use kernel::{Act, Decided, SessionId, Store, UnitOfWork, Write, carry_out};

use crate::model::Session;
use crate::ports::Sessions;
use crate::{Action, Change, Error};

/// Ends a session at once, its access tokens included.
pub struct LogOut {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which sessions there are.
    pub sessions: Arc<dyn Sessions>,
}

impl LogOut {
    /// Ending what has ended changes nothing.
    pub async fn run(&self, act: &Act, session: SessionId) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let Some(session) = self.sessions.by_id(session).await? else {
                return Err(Error::TokenInvalid);
            };
            if session.ended_at.is_some() {
                return Ok(Decided::Nothing(()));
            }
            let action =
                Action::SessionEnded { session: session.id, user: session.user, organization: session.organization };
            let next = Session { ended_at: Some(act.at), ..session.clone() };
            let unit = UnitOfWork::of(act, &action).change(Change::Session(Write::Save { expected: session, next }));
            Ok(Decided::Done(unit, ()))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use kernel::testing::{NOON, Units, act, nth};
    use kernel::{Actor, Change as _, Signal};

    use super::*;
    use crate::ports::MockSessions;
    use crate::testing::session;

    async fn log_out(store: &Arc<Units<Change>>, found: Option<Session>) -> Result<(), Error> {
        let mut sessions = MockSessions::new();
        sessions.expect_by_id().withf(|id| *id == nth(51)).returning(move |_| Ok(found.clone()));
        let store: Arc<dyn Store<Change>> = Arc::<Units<Change>>::clone(store);
        let act = act().by(Actor::User { id: nth(50), session: nth(51) });
        LogOut { store, sessions: Arc::new(sessions) }.run(&act, nth(51)).await
    }

    #[tokio::test]
    async fn the_session_ends_now_and_every_node_hears_of_it() {
        let (store, session) = (Arc::default(), session(nth(51), nth(50)));
        log_out(&store, Some(session.clone())).await.unwrap();
        let unit = store.only();
        let next = Session { ended_at: Some(NOON), ..session.clone() };
        assert_eq!(unit.changes, [Change::Session(Write::Save { expected: session, next })]);
        assert_eq!(
            unit.changes[0].signal(),
            Some(Signal::SessionEnded { session: nth(51), until: NOON + TimeDelta::minutes(16) })
        );
        assert_eq!(unit.evidence.audit[0].action, "session.ended");
        assert_eq!(unit.evidence.audit[0].public[0].key, "ended");
    }

    #[tokio::test]
    async fn ending_it_again_changes_nothing() {
        let (store, ended) = (Arc::default(), Session { ended_at: Some(NOON), ..session(nth(51), nth(50)) });
        log_out(&store, Some(ended)).await.unwrap();
        assert_eq!(store.all(), []);
    }

    #[tokio::test]
    async fn a_session_that_is_none_has_no_token() {
        let store = Arc::default();
        assert!(matches!(log_out(&store, None).await, Err(Error::TokenInvalid)));
        assert_eq!(store.all(), []);
    }

    #[test]
    fn a_session_that_begins_signals_nothing() {
        assert_eq!(Change::Session(Write::Add(session(nth(51), nth(50)))).signal(), None);
    }
}
