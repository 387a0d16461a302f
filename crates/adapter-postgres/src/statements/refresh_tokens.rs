use std::borrow::Cow;
use std::collections::BTreeSet;

use async_trait::async_trait;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use identity::ports::RefreshTokens;
use identity::rules::{self, witness_rotation};
use identity::{RefreshOutcome, Rotation, Session, Standing, User, UserStatus};
use kernel::{Act, Fault, Id, RoleKey, Scope, Signal, Time, TokenHash};
use tenancy::MemberStatus;
use uuid::Uuid;

use crate::fault::corrupt;
use crate::refusal::Refusal;
use crate::rows::{RefreshTokenRow, SessionRow, UserRow};
use crate::schema::{members, organizations, refresh_tokens, sessions, users};
use crate::scope;
use crate::store::PgStore;
use crate::transaction::{Done, Transaction};
use crate::turns::Turn;

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

    fn scope(&self) -> Scope {
        scope::of_act(&self.act)
    }

    fn turns(&self) -> BTreeSet<Turn> {
        BTreeSet::from([Turn::Token(self.rotation.presented)])
    }

    async fn run<'a>(
        &'a self,
        _: &'a PgStore,
        connection: &mut AsyncPgConnection,
    ) -> Result<Done<'a, RefreshOutcome>, Refusal> {
        let outcome = match claim(connection, &self.rotation, self.act.at).await? {
            Some(session) => {
                let (session, user) = read(connection, session).await?;
                hand_out(connection, &session, &self.rotation.successor, self.act.at).await?;
                let standing = standing_of(connection, &session).await?;
                RefreshOutcome::Rotated { session, user, standing }
            }
            None => look_at_why(connection, &self.rotation, self.act.at).await?,
        };
        let signals = match &outcome {
            RefreshOutcome::Reused { session, .. } => {
                vec![Signal::SessionEnded { session: session.id, until: session.silent_after(self.act.at) }]
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
    Rotation { presented, successor, repeat }: &Rotation,
    at: Time,
) -> Result<Option<Uuid>, Refusal> {
    let live = sessions::table
        .inner_join(users::table)
        .filter(sessions::id.eq(refresh_tokens::session_id))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(at))
        .filter(sessions::rotates)
        .filter(users::status.eq(UserStatus::Active.as_str()));
    let unused = refresh_tokens::table
        .filter(refresh_tokens::hash.eq(presented.as_bytes().as_slice()))
        .filter(refresh_tokens::rotated_at.is_null())
        .filter(refresh_tokens::expires_at.gt(at))
        .filter(exists(live));
    let claimed = diesel::update(unused)
        .set((
            refresh_tokens::rotated_at.eq(at),
            refresh_tokens::successor.eq(successor.as_bytes().as_slice()),
            refresh_tokens::repeat_key.eq(repeat.as_ref().map(|it| it.key.0.as_slice())),
            refresh_tokens::sealed.eq(repeat.as_ref().map(|it| it.sealed.as_slice())),
        ))
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

/// The user's place in the session's organization, where the membership counts and the organization lives.
async fn standing_of(connection: &mut AsyncPgConnection, session: &Session) -> Result<Option<Standing>, Refusal> {
    let Some(organization) = session.organization else { return Ok(None) };
    let role: Option<String> = members::table
        .inner_join(organizations::table)
        .filter(members::organization_id.eq(organization.uuid()))
        .filter(members::user_id.eq(session.user.uuid()))
        .filter(members::status.eq(MemberStatus::Active.as_str()))
        .filter(organizations::deleted_at.is_null())
        .select(members::role)
        .first(connection)
        .await
        .optional()?;
    let Some(role) = role else { return Ok(None) };
    let role = RoleKey::parse(&role).ok_or_else(|| corrupt("role"))?;
    Ok(Some(Standing { organization, role, active: true }))
}

async fn hand_out(
    connection: &mut AsyncPgConnection,
    session: &Session,
    successor: &TokenHash,
    at: Time,
) -> Result<(), Refusal> {
    let token = rules::next_refresh_token(at, session, *successor);
    diesel::insert_into(refresh_tokens::table).values(RefreshTokenRow::from(&token)).execute(connection).await?;
    Ok(())
}

#[derive(Queryable)]
struct Presented {
    rotated_at: Option<Time>,
    repeat_key: Option<Vec<u8>>,
    successor_rotated_at: Option<Time>,
    session: SessionRow,
    user: UserRow,
}

/// Why the claim was lost: it was won before by the same caller or just now by another, the token is stolen, or it is
/// worth nothing.
async fn look_at_why(
    connection: &mut AsyncPgConnection,
    Rotation { presented, repeat, .. }: &Rotation,
    at: Time,
) -> Result<RefreshOutcome, Refusal> {
    let next = diesel::alias!(refresh_tokens as next);
    let found: Option<Presented> = refresh_tokens::table
        .inner_join(sessions::table.inner_join(users::table))
        .left_join(next.on(next.field(refresh_tokens::hash).nullable().eq(refresh_tokens::successor)))
        .filter(refresh_tokens::hash.eq(presented.as_bytes().as_slice()))
        .select((
            refresh_tokens::rotated_at,
            refresh_tokens::repeat_key,
            next.field(refresh_tokens::rotated_at).nullable(),
            SessionRow::as_select(),
            UserRow::as_select(),
        ))
        .first(connection)
        .await
        .optional()?;
    let Some(found) = found else { return Ok(RefreshOutcome::Refused) };
    let Presented { rotated_at: Some(rotated_at), repeat_key, successor_rotated_at, .. } = found else {
        return Ok(RefreshOutcome::Refused);
    };
    let (session, user) = (Session::try_from(found.session)?, User::try_from(found.user)?);
    // A token that has expired since its rotation tells of a theft all the same.
    let dead = session.ended_at.is_some() || session.expires_at <= at || user.status != UserStatus::Active;
    if dead {
        return Ok(RefreshOutcome::Refused);
    }
    if successor_rotated_at.is_none() {
        let same_caller = repeat.as_ref().filter(|it| repeat_key.as_deref() == Some(it.key.0.as_slice()));
        if same_caller.is_some() && at - rotated_at <= Rotation::REPEATABLE {
            return repeat_answer(connection, presented, session, user).await;
        }
        if at - rotated_at <= Rotation::GRACE {
            return Ok(RefreshOutcome::Lost { session });
        }
    }
    let living = sessions::table.find(session.id.uuid()).filter(sessions::ended_at.is_null());
    let ended = diesel::update(living)
        .set((
            sessions::ended_at.eq(at),
            sessions::silent_after.eq(session.silent_after(at)),
            sessions::version.eq(sessions::version + 1),
        ))
        .execute(connection)
        .await?;
    // Of several that notice the theft, one ends the session and tells.
    if ended == 1 { Ok(RefreshOutcome::Reused { session, user }) } else { Ok(RefreshOutcome::Refused) }
}

/// What was kept, while there are repetitions left.
async fn repeat_answer(
    connection: &mut AsyncPgConnection,
    presented: &TokenHash,
    session: Session,
    user: User,
) -> Result<RefreshOutcome, Refusal> {
    let most = i32::try_from(Rotation::MOST_REPEATS).unwrap_or(i32::MAX);
    let left = refresh_tokens::table.find(presented.as_bytes().as_slice()).filter(refresh_tokens::repeats.lt(most));
    let sealed: Option<Option<Vec<u8>>> = diesel::update(left)
        .set(refresh_tokens::repeats.eq(refresh_tokens::repeats + 1))
        .returning(refresh_tokens::sealed)
        .get_result(connection)
        .await
        .optional()?;
    let Some(sealed) = sealed.flatten() else { return Ok(RefreshOutcome::Lost { session }) };
    let standing = standing_of(connection, &session).await?;
    Ok(RefreshOutcome::Repeated { session, user, standing, sealed })
}
