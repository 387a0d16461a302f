use kernel::{Detail, OrganizationId, Scope, Target, Time, rfc3339};

use uuid::Uuid;

use crate::Filter;

/// What this domain records.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Entries or a report were handed out.
    Exported {
        /// Whose.
        organization: OrganizationId,
        /// What, such as `audit-logs.csv`.
        what: String,
        /// Which entries were wanted.
        filter: Filter,
    },
    /// Entries were old enough to go.
    Dropped {
        /// Those before this moment.
        before: Time,
        /// How many in all, those of earlier times included.
        entries: u64,
    },
}

impl Action {
    /// Every code.
    pub const ALL: &'static [&'static str] = &["audit.exported", Self::DROPPED];

    /// By this code the log tells what retention has dropped.
    pub const DROPPED: &'static str = "audit.dropped";
}

impl kernel::Action for Action {
    fn code(&self) -> &'static str {
        match self {
            Self::Exported { .. } => "audit.exported",
            Self::Dropped { .. } => Self::DROPPED,
        }
    }

    fn target(&self) -> Target {
        match self {
            Self::Exported { organization, .. } => Target::new("organization", organization),
            Self::Dropped { .. } => Target::new("installation", "audit"),
        }
    }

    fn scope(&self) -> Scope {
        match self {
            Self::Exported { organization, .. } => Scope::Organization(*organization),
            Self::Dropped { .. } => Scope::Installation,
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::Exported { what, filter, .. } => {
                let Filter { actor, action, target, from, to } = filter.clone();
                let wanted = [
                    ("actor", actor.filter(|it| is_id(it))),
                    ("action", action.filter(|it| is_code(it))),
                    ("target", target.filter(|it| is_id(it))),
                    ("from", from.map(rfc3339)),
                    ("to", to.map(rfc3339)),
                ];
                let wanted = wanted.into_iter().filter_map(|(key, value)| Some(Detail::public(key, value?)));
                std::iter::once(Detail::public("what", what.as_str())).chain(wanted).collect()
            }
            Self::Dropped { before, entries } => {
                vec![Detail::public("before", rfc3339(*before)), Detail::public("entries", *entries)]
            }
        }
    }
}

/// What stays for ever is an id or a code: of whatever else was typed in, nobody knows whom it tells of.
fn is_id(text: &str) -> bool {
    text.parse::<Uuid>().is_ok()
}

fn is_code(text: &str) -> bool {
    text.len() <= 64 && text.chars().all(|it| it.is_ascii_lowercase() || it == '_' || it == '.')
}

#[cfg(test)]
mod tests {
    use kernel::Action as _;
    use kernel::testing::{NOON, nth};

    use super::*;

    #[test]
    fn all_lists_every_code() {
        let filter = Filter { action: Some("user.created".to_owned()), ..Filter::default() };
        let every = [
            Action::Exported { organization: nth(1), what: "audit-logs.csv".to_owned(), filter },
            Action::Dropped { before: NOON, entries: 7 },
        ];
        assert_eq!(every.each_ref().map(kernel::Action::code), Action::ALL);
        let told = every.map(|it| it.details().into_iter().map(|it| it.key.into_owned()).collect::<Vec<_>>());
        assert_eq!(told, [vec!["what", "action"], vec!["before", "entries"]]);
    }

    #[test]
    fn of_what_was_typed_in_only_ids_and_codes_stay() {
        let told = |actor: &str, action: &str, target: &str| {
            let some = |it: &str| Some(it.to_owned());
            let filter = Filter { actor: some(actor), action: some(action), target: some(target), ..Filter::default() };
            let exported = Action::Exported { organization: nth(1), what: "audit-logs.csv".to_owned(), filter };
            exported.details().len() - 1
        };
        let id = Uuid::nil().to_string();
        assert_eq!(told(&id, "member.role_changed", &id), 3);
        assert_eq!(told("ada@example.com", "Ada Lovelace", "ada@example.com"), 0);
        assert_eq!(told(&id, &"a".repeat(65), "192.0.2.1"), 1);
    }
}
