//! Whoever can write to the database is found out: each way to change what is written, over SQL.

use audit::Head;
use audit::export::Manifest;
use audit::ports::{Log, Resigning, Sequencing};
use audit::verify::Finding;

use crate::support::rig::{Rig, SECRET, notary};

/// A log of eleven entries, taken up in three goes, of which two left a checkpoint.
async fn log() -> Rig {
    let rig = Rig::new().await;
    for (i, hours) in [(0..4, 0), (4..7, 1), (7..11, 1)] {
        for i in i {
            rig.user(&format!("user_{i}")).await;
        }
        rig.sequencer(0).sequence(rig.act().at + chrono::TimeDelta::hours(hours)).await.unwrap();
    }
    rig
}

async fn findings(rig: &Rig, known: &[Head]) -> Vec<Finding> {
    rig.check_log().run(known).await.unwrap().0.findings
}

/// What is found after this was done.
async fn found(tampering: &str) -> Vec<(&'static str, Option<u64>)> {
    let rig = log().await;
    assert_eq!(findings(&rig, &[]).await, []);
    rig.database.execute(tampering).await;
    findings(&rig, &[]).await.iter().map(|it| (it.code(), it.index())).collect()
}

/// `$5` is the id of the entry at 5.
fn naming(sql: &str) -> String {
    (0..11).rev().fold(sql.to_owned(), |sql, n| {
        sql.replace(&format!("${n}"), &format!("(SELECT entry_id FROM audit_leaves WHERE index = {n})"))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_entry_is_named() {
    for edit in [
        "UPDATE audit_entries SET action = 'user.deleted' WHERE id = $5",
        "UPDATE audit_entries SET at = at + interval '1 microsecond' WHERE id = $5;
            UPDATE audit_personal SET at = at + interval '1 microsecond' WHERE entry_id = $5;
            UPDATE audit_leaves SET at = at + interval '1 microsecond' WHERE index = 5",
        "UPDATE audit_entries SET actor_id = gen_random_uuid() WHERE id = $5",
        "UPDATE audit_entries SET public = public || '[{\"key\": \"x\", \"before\": null, \"after\": 1}]' WHERE id = $5",
        "UPDATE audit_entries SET public = '{}' WHERE id = $5",
        "UPDATE audit_entries SET public = '[{\"key\": \"x\", \"before\": null, \"after\": 1e400}]' WHERE id = $5",
        "UPDATE audit_personal SET after = '1e400' WHERE entry_id = $5 AND key = 'email'",
        "UPDATE audit_personal SET after = 'null', before = 'null', salt = decode(repeat('00', 16), 'hex')
            WHERE entry_id = $5 AND subject IS NOT NULL",
        "UPDATE audit_personal SET after = '\"mallory@example.com\"' WHERE entry_id = $5 AND key = 'email'",
        "UPDATE audit_personal SET subject = gen_random_uuid() WHERE entry_id = $5 AND key = 'email'",
        "DELETE FROM audit_personal WHERE entry_id = $5 AND key = 'email'",
        "UPDATE audit_personal SET at = at + interval '1 microsecond' WHERE entry_id = $5 AND key = 'email'",
        "UPDATE audit_leaves SET hashes = sha256('x') || substr(hashes, 33) WHERE index = 5",
    ] {
        let found = found(&naming(edit)).await;
        assert!(
            !found.is_empty() && found.iter().all(|(code, index)| *code == "edited" && matches!(index, Some(4 | 5))),
            "{edit}: {found:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_entry_is_named() {
    let entry = "DELETE FROM audit_personal WHERE entry_id = $5; DELETE FROM audit_entries WHERE id = $5";
    assert_eq!(found(&naming(entry)).await, [("removed", Some(5))]);
    let leaf = "DELETE FROM audit_personal WHERE entry_id = $5; DELETE FROM audit_entries WHERE id = $5;
        DELETE FROM audit_leaves WHERE index = 5";
    assert_eq!(found(&naming(leaf)).await, [("removed", Some(5))]);
    // And those after it moved up.
    let closed = "DELETE FROM audit_personal WHERE entry_id = $5; DELETE FROM audit_entries WHERE id = $5;
        DELETE FROM audit_leaves WHERE index = 5;
        UPDATE audit_leaves SET index = index + 1000 WHERE index > 5;
        UPDATE audit_leaves SET index = index - 1001 WHERE index > 1000";
    let found = found(&naming(closed)).await;
    assert!(found.contains(&("cut", Some(10))), "{found:?}");
    assert!(found.iter().any(|(code, index)| *code == "reordered" && *index == Some(5)), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reordered_entries_are_named() {
    let both = [("reordered", Some(2)), ("reordered", Some(8))];
    let names = "CREATE TEMP TABLE two AS SELECT * FROM audit_leaves WHERE index IN (2, 8);
        DELETE FROM audit_leaves WHERE index IN (2, 8);
        INSERT INTO audit_leaves SELECT a.index, b.entry_id, b.at, b.organization_id, a.hashes
            FROM two a JOIN two b ON a.index <> b.index";
    assert_eq!(found(names).await, both);
    let whole = "CREATE TEMP TABLE two AS SELECT * FROM audit_leaves WHERE index IN (2, 8);
        DELETE FROM audit_leaves WHERE index IN (2, 8);
        INSERT INTO audit_leaves SELECT 10 - index, entry_id, at, organization_id, hashes FROM two";
    assert_eq!(found(whole).await, both);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inserted_entry_is_named() {
    let invented =
        "INSERT INTO audit_entries SELECT gen_random_uuid(), at, actor_kind, actor_id, actor_session, action,
        target_kind, target_id, scope_kind, scope_id, organization_id, refused, request_id, public
        FROM audit_entries WHERE id = $5";
    assert_eq!(found(&naming(invented)).await, [("inserted", None)]);
    // Beside another, with its id.
    let second = "INSERT INTO audit_entries SELECT id, at + interval '1 second', actor_kind, actor_id, actor_session, 'user.deleted',
        target_kind, target_id, scope_kind, scope_id, organization_id, refused, request_id, public
        FROM audit_entries WHERE id = $5";
    assert_eq!(found(&naming(second)).await, [("inserted", None)]);
    let at_the_end = format!(
        "{invented}; INSERT INTO audit_leaves
        SELECT 11, e.id, e.at, e.organization_id, sha256('x') || sha256('y') || sha256('z') FROM audit_entries e
        WHERE NOT EXISTS (SELECT FROM audit_leaves l WHERE l.entry_id = e.id)"
    );
    let found = found(&naming(&at_the_end)).await;
    assert!(found.contains(&("inserted", Some(11))), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_end_is_named() {
    let cut = "DELETE FROM audit_personal WHERE entry_id IN ($8, $9, $10);
        DELETE FROM audit_entries WHERE id IN ($8, $9, $10); DELETE FROM audit_leaves WHERE index >= 8";
    assert_eq!(found(&naming(cut)).await, [("cut", Some(8))]);
    // To where an older checkpoint was: nothing in the database tells, and whoever kept a newer one knows.
    let rig = log().await;
    let newest = Head::parse(&rig.pools[0].checkpoint().await.unwrap().unwrap()).unwrap();
    let back = "DELETE FROM audit_personal WHERE entry_id IN (SELECT entry_id FROM audit_leaves WHERE index >= 4);
        DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM audit_leaves WHERE index >= 4);
        DELETE FROM audit_leaves WHERE index >= 4; DELETE FROM audit_checkpoints WHERE size > 4";
    rig.database.execute(back).await;
    assert_eq!(findings(&rig, &[]).await, []);
    assert_eq!(findings(&rig, &[newest]).await, [Finding::Cut { from: 4, to: Some(11) }]);
}

/// Everything anew, each hash fitting, as somebody does who knows how it works.
const ANEW: &str = "UPDATE audit_entries SET action = 'user.deleted' WHERE id = $5;
    INSERT INTO audit_waiting (at, entry_id, organization_id) SELECT at, id, organization_id FROM audit_entries;
    DELETE FROM audit_leaves; DELETE FROM audit_checkpoints";

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_written_anew_is_named() {
    let rig = log().await;
    let known = Head::parse(&rig.pools[0].checkpoint().await.unwrap().unwrap()).unwrap();
    rig.database.execute(&naming(ANEW)).await;
    let at = rig.act().at;
    rig.sequencer_under(&["c41d7e90ab35f2681d0e9b7a54f8c3de20617b9a"]).sequence(at).await.unwrap();
    assert_eq!(findings(&rig, &[]).await, [Finding::Forged { size: 11 }]);

    // By somebody who has the key too.
    rig.database.execute(&naming(ANEW)).await;
    rig.sequencer(0).sequence(at).await.unwrap();
    assert_eq!(findings(&rig, &[]).await, [], "it proves itself");
    assert_eq!(findings(&rig, &[known]).await, [Finding::Rewritten { from: 0, to: 11 }]);
    assert!(notary(SECRET, &[]).open(&rig.pools[0].checkpoint().await.unwrap().unwrap()).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaf_that_was_given_to_another_organization_is_named() {
    let leaf = "UPDATE audit_leaves SET organization_id = gen_random_uuid() WHERE index = 5";
    assert_eq!(found(leaf).await, [("edited", Some(5)), ("inserted", None)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_personal_detail_moved_far_away_is_named() {
    let moved = "UPDATE audit_personal SET at = at - interval '5 years' WHERE entry_id = $5 AND key = 'email'";
    assert_eq!(found(&naming(moved)).await, [("edited", Some(5))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaf_far_beyond_the_end_is_named() {
    let far = "INSERT INTO audit_leaves SELECT 4611686018427387904, gen_random_uuid(), at, organization_id, hashes
        FROM audit_leaves WHERE index = 5";
    assert_eq!(found(far).await, [("inserted", Some(1 << 62))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_cut_back_is_not_added_to_by_who_saw_more() {
    let rig = log().await;
    let (taking_up, idle) = (rig.sequencer(0), rig.sequencer(1));
    let at = rig.act().at + chrono::TimeDelta::hours(1);
    rig.user("one_more").await;
    taking_up.sequence(at).await.unwrap();
    idle.sequence(at).await.unwrap();
    rig.user("another").await;
    rig.sequencer(1).sequence(at).await.unwrap();
    rig.user("a_third").await;
    taking_up.sequence(at).await.unwrap();
    let back = "DELETE FROM audit_leaves WHERE index >= 4; DELETE FROM audit_checkpoints WHERE size > 4";
    rig.database.execute(back).await;
    rig.user("late").await;
    for node in [&taking_up, &idle] {
        assert!(node.sequence(at).await.is_err());
    }
    rig.database.execute("DELETE FROM audit_leaves; DELETE FROM audit_checkpoints").await;
    assert!(taking_up.sequence(at).await.is_err(), "nor one that begins anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_as_checkpoint_is_named() {
    let rig = log().await;
    let organization = kernel::OrganizationId::from(uuid::Uuid::nil());
    // Of an export of one entry, which may be chosen so that it is the one to begin anew with.
    let mut manifest = Manifest::default();
    manifest.push(rig.pools[0].leaves(0, 1).await.unwrap()[0].0.hashes[0]);
    let note = manifest.end(&notary(SECRET, &[]), "example.com/audit", organization, "all").manifest;
    let replace = "DELETE FROM audit_personal WHERE entry_id IN (SELECT entry_id FROM audit_leaves WHERE index > 0);
        DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM audit_leaves WHERE index > 0);
        DELETE FROM audit_leaves WHERE index > 0; DELETE FROM audit_checkpoints;";
    rig.database.execute(&format!("{replace} INSERT INTO audit_checkpoints VALUES (1, now(), '{note}')")).await;
    assert!(findings(&rig, &[]).await.contains(&Finding::Forged { size: 1 }));
    rig.user("late").await;
    assert!(rig.sequencer(0).sequence(rig.act().at).await.is_err(), "nothing is added to it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_in_anothers_place_is_not_added_to() {
    let rig = log().await;
    rig.database.execute("UPDATE audit_checkpoints SET size = 12 WHERE size = 4").await;
    rig.user("late").await;
    assert!(rig.sequencer(0).sequence(rig.act().at).await.is_err());
    assert!(rig.sequencer(0).resign(rig.act().at, true).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_log_keeps_beside_its_leaves_is_looked_at_too() {
    let node = "UPDATE audit_leaves SET hashes = substr(hashes, 1, 32) || sha256('x') WHERE index = 5";
    assert!(!found(node).await.is_empty());
    let node = "UPDATE audit_leaves SET hashes = substr(hashes, 1, 64) || sha256('x') WHERE index = 3";
    assert!(!found(node).await.is_empty());
    let older = "UPDATE audit_checkpoints SET note = replace(note, E'\\n4\\n', E'\\n5\\n') WHERE size = 4";
    assert!(!found(older).await.is_empty());
}

/// What retention would have written, had it dropped everything.
const DROP_NOTE: &str = r#"
    CREATE TABLE note AS SELECT * FROM audit_entries LIMIT 1;
    UPDATE note SET id = gen_random_uuid(), at = now(), action = 'audit.dropped', organization_id = NULL, public =
        '[{"key": "before", "before": null, "after": "2100-01-01T00:00:00Z"}, {"key": "entries", "before": null, "after": 99}]';
    INSERT INTO audit_entries SELECT * FROM note;
    DELETE FROM audit_personal WHERE entry_id IN ($2, $5); DELETE FROM audit_entries WHERE id IN ($2, $5);"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_invented_note_of_retention_excuses_nothing() {
    let removed = [("removed", Some(2)), ("removed", Some(5))];
    for (what, more, note) in [
        ("alone", "", ("inserted", None)),
        (
            "one that waits",
            "INSERT INTO audit_waiting (at, entry_id, organization_id, hash) SELECT at, id, NULL, sha256('x') FROM note",
            ("inserted", None),
        ),
        (
            "one with a leaf",
            "INSERT INTO audit_leaves SELECT 11, id, at, NULL, sha256('x') || sha256('y') || sha256('z') FROM note",
            ("inserted", Some(11)),
        ),
    ] {
        let found = found(&naming(&format!("{DROP_NOTE} {more}"))).await;
        for finding in removed.into_iter().chain([note]) {
            assert!(found.contains(&finding), "{what}: {found:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_excuses_nothing_and_is_held_to_what_was_written() {
    let note = "UPDATE audit_entries SET action = 'audit.dropped', organization_id = NULL, public =
        '[{\"key\": \"before\", \"before\": null, \"after\": \"2100-01-01T00:00:00Z\"},
          {\"key\": \"entries\", \"before\": null, \"after\": 99}]'
        WHERE id = (SELECT entry_id FROM audit_waiting);";
    for (tampering, expected) in [
        (
            format!("{note} DELETE FROM audit_personal; DELETE FROM audit_entries WHERE id IN ($2, $5)"),
            ("removed", Some(2)),
        ),
        (note.to_owned(), ("inserted", None)),
        ("DELETE FROM audit_entries WHERE id = (SELECT entry_id FROM audit_waiting)".to_owned(), ("inserted", None)),
    ] {
        let rig = log().await;
        rig.user("late").await;
        rig.database.execute(&naming(&tampering)).await;
        let found: Vec<_> = findings(&rig, &[]).await.iter().map(|it| (it.code(), it.index())).collect();
        assert!(found.contains(&expected), "{tampering}: {found:?}");
    }
}
