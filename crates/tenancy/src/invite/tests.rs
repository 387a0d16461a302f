use kernel::testing::{NOON, Units, act, nth};
use kernel::{Actor, CommitError, Fault, Mail, Outcome, Taken, UserId};

use super::*;
use crate::ports::{MockAuthority, MockInvitations, MockOrganizations, Ruling};
use crate::testing::{acme, invitation};

mod many;

const INVITER: u64 = 80;

/// What the world answers: by default everything is in order.
struct World {
    store: Arc<Units<Change>>,
    verdicts: Vec<Ruling>,
    invitee: Invitee,
    is_there: bool,
}

impl Default for World {
    fn default() -> Self {
        Self {
            store: Arc::default(),
            verdicts: vec![may_give(7, Verdict::Yes)],
            invitee: Invitee::Stranger,
            is_there: true,
        }
    }
}

fn may_give(version: i64, verdict: Verdict) -> Ruling {
    Ruling { version, verdict }
}

fn inviter() -> Act {
    act().by(Actor::User { id: nth(INVITER), session: nth(81) }).within(nth(60))
}

impl World {
    async fn invite(&self, email: &str, role: &str) -> Result<Invited, Error> {
        self.invite_as(&inviter(), email, role).await
    }

    async fn invite_as(&self, act: &Act, email: &str, role: &str) -> Result<Invited, Error> {
        let mut organizations = MockOrganizations::new();
        let found = self.is_there.then(|| acme(nth(60)));
        organizations
            .expect_find()
            .withf(|it| *it == OrganizationRef::Id(nth(60)))
            .returning(move |_| Ok(found.clone()));
        let mut invitations = MockInvitations::new();
        let invitee = self.invitee.clone();
        invitations.expect_standings_of().returning(move |_, emails| Ok(vec![invitee.clone(); emails.len()]));
        invitations
            .expect_name_of()
            .withf(|it| *it == nth::<UserId>(INVITER))
            .returning(|_| Ok(Some("beekeeper".into())));
        let mut authority = MockAuthority::new();
        let (mut verdicts, asked) = (self.verdicts.clone(), role.to_owned());
        authority
            .expect_may_give()
            .withf(move |organization, act, role| {
                (*organization, act.actor.user(), role.as_str()) == (nth(60), Some(nth(INVITER)), asked.as_str())
            })
            .returning(move |_, _, _| {
                Ok(Some(if verdicts.len() > 1 { verdicts.remove(0) } else { verdicts[0].clone() }))
            });
        let invite = Invite {
            store: Arc::<Units<Change>>::clone(&self.store),
            organizations: Arc::new(organizations),
            invitations: Arc::new(invitations),
            authority: Arc::new(authority),
            lifetime: Invite::LIFETIME,
        };
        invite.run(act, nth(60), &InviteInput { email: email.into(), role: role.into() }).await
    }
}

#[tokio::test]
async fn a_stranger_is_invited_by_mail() {
    let world = World::default();
    let invited = world.invite("User@example.com", "admin").await.unwrap();

    let act = inviter();
    let token = act.token();
    let id = act.id();
    let email = EmailAddress::parse("User@example.com").unwrap();
    let invitation = Invitation {
        email: email.clone(),
        role: RoleKey::ADMIN,
        version: 0,
        ..invitation(id, nth(60), nth(INVITER), &token)
    };
    let unit = UnitOfWork::of(&act, &Action::InvitationCreated { organization: nth(60), invitation: id })
        .expect(Guard::Authorization { organization: nth(60), version: 7 })
        .change(Change::Invitation(Write::Add(invitation.clone())))
        .announce(&Happening::InvitationCreated(invitation))
        .mail(
            Mail::new(&act, &email, "invitation")
                .with("organization", "Acme".to_owned())
                .with("inviter", "beekeeper".to_owned())
                .with("role", "admin".to_owned())
                .with("token", token.secret().clone()),
        );
    assert_eq!(world.store.only(), unit);
    assert_eq!(invited, Invited { id, email, role: RoleKey::ADMIN, expires_at: NOON + TimeDelta::days(7) });
}

#[tokio::test]
async fn the_event_and_the_trail_hold_no_token() {
    let world = World::default();
    world.invite("user@example.com", "member").await.unwrap();
    let evidence = world.store.only().evidence;
    let token = inviter().token();
    let told = format!("{:?}{:?}", evidence.audit, evidence.events);
    assert!(told.contains("user@example.com"));
    assert!(!told.contains(token.secret().expose()) && !told.contains("hash") && !told.contains("token"), "{told}");
}

