//! What is done to all that is a user's at once. The user is held, so nobody adds to it meanwhile.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use identity::ports::Guessed;
use identity::{MailedPurpose, User};
use kernel::{EmailAddress, Id, SessionId, Signal, Taken, Time, UserId, Write};
use uuid::Uuid;

use crate::refusal::Refusal;
use crate::schema::{
    events, invitations, keys, login_failures, mail_allowances, mail_requests, mailed_tokens, passkeys,
    provider_identities, refresh_tokens, session_sightings, sessions, totps,
};

/// Also of sessions that have expired, while access tokens of theirs can still seem good. The moment from when on they
/// can't is `Session::silent_after`.
const END_SESSIONS: &str = "
    UPDATE sessions
    SET ended_at = $2, version = version + 1,
        silent_after = $2 + access_lifetime_s * interval '1 second' + interval '1 minute'
    WHERE user_id = $1 AND id IS DISTINCT FROM $3 AND ended_at IS NULL
        AND expires_at + access_lifetime_s * interval '1 second' + interval '1 minute' > $2
    RETURNING id, silent_after";

#[derive(QueryableByName)]
struct Ended {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    silent_after: Time,
}

pub(super) async fn end_sessions(
    connection: &mut AsyncPgConnection,
    user: UserId,
    except: Option<SessionId>,
    at: Time,
) -> Result<impl Iterator<Item = Signal>, Refusal> {
    let ended: Vec<Ended> = diesel::sql_query(END_SESSIONS)
        .bind::<SqlUuid, _>(user.uuid())
        .bind::<Timestamptz, _>(at)
        .bind::<Nullable<SqlUuid>, _>(except.map(Id::uuid))
        .load(connection)
        .await?;
    Ok(ended.into_iter().map(|it| Signal::SessionEnded { session: it.id.into(), until: it.silent_after }))
}

/// An address that a way back leads to is taken for everybody but whose it was: a thief must not have it taken by another
/// account. Looked at after the write, which has waited for whoever gave the address up.
pub(super) async fn keep_ways_back(connection: &mut AsyncPgConnection, write: &Write<User>) -> Result<(), Refusal> {
    let user = match write {
        Write::Save { expected, next } if expected.email.key() != next.email.key() => next,
        Write::Add(user) => user,
        _ => return Ok(()),
    };
    let others = mailed_tokens::table
        .filter(mailed_tokens::slot.eq(user.email.key()))
        .filter(mailed_tokens::purpose.eq(MailedPurpose::UndoEmailChange.as_str()))
        .filter(mailed_tokens::user_id.ne(user.id.uuid()));
    let taken: bool = diesel::select(exists(others)).get_result(connection).await?;
    if taken { Err(Refusal::Taken(Taken("email"))) } else { Ok(()) }
}

pub(super) async fn revoke_mailed_tokens(
    connection: &mut AsyncPgConnection,
    user: UserId,
    purposes: &[MailedPurpose],
    since: Option<Time>,
) -> Result<(), Refusal> {
    let purposes: Vec<&str> = purposes.iter().map(|it| it.as_str()).collect();
    let mut revoked = diesel::delete(mailed_tokens::table)
        .filter(mailed_tokens::user_id.eq(user.uuid()))
        .filter(mailed_tokens::purpose.eq_any(purposes))
        .into_boxed();
    if let Some(since) = since {
        revoked = revoked.filter(mailed_tokens::issued_at.ge(since));
    }
    revoked.execute(connection).await?;
    Ok(())
}

/// Codes of the moment go with the secret they are made of: one that was made or confirmed since, where they go at all.
pub(super) async fn revoke_credentials(
    connection: &mut AsyncPgConnection,
    user: UserId,
    since: Option<Time>,
    totp: bool,
) -> Result<impl Iterator<Item = Signal>, Refusal> {
    let any = || since.is_none().into_sql::<Bool>();
    let since = since.unwrap_or_default();
    let own = passkeys::table.filter(passkeys::user_id.eq(user.uuid()));
    diesel::delete(own.filter(any().or(passkeys::created_at.ge(since)))).execute(connection).await?;
    let own = provider_identities::table.filter(provider_identities::user_id.eq(user.uuid()));
    diesel::delete(own.filter(any().or(provider_identities::created_at.ge(since)))).execute(connection).await?;
    if totp {
        let recent = totps::created_at.ge(since).or(totps::confirmed_at.ge(since));
        diesel::delete(totps::table.find(user.uuid()).filter(any().or(recent))).execute(connection).await?;
    }
    let own = keys::table.filter(keys::user_id.eq(user.uuid()));
    let tokens: Vec<Uuid> = diesel::delete(own.filter(any().or(keys::created_at.ge(since))))
        .returning(keys::id)
        .get_results(connection)
        .await?;
    Ok(tokens.into_iter().map(|it| Signal::KeyChanged { key: it.into() }))
}

/// The log keeps its entries. What it says of an address that was nobody's when it was written down is found by the address.
const ERASE_FROM_LOG: &str = "
    UPDATE audit_personal SET before = 'null', after = 'null', salt = decode(repeat('00', 16), 'hex')
    WHERE subject = $1 OR (subject IS NULL AND key = 'email' AND lower(after #>> '{}') = $2)";

/// Of sessions only that they were stays, as long as nodes must know which ended. An invitation that is still open is the
/// organization's.
pub(super) async fn erase(
    connection: &mut AsyncPgConnection,
    user: UserId,
    email: &EmailAddress,
    nobody: &EmailAddress,
) -> Result<(), Refusal> {
    let key = email.key();
    let own = || sessions::table.filter(sessions::user_id.eq(user.uuid()));
    let of_own = own().select(sessions::id);
    diesel::delete(refresh_tokens::table.filter(refresh_tokens::session_id.eq_any(of_own))).execute(connection).await?;
    diesel::delete(session_sightings::table.filter(session_sightings::session_id.eq_any(of_own)))
        .execute(connection)
        .await?;
    let nothing: (Option<String>, Option<String>) = (None, None);
    diesel::update(own())
        .set((sessions::address.eq(nothing.0), sessions::agent.eq(nothing.1)))
        .execute(connection)
        .await?;
    diesel::delete(mailed_tokens::table.filter(mailed_tokens::user_id.eq(user.uuid()))).execute(connection).await?;
    let guessed = [key.clone(), Guessed::Code(user).key()];
    diesel::delete(login_failures::table.filter(login_failures::email_key.eq_any(guessed))).execute(connection).await?;
    diesel::delete(mail_requests::table.filter(mail_requests::email_key.eq(&key))).execute(connection).await?;
    let whom = [key.clone(), user.to_string()];
    diesel::delete(mail_allowances::table.filter(mail_allowances::whom.eq_any(whom))).execute(connection).await?;
    let settled = invitations::table
        .filter(invitations::email_key.eq(&key))
        .filter(invitations::status.ne(tenancy::InvitationStatus::Pending.as_str()));
    diesel::update(settled)
        .set((invitations::email.eq(nobody.as_str()), invitations::email_key.eq(nobody.key())))
        .execute(connection)
        .await?;
    let told = events::table.filter(events::scope_kind.eq("user")).filter(events::scope_id.eq(user.uuid()));
    diesel::update(told).set(events::data.eq(serde_json::json!({}))).execute(connection).await?;
    diesel::sql_query(ERASE_FROM_LOG).bind::<SqlUuid, _>(user.uuid()).bind::<Text, _>(key).execute(connection).await?;
    Ok(())
}
