use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection;
use identity::ports::{Admission, Attempts, Guessed, MailAllowances, Sighting, Sightings, Used};
use identity::rules::{NewUser, Proof};
use identity::{
    Action, Change, Factor, Lifetimes, Lockout, MailRequest, MailRequestKind, MailedPurpose, MailedToken, Session,
    Term, User, UserStatus,
};
use kernel::{Act, CommitError, EmailAddress, RoleKey, SessionId, SignalSink, Store, Taken, UnitOfWork, Write};
use tenancy::{Invitation, InvitationStatus};

use super::ways_in;
use crate::support::eventually;
use crate::support::rig::{Rig, uuid};

fn unit(act: &Act, user: &User) -> UnitOfWork<Change> {
    UnitOfWork::of(act, &Action::UserUpdated(user.id))
}

fn end(act: &Act, user: &User, except: Option<SessionId>) -> UnitOfWork<Change> {
    unit(act, user).change(Change::EndSessions { user: user.id, except, at: act.at })
}

async fn living(rig: &Rig) -> i64 {
    rig.count("sessions WHERE ended_at IS NULL").await
}

#[tokio::test(flavor = "multi_thread")]
async fn set_1_every_session_ends_but_the_one_that_goes_on() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    let bobs = rig.session(&bob).await.0.id;
    let mut sessions = Vec::new();
    for term in [Term::Usual, Term::Short, Term::Long, Term::Steady] {
        sessions.push(rig.open(&ada, None, term).await.0);
    }
    let act = rig.act();
    rig.stores[0].commit(end(&act, &ada, Some(sessions[0].id))).await.unwrap();
    let mut known = identity::ports::Sessions::ended(rig.pools[1].as_ref(), act.at).await.unwrap();
    let mut expected: Vec<_> = sessions[1..].iter().map(|it| (it.id, it.silent_after(act.at))).collect();
    known.sort_unstable();
    expected.sort_unstable();
    assert_eq!(known, expected, "until the same moment as the domain says");

    rig.nodes[0].alive();
    for session in &sessions[1..] {
        assert!(!rig.nodes[0].is_live(session.id).await.unwrap());
        let saved = Session { auth_time: act.at, ..session.clone() };
        let stale = unit(&act, &ada).change(Change::Session(Write::Save { expected: session.clone(), next: saved }));
        assert!(matches!(rig.stores[0].commit(stale).await, Err(kernel::CommitError::Stale)));
    }
    for goes_on in [sessions[0].id, bobs] {
        assert!(rig.nodes[0].is_live(goes_on).await.unwrap());
    }
    rig.stores[0].commit(end(&act, &ada, None)).await.unwrap();
    assert_eq!(living(&rig).await, 1, "Bob's");
}

#[tokio::test(flavor = "multi_thread")]
async fn set_1_other_nodes_are_told_of_each() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let _listener = rig.pools[1].listen(rig.nodes[1].clone());
    eventually("the other node hears", async || rig.nodes[1].hears()).await;
    let mut sessions = Vec::new();
    for _ in 0..30 {
        sessions.push(rig.session(&ada).await.0.id);
    }
    rig.stores[0].commit(end(&rig.act(), &ada, None)).await.unwrap();
    // Found out only by what it was told: it knew of none when it began to listen.
    eventually("the other node has heard of each", async || {
        let mut live = 0;
        for session in &sessions {
            live += u8::from(rig.nodes[1].is_live(*session).await.unwrap());
        }
        live == 0
    })
    .await;
}

