use audit::ports::{Keeping, Log, Sequencing};
use audit::tree::is_included;
use audit::verify::Dropped;
use audit::{Filter, Head};
use chrono::{Datelike, Months, NaiveDate};
use kernel::{Act, PageRequest, Time};

use crate::support::rig::{Rig, uuid};

fn first_of(at: Time) -> Time {
    at.date_naive().with_day(1).and_then(|it| it.and_hms_opt(0, 0, 0)).expect("months have a first day").and_utc()
}

fn name(month: Time) -> String {
    month.format("%Y_%m").to_string()
}

/// The months of a table of which there are any.
async fn is_open(rig: &Rig, month: Time) -> bool {
    let sql = format!("SELECT count(*) FROM pg_class WHERE relname = 'audit_entries_{}'", name(month));
    rig.database.count(&sql).await == 1
}

#[tokio::test(flavor = "multi_thread")]
async fn keeping_1_a_month_is_opened_once_and_one_that_has_begun_is_left_alone() {
    let rig = Rig::new().await;
    let now = first_of(rig.act().at);
    for ahead in 0..=3 {
        assert!(is_open(&rig, now + Months::new(ahead)).await, "the migration opens {ahead}");
    }
    let (next, far) = (now + Months::new(7), now + Months::new(9));
    let opened = rig.race(8, |_, store| async move { store.open(next).await }).await;
    assert!(opened.iter().all(Result::is_ok), "{opened:?}");
    assert!(is_open(&rig, next).await);
    let act = Act { at: far, ..rig.act() };
    write(&rig, &act).await;
    rig.stores[0].open(far).await.unwrap();
    assert!(!is_open(&rig, far).await, "the rest holds some of it");
    assert_eq!(rig.count("audit_entries_rest").await, 1);
}

async fn dropped(rig: &Rig) -> Option<Dropped> {
    rig.pools[0].dropped().await.unwrap().and_then(|it| Dropped::told_by(&it.entry))
}

/// An entry of an organization at the moment of the act.
async fn write(rig: &Rig, act: &Act) -> kernel::AuditId {
    let owner = rig.new_user(&format!("u{}", act.id::<kernel::UserId>().to_string().replace('-', "")[20..].to_owned()));
    let (unit, _) = identity::rules::register(act, owner, &identity::Lifetimes::default());
    let id = unit.evidence.audit[0].id;
    kernel::Store::commit(&rig.stores[0], unit).await.expect("a user can be added");
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn keeping_2_what_is_before_goes_and_its_leaves_stay() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    let now = rig.act().at;
    let before = first_of(now) - Months::new(1);
    // Of a month of its own, of the rest, and of the month that is kept.
    let old = NaiveDate::from_ymd_opt(2020, 2, 29).and_then(|it| it.and_hms_opt(12, 0, 0)).unwrap().and_utc();
    rig.stores[0].open(first_of(old)).await.unwrap();
    let gone = [old, old - Months::new(12), before - chrono::TimeDelta::microseconds(1)];
    let mut gone_ones = Vec::new();
    for at in gone {
        gone_ones.push(write(&rig, &Act { at, ..rig.act() }.within(acme)).await);
    }
    let stays = write(&rig, &Act { at: before, ..rig.act() }.within(acme)).await;
    rig.stores[0].drop_before(&rig.act(), before).await.unwrap();
    let all = rig.count("audit_entries").await;
    assert_eq!(rig.count("audit_leaves").await, 0);
    assert_eq!(rig.count(&format!("audit_entries WHERE id = '{}'", uuid(gone_ones[0]))).await, 1, "it waits");

    while rig.sequencer(0).sequence(now).await.unwrap() {}
    let races = rig.race(4, |_, store| async move {
        store.drop_before(&Act::of_system(now, std::sync::Arc::new(adapter_crypto::RandomIds::default())), before).await
    });
    assert!(races.await.iter().all(Result::is_ok));
    assert_eq!(rig.count("audit_entries").await, all - 3 + 1, "and an entry tells of it");
    assert_eq!(rig.count(&format!("audit_personal WHERE at < '{}'", kernel::rfc3339(before))).await, 0);
    assert!(!is_open(&rig, first_of(old)).await);
    assert_eq!(rig.count(&format!("audit_entries WHERE id = '{}'", uuid(stays))).await, 1);
    rig.sequencer(0).sequence(now).await.unwrap();

    let log = rig.pools[0].as_ref();
    assert_eq!(dropped(&rig).await.map(|it| (it.before, it.entries)), Some((before, 3)));
    let (report, head) = rig.check_log().run(&[]).await.unwrap();
    assert!(report.is_good() && report.dropped == 3, "{report:?}");
    let Head { size, root, .. } = head.unwrap();
    for entry in gone_ones {
        let placed = log.placed(acme, entry, size).await.unwrap().expect("its leaf stays");
        assert!(
            placed.entry.is_none() && is_included(placed.leaf.hashes[0], placed.leaf.index, size, root, &placed.proof)
        );
    }
    // Who takes away more than that is found.
    rig.database.execute(&format!("UPDATE audit_leaves SET at = '2020-01-01' WHERE entry_id = '{}'; DELETE FROM audit_entries WHERE id = '{}'", uuid(stays), uuid(stays))).await;
    let (report, _) = rig.check_log().run(&[]).await.unwrap();
    assert_eq!(report.findings.iter().map(audit::verify::Finding::code).collect::<Vec<_>>(), ["removed"]);
    let page = PageRequest { limit: 50, after: None };
    assert!(!audit::ports::Trail::list(log, acme, Filter::default(), page).await.unwrap().data.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn keeping_2_what_went_before_is_counted_though_its_note_goes_too() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    let now = rig.act().at;
    write(&rig, &Act { at: first_of(now) - Months::new(2), ..rig.act() }.within(acme)).await;
    let mut told = Vec::new();
    for months in [0, 1] {
        rig.sequencer(0).sequence(now).await.unwrap();
        let before = first_of(now) + Months::new(months);
        rig.stores[0].drop_before(&Act { at: before, ..rig.act() }, before).await.unwrap();
        told.push(dropped(&rig).await.map(|it| it.entries));
    }
    rig.sequencer(0).sequence(now).await.unwrap();
    let all = u64::try_from(rig.count("audit_leaves").await).unwrap();
    assert_eq!(told, [Some(1), Some(all - 1)], "all but the note itself");
    assert!(rig.check_log().run(&[]).await.unwrap().0.is_good());
}
