//! Comma-separated values (RFC 4180), which no spreadsheet takes for formulas.

use std::fmt::Write;

use kernel::{Id, rfc3339};
use serde_json::{Value, json};

use crate::Entry;

/// The first row of an export.
pub const HEADER: [&str; 15] = [
    "time",
    "id",
    "action",
    "outcome",
    "reason",
    "actor_kind",
    "actor_id",
    "actor_credential",
    "target_kind",
    "target_id",
    "organization_id",
    "ip",
    "agent",
    "request_id",
    "changes",
];

/// A row, with its end.
#[must_use]
pub fn row<S: AsRef<str>>(cells: &[S]) -> String {
    let mut row = String::new();
    for (place, cell) in cells.iter().enumerate() {
        if place > 0 {
            row.push(',');
        }
        write_cell(&mut row, cell.as_ref());
    }
    row.push_str("\r\n");
    row
}

/// An entry's row.
#[must_use]
pub fn entry(entry: &Entry) -> String {
    let id = |it: Option<uuid::Uuid>| it.map(|it| it.to_string()).unwrap_or_default();
    let text = |it: Option<&str>| it.unwrap_or_default().to_owned();
    let changes = entry.details().map(|it| json!({"field": it.key, "before": it.before, "after": it.after}));
    row(&[
        rfc3339(entry.at),
        entry.id.to_string(),
        entry.action.clone(),
        if entry.refused.is_some() { "refused" } else { "done" }.to_owned(),
        text(entry.refused.as_deref()),
        entry.actor_kind.clone(),
        id(entry.actor_id),
        id(entry.actor_credential),
        entry.target_kind.clone(),
        entry.target_id.clone(),
        id(entry.organization.map(Id::uuid)),
        text(entry.address()),
        text(entry.agent()),
        entry.request_id.clone(),
        changes.collect::<Value>().to_string(),
    ])
}

/// What would begin a formula is text behind an apostrophe; what steers a terminal is written out.
fn write_cell(row: &mut String, cell: &str) {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let quoted = formula || cell.contains([',', '"', '\r', '\n']);
    if quoted {
        row.push('"');
    }
    if formula {
        row.push('\'');
    }
    for it in cell.chars() {
        match it {
            '"' => row.push_str("\"\""),
            '\t' | '\r' | '\n' => row.push(it),
            it if it.is_control() => {
                write!(row, "\\u{:04x}", u32::from(it)).ok();
            }
            it => row.push(it),
        }
    }
    if quoted {
        row.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn what_would_be_a_formula_is_text() {
        for (cell, written) in [
            ("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@x", "\"'@x\""),
            ("\tx", "\"'\tx\""),
            ("\rx", "\"'\rx\""),
            ("\nx", "\"'\nx\""),
            ("a=1", "a=1"),
            ("a,b", "\"a,b\""),
            ("a\nb", "\"a\nb\""),
            ("\u{1b}[31m\0", "\\u001b[31m\\u0000"),
            ("", ""),
        ] {
            assert_eq!(row(&[cell]), format!("{written}\r\n"));
        }
    }

    #[test]
    fn an_entry_has_a_cell_for_every_name() {
        let mut it = testing::entry(1);
        it.public.clear();
        it.personal.truncate(1);
        let row = entry(&it);
        assert_eq!(row.trim_end().split(',').count(), HEADER.len());
        assert!(
            row.starts_with(
                "2026-01-15T12:00:00Z,00000000-0000-0000-0000-000000000001,member.role_changed,done,,user,"
            )
        );
        assert!(row.contains(",192.0.2.1,,request 1,[]\r\n"), "{row}");
        it.refused = Some("not_allowed".to_owned());
        assert!(entry(&it).contains(",refused,not_allowed,"));
    }
}
