use std::borrow::Cow;

use async_trait::async_trait;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use identity::ports::RefreshTokens;
use identity::rules::witness_rotation;
use identity::{RefreshOutcome, RefreshToken, Rotation, Session, User, UserStatus};
use kernel::{Act, Fault, Id, Signal, Time, TokenHash};
use uuid::Uuid;

use crate::refusal::Refusal;
use crate::rows::{RefreshTokenRow, SessionRow, UserRow};
use crate::schema::{refresh_tokens, sessions, users};
use crate::store::PgStore;
use crate::transaction::{Done, Transaction};

#[async_trait]
impl RefreshTokens for PgStore {
    async fn rotate(&self, act: &Act, rotation: Rotation) -> Result<RefreshOutcome, Fault> {
        Ok(self.carry(Rotate { act: act.clone(), rotation }).await?)
    }
}

struct Rotate {
    act: Act,
    rotation: Rotation,
}

impl Transaction for Rotate {
    type Answer = RefreshOutcome;

    async fn run<'a>(
        &'a self,
        _: &'a PgStore,
        connection: &mut AsyncPgConnection,
    ) -> Result<Done<'a, RefreshOutcome>, Refusal> {
        let Rotation { presented, successor } = &self.rotation;
        let outcome = match claim(connection, presented, successor, self.act.at).await? {
            Some(session) => {
                let (session, user) = read(connection, session).await?;
                hand_out(connection, &session, successor, self.act.at).await?;
                RefreshOutcome::Rotated { session, user }
            }
            None => look_at_why(connection, presented, self.act.at).await?,
        };
        let signals = match &outcome {
            RefreshOutcome::Reused { session, .. } => {
                vec![Signal::SessionEnded { session: session.id, at: self.act.at }]
            }
            _ => Vec::new(),
        };
        let evidence = Cow::Owned(witness_rotation(&self.act, &outcome));
        Ok(Done { answer: outcome, evidence, signals })
    }
}

/// The claim: of all who present the token, the one whose statement finds it unused. The others wait for its end and find
/// it used. No clock takes part.
async fn claim(
    connection: &mut AsyncPgConnection,
    presented: &TokenHash,
    successor: &TokenHash,
    at: Time,
) -> Result<Option<Uuid>, Refusal> {
    let live = sessions::table
        .inner_join(users::table)
        .filter(sessions::id.eq(refresh_tokens::session_id))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(at))
        .filter(users::status.eq(UserStatus::Active.as_str()));
    let unused = refresh_tokens::table
        .filter(refresh_tokens::hash.eq(presented.as_bytes().as_slice()))
        .filter(refresh_tokens::rotated_at.is_null())
        .filter(refresh_tokens::expires_at.gt(at))
        .filter(exists(live));
    let claimed = diesel::update(unused)
        .set((refresh_tokens::rotated_at.eq(at), refresh_tokens::successor.eq(successor.as_bytes().as_slice())))
        .returning(refresh_tokens::session_id)
        .get_result(connection)
        .await
        .optional()?;
    Ok(claimed)
}

async fn read(connection: &mut AsyncPgConnection, session: Uuid) -> Result<(Session, User), Refusal> {
    let (session, user): (SessionRow, UserRow) = sessions::table
        .inner_join(users::table)
        .filter(sessions::id.eq(session))
        .select((SessionRow::as_select(), UserRow::as_select()))
        .first(connection)
        .await?;
    Ok((session.try_into()?, user.try_into()?))
}

async fn hand_out(
    connection: &mut AsyncPgConnection,
    session: &Session,
    successor: &TokenHash,
    at: Time,
) -> Result<(), Refusal> {
    let token = RefreshToken {
        hash: *successor,
        session: session.id,
        issued_at: at,
        expires_at: (at + session.refresh_lifetime).min(session.expires_at),
    };
    diesel::insert_into(refresh_tokens::table).values(RefreshTokenRow::from(&token)).execute(connection).await?;
    Ok(())
}

#[derive(Queryable)]
struct Presented {
    expires_at: Time,
    rotated_at: Option<Time>,
    successor_rotated_at: Option<Time>,
    session: SessionRow,
    user: UserRow,
}

/// Why the claim was lost: another call has just won it, the token is stolen, or it is worth nothing.
async fn look_at_why(
    connection: &mut AsyncPgConnection,
    presented: &TokenHash,
    at: Time,
) -> Result<RefreshOutcome, Refusal> {
    let next = diesel::alias!(refresh_tokens as next);
    let found: Option<Presented> = refresh_tokens::table
        .inner_join(sessions::table.inner_join(users::table))
        .left_join(next.on(next.field(refresh_tokens::hash).nullable().eq(refresh_tokens::successor)))
        .filter(refresh_tokens::hash.eq(presented.as_bytes().as_slice()))
        .select((
            refresh_tokens::expires_at,
            refresh_tokens::rotated_at,
            next.field(refresh_tokens::rotated_at).nullable(),
            SessionRow::as_select(),
            UserRow::as_select(),
        ))
        .first(connection)
        .await
        .optional()?;
    let Some(Presented { expires_at, rotated_at: Some(rotated_at), successor_rotated_at, session, user }) = found
    else {
        return Ok(RefreshOutcome::Refused);
    };
    let (session, user) = (Session::try_from(session)?, User::try_from(user)?);
    let dead = session.ended_at.is_some() || session.expires_at <= at || user.status != UserStatus::Active;
    if dead || expires_at <= at {
        return Ok(RefreshOutcome::Refused);
    }
    if successor_rotated_at.is_none() && at - rotated_at <= Rotation::GRACE {
        return Ok(RefreshOutcome::Lost);
    }
    let living = sessions::table.find(session.id.uuid()).filter(sessions::ended_at.is_null());
    let ended = diesel::update(living)
        .set((sessions::ended_at.eq(at), sessions::version.eq(sessions::version + 1)))
        .execute(connection)
        .await?;
    // Of several that notice the theft, one ends the session and tells.
    if ended == 1 { Ok(RefreshOutcome::Reused { session, user }) } else { Ok(RefreshOutcome::Refused) }
}
