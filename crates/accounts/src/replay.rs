//! Who could do what at an earlier moment, out of what the audit log says.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use audit::Entry;
use kernel::{OrganizationId, Permission, RoleId, RoleKey, Time, UserId};
use rbac::{Effect, Facts, GrantFact, MemberFact, Pattern, Role, Rules};
use serde_json::Value;
use tenancy::MemberStatus;
use uuid::Uuid;

/// The actions that decide it.
pub const DECISIVE: &[&str] = &[
    "organization.updated",
    "member.added",
    "member.removed",
    "member.suspended",
    "member.reactivated",
    "role.assigned",
    "role.created",
    "role.updated",
    "role.deleted",
    "permission.declared",
    "permission.withdrawn",
    "permission.granted",
    "permission.revoked",
];

#[derive(Default)]
struct State {
    require_mfa: bool,
    members: BTreeMap<UserId, Membership>,
    roles: BTreeMap<String, Shape>,
    permissions: BTreeSet<Permission>,
}

#[derive(Default)]
struct Membership {
    role: Option<RoleKey>,
    active: bool,
    grants: BTreeMap<Permission, GrantFact>,
}

#[derive(Default)]
struct Shape {
    name: String,
    permissions: Vec<Pattern>,
    inherits: Vec<RoleKey>,
}

/// What these entries of an organization, the oldest first, come to.
pub(crate) fn replay<'a>(organization: OrganizationId, entries: impl IntoIterator<Item = &'a Entry>) -> Facts {
    let mut state = State::default();
    for entry in entries.into_iter().filter(|it| it.refused.is_none()) {
        state.apply(entry);
    }
    state.facts(organization)
}

impl State {
    fn apply(&mut self, entry: &Entry) {
        let target = entry.target_id.as_str();
        match entry.action.as_str() {
            "organization.updated" => {
                if let Some(demanded) = after(entry, "require_mfa").and_then(Value::as_bool) {
                    self.require_mfa = demanded;
                }
            }
            "member.removed" => {
                parse(target).map(|user: UserId| self.members.remove(&user));
            }
            "role.deleted" => {
                self.roles.remove(target);
            }
            "role.created" | "role.updated" => self.roles.entry(target.to_owned()).or_default().apply(entry),
            "permission.declared" => self.permissions.extend(Permission::parse(target)),
            "permission.withdrawn" => self.permissions.retain(|it| it.as_str() != target),
            "permission.granted" | "permission.revoked" => {
                if let Some(membership) = parse(target).and_then(|user| self.members.get_mut(&user)) {
                    membership.give(entry);
                }
            }
            _ => {
                if let Some(user) = parse(target) {
                    self.members.entry(user).or_default().apply(entry);
                }
            }
        }
    }

    fn facts(self, organization: OrganizationId) -> Facts {
        let members = self.members.into_iter().filter_map(|(user, it)| {
            let grants = it.grants.into_values().collect();
            Some(MemberFact { user, role: it.role?, active: it.active, grants })
        });
        let roles = self.roles.into_iter().filter_map(|(key, it)| {
            let Shape { name, permissions, inherits } = it;
            // Decisions go by keys.
            let id = RoleId::from(Uuid::nil());
            Some(Role { id, key: RoleKey::parse(&key)?, name, permissions, inherits, is_system: false })
        });
        let held = Rules {
            require_mfa: self.require_mfa,
            roles: roles.collect(),
            permissions: self.permissions.into_iter().collect(),
        };
        Facts { organization, version: 0, rules: held, members: members.collect() }
    }
}

impl Membership {
    fn apply(&mut self, entry: &Entry) {
        if let Some(role) = text(entry, "role").and_then(RoleKey::parse) {
            self.role = Some(role);
        }
        if let Some(status) = text(entry, "status") {
            self.active = status == MemberStatus::Active.as_str();
        }
    }

    /// What was said of a grant before stays where the entry says nothing of it.
    fn give(&mut self, entry: &Entry) {
        let Some(permission) = said(entry, "permission").and_then(Permission::parse) else { return };
        if entry.action == "permission.revoked" && after(entry, "effect").is_none_or(Value::is_null) {
            self.grants.remove(&permission);
            return;
        }
        let fresh = GrantFact { permission: permission.clone(), effect: Effect::Allow, expires_at: None };
        let grant = self.grants.entry(permission).or_insert(fresh);
        if let Some(effect) = text(entry, "effect").and_then(Effect::parse) {
            grant.effect = effect;
        }
        if let Some(expires_at) = after(entry, "expires_at") {
            grant.expires_at = expires_at.as_str().and_then(moment);
        }
    }
}

impl Shape {
    fn apply(&mut self, entry: &Entry) {
        if let Some(name) = text(entry, "name") {
            name.clone_into(&mut self.name);
        }
        if let Some(permissions) = texts(entry, "permissions") {
            self.permissions = permissions.filter_map(Pattern::parse).collect();
        }
        if let Some(inherits) = texts(entry, "inherits") {
            self.inherits = inherits.filter_map(RoleKey::parse).collect();
        }
    }
}

