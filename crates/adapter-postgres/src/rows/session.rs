use std::net::IpAddr;

use chrono::TimeDelta;
use diesel::pg::Pg;
use diesel::prelude::*;
use identity::ports::SeenSession;
use identity::{Factor, Factors, Session};
use kernel::{Fault, Id, Time};
use uuid::Uuid;

use crate::fault::corrupt;
use crate::schema::sessions;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = sessions, treat_none_as_null = true, check_for_backend(Pg))]
pub(crate) struct SessionRow {
    id: Uuid,
    user_id: Uuid,
    organization_id: Option<Uuid>,
    auth_time: Time,
    created_at: Time,
    expires_at: Time,
    access_lifetime_s: i64,
    refresh_lifetime_s: i64,
    address: Option<String>,
    agent: Option<String>,
    ended_at: Option<Time>,
    silent_after: Option<Time>,
    pub(crate) version: i64,
    rotates: bool,
    factors: Vec<String>,
}

impl From<&Session> for SessionRow {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id.uuid(),
            user_id: session.user.uuid(),
            organization_id: session.organization.map(Id::uuid),
            auth_time: session.auth_time,
            created_at: session.created_at,
            expires_at: session.expires_at,
            access_lifetime_s: session.access_lifetime.num_seconds(),
            refresh_lifetime_s: session.refresh_lifetime.num_seconds(),
            address: session.address.map(|it| it.to_string()),
            agent: session.agent.clone(),
            ended_at: session.ended_at,
            silent_after: session.ended_at.map(|at| session.silent_after(at)),
            version: session.version,
            rotates: session.rotates,
            factors: session.factors.iter().map(|it| it.as_str().to_owned()).collect(),
        }
    }
}

impl TryFrom<SessionRow> for Session {
    type Error = Fault;

    fn try_from(row: SessionRow) -> Result<Self, Fault> {
        let factors = row.factors.iter().map(|it| Factor::parse(it).ok_or_else(|| corrupt("factor")));
        let lifetime = |seconds| TimeDelta::try_seconds(seconds).ok_or_else(|| corrupt("lifetime"));
        Ok(Self {
            id: row.id.into(),
            user: row.user_id.into(),
            organization: row.organization_id.map(Into::into),
            auth_time: row.auth_time,
            factors: Factors::of(factors.collect::<Result<Vec<_>, Fault>>()?),
            created_at: row.created_at,
            expires_at: row.expires_at,
            access_lifetime: lifetime(row.access_lifetime_s)?,
            refresh_lifetime: lifetime(row.refresh_lifetime_s)?,
            rotates: row.rotates,
            address: address(row.address.as_deref())?,
            agent: row.agent,
            ended_at: row.ended_at,
            version: row.version,
        })
    }
}

/// A session with when and from where it was seen, where it was.
#[derive(Queryable)]
pub(crate) struct SeenSessionRow {
    session: SessionRow,
    seen: Option<(Time, Option<String>)>,
}

impl TryFrom<SeenSessionRow> for SeenSession {
    type Error = Fault;

    fn try_from(SeenSessionRow { session, seen }: SeenSessionRow) -> Result<Self, Fault> {
        let session = Session::try_from(session)?;
        let (last_seen_at, last_address) = match seen {
            Some((at, from)) => (at, address(from.as_deref())?),
            None => (session.created_at, session.address),
        };
        Ok(Self { session, last_seen_at, last_address })
    }
}

fn address(text: Option<&str>) -> Result<Option<IpAddr>, Fault> {
    text.map(str::parse).transpose().map_err(|_| corrupt("network address"))
}
