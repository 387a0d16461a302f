use super::*;
use crate::Head;
use crate::testing::{entry, heads, log, sworn};

fn walk(leaves: &[(Leaf, Option<Entry>)], sworn: Vec<Sworn>) -> Report {
    let mut walk = Walk::new(sworn);
    for (leaf, entry) in leaves {
        walk.leaf(leaf, entry.as_ref());
    }
    walk.finish()
}

/// What is found after a log of eleven entries, with checkpoints at 4 and 11, was tampered with so.
fn found(how: impl FnOnce(&mut Vec<(Leaf, Option<Entry>)>)) -> Vec<(&'static str, Option<u64>)> {
    let (mut leaves, _) = log(11);
    let sworn = heads(&leaves, &[4, 11]);
    how(&mut leaves);
    walk(&leaves, sworn).findings.iter().map(|it| (it.code(), it.index())).collect()
}

/// As who knows how it works: the leaf is made to fit the entry.
fn refit(one: &mut (Leaf, Option<Entry>)) {
    one.0.hashes[0] = one.1.as_ref().unwrap().hash();
}

fn edit(one: &mut (Leaf, Option<Entry>)) {
    one.1.as_mut().unwrap().target_id.push('x');
}

#[test]
fn a_log_as_it_was_written_is_good() {
    for size in 0..20 {
        let (leaves, _) = log(size);
        let report = walk(&leaves, heads(&leaves, &[0, size / 2, size]));
        assert_eq!(report, Report { entries: size, ..Report::default() });
    }
}

#[test]
fn an_edited_entry_is_named() {
    assert_eq!(found(|it| edit(&mut it[5])), [("edited", Some(5))]);
    assert_eq!(found(|it| it[5].1.as_mut().unwrap().personal[1].detail.before = 1.into()), [("edited", Some(5))]);
    // The commitment was made to fit too.
    let forge = |it: &mut Vec<(Leaf, Option<Entry>)>| {
        let personal = &mut it[5].1.as_mut().unwrap().personal[1];
        *personal = crate::Personal::new(None, personal.detail.clone(), personal.salt);
    };
    assert_eq!(found(forge), [("edited", Some(5))]);
    let fitting = |it: &mut Vec<(Leaf, Option<Entry>)>| {
        edit(&mut it[5]);
        refit(&mut it[5]);
    };
    assert_eq!(found(fitting), [("edited", Some(4))], "one of the two");
    let last = |it: &mut Vec<(Leaf, Option<Entry>)>| {
        edit(&mut it[10]);
        refit(&mut it[10]);
    };
    assert_eq!(found(last), [("rewritten", Some(4))], "no node stands above it");
}

#[test]
fn a_removed_entry_is_named() {
    assert_eq!(found(|it| it[5].1 = None), [("removed", Some(5))]);
    assert_eq!(found(|it| drop(it.remove(5))), [("removed", Some(5))]);
    assert_eq!(found(|it| drop(it.drain(2..4))), [("removed", Some(2)), ("removed", Some(3))]);
    assert_eq!(found(|it| drop(it.remove(0))), [("removed", Some(0))]);
}

#[test]
fn reordered_entries_are_named() {
    let both = [("reordered", Some(2)), ("reordered", Some(7))];
    let entries = |it: &mut Vec<(Leaf, Option<Entry>)>| {
        let (two, seven) = (it[2].1.take(), it[7].1.take());
        (it[2].1, it[7].1) = (seven, two);
        (it[2].0.at, it[7].0.at) = (it[7].0.at, it[2].0.at);
    };
    assert_eq!(found(entries), both);
    let leaves = |it: &mut Vec<(Leaf, Option<Entry>)>| {
        entries(it);
        for place in [2, 7] {
            refit(&mut it[place]);
        }
    };
    assert_eq!(found(leaves), both);
    let neighbours = |it: &mut Vec<(Leaf, Option<Entry>)>| {
        let (four, five) = (it[4].1.take(), it[5].1.take());
        (it[4].1, it[5].1) = (five, four);
        (it[4].0.at, it[5].0.at) = (it[5].0.at, it[4].0.at);
        for place in [4, 5] {
            refit(&mut it[place]);
        }
    };
    assert_eq!(found(neighbours), [("reordered", Some(4)), ("reordered", Some(5))]);
}

#[test]
fn an_inserted_entry_is_named() {
    let (leaves, _) = log(3);
    let mut walk = Walk::new(heads(&leaves, &[3]));
    for (leaf, entry) in &leaves {
        walk.leaf(leaf, entry.as_ref());
    }
    walk.stray(entry(99).id);
    assert_eq!(walk.finish().findings, [Finding::Inserted { index: None, entry: entry(99).id }]);

    let (longer, _) = log(12);
    assert_eq!(found(|it| it.push(longer[11].clone())), [("inserted", Some(11))]);
}

#[test]
fn a_missing_end_is_named() {
    assert_eq!(found(|it| it.truncate(8)), [("cut", Some(8))]);
    assert_eq!(found(Vec::clear), [("cut", Some(0))]);
}