fn parse<I: FromStr>(text: &str) -> Option<I> {
    text.parse().ok()
}

fn moment(text: &str) -> Option<Time> {
    chrono::DateTime::parse_from_rfc3339(text).ok().map(|it| it.to_utc())
}

fn after<'a>(entry: &'a Entry, field: &str) -> Option<&'a Value> {
    entry.public.iter().find(|it| it.key == field).map(|it| &it.after)
}

fn text<'a>(entry: &'a Entry, field: &str) -> Option<&'a str> {
    after(entry, field)?.as_str()
}

/// As it is, or where it is gone as it was.
fn said<'a>(entry: &'a Entry, field: &str) -> Option<&'a str> {
    let detail = entry.public.iter().find(|it| it.key == field)?;
    detail.after.as_str().or(detail.before.as_str())
}

fn texts<'a>(entry: &'a Entry, field: &str) -> Option<impl Iterator<Item = &'a str>> {
    Some(after(entry, field)?.as_array()?.iter().filter_map(Value::as_str))
}

#[cfg(test)]
mod tests {
    use audit::Detail;
    use kernel::testing::nth;
    use serde_json::json;

    use super::*;

    fn entry(action: &str, target: &str, public: &[(&str, Value, Value)]) -> Entry {
        let detail = |(key, before, after): &(&str, Value, Value)| Detail {
            key: (*key).to_owned(),
            before: before.clone(),
            after: after.clone(),
        };
        Entry {
            action: action.to_owned(),
            target_id: target.to_owned(),
            public: public.iter().map(detail).collect(),
            ..audit::testing::entry(1)
        }
    }

    fn ada() -> UserId {
        nth(7)
    }

    fn added() -> Entry {
        let fields = [("role", Value::Null, json!("editor")), ("status", Value::Null, json!("active"))];
        entry("member.added", &ada().to_string(), &fields)
    }

    fn given(action: &str, fields: &[(&str, Value, Value)]) -> Entry {
        let permission = ("permission", Value::Null, json!("hives.open"));
        entry(action, &ada().to_string(), &[&[permission], fields].concat())
    }

    #[test]
    fn what_happened_comes_to_who_may_what() {
        let expiry = json!("2026-02-01T00:00:00Z");
        let entries = [
            entry("permission.declared", "hives.open", &[]),
            entry("permission.declared", "hives.close", &[]),
            entry("permission.withdrawn", "hives.close", &[]),
            entry(
                "role.created",
                "editor",
                &[
                    ("name", Value::Null, json!("Editor")),
                    ("permissions", Value::Null, json!(["team.view", "hives.*"])),
                    ("inherits", Value::Null, json!(["member"])),
                ],
            ),
            entry("role.updated", "editor", &[("permissions", json!([]), json!(["team.*"]))]),
            entry("role.created", "gone", &[]),
            entry("role.deleted", "gone", &[]),
            added(),
            entry("member.suspended", &ada().to_string(), &[("status", json!("active"), json!("suspended"))]),
            given("permission.granted", &[("effect", Value::Null, json!("allow"))]),
            given(
                "permission.granted",
                &[("effect", json!("allow"), json!("deny")), ("expires_at", Value::Null, expiry)],
            ),
            entry("organization.updated", "x", &[("require_mfa", json!(false), json!(true))]),
            Entry { refused: Some("no".to_owned()), ..entry("member.removed", &ada().to_string(), &[]) },
        ];
        let facts = replay(nth(3), &entries);
        assert!(facts.rules.require_mfa);
        assert_eq!(facts.rules.permissions, [Permission::parse("hives.open").unwrap()]);
        let [role] = facts.rules.roles.as_slice() else { panic!("{facts:?}") };
        assert_eq!((role.key.as_str(), role.name.as_str()), ("editor", "Editor"));
        assert_eq!(
            (&role.permissions, &role.inherits),
            (&vec![Pattern::parse("team.*").unwrap()], &vec![RoleKey::MEMBER])
        );
        let [member] = facts.members.as_slice() else { panic!("{facts:?}") };
        assert_eq!((member.user, member.role.as_str(), member.active), (ada(), "editor", false));
        let [grant] = member.grants.as_slice() else { panic!("{facts:?}") };
        assert_eq!((grant.effect, grant.expires_at), (Effect::Deny, moment("2026-02-01T00:00:00Z")));
    }

    #[test]
    fn who_leaves_takes_nothing_along_and_brings_nothing_back() {
        let granted = given("permission.granted", &[("effect", Value::Null, json!("allow"))]);
        let gone = entry("member.removed", &ada().to_string(), &[("role", json!("editor"), Value::Null)]);
        assert!(replay(nth(3), &[added(), granted.clone(), gone.clone()]).members.is_empty());
        let back = replay(nth(3), &[added(), granted.clone(), gone, added()]);
        assert!(back.members[0].grants.is_empty());
        let revoked = given("permission.revoked", &[("effect", json!("allow"), Value::Null)]);
        assert!(replay(nth(3), &[added(), granted, revoked]).members[0].grants.is_empty());
    }
}