#[tokio::test]
async fn a_role_beyond_ones_own_is_refused_and_written() {
    let beyond = "organization.delete".to_owned();
    let world = World { verdicts: vec![may_give(7, Verdict::Beyond(beyond.clone()))], ..World::default() };
    let refused = world.invite("user@example.com", "owner").await;
    assert!(matches!(refused, Err(Error::Beyond(it)) if it == beyond));
    let unit = world.store.only();
    assert_eq!((unit.changes.len(), unit.evidence.mail.len()), (0, 0));
    let entry = &unit.evidence.audit[0];
    assert_eq!((entry.action, entry.outcome), ("invitation.refused", Outcome::Refused("role_beyond_own")));
    assert_eq!(entry.organization, Some(nth(60)));
}

#[tokio::test(start_paused = true)]
async fn a_right_lost_before_the_commit_is_noticed() {
    let world = World {
        store: Arc::new(Units::failing([CommitError::Stale])),
        verdicts: vec![may_give(7, Verdict::Yes), may_give(8, Verdict::Beyond("team.edit".to_owned()))],
        ..World::default()
    };
    assert!(matches!(world.invite("user@example.com", "admin").await, Err(Error::Beyond(_))));
    let [stale, refused] = world.store.all().try_into().unwrap();
    assert_eq!(stale.guards, [Guard::Authorization { organization: nth(60), version: 7 }]);
    assert_eq!(refused.changes, []);
}

#[tokio::test]
async fn there_must_be_such_a_role() {
    const SENTENCE: &str = "There is no such role.";
    let world = World { verdicts: vec![may_give(7, Verdict::NoSuchRole)], ..World::default() };
    for role in ["beekeeper", "Not a key", ""] {
        let Err(Error::Invalid(problems)) = world.invite("user@example.com", role).await else { panic!("{role}") };
        assert_eq!(problems, Problems::one("role", SENTENCE));
    }
    let Err(Error::Invalid(problems)) = world.invite("nobody", "").await else { panic!() };
    assert_eq!(problems.iter().map(|(field, _)| field).collect::<Vec<_>>(), ["email", "role"]);
    assert_eq!(world.store.all(), []);
}

#[tokio::test]
async fn members_and_the_invited_are_not_invited() {
    let world = World { invitee: Invitee::Member, ..World::default() };
    assert!(matches!(world.invite("user@example.com", "member").await, Err(Error::AlreadyMember)));
    let open = invitation(nth(70), nth(60), nth(INVITER), &act().token());
    let world = World { invitee: Invitee::Invited(Box::new(open)), ..World::default() };
    assert!(matches!(world.invite("user@example.com", "member").await, Err(Error::AlreadyInvited)));
    assert_eq!(world.store.all(), []);
}

#[tokio::test]
async fn a_lapsed_invitation_is_replaced() {
    let lapsed = Invitation { expires_at: NOON, ..invitation(nth(70), nth(60), nth(INVITER), &act().token()) };
    let world = World { invitee: Invitee::Invited(Box::new(lapsed.clone())), ..World::default() };
    let invited = world.invite("user@example.com", "member").await.unwrap();
    let next = Invitation { status: InvitationStatus::Cancelled, ..lapsed.clone() };
    let unit = world.store.only();
    assert_eq!(unit.changes[0], Change::Invitation(Write::Save { expected: lapsed, next }));
    assert!(matches!(&unit.changes[1], Change::Invitation(Write::Add(it)) if it.id == invited.id));
    assert_eq!(unit.changes.len(), 2);
}

#[tokio::test]
async fn of_two_at_once_one_finds_the_other() {
    let taken =
        |field| World { store: Arc::new(Units::failing([CommitError::Taken(Taken(field))])), ..World::default() };
    assert!(matches!(taken("invitation").invite("user@example.com", "member").await, Err(Error::AlreadyInvited)));
    let other = taken("colour").invite("user@example.com", "member").await;
    assert!(matches!(other, Err(Error::Fault(Fault::Failed(_)))));
}

#[tokio::test]
async fn nobody_invites_to_nowhere() {
    let world = World { is_there: false, ..World::default() };
    assert!(matches!(world.invite("user@example.com", "member").await, Err(Error::NotFound)));
    let nobody = World::default().invite_as(&act(), "user@example.com", "member").await;
    assert!(matches!(nobody, Err(Error::NotFound)));
}
