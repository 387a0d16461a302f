use kernel::{Act, Problems, RoleKey, Slug, UnitOfWork, UserId, Write};

use crate::model::{Member, MemberStatus, Organization, OrganizationName, check_slug};
use crate::{Action, Change, Happening};

/// An organization just founded.
#[derive(Clone, Debug)]
pub struct Founded {
    /// The organization.
    pub organization: Organization,
    /// Its first owner.
    pub owner: Member,
}

/// Checks what a person gave.
pub fn check(name: &str, slug: &str) -> Result<(OrganizationName, Slug), Problems> {
    let mut problems = Problems::default();
    let name = problems.check(
        "name",
        OrganizationName::parse(name),
        "The name field must be 1 to 100 characters, without control characters.",
    );
    let slug = check_slug(slug).map_err(|sentence| problems.add("slug", sentence)).ok();
    match (name, slug) {
        (Some(name), Some(slug)) => Ok((name, slug)),
        _ => Err(problems),
    }
}

/// A new organization with its first owner.
#[must_use]
pub fn decide(act: &Act, name: OrganizationName, slug: Slug, owner: UserId) -> (UnitOfWork<Change>, Founded) {
    let organization = Organization {
        id: act.id(),
        name,
        slug,
        require_mfa: false,
        logo: None,
        created_at: act.at,
        deleted_at: None,
        erased_at: None,
        version: 0,
    };
    let owner = Member {
        organization: organization.id,
        user: owner,
        role: RoleKey::OWNER,
        status: MemberStatus::Active,
        joined_at: act.at,
        version: 0,
    };
    let added: UnitOfWork<Change> =
        UnitOfWork::of(act, &Action::MemberAdded { organization: organization.id, user: owner.user })
            .change(Change::Member(Write::Add(owner.clone())))
            .announce(&Happening::MemberAdded(owner.clone()));
    let unit = UnitOfWork::of(act, &Action::OrganizationCreated(organization.id))
        .change(Change::Organization(Write::Add(organization.clone())))
        .announce(&Happening::OrganizationCreated(organization.clone()))
        .and(added);
    (unit, Founded { organization, owner })
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, act, nth};
    use kernel::{Actor, Change as _, Scope};
    use serde_json::json;

    use super::*;

    fn founded() -> (UnitOfWork<Change>, Founded) {
        let (name, slug) = check("Acme", "acme").unwrap();
        let actor = Actor::User { id: nth(50), session: nth(51) };
        decide(&act().by(actor), name, slug, nth(50))
    }

    #[test]
    fn an_organization_comes_with_its_owner() {
        let (unit, founded) = founded();
        assert_eq!(
            unit.changes,
            [
                Change::Organization(Write::Add(founded.organization.clone())),
                Change::Member(Write::Add(founded.owner.clone()))
            ]
        );
        assert_eq!((founded.organization.id, founded.organization.created_at), (nth(1), NOON));
        assert_eq!(
            founded.owner,
            Member {
                organization: nth(1),
                user: nth(50),
                role: RoleKey::OWNER,
                status: MemberStatus::Active,
                joined_at: NOON,
                version: 0
            }
        );
    }

    #[test]
    fn both_are_written_and_told_to_the_organization() {
        let evidence = founded().0.evidence;
        let audit: Vec<_> = evidence.audit.iter().map(|it| (it.action, it.organization)).collect();
        assert_eq!(audit, [("organization.created", Some(nth(1))), ("member.added", Some(nth(1)))]);
        let events: Vec<_> = evidence.events.iter().map(|it| (it.kind, it.scope)).collect();
        let scope = Scope::Organization(nth(1));
        assert_eq!(events, [("organization.created", scope), ("member.added", scope)]);
        assert_eq!(evidence.events[0].data["organization"]["slug"], json!("acme"));
        assert_eq!(evidence.events[0].data["organization"]["created_at"], json!("2026-01-15T12:00:00Z"));
        let member = json!({"user_id": nth::<UserId>(50), "role": "owner", "status": "active"});
        assert_eq!(evidence.events[1].data["member"], member);
    }

    #[test]
    fn both_move_the_authorization_on() {
        for change in founded().0.changes {
            assert_eq!(change.authorization().map(|(it, _)| it), Some(nth(1)));
        }
    }

    #[test]
    fn name_and_slug_are_judged_at_once() {
        let problems = check("", "A").unwrap_err();
        let fields: Vec<_> = problems.iter().map(|(field, sentences)| (field, sentences.len())).collect();
        assert_eq!(fields, [("name", 1), ("slug", 1)]);
        assert_eq!(check("Acme", "api").unwrap_err(), Problems::one("slug", "This slug is reserved."));
    }
}
