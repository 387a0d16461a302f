use kernel::{Detail, Signal, Write};

use crate::model::{MailedToken, RefreshToken, Session, User};

/// What this domain changes.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A user.
    User(Write<User>),
    /// A session.
    Session(Write<Session>),
    /// A refresh token handed out.
    RefreshToken(Write<RefreshToken>),
    /// A token mailed.
    MailedToken(Write<MailedToken>),
}

impl kernel::Change for Change {
    fn diff(&self) -> Vec<Detail> {
        match self {
            Self::User(write) => write.diff(),
            Self::Session(write) => write.diff(),
            Self::RefreshToken(write) => write.diff(),
            Self::MailedToken(write) => write.diff(),
        }
    }

    fn signal(&self) -> Option<Signal> {
        match self {
            Self::Session(write) => {
                let session = write.subject();
                session.ended_at.map(|at| Signal::SessionEnded { session: session.id, until: session.silent_after(at) })
            }
            Self::User(_) | Self::RefreshToken(_) | Self::MailedToken(_) => None,
        }
    }
}
