use audit::Head;
use audit::ports::{Log, Resigning, Sequencing};
use audit::tree::{is_consistent, is_included};
use audit::verify::Finding;
use diesel_async::SimpleAsyncConnection;

use crate::support::rig::{Rig, SECRET, notary};

const OTHER: &str = "c41d7e90ab35f2681d0e9b7a54f8c3de20617b9a";

/// Takes up all that waits.
async fn settle(rig: &Rig) {
    let at = rig.act().at;
    while rig.sequencer(0).sequence(at).await.unwrap() {}
}

/// What the log comes to, as signed.
async fn head(rig: &Rig) -> Head {
    let checkpoint = rig.pools[0].checkpoint().await.unwrap().expect("there is a checkpoint");
    notary(SECRET, &[]).open(&checkpoint).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn log_1_each_entry_is_taken_up_once_by_however_many_at_once() {
    let rig = Rig::new().await;
    let rig = &rig;
    let write = async {
        for i in 0..30 {
            rig.user(&format!("user_{i}")).await;
        }
    };
    let take_up = async |node: usize| {
        for _ in 0..40 {
            rig.sequencer(node).sequence(rig.act().at).await.unwrap();
        }
    };
    tokio::join!(write, take_up(0), take_up(1), take_up(0), take_up(1));
    settle(rig).await;
    let entries = rig.count("audit_entries").await;
    assert_eq!(rig.count("audit_waiting").await, 0);
    assert_eq!(rig.count("audit_leaves").await, entries);
    assert_eq!(rig.database.count("SELECT max(index) + 1 FROM audit_leaves").await, entries, "without gaps");
    assert_eq!(i64::try_from(head(rig).await.size).unwrap(), entries);
    let (report, _) = rig.check_log().run(&[]).await.unwrap();
    assert_eq!((report.is_good(), i64::try_from(report.entries).unwrap()), (true, entries), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn log_1_what_is_committed_late_is_not_left_out() {
    let rig = Rig::new().await;
    rig.user("ada").await;
    // An older entry, of a transaction that takes its time.
    let early = kernel::Act { at: rig.act().at - chrono::TimeDelta::days(1), ..rig.act() };
    let (unit, _) = identity::rules::register(&early, rig.new_user("eve"), &identity::Lifetimes::default());
    kernel::Store::commit(&rig.stores[0], unit).await.unwrap();
    rig.database.execute("CREATE TABLE late AS SELECT * FROM audit_waiting ORDER BY at LIMIT 1").await;
    rig.database.execute("DELETE FROM audit_waiting WHERE entry_id = (SELECT entry_id FROM late)").await;
    let mut slow = rig.database.connect().await;
    slow.batch_execute("BEGIN; INSERT INTO audit_waiting SELECT * FROM late").await.unwrap();
    settle(&rig).await;
    let before = head(&rig).await.size;
    rig.user("bob").await;
    settle(&rig).await;
    slow.batch_execute("COMMIT").await.unwrap();
    settle(&rig).await;
    assert_eq!(rig.count("audit_waiting").await, 0);
    assert_eq!(head(&rig).await.size, before + 2);
    assert!(rig.check_log().run(&[]).await.unwrap().0.is_good());
}

#[tokio::test(flavor = "multi_thread")]
async fn log_1_entries_of_before_there_was_a_log_are_taken_up() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    rig.database.execute("UPDATE audit_waiting SET hash = NULL; UPDATE audit_personal SET commitment = NULL").await;
    settle(&rig).await;
    assert_eq!(rig.count("audit_personal WHERE commitment IS NULL").await, 0);
    assert!(rig.check_log().run(&[]).await.unwrap().0.is_good());
    rig.database.execute("UPDATE users SET status = 'deleted', deleted_at = now()").await;
    let unit = identity::rules::erase(&rig.act(), &rig.reload(ada.id).await);
    kernel::Store::commit(&rig.stores[0], unit).await.unwrap();
    settle(&rig).await;
    let (report, _) = rig.check_log().run(&[]).await.unwrap();
    assert!(report.is_good() && report.erased > 0, "what was erased since still proves: {report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn log_2_a_log_that_is_not_what_was_signed_is_not_added_to() {
    let swapped = "UPDATE audit_leaves l SET hashes = o.hashes FROM audit_leaves o WHERE l.index = 0 AND o.index = 2";
    for (what, tampering) in [
        ("its last leaf is another", "UPDATE audit_leaves SET hashes = sha256('x') WHERE index = 4"),
        ("its edge is gone", "DELETE FROM audit_leaves WHERE index = 4"),
        ("a node is gone", "UPDATE audit_leaves SET hashes = substr(hashes, 1, 32) WHERE index = 3"),
        ("its checkpoint is another", "UPDATE audit_checkpoints SET note = replace(note, 'example', 'elsewhere')"),
        ("its checkpoint is gone", "DELETE FROM audit_checkpoints"),
    ] {
        let rig = Rig::new().await;
        for i in 0..5 {
            rig.user(&format!("user_{i}")).await;
        }
        settle(&rig).await;
        assert_eq!(head(&rig).await.size, 5);
        rig.database.execute(tampering).await;
        rig.user("late").await;
        let checkpoints = rig.database.count("SELECT count(*) FROM audit_checkpoints WHERE size > 5").await;
        assert!(rig.sequencer(0).sequence(rig.act().at).await.is_err(), "{what}");
        assert_eq!((checkpoints, rig.count("audit_waiting").await), (0, 1), "{what}");
    }
    // Whatever lies deeper is found by who looks at all of it.
    let rig = Rig::new().await;
    for i in 0..5 {
        rig.user(&format!("user_{i}")).await;
    }
    settle(&rig).await;
    rig.database.execute(swapped).await;
    assert!(!rig.check_log().run(&[]).await.unwrap().0.is_good());
}

#[tokio::test(flavor = "multi_thread")]
async fn log_2_another_key_signs_only_what_the_one_before_it_signed() {
    let rig = Rig::new().await;
    rig.user("ada").await;
    settle(&rig).await;
    rig.user("bob").await;
    let at = rig.act().at;
    let stranger = rig.sequencer_under(&[OTHER]);
    assert!(stranger.sequence(at).await.is_err() && stranger.resign(at, false).await.is_err());
    let successor = rig.sequencer_under(&[OTHER, SECRET]);
    assert_eq!(successor.resign(at, false).await.unwrap().map(|it| it.size), Some(2), "with what waited");
    // The earlier secret is not needed any more.
    stranger.sequence(at).await.unwrap();
    rig.user("eve").await;
    // Where both are lost, somebody must say so.
    let last = rig.sequencer_under(&["5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d0"]);
    assert!(last.resign(at, false).await.is_err());
    assert_eq!(last.resign(at, true).await.unwrap().map(|it| it.size), Some(3), "with what waited");
    assert_eq!(rig.count("audit_waiting").await, 0);
}

/// As the one it is invented after.
const INVENTED: &str = "
    CREATE TABLE invented AS SELECT * FROM audit_entries ORDER BY at DESC, id DESC LIMIT 1;
    UPDATE invented SET id = gen_random_uuid(), action = 'user.deleted';
    INSERT INTO audit_entries SELECT * FROM invented;";

#[tokio::test(flavor = "multi_thread")]
async fn log_3_what_somebody_else_wrote_is_not_taken_up_and_found() {
    for (what, row) in [
        ("without a hash", "SELECT at, id, organization_id, NULL, NULL FROM invented"),
        ("with one", "SELECT at, id, organization_id, sha256('x'), NULL FROM invented"),
        ("with a seal of another", "SELECT i.at, id, i.organization_id, hash, seal FROM invented i, audit_waiting"),
    ] {
        let rig = Rig::new().await;
        rig.user("ada").await;
        settle(&rig).await;
        let before = head(&rig).await.size;
        rig.user("bob").await;
        rig.database.execute(&format!("{INVENTED} INSERT INTO audit_waiting {row}")).await;
        let found = async || rig.check_log().run(&[]).await.unwrap().0.findings;
        assert_eq!(found().await.iter().map(Finding::code).collect::<Vec<_>>(), ["inserted"], "{what}: it waits");
        settle(&rig).await;
        assert_eq!((head(&rig).await.size, rig.count("audit_waiting").await), (before + 1, 0), "{what}: but bob's");
        assert_eq!(
            found().await.iter().map(Finding::code).collect::<Vec<_>>(),
            ["inserted"],
            "{what}: it is struck out"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn log_3_a_seal_fits_one_leaf_only() {
    for change in ["at = at + interval '1 second'", "organization_id = gen_random_uuid()", "hash = sha256('x')"] {
        let rig = Rig::new().await;
        rig.user("ada").await;
        settle(&rig).await;
        rig.user("bob").await;
        rig.database.execute(&format!("UPDATE audit_waiting SET {change}")).await;
        settle(&rig).await;
        assert_eq!(head(&rig).await.size, 1, "{change}");
        assert!(!rig.check_log().run(&[]).await.unwrap().0.is_good());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn log_3_what_waits_again_is_struck_out() {
    let rig = Rig::new().await;
    rig.user("ada").await;
    settle(&rig).await;
    rig.user("bob").await;
    rig.database.execute("CREATE TABLE again AS SELECT * FROM audit_waiting").await;
    settle(&rig).await;
    rig.database.execute("INSERT INTO audit_waiting SELECT * FROM again").await;
    let codes = async || {
        let found = rig.check_log().run(&[]).await.unwrap().0.findings;
        found.iter().map(Finding::code).collect::<Vec<_>>()
    };
    assert_eq!(codes().await, ["inserted"]);
    rig.user("eve").await;
    settle(&rig).await;
    assert_eq!((head(&rig).await.size, rig.count("audit_waiting").await), (3, 0), "it goes on");
    assert!(codes().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn log_4_what_another_key_sealed_waits_for_who_knows_it() {
    let rig = Rig::new().await;
    rig.user("ada").await;
    settle(&rig).await;
    let other = rig.store_sealing(OTHER, &[SECRET]).await;
    let (unit, _) = identity::rules::register(&rig.act(), rig.new_user("bob"), &identity::Lifetimes::default());
    kernel::Store::commit(&other, unit).await.unwrap();
    rig.user("eve").await;
    settle(&rig).await;
    assert_eq!((head(&rig).await.size, rig.count("audit_waiting").await), (2, 1), "eve is not held up");
    assert!(rig.check_log().run(&[]).await.unwrap().0.is_good());
    rig.sequencer_under(&[OTHER, SECRET]).sequence(rig.act().at).await.unwrap();
    assert_eq!(rig.count("audit_waiting").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn log_3_a_log_begins_with_all_there_is() {
    let rig = Rig::new().await;
    rig.user("ada").await;
    let many = "INSERT INTO audit_entries SELECT gen_random_uuid(), at, actor_kind, actor_id, actor_session, action,
            target_kind, target_id, scope_kind, scope_id, organization_id, refused, request_id, public
        FROM audit_entries, generate_series(1, 2500);
        INSERT INTO audit_waiting (at, entry_id, organization_id) SELECT at, id, organization_id FROM audit_entries
        ON CONFLICT DO NOTHING";
    rig.database.execute(many).await;
    assert!(!rig.sequencer(0).sequence(rig.act().at).await.unwrap(), "in one step");
    assert_eq!(head(&rig).await.size, 2_501);
    assert!(rig.check_log().run(&[]).await.unwrap().0.is_good());
}

#[tokio::test(flavor = "multi_thread")]
async fn log_2_an_hour_keeps_its_last_checkpoint() {
    let rig = Rig::new().await;
    let hour = chrono::TimeDelta::hours(1);
    for i in 0..6 {
        rig.user(&format!("user_{i}")).await;
        let at = rig.act().at + hour * (i / 3);
        rig.sequencer(0).sequence(at).await.unwrap();
    }
    let sizes: Vec<_> =
        rig.pools[0].checkpoints().await.unwrap().iter().map(|it| Head::parse(it).unwrap().size).collect();
    assert_eq!(sizes, [3, 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organizations_entries_are_proved_and_nobody_elses() {
    let rig = Rig::new().await;
    let (ada, eve) = (rig.user("ada").await, rig.user("eve").await);
    let acme = rig.organization("acme", ada.id).await.id;
    let other = rig.organization("other", eve.id).await.id;
    settle(&rig).await;
    let before = head(&rig).await;
    rig.organization("third", eve.id).await;
    settle(&rig).await;
    let head = head(&rig).await;
    let log = rig.pools[0].as_ref();
    let proof = log.consistency(before.size, head.size).await.unwrap();
    assert!(is_consistent((before.size, before.root), (head.size, head.root), &proof));

    let placed = log.of(acme, 0, head.size, 100).await.unwrap();
    assert!(!placed.is_empty());
    for it in placed {
        let entry = it.entry.as_ref().expect("its entry is there");
        assert_eq!((entry.organization, entry.hash()), (Some(acme), it.leaf.hashes[0]));
        assert!(is_included(entry.hash(), it.leaf.index, head.size, head.root, &it.proof));
        assert_eq!(log.placed(acme, entry.id, head.size).await.unwrap(), Some(it.clone()));
        assert_eq!(log.placed(other, entry.id, head.size).await.unwrap(), None);
        assert!(log.placed(acme, entry.id, it.leaf.index).await.unwrap().is_none(), "it was not there yet");
    }
    assert_eq!(rig.count("audit_waiting").await, 0);
    assert!(log.strays(Some(acme), None).await.unwrap().entries.is_empty());
}
