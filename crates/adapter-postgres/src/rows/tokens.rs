use diesel::pg::Pg;
use diesel::prelude::*;
use identity::{MailedPurpose, MailedToken, RefreshToken};
use kernel::{EmailAddress, Fault, Id, Time, TokenHash};
use uuid::Uuid;

use crate::fault::corrupt;
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

/// Saved over the one before it with the same purpose and slot.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(
    table_name = mailed_tokens,
    primary_key(user_id, purpose, slot),
    treat_none_as_null = true,
    check_for_backend(Pg)
)]
pub(crate) struct MailedTokenRow {
    hash: Vec<u8>,
    purpose: String,
    pub(crate) user_id: Uuid,
    email_key: String,
    expires_at: Time,
    /// A release that used tokens up by marking them may still be running.
    used_at: Option<Time>,
    /// Absent where such a release wrote it.
    email: Option<String>,
    issued_at: Time,
    tries: i32,
    slot: String,
}

impl From<&MailedToken> for MailedTokenRow {
    fn from(token: &MailedToken) -> Self {
        Self {
            hash: token.hash.as_bytes().to_vec(),
            purpose: token.purpose.as_str().to_owned(),
            user_id: token.user.uuid(),
            email_key: token.email.key(),
            expires_at: token.expires_at,
            used_at: None,
            email: Some(token.email.as_str().to_owned()),
            issued_at: token.issued_at,
            tries: token.tries.try_into().unwrap_or(i32::MAX),
            slot: token.slot(),
        }
    }
}

impl TryFrom<MailedTokenRow> for MailedToken {
    type Error = Fault;

    fn try_from(row: MailedTokenRow) -> Result<Self, Fault> {
        let email = row.email.as_ref().unwrap_or(&row.email_key);
        Ok(Self {
            hash: row.hash.try_into().map(TokenHash::from_bytes).map_err(|_| corrupt("token"))?,
            purpose: MailedPurpose::parse(&row.purpose).ok_or_else(|| corrupt("token's purpose"))?,
            user: row.user_id.into(),
            email: EmailAddress::parse(email).ok_or_else(|| corrupt("address"))?,
            issued_at: row.issued_at,
            expires_at: row.expires_at,
            tries: row.tries.unsigned_abs(),
        })
    }
}