/// Sign-ins decided on the user as it was, against a change of the password: either they come before it and are ended, or
/// they find the user changed.
#[tokio::test(flavor = "multi_thread")]
async fn set_1_no_sign_in_by_the_old_password_survives_a_change_of_it() {
    let rig = Rig::new().await;
    for round in 0..10 {
        let ada = rig.user(&format!("ada_{round}")).await;
        let answers = rig
            .race(12, |i, store| {
                let (act, ada) = (rig.act(), ada.clone());
                async move {
                    let guard = identity::rules::session_guard(&ada);
                    let unit = if i == 5 {
                        let next = User { password: None, ..ada.clone() };
                        end(&act, &ada, None).expect(guard).change(Change::User(Write::Save { expected: ada, next }))
                    } else {
                        let lifetimes = Lifetimes::default();
                        let proof = Proof::now(&act, [Factor::Password]);
                        identity::rules::start_session(proof, &act, act.id(), &ada, None, Term::Usual, &lifetimes)
                            .0
                            .expect(guard)
                    };
                    store.commit(unit).await.is_ok()
                }
            })
            .await;
        assert!(answers[5], "the change of the password waits for sign-ins, and is not refused");
        let of_ada = format!("sessions WHERE user_id = '{}'", uuid(ada.id));
        let signed_in = i64::try_from(answers.iter().filter(|it| **it).count()).unwrap() - 1;
        assert_eq!(rig.count(&of_ada).await, signed_in);
        assert_eq!(rig.count(&format!("{of_ada} AND ended_at IS NULL")).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn set_1_a_session_begun_while_it_waited_ends_too() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let (session, _) = rig.session(&ada).await;
    let (user, id, next) = (uuid(ada.id), uuid(session.id), uuid(rig.act().id::<SessionId>()));
    // A sign-in that is not committed yet.
    let mut signing_in = rig.database.connect().await;
    let begun = format!(
        "BEGIN; SELECT FROM users WHERE id = '{user}' FOR SHARE; \
         INSERT INTO sessions (id, user_id, auth_time, created_at, expires_at, access_lifetime_s, refresh_lifetime_s, \
         version) SELECT '{next}', user_id, auth_time, created_at, expires_at, access_lifetime_s, refresh_lifetime_s, 0 \
         FROM sessions WHERE id = '{id}'"
    );
    signing_in.batch_execute(&begun).await.unwrap();
    let (store, unit) = (rig.stores[0].clone(), end(&rig.act(), &ada, None));
    let ending = tokio::spawn(async move { store.commit(unit).await });
    let waits = "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    eventually("it waits for the sign-in", async || rig.count(waits).await == 1).await;
    assert_eq!(living(&rig).await, 1, "nothing is ended yet");
    signing_in.batch_execute("COMMIT").await.unwrap();
    ending.await.unwrap().unwrap();
    assert_eq!((rig.count("sessions").await, living(&rig).await), (2, 0));
}

fn mailed(act: &Act, user: &User, purpose: MailedPurpose, email: &str, issued: i64) -> Change {
    let issued_at = act.at + TimeDelta::seconds(issued);
    Change::MailedToken(Write::Add(MailedToken {
        hash: act.token().hash(),
        purpose,
        user: user.id,
        email: EmailAddress::parse(email).unwrap(),
        issued_at,
        expires_at: issued_at + TimeDelta::days(1),
        tries: 0,
    }))
}

#[tokio::test(flavor = "multi_thread")]
async fn set_2_no_token_of_these_purposes_is_left_that_was_issued_since() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    let act = rig.act();
    for user in [&ada, &bob] {
        let mut given = unit(&act, user);
        for (issued, email) in [(-1, "a@x.test"), (0, "b@x.test"), (1, "c@x.test")] {
            given = given.change(mailed(&act, user, MailedPurpose::UndoEmailChange, email, issued));
        }
        given = given.change(mailed(&act, user, MailedPurpose::ResetPassword, "d@x.test", 0));
        rig.stores[0].commit(given).await.unwrap();
    }
    let before = rig.count("mailed_tokens").await;
    let revoke = async |purposes, since| {
        let change = Change::RevokeMailedTokens { user: ada.id, purposes, since };
        rig.stores[0].commit(unit(&act, &ada).change(change)).await.unwrap();
        before - rig.count("mailed_tokens").await
    };
    assert_eq!(revoke(&[MailedPurpose::RecoverAccount], None).await, 0);
    assert_eq!(revoke(&[MailedPurpose::UndoEmailChange], Some(act.at)).await, 2);
    assert_eq!(rig.count("mailed_tokens WHERE email = 'a@x.test'").await, 2, "it was issued before");
    assert_eq!(revoke(MailedPurpose::ALL, None).await, 5);
    let of_bob = format!("mailed_tokens WHERE user_id = '{}'", uuid(bob.id));
    assert_eq!((rig.count("mailed_tokens").await, rig.count(&of_bob).await), (5, 5));
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|it| [it >> 4, it & 15]);
    digits.filter_map(|it| char::from_digit(it.into(), 16)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn set_3_of_one_purpose_and_slot_the_newest_alone_is_there() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let act = rig.act();
    rig.database.execute("UPDATE mailed_tokens SET tries = 4, used_at = now()").await;
    for (purpose, email, there) in [
        (MailedPurpose::VerifyEmail, "ada@example.com", 1),
        (MailedPurpose::ResetPassword, "ada@example.com", 2),
        (MailedPurpose::ChangeEmail, "a@x.test", 3),
        (MailedPurpose::ChangeEmail, "b@x.test", 3),
        (MailedPurpose::UndoEmailChange, "a@x.test", 4),
        (MailedPurpose::UndoEmailChange, "b@x.test", 5),
        (MailedPurpose::UndoEmailChange, "A@x.test", 5),
    ] {
        let change = mailed(&act, &ada, purpose, email, 0);
        let Change::MailedToken(Write::Add(token)) = &change else { panic!() };
        let hash = hex(token.hash.as_bytes());
        rig.stores[0].commit(unit(&act, &ada).change(change)).await.unwrap();
        assert_eq!(rig.count("mailed_tokens").await, there, "{purpose:?} {email}");
        let new = format!("mailed_tokens WHERE encode(hash, 'hex') = '{hash}' AND tries = 0 AND used_at IS NULL");
        assert_eq!(rig.count(&new).await, 1, "{purpose:?} {email}");
    }
    rig.race(16, |i, store| {
        let change = mailed(&act, &ada, MailedPurpose::ResetPassword, &format!("a{i}@x.test"), 0);
        let unit = unit(&act, &ada).change(change);
        async move { store.commit(unit).await.unwrap() }
    })
    .await;
    assert_eq!(rig.count("mailed_tokens WHERE purpose = 'reset_password'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn set_4_the_next_attempt_is_the_first() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let act = rig.act();
    let lockout = Lockout { threshold: 3, release_after: None };
    let other_case = EmailAddress::parse("ADA@example.com").unwrap();
    for (guessed, same) in [
        (Guessed::Password(ada.email.clone()), Guessed::Password(other_case)),
        (Guessed::Password(ada.email.clone()), Guessed::Password(ada.email.clone())),
        (Guessed::Code(ada.id), Guessed::Code(ada.id)),
    ] {
        for _ in 0..5 {
            rig.stores[0].begin(&guessed, lockout, act.at).await.unwrap();
        }
        let locked = rig.stores[1].begin(&guessed, lockout, act.at).await.unwrap();
        assert_eq!(locked, Admission::Locked);
        rig.stores[0].commit(unit(&act, &ada).change(Change::ForgetFailures(same.clone()))).await.unwrap();
        let first = rig.stores[1].begin(&guessed, lockout, act.at).await.unwrap();
        assert_eq!(first, Admission::Counted(1));
        rig.stores[0].commit(unit(&act, &ada).change(Change::ForgetFailures(guessed))).await.unwrap();
    }
}

fn invitation(rig: &Rig, act: &Act, organization: kernel::OrganizationId, by: &User, to: &str) -> Invitation {
    Invitation {
        id: act.id(),
        organization,
        email: EmailAddress::parse(to).unwrap(),
        role: RoleKey::MEMBER,
        token: rig.act().token().hash(),
        invited_by: by.id,
        key: None,
        status: InvitationStatus::Accepted,
        created_at: act.at,
        expires_at: act.at,
        version: 0,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn set_5_nothing_personal_is_left() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    let acme = rig.organization("acme", bob.id).await.id;
    let mut act = rig.act();
    act.address = "192.0.2.77".parse().ok();
    act.actor = kernel::Actor::User { id: ada.id, session: rig.session(&ada).await.0.id };
    let proof = Proof::now(&act, [Factor::Password]);
    let (opening, opened) =
        identity::rules::start_session(proof, &act, act.id(), &ada, None, Term::Usual, &Lifetimes::default());
    rig.stores[0].commit(opening).await.unwrap();
    let request = MailRequest {
        id: act.id(),
        kind: MailRequestKind::TemporaryPassword,
        email: ada.email.clone(),
        asked_at: act.at,
    };
    // Before anybody looks, it is nobody's address.
    let action = Action::MailRequested { kind: request.kind, email: ada.email.clone() };
    let wish = UnitOfWork::<Change>::of(&rig.act(), &action).change(Change::MailRequest(Write::Add(request)));
    rig.stores[0].commit(wish).await.unwrap();
    for guessed in [Guessed::Password(ada.email.clone()), Guessed::Code(ada.id)] {
        rig.stores[0].begin(&guessed, Lockout::default(), act.at).await.unwrap();
    }
    rig.stores[0].commit(ways_in::all_of(&act, &ada)).await.unwrap();
    let token = ways_in::token(&act, &ada);
    rig.stores[0].commit(ways_in::unit(&act, &ada, [Change::Key(Write::Add(token.clone()))])).await.unwrap();
    rig.stores[0].spend("verification", &ada.email.key(), 3, act.at).await.unwrap();
    rig.stores[0].spend("email_change", &ada.id.to_string(), 3, act.at).await.unwrap();
    let seen = |of| Sighting { of, at: act.at, address: act.address };
    rig.stores[0].keep(vec![seen(Used::Session(opened.session.id)), seen(Used::Key(token.id))]).await.unwrap();
    let settled = invitation(&rig, &act, acme, &bob, "Ada@example.com");
    let open =
        Invitation { status: InvitationStatus::Pending, ..invitation(&rig, &act, acme, &bob, "ada@example.com") };
    let others = invitation(&rig, &act, acme, &bob, "carol@example.com");
    for it in [settled, open, others] {
        let action = tenancy::Action::InvitationCreated { organization: acme, invitation: it.id };
        let invited = UnitOfWork::<tenancy::Change>::of(&rig.act().within(acme), &action)
            .change(tenancy::Change::Invitation(Write::Add(it)));
        rig.stores[0].commit(invited).await.unwrap();
    }
    let bobs = format!("audit_personal WHERE subject = '{}' AND after <> 'null'", uuid(bob.id));
    let (entries, of_bob) = (rig.count("audit_entries").await, rig.count(&bobs).await);
    assert!(of_bob > 0, "there is something to be left alone");
    let said = "audit_personal WHERE after::text ILIKE '%ada%' OR after::text LIKE '%192.0.2.77%'";
    assert!(rig.count(said).await > 3, "there is something to be erased");

    let ada = rig.reload(ada.id).await;
    let worker = Act { agent: None, ..rig.act() };
    rig.stores[0].commit(identity::rules::erase(&worker, &ada)).await.unwrap();

    let erased = rig.reload(ada.id).await;
    assert_eq!(erased.status, UserStatus::Erased);
    assert_eq!(rig.count(said).await, 0);
    let salted = format!(
        "audit_personal WHERE subject = '{}' AND (before <> 'null' OR encode(salt, 'hex') <> repeat('0', 32))",
        uuid(ada.id)
    );
    assert_eq!(rig.count(&salted).await, 0, "nor what proves a guess");
    assert_eq!((rig.count("audit_entries").await, rig.count(&bobs).await), (entries + 1, of_bob));
    let own = uuid(ada.id);
    for (table, left) in [
        (format!("sessions WHERE user_id = '{own}' AND (address IS NOT NULL OR agent IS NOT NULL)"), 0),
        ("events WHERE data::text ILIKE '%ada%'".to_owned(), 0),
        ("refresh_tokens".to_owned(), 0),
        ("session_sightings".to_owned(), 0),
        ("totps".to_owned(), 0),
        ("passkeys".to_owned(), 0),
        ("provider_identities".to_owned(), 0),
        ("keys".to_owned(), 0),
        ("key_sightings".to_owned(), 0),
        (format!("mailed_tokens WHERE user_id = '{own}'"), 0),
        ("login_failures".to_owned(), 0),
        ("mail_requests".to_owned(), 0),
        ("mail_allowances".to_owned(), 0),
        ("invitations WHERE email_key = 'ada@example.com'".to_owned(), 1),
        ("invitations WHERE status = 'pending'".to_owned(), 1),
        ("invitations WHERE email_key = 'carol@example.com'".to_owned(), 1),
        ("mailed_tokens".to_owned(), 1),
    ] {
        assert_eq!(rig.count(&table).await, left, "{table}");
    }
    // Which sessions ended is known as long as their access tokens could seem good.
    assert!(rig.count(&format!("sessions WHERE user_id = '{own}'")).await > 0);
    // The address is free.
    let again = rig.user("ada").await;
    assert_eq!(again.email, ada.email);
}

#[tokio::test(flavor = "multi_thread")]
async fn set_6_an_address_that_a_way_back_leads_to_is_taken_for_all_others() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    let save = |user: &User, email: &str| {
        let next = User { email: EmailAddress::parse(email).unwrap(), ..user.clone() };
        unit(&rig.act(), user).change(Change::User(Write::Save { expected: user.clone(), next }))
    };
    let act = rig.act();
    let way_back = MailedToken {
        hash: act.token().hash(),
        purpose: MailedPurpose::UndoEmailChange,
        user: ada.id,
        email: ada.email.clone(),
        issued_at: act.at,
        expires_at: act.at + TimeDelta::days(7),
        tries: 0,
    };
    let moved = save(&ada, "new@example.com").change(Change::MailedToken(Write::Add(way_back)));
    // Whoever wants the address while it is being given up waits, and finds it taken.
    let wanting = rig.race(9, |i, store| {
        let unit = match i {
            0 => moved.clone(),
            1 => save(&bob, "ADA@example.com"),
            i => {
                let new = NewUser {
                    email: EmailAddress::parse("Ada@example.com").unwrap(),
                    ..rig.new_user(&format!("user_{i}"))
                };
                identity::rules::register(&rig.act(), new, &Lifetimes::default()).0
            }
        };
        async move { (i, store.commit(unit).await) }
    });
    for (i, answer) in wanting.await {
        if i == 0 {
            answer.unwrap();
        } else {
            assert!(matches!(answer, Err(CommitError::Taken(Taken("email")))), "{answer:?}");
        }
    }
    let ada = rig.reload(ada.id).await;
    rig.stores[0].commit(save(&ada, "ada@example.com")).await.unwrap();
}
