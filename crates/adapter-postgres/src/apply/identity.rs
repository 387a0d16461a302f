use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use identity::{Change, Session, User};
use kernel::{Fault, Id, Sealer, UserId, Write};

use super::{Apply, one, write_row};
use crate::refusal::Refusal;
use crate::rows::{MailedTokenRow, RefreshTokenRow, SessionRow, UserRow};
use crate::schema::{mailed_tokens, refresh_tokens, sessions, users};

impl Apply for Change {
    fn saves_user(&self) -> Option<UserId> {
        match self {
            Self::User(Write::Save { expected: user, .. } | Write::Remove { expected: user }) => Some(user.id),
            _ => None,
        }
    }

    async fn apply(&self, connection: &mut AsyncPgConnection, _: &dyn Sealer) -> Result<(), Refusal> {
        match self {
            Self::User(write) => {
                write_row!(connection, write, users, |it| UserRow::from(it), |it: &User| users::id.eq(it.id.uuid()))
            }
            Self::Session(write) => {
                let this = |it: &Session| sessions::id.eq(it.id.uuid());
                write_row!(connection, write, sessions, |it| SessionRow::from(it), this)
            }
            Self::RefreshToken(Write::Add(token)) => {
                let row = RefreshTokenRow::from(token);
                diesel::insert_into(refresh_tokens::table).values(row).execute(connection).await?;
                Ok(())
            }
            Self::MailedToken(Write::Add(token)) => {
                let row = MailedTokenRow::from(token);
                diesel::insert_into(mailed_tokens::table).values(row).execute(connection).await?;
                Ok(())
            }
            Self::RefreshToken(_) | Self::MailedToken(_) => {
                Err(Fault::defect("a token is used up by its own statement, never by a change").into())
            }
        }
    }
}
