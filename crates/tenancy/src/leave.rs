//! How a user goes whose account goes: what that means for its organizations.

use kernel::{Act, Guard, RoleKey, UnitOfWork, Write};

use crate::model::{Invitation, InvitationStatus, Member, Organization};
use crate::{Action, Change, Error, Happening, delete_organization};

/// A user's place in an organization, with what is there besides.
#[derive(Clone, Debug, PartialEq)]
pub struct Holding {
    /// Where.
    pub organization: Organization,
    /// The `authorization_version` this is true of.
    pub version: i64,
    /// The user's membership.
    pub member: Member,
    /// Members besides whose accounts are not on their way out.
    pub other_members: u64,
    /// Owners among them who may act: neither account nor membership is suspended.
    pub other_owners: u64,
    /// Members besides whose accounts are on their way out, and may come back.
    pub members_on_their_way_out: u64,
    /// Who is asked to join.
    pub pending: Vec<Invitation>,
}

impl Holding {
    fn is_owned(&self) -> bool {
        self.member.role == RoleKey::OWNER
    }

    fn is_last_owner_of_others(&self) -> bool {
        self.is_owned() && self.other_owners == 0 && self.other_members > 0
    }
}

/// The user's account stops for now. An owner of others' organization must hand it over first; into an organization that
/// then nobody looks after, nobody can come any more.
pub fn stop(act: &Act, holding: &Holding) -> Result<Option<UnitOfWork<Change>>, Error> {
    if holding.is_last_owner_of_others() {
        return Err(Error::SoleOwner);
    }
    if !holding.is_owned() {
        return Ok(None);
    }
    let (organization, member) = (holding.organization.id, &holding.member);
    // Saved as it is: of two owners who go at the same moment, one finds it stale.
    let unit = UnitOfWork::of(act, &Action::MemberStopped { organization, user: member.user })
        .expect(Guard::Authorization { organization, version: holding.version })
        .change(Change::Member(Write::Save { expected: member.clone(), next: member.clone() }));
    if holding.other_members > 0 {
        return Ok(Some(unit));
    }
    Ok(Some(holding.pending.iter().fold(unit, |unit, invitation| {
        let next = Invitation { status: InvitationStatus::Cancelled, ..invitation.clone() };
        let action = Action::InvitationCancelled { organization, invitation: invitation.id };
        let cancelled: UnitOfWork<Change> =
            UnitOfWork::of(act, &action).change(Change::Invitation(Write::Save { expected: invitation.clone(), next }));
        unit.and(cancelled)
    })))
}

/// The user is no member any more; an organization without anybody goes too. The last owner of others stays, as a member
/// that is nobody, until a platform administrator hands the organization over.
#[must_use]
pub fn leave(act: &Act, holding: &Holding) -> Option<UnitOfWork<Change>> {
    if holding.is_last_owner_of_others() {
        return None;
    }
    let (organization, member) = (holding.organization.id, &holding.member);
    let unit = UnitOfWork::of(act, &Action::MemberRemoved { organization, user: member.user })
        .expect(Guard::Authorization { organization, version: holding.version })
        .change(Change::Member(Write::Remove { expected: member.clone() }))
        .announce(&Happening::MemberRemoved(member.clone()));
    if holding.other_members > 0 || holding.members_on_their_way_out > 0 {
        return Some(unit);
    }
    let deleted = delete_organization::decide(act, &holding.organization);
    Some(unit.and(deleted))
}

#[cfg(test)]
mod tests;
