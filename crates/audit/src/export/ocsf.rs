//! The Open Cybersecurity Schema Framework, 1.3.0: each entry as an event of the class Entity Management.

use kernel::Id;
use serde_json::{Map, Value, json};

use crate::Entry;

const CATEGORY: u32 = 3;
const CLASS: u32 = 3004;

/// What was done to the entity, in the class's numbers.
const ACTIVITIES: [(u32, &str, &[&str]); 4] = [
    (
        1,
        "Create",
        &["created", "added", "registered", "started", "issued", "granted", "linked", "activated", "accepted"],
    ),
    (2, "Read", &["exported"]),
    (3, "Update", &[]),
    (
        4,
        "Delete",
        &["deleted", "removed", "revoked", "ended", "erased", "unlinked", "cancelled", "withdrawn", "dropped"],
    ),
];

/// An entry as an event.
#[must_use]
pub fn event(entry: &Entry) -> Value {
    let (activity, name) = activity(&entry.action);
    let refused = entry.refused.is_some();
    let changes = entry.details().map(|it| json!({"field": it.key, "before": it.before, "after": it.after}));
    let mut event = json!({
        "activity_id": activity,
        "activity_name": name,
        "category_uid": CATEGORY,
        "category_name": "Identity & Access Management",
        "class_uid": CLASS,
        "class_name": "Entity Management",
        "type_uid": CLASS * 100 + activity,
        "type_name": format!("Entity Management: {name}"),
        "severity_id": if refused { 2 } else { 1 },
        "severity": if refused { "Low" } else { "Informational" },
        "status_id": if refused { 2 } else { 1 },
        "status": if refused { "Failure" } else { "Success" },
        "time": entry.at.timestamp_millis(),
        "message": entry.action,
        "metadata": {
            "version": "1.3.0",
            "product": {"name": "Portcullis", "vendor_name": "Hixbe", "version": env!("CARGO_PKG_VERSION")},
            "uid": entry.id.uuid(),
            "event_code": entry.action,
            "correlation_uid": entry.request_id,
        },
        "actor": actor(entry),
        "entity": {"uid": entry.target_id, "type": entry.target_kind},
        "http_request": {"uid": entry.request_id},
        "unmapped": {"scope": entry.scope_kind, "changes": changes.collect::<Value>()},
    });
    let optional = [
        ("/status_detail", entry.refused.clone()),
        ("/metadata/tenant_uid", entry.organization.map(|it| it.to_string())),
        ("/src_endpoint/ip", entry.address().map(str::to_owned)),
        ("/http_request/user_agent", entry.agent().map(str::to_owned)),
    ];
    for (pointer, value) in optional.into_iter().filter_map(|(pointer, value)| Some((pointer, value?))) {
        put(&mut event, pointer, value.into());
    }
    event
}

/// By the last word of the action; whatever is neither made, read nor gone is another than it was.
fn activity(action: &str) -> (u32, &'static str) {
    let word = action.rsplit(['.', '_']).next().unwrap_or_default();
    let found = ACTIVITIES.iter().find(|(_, _, words)| words.contains(&word)).or(ACTIVITIES.get(2));
    found.map_or((0, "Unknown"), |(number, name, _)| (*number, *name))
}

fn actor(entry: &Entry) -> Value {
    let (kind, name) = match entry.actor_kind.as_str() {
        "user" | "token" => (1, "User"),
        "system" => (3, "System"),
        "nobody" => (0, "Unknown"),
        _ => (99, "Key"),
    };
    let mut user = Map::from_iter([("type_id".to_owned(), kind.into()), ("type".to_owned(), name.into())]);
    let uid = entry.actor_id.map_or_else(|| entry.actor_kind.clone(), |it| it.to_string());
    user.insert("uid".to_owned(), uid.into());
    let mut actor = json!({"user": user});
    if let Some(credential) = entry.actor_credential {
        let place = if entry.actor_kind == "token" { "/user/credential_uid" } else { "/session/uid" };
        put(&mut actor, place, credential.to_string().into());
    }
    actor
}

/// `/a/b`, where `a` may not be there yet.
fn put(event: &mut Value, pointer: &str, value: Value) {
    let mut place = event;
    for part in pointer.split('/').skip(1) {
        place = &mut place[part];
    }
    *place = value;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::entry;

    #[test]
    fn an_event_has_what_its_class_requires() {
        let event = event(&entry(1));
        for required in
            ["activity_id", "category_uid", "class_uid", "entity", "metadata", "severity_id", "time", "type_uid"]
        {
            assert!(!event[required].is_null(), "{required}");
        }
        assert_eq!(event["type_uid"], 300_403);
        assert_eq!(event["time"], 1_768_478_400_000_i64);
        assert_eq!(event["metadata"]["product"]["vendor_name"], "Hixbe");
        assert_eq!(event["src_endpoint"], json!({"ip": "192.0.2.1"}));
        assert_eq!(event["actor"]["user"]["type_id"], 1);
        assert_eq!(event["actor"]["session"]["uid"], entry(1).actor_credential.unwrap().to_string());
        assert_eq!((&event["status_id"], &event["status_detail"]), (&json!(1), &Value::Null));
    }

    #[test]
    fn a_refusal_is_a_failure() {
        let refused = Entry { refused: Some("not_allowed".to_owned()), ..entry(1) };
        let event = event(&refused);
        assert_eq!((&event["status_id"], &event["status_detail"]), (&json!(2), &json!("not_allowed")));
    }

    #[test]
    fn actions_are_what_their_last_word_says() {
        for (action, number) in [
            ("user.created", 1),
            ("member.removed", 4),
            ("audit.exported", 2),
            ("member.role_changed", 3),
            ("session.login_failed", 3),
        ] {
            assert_eq!(activity(action).0, number, "{action}");
        }
    }

    #[test]
    fn programs_and_nobody_are_no_users() {
        let by = |kind: &str| actor(&Entry { actor_kind: kind.to_owned(), ..entry(1) });
        assert_eq!(by("key")["user"]["type"], "Key");
        assert_eq!(by("system")["user"]["type_id"], 3);
        assert!(by("token")["user"]["credential_uid"].is_string() && by("token").get("session").is_none());
        let nobody = Entry { actor_kind: "nobody".to_owned(), actor_id: None, actor_credential: None, ..entry(1) };
        assert_eq!(actor(&nobody), json!({"user": {"type_id": 0, "type": "Unknown", "uid": "nobody"}}));
    }
}
