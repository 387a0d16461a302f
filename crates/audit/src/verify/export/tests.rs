use std::sync::Arc;

use kernel::testing::nth;
use serde_json::{Value, json};

use super::*;
use crate::testing::{SumSigner, log, log_of, placed};
use crate::{Entry, Notary};

fn notary(n: u8) -> Notary {
    Notary { origin: "here".to_owned(), signer: Arc::new(SumSigner(n)) }
}

/// Every second entry, the newest first.
fn export_of(entries: Vec<Entry>, notary: &Notary) -> Vec<String> {
    let (leaves, head) = log_of(entries);
    let key = notary.signatories().key_of("here").to_string();
    let begin = Begin { checkpoint: notary.sign(&head), key };
    let mut lines = vec![serde_json::to_string(&begin).unwrap()];
    let mut manifest = Manifest::default();
    for (number, placed) in (0..).zip(placed(&leaves).into_iter().rev().step_by(2)) {
        manifest.push(placed.leaf.hashes[0]);
        lines.push(serde_json::to_string(&Line::of(number, placed).unwrap()).unwrap());
    }
    lines.push(serde_json::to_string(&manifest.end(notary, "here", nth(3), "all")).unwrap());
    lines
}

fn export() -> Vec<String> {
    export_of(log(13).0.into_iter().filter_map(|it| it.1).collect(), &notary(7))
}

fn report(lines: &[String], known: Option<Head>) -> Result<Report, BadExport> {
    let signer = SumSigner(0);
    let mut check = ExportCheck::new(&signer, Some(notary(7).signatories().key_of("here")), known);
    for line in lines {
        check.line(line)?;
    }
    Ok(check.finish())
}

fn found(how: impl FnOnce(&mut Vec<String>)) -> Vec<&'static str> {
    let mut lines = export();
    how(&mut lines);
    report(&lines, None).unwrap().findings.iter().map(Finding::code).collect()
}

fn change(line: &mut String, pointer: &str, value: Value) {
    let mut json: Value = serde_json::from_str(line).unwrap();
    *json.pointer_mut(pointer).unwrap() = value;
    *line = json.to_string();
}

#[test]
fn an_export_as_it_was_made_is_good() {
    let (_, head) = log(13);
    assert_eq!(report(&export(), Some(head)).unwrap(), Report { entries: 7, ..Report::default() });
    let erase = |line: &mut String| {
        for (pointer, value) in [("after", Value::Null), ("salt", Value::Null)] {
            change(line, &format!("/personal/0/{pointer}"), value);
        }
    };
    let mut lines = export();
    erase(&mut lines[2]);
    assert_eq!(report(&lines, None).unwrap(), Report { entries: 7, erased: 1, ..Report::default() });
}

#[test]
fn an_edited_line_is_named() {
    for (pointer, value) in [
        ("/action", json!("other")),
        ("/personal/0/after", json!("192.0.2.99")),
        ("/personal/0/commitment", json!(crate::Hash::of_nothing().to_string())),
        ("/public/0/before", json!("owner")),
        ("/actor/id", Value::Null),
    ] {
        assert_eq!(found(|it| change(&mut it[3], pointer, value)), ["edited"], "{pointer}");
    }
}

#[test]
fn a_removed_line_is_named() {
    assert_eq!(found(|it| drop(it.remove(3))), ["removed"]);
    assert_eq!(found(|it| drop(it.drain(2..4))), ["removed", "removed"]);
    // Who counts them anew leaves one too few.
    let renumbered = |it: &mut Vec<String>| {
        it.remove(3);
        for (place, line) in it.iter_mut().enumerate().skip(1).take(6) {
            change(line, "/line", json!(place - 1));
        }
    };
    assert_eq!(found(renumbered), ["cut"]);
}

#[test]
fn reordered_lines_are_named() {
    assert!(found(|it| it.swap(2, 4)).contains(&"reordered"));
    let renumbered = |it: &mut Vec<String>| {
        it.swap(2, 4);
        change(&mut it[2], "/line", json!(1));
        change(&mut it[4], "/line", json!(3));
    };
    assert!(found(renumbered).contains(&"reordered"));
}

