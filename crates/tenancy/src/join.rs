use kernel::{Act, UnitOfWork, UserId, Write};

use crate::model::{Invitation, InvitationStatus, Member, MemberStatus};
use crate::{Action, Change, Happening};

/// The invitation is used up and its user is a member: of two at once, one finds it stale.
#[must_use]
pub fn decide(act: &Act, invitation: &Invitation, user: UserId) -> (UnitOfWork<Change>, Member) {
    let organization = invitation.organization;
    let member = Member {
        organization,
        user,
        role: invitation.role.clone(),
        status: MemberStatus::Active,
        joined_at: act.at,
        version: 0,
    };
    let accepted = Invitation { status: InvitationStatus::Accepted, ..invitation.clone() };
    let added: UnitOfWork<Change> = UnitOfWork::of(act, &Action::MemberAdded { organization, user })
        .change(Change::Member(Write::Add(member.clone())))
        .announce(&Happening::MemberAdded(member.clone()));
    let unit = UnitOfWork::of(act, &Action::InvitationAccepted { organization, invitation: invitation.id })
        .change(Change::Invitation(Write::Save { expected: invitation.clone(), next: accepted }))
        .and(added);
    (unit, member)
}
