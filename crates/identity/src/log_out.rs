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
