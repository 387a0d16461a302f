//! Entries month by month: opened before anybody needs them, and dropped when nobody does.

use std::borrow::Cow;

use async_trait::async_trait;
use audit::Action;
use audit::ports::Keeping;
use audit::verify::Dropped;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use kernel::{Act, Evidence, Fault, Scope, Time};

use crate::reads::log::newest_dropped;
use crate::refusal::Refusal;
use crate::schema::audit_waiting;
use crate::store::PgStore;
use crate::transaction::{Done, Transaction};

/// Who opens or drops needs the whole table for a moment, and everybody who writes waits behind: so it waits shortly itself,
/// and comes again.
const SHORTLY: &str = "SET LOCAL lock_timeout = '500ms'";

/// One node at a time. Its number is only ours by convention.
const ALONE: &str = "SELECT pg_try_advisory_xact_lock(7067435829) AS truth";

const OPEN: &str = "SELECT audit_open_month($1) AS truth";

const MONTHS: &str = "
    SELECT child.relname::text AS name FROM pg_inherits
    JOIN pg_class child ON child.oid = inhrelid
    WHERE inhparent = 'audit_entries'::regclass ORDER BY 1";

const COUNT_REST: &str = "SELECT count(*) AS n FROM audit_entries_rest WHERE at < $1";

#[derive(QueryableByName)]
struct Truth {
    #[diesel(sql_type = Bool)]
    truth: bool,
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[async_trait]
impl Keeping for PgStore {
    async fn open(&self, month: Time) -> Result<(), Fault> {
        self.carry(Open(month)).await.map_err(fault_of)
    }

    async fn drop_before(&self, act: &Act, before: Time) -> Result<(), Fault> {
        self.carry(Drop { act: act.clone(), before }).await.map_err(fault_of)
    }
}

fn fault_of(refusal: Refusal) -> Fault {
    Fault::from(refusal)
}

struct Open(Time);

impl Transaction for Open {
    type Answer = ();

    fn scope(&self) -> Scope {
        Scope::Installation
    }

    async fn run<'a>(&'a self, _: &'a PgStore, connection: &mut AsyncPgConnection) -> Result<Done<'a, ()>, Refusal> {
        connection.batch_execute(SHORTLY).await?;
        if alone(connection).await? {
            diesel::sql_query(OPEN).bind::<Timestamptz, _>(self.0).get_result::<Truth>(connection).await?;
        }
        Ok(nothing())
    }
}

struct Drop {
    act: Act,
    before: Time,
}

impl Transaction for Drop {
    type Answer = ();

    fn scope(&self) -> Scope {
        Scope::Installation
    }

    /// What waits to be taken up is needed until it was.
    async fn run<'a>(&'a self, _: &'a PgStore, connection: &mut AsyncPgConnection) -> Result<Done<'a, ()>, Refusal> {
        connection.batch_execute(SHORTLY).await?;
        let waiting = audit_waiting::table.filter(audit_waiting::at.lt(self.before));
        let waits: bool = diesel::select(diesel::dsl::exists(waiting)).get_result(connection).await?;
        if waits || !alone(connection).await? {
            return Ok(nothing());
        }
        // The note of the time before may be of a month that goes.
        let note = newest_dropped(connection).await?;
        let earlier = note.and_then(|it| Dropped::told_by(&it.entry)).map_or(0, |it| it.entries);
        let mut entries = 0;
        let months: Vec<Named> = diesel::sql_query(MONTHS).load(connection).await?;
        for month in months.iter().filter_map(|it| over(&it.name, self.before)) {
            let count = format!("SELECT count(*) AS n FROM audit_entries_{month}");
            entries += diesel::sql_query(count).get_result::<Count>(connection).await?.n;
            connection.batch_execute(&format!("DROP TABLE audit_entries_{month}, audit_personal_{month}")).await?;
        }
        let rest = diesel::sql_query(COUNT_REST).bind::<Timestamptz, _>(self.before);
        entries += rest.get_result::<Count>(connection).await?.n;
        for table in ["audit_entries_rest", "audit_personal_rest"] {
            let sql = format!("DELETE FROM {table} WHERE at < $1");
            diesel::sql_query(sql).bind::<Timestamptz, _>(self.before).execute(connection).await?;
        }
        if entries == 0 {
            return Ok(nothing());
        }
        let action = Action::Dropped { before: self.before, entries: earlier + entries.unsigned_abs() };
        Ok(Done { answer: (), evidence: Cow::Owned(Evidence::of(&self.act, &action)), signals: Vec::new() })
    }
}

fn nothing<'a>() -> Done<'a, ()> {
    Done { answer: (), evidence: Cow::Owned(Evidence::default()), signals: Vec::new() }
}

async fn alone(connection: &mut AsyncPgConnection) -> Result<bool, Refusal> {
    Ok(diesel::sql_query(ALONE).get_result::<Truth>(connection).await?.truth)
}

/// `2026_01` of a table of that month's entries, where all of it is before a moment.
fn over(table: &str, before: Time) -> Option<&str> {
    let month = table.strip_prefix("audit_entries_")?;
    let first = NaiveDate::parse_from_str(&format!("{month}_01"), "%Y_%m_%d").ok()?;
    let last = first.checked_add_months(chrono::Months::new(1))?.and_hms_opt(0, 0, 0)?.and_utc();
    (last <= before).then_some(month)
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;

    #[test]
    fn a_month_is_over_when_all_of_it_is_before() {
        let at = |month, day| Utc.with_ymd_and_hms(2026, month, day, 0, 0, 0).unwrap();
        assert_eq!(over("audit_entries_2026_01", at(2, 1)), Some("2026_01"));
        assert_eq!(over("audit_entries_2026_01", at(1, 31)), None);
        assert_eq!(over("audit_entries_2025_12", at(1, 1)), Some("2025_12"));
        for other in ["audit_entries_rest", "audit_entries_2026_13", "audit_personal_2025_01"] {
            assert_eq!(over(other, at(2, 1)), None, "{other}");
        }
    }
}
