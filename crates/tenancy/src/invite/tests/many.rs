use kernel::{Idempotency, MockStore, Secret};

use super::*;

/// What the roles and addresses are called says what is in their way.
fn wired(store: Arc<dyn Store<Change>>) -> Invite {
    let mut organizations = MockOrganizations::new();
    organizations.expect_find().returning(|it| Ok((*it == OrganizationRef::Id(nth(60))).then(|| acme(nth(60)))));
    let mut invitations = MockInvitations::new();
    invitations.expect_name_of().returning(|_| Ok(Some("beekeeper".into())));
    let standing = |email: &EmailAddress| match email.as_str() {
        "member@x.test" => Invitee::Member,
        "invited@x.test" => Invitee::Invited(Box::new(invitation(nth(70), nth(60), nth(INVITER), &act().token()))),
        _ => Invitee::Stranger,
    };
    // Once for all of them, each time it is decided.
    invitations.expect_standings_of().returning(move |_, emails| Ok(emails.iter().map(standing).collect()));
    let mut authority = MockAuthority::new();
    authority.expect_may_give().returning(|_, _, role| {
        let is_owner = *role == RoleKey::OWNER;
        let verdict = if is_owner { Verdict::Beyond("team.edit".to_owned()) } else { Verdict::Yes };
        Ok(Some(may_give(7, verdict)))
    });
    Invite {
        store,
        organizations: Arc::new(organizations),
        invitations: Arc::new(invitations),
        authority: Arc::new(authority),
        lifetime: Invite::LIFETIME,
    }
}

fn inputs(all: &[(&str, &str)]) -> Vec<InviteInput> {
    all.iter().map(|(email, role)| InviteInput { email: (*email).into(), role: (*role).into() }).collect()
}

fn once(request: u8) -> Act {
    let idempotency = Idempotency { key: Secret::new("key"), scope: "POST /invite".into(), request: [request; 32] };
    Act { idempotency: Some(idempotency), ..inviter() }
}

/// Who was invited, and why others were not.
fn told(many: &InvitedMany) -> Vec<Result<&str, &Refusal>> {
    many.results.iter().map(|it| it.as_ref().map(|one| one.email.as_str())).collect()
}

const MIXED: &[(&str, &str)] = &[
    ("member@x.test", "member"),
    ("a@x.test", "member"),
    ("b@x.test", "owner"),
    ("nobody", "member"),
    ("c@x.test", "admin"),
    ("invited@x.test", "member"),
    ("A@x.test", "member"),
];

#[tokio::test]
async fn each_has_its_own_result_and_all_are_one_unit() {
    let store: Arc<Units<Change>> = Arc::default();
    let many = wired(store.clone()).many(&once(1), nth(60), &inputs(MIXED)).await.unwrap();
    let email = Problems::one("email", "The email field must be a valid email address.");
    assert_eq!(
        told(&many),
        [
            Err(&Refusal::AlreadyMember),
            Ok("a@x.test"),
            Err(&Refusal::RoleBeyondOwn("team.edit".to_owned())),
            Err(&Refusal::Invalid(email)),
            Ok("c@x.test"),
            Err(&Refusal::AlreadyInvited),
            Err(&Refusal::AlreadyInvited),
        ]
    );
    let unit = store.only();
    assert_eq!(unit.guards, [Guard::Authorization { organization: nth(60), version: 7 }; 2]);
    let actions: Vec<&str> = unit.evidence.audit.iter().map(|it| it.action).collect();
    assert_eq!(actions, ["invitation.created", "invitation.refused", "invitation.created"]);
    assert_eq!((unit.changes.len(), unit.evidence.events.len(), unit.evidence.mail.len()), (2, 2, 2));
    assert!(unit.once.is_some());
}

#[tokio::test]
async fn a_repetition_learns_the_same_and_another_request_does_nothing() {
    let first: Arc<Units<Change>> = Arc::default();
    let answered = wired(first.clone()).many(&once(1), nth(60), &inputs(MIXED)).await.unwrap();
    let kept = first.only().once.unwrap();

    let mut store = MockStore::new();
    let key = kept.key;
    store.expect_recall().withf(move |it| *it == key).returning(move |_| Ok(Some(kept.remembered.clone())));
    store.expect_commit().never();
    let invite = wired(Arc::new(store));
    let later = Act { request_id: "later".to_owned(), ..once(1) };
    assert_eq!(invite.many(&later, nth(60), &inputs(MIXED)).await.unwrap(), answered);

    let more = inputs(&[MIXED, &[("d@x.test", "member")]].concat());
    assert!(matches!(invite.many(&once(2), nth(60), &more).await, Err(Error::Fault(Fault::KeyReused))));
    let single = invite.run(&once(3), nth(60), &more[1]).await;
    assert!(matches!(single, Err(Error::Fault(Fault::KeyReused))));
}

#[tokio::test]
async fn where_there_is_nothing_to_write_nothing_is_written() {
    let store: Arc<Units<Change>> = Arc::default();
    let bad = inputs(&[("member@x.test", "member"), ("nobody", "member")]);
    let many = wired(store.clone()).many(&once(1), nth(60), &bad).await.unwrap();
    assert!(many.results.iter().all(Result::is_err) && many.results.len() == 2);
    assert_eq!(store.all(), []);
}

#[tokio::test]
async fn what_others_did_meanwhile_is_decided_again() {
    let taken = || CommitError::Taken(Taken("invitation"));
    let store = Arc::new(Units::failing([taken(), taken()]));
    let many = wired(store.clone()).many(&inviter(), nth(60), &inputs(&[("a@x.test", "member")])).await.unwrap();
    assert_eq!((told(&many), store.all().len()), (vec![Ok("a@x.test")], 3));

    let mut store = MockStore::new();
    store.expect_commit().returning(move |_| Err(taken()));
    let endless = wired(Arc::new(store)).many(&inviter(), nth(60), &inputs(&[("a@x.test", "member")])).await;
    assert!(matches!(endless, Err(Error::Fault(Fault::Contended))));
}

#[tokio::test]
async fn what_is_no_ones_result_is_everyones() {
    let store: Arc<Units<Change>> = Arc::default();
    let invite = wired(store.clone());
    let nowhere = invite.many(&inviter(), nth(61), &inputs(&[("a@x.test", "member")])).await;
    assert!(matches!(nowhere, Err(Error::NotFound)));
    let nobody = invite.many(&act(), nth(60), &inputs(&[("a@x.test", "member")])).await;
    assert!(matches!(nobody, Err(Error::NotFound)));
    assert_eq!(store.all(), []);
}
