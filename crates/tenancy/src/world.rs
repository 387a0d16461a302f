//! What this domain's use cases are tried in: John's place in Acme, at version 7.

use std::sync::Arc;

use kernel::testing::{NOON, Units, act, nth};
use kernel::{Act, Actor, Guard, OrganizationRef, RoleKey};

use crate::Change;
use crate::model::{Invitation, Member, MemberStatus, Place};
use crate::ports::{
    Authority, Invitations, Members, MockAuthority, MockInvitations, MockMembers, MockOrganizations, Organizations,
    Ruling, Verdict,
};
use crate::testing::acme;

pub const JOHN: u64 = 50;

pub fn by(user: u64) -> Act {
    act().by(Actor::User { id: nth(user), session: nth(81) }).within(nth(60))
}

pub fn guard() -> Guard {
    Guard::Authorization { organization: nth(60), version: 7 }
}

pub fn place(role: RoleKey, other_owners: u64) -> Place {
    let (organization, user) = (acme(nth(60)), nth(JOHN));
    let member =
        Member { organization: organization.id, user, role, status: MemberStatus::Active, joined_at: NOON, version: 1 };
    Place { organization, version: 7, member, other_owners }
}

pub struct World {
    pub store: Arc<Units<Change>>,
    pub place: Option<Place>,
    /// What John holds and whoever acts does not.
    pub above: Option<&'static str>,
    /// What roles hold and whoever acts does not.
    pub beyond: Option<&'static str>,
    /// Whether they lack what is needed.
    pub denied: bool,
}

impl World {
    pub fn of(place: Place) -> Self {
        Self { store: Arc::default(), place: Some(place), above: None, beyond: None, denied: false }
    }

    pub fn members(&self) -> Arc<dyn Members> {
        let (mut members, place) = (MockMembers::new(), self.place.clone());
        let is_johns = |organization: &_, user: &_| *organization == nth(60) && *user == nth(JOHN);
        members.expect_place().withf(is_johns).returning(move |_, _| Ok(place.clone()));
        Arc::new(members)
    }

    pub fn authority(&self) -> Arc<dyn Authority> {
        let mut authority = MockAuthority::new();
        let ruling = |lacking: Option<&'static str>| {
            let verdict = lacking.map_or(Verdict::Yes, |it| Verdict::Beyond(it.to_owned()));
            Ruling { version: 7, verdict }
        };
        let (above, beyond) = (ruling(self.above), ruling(self.beyond));
        let holds = ruling(self.denied.then_some("it"));
        authority.expect_may().returning(move |_, _, _| Ok(Some(holds.clone())));
        authority.expect_may_act_on().returning(move |_, _, _, _| Ok(Some(above.clone())));
        authority.expect_may_give().returning(move |_, _, _| Ok(Some(beyond.clone())));
        Arc::new(authority)
    }
}

/// Acme alone.
pub fn organizations() -> Arc<dyn Organizations> {
    let mut organizations = MockOrganizations::new();
    organizations.expect_find().returning(|it| Ok((*it == OrganizationRef::Id(nth(60))).then(|| acme(nth(60)))));
    organizations.expect_id_of().returning(|it| Ok((it.as_str() == "acme").then(|| nth(60))));
    Arc::new(organizations)
}

/// Acme's invitation number 70.
pub fn invitations(found: Option<Invitation>) -> Arc<dyn Invitations> {
    let mut invitations = MockInvitations::new();
    invitations
        .expect_by_id()
        .withf(|organization, id| *organization == nth(60) && *id == nth(70))
        .returning(move |_, _| Ok(found.clone()));
    invitations.expect_name_of().returning(|_| Ok(Some("beekeeper".into())));
    Arc::new(invitations)
}