#[test]
fn an_inserted_line_is_named() {
    let invented = |it: &mut Vec<String>| {
        let mut line = it[3].clone();
        let placed = serde_json::from_str::<Line>(&line).unwrap().read().unwrap();
        let invented = Entry { action: "other".to_owned(), ..placed.entry.unwrap() };
        change(&mut line, "/action", json!("other"));
        change(&mut line, "/proof/leaf", json!(invented.hash().to_string()));
        it[3] = line;
    };
    assert_eq!(found(invented), ["inserted"]);
    let twice = |it: &mut Vec<String>| it.insert(3, it[3].clone());
    assert_eq!(found(twice), ["inserted"]);
}

#[test]
fn a_missing_end_is_named() {
    assert_eq!(found(|it| it.truncate(5)), ["cut"]);
    assert_eq!(found(|it| drop(it.drain(6..8))), ["cut"]);
    assert_eq!(found(|it| it.truncate(1)), ["cut"]);
}

#[test]
fn an_export_of_another_log_is_named() {
    let (leaves, head) = log(13);
    let mut entries: Vec<Entry> = leaves.into_iter().filter_map(|it| it.1).collect();
    entries[0].action = "other".to_owned();
    let by_another = export_of(entries.clone(), &notary(8));
    let codes = |it: Report| it.findings.iter().map(Finding::code).collect::<Vec<_>>();
    assert_eq!(codes(report(&by_another, None).unwrap()), ["forged", "forged"]);
    let by_us = export_of(entries, &notary(7));
    assert_eq!(codes(report(&by_us, None).unwrap()), [""; 0], "it proves itself");
    assert_eq!(codes(report(&by_us, Some(head.clone())).unwrap()), ["rewritten"], "and is not what was known");
    let older = Head { size: 12, ..head };
    assert_eq!(report(&by_us, Some(older)), Err(BadExport::OtherCheckpoint { export: 13, known: 12 }));
}

#[test]
fn nothing_comes_after_the_end() {
    for place in [0, 3, 8] {
        let mut lines = export();
        lines.push(lines[place].clone());
        assert_eq!(report(&lines, None), Err(BadExport::Line(10)), "{place}");
    }
}

#[test]
fn what_ends_it_is_of_an_export_of_this_log() {
    let mut manifest = Manifest::default();
    for it in placed(&log(13).0).iter().rev().step_by(2) {
        manifest.push(it.leaf.hashes[0]);
    }
    let end = |head: Head| serde_json::to_string(&End { manifest: notary(7).sign(&head) }).unwrap();
    let said = |it: &str| vec![it.to_owned()];
    let (size, root) = (manifest.lines(), manifest.root());
    for (head, good) in [
        (Head::of_export("here", size, root, said("export x")), true),
        (Head::of_export("there", size, root, said("export x")), false),
        (Head::of_export("here", size, root, said("chosen x")), false),
        (Head::of_export("here", size, root, Vec::new()), false),
        (Head { extensions: said("export x"), ..Head::new("here", size, root) }, false),
        (Head::new("here", size, root), false),
    ] {
        let mut lines = export();
        lines[8] = end(head.clone());
        assert_eq!(report(&lines, None).is_ok_and(|it| it.is_good()), good, "{head:?}");
    }
    let (mut lines, manifest) = (export(), end(Head::of_export("here", size, root, said("export x"))));
    let manifest = serde_json::from_str::<End>(&manifest).unwrap().manifest;
    lines[0] =
        serde_json::to_string(&Begin { checkpoint: manifest, key: notary(7).signatories().key_of("here").to_string() })
            .unwrap();
    assert_eq!(report(&lines, None), Err(BadExport::Line(1)), "no export is proved by one");
}

#[test]
fn anything_else_is_no_export() {
    assert_eq!(report(&["{}".to_owned()], None), Err(BadExport::Line(1)));
    let mut lines = export();
    lines[2] = "x".to_owned();
    assert_eq!(report(&lines, None), Err(BadExport::Line(3)));
}
