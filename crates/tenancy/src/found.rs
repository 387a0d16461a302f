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
    let organization = Organization { id: act.id(), name, slug, created_at: act.at, deleted_at: None, version: 0 };
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
