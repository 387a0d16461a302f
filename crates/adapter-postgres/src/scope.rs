//! Whose things a connection is opened for.

use kernel::{Act, Evidence, Scope};

/// A statement's of its own: the organization the act is bound to, else its actor.
pub(crate) fn of_act(act: &Act) -> Scope {
    match (act.organization, act.actor.user()) {
        (Some(organization), _) => Scope::Organization(organization),
        (None, Some(user)) => Scope::User(user),
        (None, None) => Scope::Installation,
    }
}

/// A unit's: the one organization its evidence names, else the one user.
pub(crate) fn of_evidence(evidence: &Evidence) -> Scope {
    let entries = evidence.audit.as_slice();
    if let Some(organization) = only(entries.iter().filter_map(|it| it.organization)) {
        return Scope::Organization(organization);
    }
    let users = entries.iter().filter(|it| matches!(it.scope, Scope::User(_)));
    only(users.map(|it| it.scope)).unwrap_or(Scope::Installation)
}

fn only<T: PartialEq>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.all(|it| it == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use identity::{Action, SessionDeed};
    use kernel::Actor;
    use kernel::testing::{act, nth};

    use super::*;

    fn ended(organization: Option<u64>, user: u64) -> Evidence {
        let organization = organization.map(nth);
        Evidence::of(
            &act(),
            &Action::Session { deed: SessionDeed::Ended, session: nth(1), user: nth(user), organization },
        )
    }

    #[test]
    fn a_unit_concerns_the_one_organization_it_names_or_the_one_user() {
        for (evidence, scope) in [
            (ended(Some(3), 7), Scope::Organization(nth(3))),
            (ended(Some(3), 7).and(ended(None, 7)), Scope::Organization(nth(3))),
            (ended(None, 7), Scope::User(nth(7))),
            (ended(None, 7).and(ended(None, 8)), Scope::Installation),
            (ended(Some(3), 7).and(ended(Some(4), 7)), Scope::Installation),
            (Evidence::default(), Scope::Installation),
        ] {
            assert_eq!(of_evidence(&evidence), scope, "{evidence:?}");
        }
    }

    #[test]
    fn an_act_concerns_its_organization_or_its_actor() {
        let johns = act().by(Actor::User { id: nth(7), session: nth(8) });
        assert_eq!(of_act(&johns.within(nth(3))), Scope::Organization(nth(3)));
        assert_eq!(of_act(&johns), Scope::User(nth(7)));
        assert_eq!(of_act(&act().by(Actor::Nobody)), Scope::Installation);
    }
}
