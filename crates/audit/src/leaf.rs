//! What of an entry stands in the log: one text that says the same for ever.

use std::fmt::Write;

use kernel::{Id, rfc3339};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Detail, Entry, Hash, Personal};

impl Entry {
    /// The leaf: its facts as JSON, canonical as in RFC 8785. In the place of what is about people stand commitments, so it
    /// stays the same when that is erased.
    #[must_use]
    pub fn leaf(&self) -> String {
        let public = |it: &Detail| json!({"key": it.key, "before": it.before, "after": it.after});
        canonical(&json!({
            "v": 1,
            "id": self.id.uuid(),
            "at": rfc3339(self.at),
            "actor": {"kind": self.actor_kind, "id": self.actor_id, "credential": self.actor_credential},
            "action": self.action,
            "target": {"kind": self.target_kind, "id": self.target_id},
            "scope": {"kind": self.scope_kind, "id": self.scope_id},
            "organization": self.organization.map(Id::uuid),
            "refused": self.refused,
            "request_id": self.request_id,
            "public": self.public.iter().map(public).collect::<Value>(),
            "personal": self.personal.iter().map(|it| it.commitment.to_string()).collect::<Value>(),
        }))
    }

    /// Its leaf's hash.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of_leaf(self.leaf().as_bytes())
    }

    /// Whether all that is said of people is what the log committed to, or was erased.
    #[must_use]
    pub fn keeps_its_word(&self) -> bool {
        self.personal.iter().all(Personal::keeps_its_word)
    }
}

impl Personal {
    /// With the commitment made.
    #[must_use]
    pub fn new(subject: Option<Uuid>, detail: Detail, salt: [u8; 16]) -> Self {
        let commitment = commit(subject, &detail, salt);
        Self { subject, detail, salt, commitment }
    }

    /// Whether nothing is left of it but the commitment.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        self.salt == [0; 16] && self.detail.before.is_null() && self.detail.after.is_null()
    }

    fn keeps_its_word(&self) -> bool {
        self.is_erased() || commit(self.subject, &self.detail, self.salt) == self.commitment
    }
}

/// SHA-256 of the salt and the detail.
fn commit(subject: Option<Uuid>, detail: &Detail, salt: [u8; 16]) -> Hash {
    let said = json!({"subject": subject, "key": detail.key, "before": detail.before, "after": detail.after});
    Hash(Sha256::new_with_prefix(salt).chain_update(canonical(&said)).finalize().into())
}

/// JSON with its keys sorted, without spaces, numbers written in one way only.
fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value);
    text
}

fn write(text: &mut String, value: &Value) {
    match value {
        Value::Number(number) => {
            // A database that keeps decimals gives 1e16 back as a whole number.
            let whole = number.as_i64().map(i128::from).or(number.as_u64().map(i128::from));
            match (whole, number.as_f64()) {
                (Some(whole), _) => write!(text, "{whole}").ok(),
                (None, Some(0.0)) => write!(text, "0").ok(),
                (None, Some(number)) => write!(text, "{number}").ok(),
                (None, None) => write!(text, "{number}").ok(),
            };
        }
        Value::Array(items) => {
            text.push('[');
            separated(text, items, write);
            text.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
            text.push('{');
            separated(text, fields, |text, (key, value)| {
                quote(text, key);
                text.push(':');
                write(text, value);
            });
            text.push('}');
        }
        Value::String(it) => quote(text, it),
        Value::Null | Value::Bool(_) => text.push_str(&value.to_string()),
    }
}

fn separated<T>(text: &mut String, items: impl IntoIterator<Item = T>, one: impl Fn(&mut String, T)) {
    for (place, item) in items.into_iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        one(text, item);
    }
}

