use diesel::prelude::*;
use identity::{MailedToken, RefreshToken};
use kernel::{Id, Time};
use uuid::Uuid;

use crate::schema::{mailed_tokens, refresh_tokens};

#[derive(Insertable)]
#[diesel(table_name = refresh_tokens)]
pub(crate) struct RefreshTokenRow {
    hash: Vec<u8>,
    session_id: Uuid,
    issued_at: Time,
    expires_at: Time,
}

impl From<&RefreshToken> for RefreshTokenRow {
    fn from(token: &RefreshToken) -> Self {
        Self {
            hash: token.hash.as_bytes().to_vec(),
            session_id: token.session.uuid(),
            issued_at: token.issued_at,
            expires_at: token.expires_at,
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = mailed_tokens)]
pub(crate) struct MailedTokenRow {
    hash: Vec<u8>,
    purpose: &'static str,
    user_id: Uuid,
    email_key: String,
    expires_at: Time,
}

impl From<&MailedToken> for MailedTokenRow {
    fn from(token: &MailedToken) -> Self {
        Self {
            hash: token.hash.as_bytes().to_vec(),
            purpose: token.purpose.as_str(),
            user_id: token.user.uuid(),
            email_key: token.email.key(),
            expires_at: token.expires_at,
        }
    }
}
