use std::cmp::Reverse;
use std::collections::BTreeMap;

use accounts::views::{ActionCount, ActorCount, Counts, DECISIVE, History};
use async_trait::async_trait;
use audit::Entry;
use audit::ports::Log;
use audit::verify::Dropped;
use chrono::{Datelike, Months};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use kernel::{Fault, Id, OrganizationId, Scope, Time};
use uuid::Uuid;

use super::trail::entries_of;
use crate::fault::fault;
use crate::pool::Database;
use crate::schema::{audit_entries, organizations};

/// Entries read at a time.
const BITE: usize = 1_000;

/// In three ways at once: a row has only what it was counted by. Of a month at most, so that none takes long, however long the
/// span.
const COUNTS: &str = "
    SELECT action, refused, actor_kind, actor_id, day,
        count(*) AS entries
    FROM (
        SELECT action, refused, actor_kind, actor_id, date_trunc('day', at, 'UTC') AS day
        FROM audit_entries WHERE organization_id = $1 AND at >= $2 AND at < $3
    ) AS entries
    GROUP BY GROUPING SETS ((action, refused), (actor_kind, actor_id), (day))
    ORDER BY day";

#[derive(Clone, QueryableByName)]
struct Count {
    #[diesel(sql_type = Nullable<Text>)]
    action: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    refused: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    actor_kind: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    actor_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    day: Option<Time>,
    #[diesel(sql_type = BigInt)]
    entries: i64,
}

#[async_trait]
impl History for Database {
    async fn decisive(&self, organization: OrganizationId, until: Time) -> Result<Option<Vec<Entry>>, Fault> {
        let dropped = self.dropped().await?.and_then(|it| Dropped::told_by(&it.entry));
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        let founded: Option<Time> = organizations::table
            .find(organization.uuid())
            .select(organizations::created_at)
            .first(&mut connection)
            .await
            .optional()
            .map_err(fault)?;
        if dropped.is_some_and(|it| founded.is_none_or(|founded| founded < it.before)) {
            return Ok(None);
        }
        let named: Vec<(Uuid, Time)> = audit_entries::table
            .filter(audit_entries::organization_id.eq(organization.uuid()))
            .filter(audit_entries::action.eq_any(DECISIVE))
            .filter(audit_entries::at.le(until))
            .order((audit_entries::at, audit_entries::id))
            .select((audit_entries::id, audit_entries::at))
            .load(&mut connection)
            .await
            .map_err(fault)?;
        let mut entries = Vec::with_capacity(named.len());
        for some in named.chunks(BITE) {
            let read = entries_of(&mut connection, some).await?;
            entries.extend(read.into_iter().rev());
        }
        Ok(Some(entries))
    }

    async fn counts(&self, organization: OrganizationId, from: Time, to: Time) -> Result<Counts, Fault> {
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        let mut sums = Sums::default();
        let mut start = from;
        while start < to {
            let end = next_month(start).map_or(to, |it| it.min(to));
            let rows: Vec<Count> = diesel::sql_query(COUNTS)
                .bind::<SqlUuid, _>(organization.uuid())
                .bind::<Timestamptz, _>(start)
                .bind::<Timestamptz, _>(end)
                .load(&mut connection)
                .await
                .map_err(fault)?;
            for row in rows {
                sums.add(row);
            }
            start = end;
        }
        Ok(sums.counts())
    }
}

/// What the months come to together.
#[derive(Default)]
struct Sums {
    actions: BTreeMap<(String, Option<String>), u64>,
    actors: BTreeMap<(String, Option<Uuid>), u64>,
    days: Vec<(Time, u64)>,
}

impl Sums {
    fn add(&mut self, Count { action, refused, actor_kind, actor_id, day, entries }: Count) {
        let entries = entries.unsigned_abs();
        match (action, actor_kind, day) {
            (Some(action), ..) => *self.actions.entry((action, refused)).or_default() += entries,
            (_, Some(kind), _) => *self.actors.entry((kind, actor_id)).or_default() += entries,
            (.., Some(day)) => self.days.push((day, entries)),
            _ => {}
        }
    }

    fn counts(self) -> Counts {
        let action = |((action, refused), entries)| ActionCount { action, refused, entries };
        let actor = |((kind, id), entries): ((_, Option<Uuid>), _)| {
            let id = id.map(|it| it.to_string());
            ActorCount { kind, id, entries }
        };
        let mut actors: Vec<ActorCount> = self.actors.into_iter().map(actor).collect();
        actors.sort_by_key(|it| Reverse(it.entries));
        Counts { actions: self.actions.into_iter().map(action).collect(), actors, days: self.days }
    }
}

/// When the month after a moment's begins, in UTC.
fn next_month(at: Time) -> Option<Time> {
    let first = at.date_naive().with_day(1)?.checked_add_months(Months::new(1))?;
    Some(first.and_hms_opt(0, 0, 0)?.and_utc())
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;

    #[test]
    fn a_month_ends_where_the_next_begins() {
        let at = |year, month, day| Utc.with_ymd_and_hms(year, month, day, 0, 0, 0).unwrap();
        assert_eq!(next_month(at(2026, 1, 31)), Some(at(2026, 2, 1)));
        assert_eq!(next_month(at(2026, 2, 1)), Some(at(2026, 3, 1)));
        assert_eq!(next_month(at(2026, 12, 31) + chrono::TimeDelta::hours(23)), Some(at(2027, 1, 1)));
    }

    #[test]
    fn months_are_added_up() {
        let nothing = Count { action: None, refused: None, actor_kind: None, actor_id: None, day: None, entries: 0 };
        let of_action = |refused: Option<&str>, entries| Count {
            action: Some("a".to_owned()),
            refused: refused.map(str::to_owned),
            entries,
            ..nothing.clone()
        };
        let of_actor = |n, entries| Count {
            actor_kind: Some("user".to_owned()),
            actor_id: Some(Uuid::from_u128(n)),
            entries,
            ..nothing.clone()
        };
        let mut sums = Sums::default();
        for it in [of_action(Some("why"), 1), of_action(None, 2), of_actor(1, 2), of_actor(2, 1)] {
            sums.add(it);
        }
        for it in [of_action(None, 3), of_actor(2, 4)] {
            sums.add(it);
        }
        let counts = sums.counts();
        let actions: Vec<_> = counts.actions.iter().map(|it| (it.refused.as_deref(), it.entries)).collect();
        assert_eq!(actions, [(None, 5), (Some("why"), 1)]);
        assert_eq!(counts.actors.iter().map(|it| it.entries).collect::<Vec<_>>(), [5, 2], "the busiest first");
    }
}