fn quote(text: &mut String, it: &str) {
    text.push_str(&Value::from(it).to_string());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::entry;

    #[test]
    fn a_leaf_says_the_same_for_ever() {
        let leaf = entry(1).leaf();
        let expected = [
            r#"{"action":"member.role_changed","actor":{"credential":"00000000-0000-0000-0000-000000000008","#,
            r#""id":"00000000-0000-0000-0000-000000000007","kind":"user"},"at":"2026-01-15T12:00:00Z","#,
            r#""id":"00000000-0000-0000-0000-000000000001","organization":"00000000-0000-0000-0000-000000000003","#,
            r#""personal":["jjirvPEYIkRNSIeLYk2WpZrgo+m4ugjmtYLIogw+/as=","#,
            r#""XpHZLL5QHcKOwBksB/foDEjatVpHZ89PhEEVqet7wow="],"public":[{"after":"admin","before":"member","key":"role"}],"refused":null,"request_id":"request 1","#,
            r#""scope":{"id":"00000000-0000-0000-0000-000000000003","kind":"organization"},"#,
            r#""target":{"id":"00000000-0000-0000-0000-000000000009","kind":"user"},"v":1}"#,
        ];
        assert_eq!(leaf, expected.concat());
    }

    #[test]
    fn every_fact_counts() {
        let whole = entry(1);
        let mut others = vec![whole.clone(); 16];
        others[0].id = kernel::testing::nth(99);
        others[1].at += chrono::TimeDelta::microseconds(1);
        others[2].actor_kind = "token".to_owned();
        others[3].actor_id = None;
        others[4].actor_credential = None;
        others[5].action.push('x');
        others[6].target_kind.push('x');
        others[7].target_id.push('x');
        others[8].scope_kind = "user".to_owned();
        others[9].scope_id = None;
        others[10].organization = None;
        others[11].refused = Some(String::new());
        others[12].request_id.push('x');
        others[13].public[0].before = Value::Null;
        others[14].personal.swap(0, 1);
        others[15].personal.pop();
        for other in others {
            assert_ne!(other.hash(), whole.hash(), "{other:?}");
        }
    }

    #[test]
    fn what_is_said_of_a_person_can_be_erased_and_not_be_changed() {
        let mut entry = entry(1);
        let before = entry.hash();
        assert!(entry.keeps_its_word());
        assert!(!entry.leaf().contains("192.0.2.1"), "a leaf tells nothing of people");
        entry.personal[0].detail.after = "192.0.2.9".into();
        assert!(!entry.keeps_its_word());
        entry.personal[0].detail.after = Value::Null;
        entry.personal[0].salt = [0; 16];
        assert!(entry.personal[0].is_erased() && entry.keeps_its_word());
        assert_eq!(entry.hash(), before);
        entry.personal[1].subject = None;
        assert!(!entry.keeps_its_word(), "whom it is about counts");
    }

    #[test]
    fn a_salt_hides_what_is_said() {
        let said = |salt| {
            Personal::new(None, Detail { key: "k".into(), before: Value::Null, after: 1.into() }, salt).commitment
        };
        assert_ne!(said([1; 16]), said([2; 16]));
    }

    #[test]
    fn numbers_have_one_form() {
        let form = |text: &str| canonical(&serde_json::from_str(text).unwrap());
        for (text, expected) in [
            ("1e16", "10000000000000000"),
            ("10000000000000000", "10000000000000000"),
            ("1e21", "1000000000000000000000"),
            ("100.0", "100"),
            ("-0.0", "0"),
            ("0.1", "0.1"),
            ("18446744073709551615", "18446744073709551615"),
        ] {
            assert_eq!(form(text), expected);
        }
    }

    proptest! {
        #[test]
        fn the_form_reads_as_the_same_and_forms_the_same(keys in prop::collection::vec("\\PC{0,4}", 0..6), text in "\\PC*") {
            let object: serde_json::Map<String, Value> = keys.into_iter().map(|it| (it, json!([text, null, true, 7]))).collect();
            let value = Value::Object(object);
            let form = canonical(&value);
            let read: Value = serde_json::from_str(&form).unwrap();
            prop_assert_eq!(&read, &value);
            prop_assert_eq!(canonical(&read), form);
        }
    }
}
