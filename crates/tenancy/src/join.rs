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

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, act, nth};
    use kernel::{Change as _, RoleKey};

    use super::*;
    use crate::testing::invitation;

    #[test]
    fn the_invitation_is_used_up_and_its_user_a_member() {
        let invitation = Invitation { role: RoleKey::ADMIN, ..invitation(nth(70), nth(60), nth(80), &act().token()) };
        let (unit, member) = decide(&act(), &invitation, nth(50));
        let used = Invitation { status: InvitationStatus::Accepted, ..invitation.clone() };
        assert_eq!(
            unit.changes,
            [
                Change::Invitation(Write::Save { expected: invitation, next: used }),
                Change::Member(Write::Add(member.clone()))
            ]
        );
        assert_eq!((member.organization, member.user, member.role), (nth(60), nth(50), RoleKey::ADMIN));
        assert_eq!((member.status, member.joined_at), (MemberStatus::Active, NOON));
        assert_eq!(unit.changes[1].authorization().map(|(it, _)| it), Some(nth(60)));

        let audit: Vec<_> = unit.evidence.audit.iter().map(|it| (it.action, it.organization)).collect();
        assert_eq!(audit, [("invitation.accepted", Some(nth(60))), ("member.added", Some(nth(60)))]);
        let events: Vec<_> = unit.evidence.events.iter().map(|it| it.kind).collect();
        assert_eq!(events, ["member.added"]);
    }
}