#[test]
fn a_log_that_was_written_anew_is_named() {
    let (good, _) = log(11);
    let anew = {
        let mut entries: Vec<Entry> = good.into_iter().filter_map(|it| it.1).collect();
        entries[6].action = "other".to_owned();
        crate::testing::log_of(entries).0
    };
    let (leaves, _) = log(11);
    let known = heads(&leaves, &[4, 7, 11]);
    let codes: Vec<_> = walk(&anew, known.clone()).findings.iter().map(|it| (it.code(), it.index())).collect();
    assert_eq!(codes, [("rewritten", Some(4)), ("rewritten", Some(4))], "the first four are the same");
    // Its checkpoints too, by somebody else; who kept one elsewhere knows.
    let forged = heads(&anew, &[11]).into_iter().map(|it| Sworn { standing: Standing::Unknown, ..it }).collect();
    assert_eq!(walk(&anew, forged).findings, [Finding::Forged { size: 11 }]);
    let elsewhere = Sworn { kept: false, ..known[1].clone() };
    let with_ours = [heads(&anew, &[11]), vec![elsewhere]].concat();
    assert_eq!(walk(&anew, with_ours).findings, [Finding::Rewritten { from: 0, to: 7 }]);
}

#[test]
fn a_checkpoint_that_is_not_ours_is_named() {
    let (leaves, head) = log(3);
    for standing in [Standing::Unknown, Standing::Forged] {
        let report = walk(&leaves, vec![Sworn { standing, ..sworn(head.clone()) }]);
        assert_eq!(report.findings, [Finding::Forged { size: 3 }]);
    }
    assert_eq!(walk(&leaves, Vec::new()).findings, [Finding::Forged { size: 3 }], "there is none");
    let older = Sworn { standing: Standing::Unknown, ..heads(&leaves, &[2]).remove(0) };
    assert!(walk(&leaves, vec![older, sworn(head)]).is_good(), "a key of long ago may be forgotten");
}

#[test]
fn retention_drops_as_many_as_it_says_and_no_more() {
    let (mut leaves, head) = log(6);
    for it in &mut leaves[..3] {
        it.1 = None;
    }
    let report = |entries| {
        let mut walk = Walk::new(vec![sworn(head.clone())]);
        walk.drop(Some(Dropped { before: leaves[4].0.at, entries }));
        for (leaf, entry) in &leaves {
            walk.leaf(leaf, entry.as_ref());
        }
        walk.finish()
    };
    assert_eq!(report(3), Report { entries: 6, dropped: 3, ..Report::default() });
    assert_eq!(report(2).findings, [Finding::Removed { index: 2, entry: None }]);
}

#[test]
fn what_is_said_of_people_is_erased_with_them_only() {
    let erase = |mut entry: Entry| {
        for personal in &mut entry.personal {
            personal.salt = [0; 16];
            personal.detail.after = serde_json::Value::Null;
        }
        entry
    };
    let ada = entry(1).personal[0].subject.map(|it| it.to_string()).unwrap();
    let erasure = |target_id: &str| Entry {
        action: ERASURE.to_owned(),
        target_id: target_id.to_owned(),
        personal: Vec::new(),
        ..entry(3)
    };
    let report = |last: Entry| {
        let (mut leaves, head) = crate::testing::log_of(vec![entry(1), entry(2), last]);
        leaves[1].1 = leaves[1].1.take().map(erase);
        walk(&leaves, vec![sworn(head)])
    };
    assert_eq!(report(erasure(&ada)), Report { entries: 3, erased: 2, ..Report::default() });
    let edited = [Finding::Edited { index: 1, entry: entry(2).id }];
    assert_eq!(report(erasure("somebody else")).findings, edited);
    assert_eq!(report(Entry { action: "user.created".to_owned(), ..erasure(&ada) }).findings, edited);
}

#[test]
fn a_leaf_of_another_organization_is_named() {
    assert_eq!(found(|it| it[5].0.organization = None), [("edited", Some(5))]);
}

#[test]
fn who_signs_for_more_than_there_can_be_holds_nobody_up() {
    let (mut leaves, head) = log(3);
    leaves[2].0.index = 1 << 62;
    let forged = Sworn { standing: Standing::Unknown, ..sworn(Head { size: u64::MAX, ..head }) };
    let codes: Vec<_> = walk(&leaves, vec![forged]).findings.iter().map(|it| (it.code(), it.index())).collect();
    assert_eq!(codes, [("inserted", Some(1 << 62)), ("cut", Some(2)), ("forged", None)]);
}

#[test]
fn of_many_pairs_that_do_not_fit_some_are_tried() {
    let (mut leaves, head) = log(1_000);
    for it in &mut leaves {
        edit(it);
        refit(it);
    }
    let report = walk(&leaves, vec![sworn(head)]);
    let pairs = report.findings.iter().filter(|it| matches!(it, Finding::OneEdited { .. }));
    assert_eq!(pairs.count(), 500);
}

#[test]
fn what_is_wrong_is_told_so_often_and_then_counted() {
    let (mut leaves, head) = log(1_005);
    for it in &mut leaves {
        it.1 = None;
    }
    let report = walk(&leaves, vec![sworn(head)]);
    assert_eq!((report.findings.len(), report.more), (1_000, 5));
}
