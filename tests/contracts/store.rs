use chrono::TimeDelta;
use identity::{Change, Lifetimes, RefreshToken, Term, UserStatus, Username};
use kernel::{CommitError, Guard, Once, OnceKey, Remembered, Store, Taken, TokenHash, UnitOfWork, Write};

use crate::support::eventually;
use crate::support::rig::Rig;

fn register(rig: &Rig, name: &str) -> UnitOfWork<Change> {
    identity::rules::register(&rig.act(), rig.new_user(name), &Lifetimes::default()).0
}

#[tokio::test(flavor = "multi_thread")]
async fn store_1_a_unit_is_there_whole_or_not_at_all() {
    let rig = Rig::new().await;
    rig.user("taken").await;
    let before = rig.everything().await;

    let second_fails = register(&rig, "free").and(register(&rig, "taken"));
    assert!(rig.stores[0].commit(second_fails).await.is_err());
    assert_eq!(rig.everything().await, before);

    // Found out only at the end: the session does not exist.
    let act = rig.act();
    let token = RefreshToken {
        hash: TokenHash::of("x"),
        session: act.id(),
        issued_at: act.at,
        expires_at: act.at + TimeDelta::days(1),
    };
    let orphan = register(&rig, "free").change(Change::RefreshToken(Write::Add(token)));
    assert!(rig.stores[0].commit(orphan).await.is_err());
    assert_eq!(rig.everything().await, before);

    rig.stores[0].commit(register(&rig, "free")).await.unwrap();
    for (table, count) in rig.everything().await {
        let grown = ["users", "mailed_tokens", "audit_entries", "audit_personal", "audit_waiting", "events", "mails"]
            .contains(&table);
        let was = before.iter().find(|(name, _)| *name == table).unwrap().1;
        assert_eq!(count > was, grown, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn store_1_who_stops_waiting_cuts_nothing_in_half() {
    let rig = Rig::new().await;
    let mut gave_up = 0;
    for i in 0..40_u64 {
        let (store, unit) = (rig.stores[0].clone(), register(&rig, &format!("user_{i}")));
        let waiting = tokio::spawn(async move { store.commit(unit).await });
        tokio::time::sleep(std::time::Duration::from_micros(i * 50)).await;
        waiting.abort();
        gave_up += i64::from(waiting.await.is_err_and(|it| it.is_cancelled()));
    }
    assert!(gave_up > 0, "nobody stopped waiting");
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
                AND state <> 'idle'";
    // Twice in a row nothing is under way: a task may be between two statements only for moments.
    let mut quiet = 0;
    eventually("what was begun ends", async || {
        quiet = if rig.database.count(open).await == 0 { quiet + 1 } else { 0 };
        quiet == 5
    })
    .await;
    let users = rig.count("users").await;
    assert!(users > 0, "nothing was committed");
    for table in ["mailed_tokens", "audit_entries", "events", "mails"] {
        assert_eq!(rig.count(table).await, users, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn store_2_of_many_saving_one_version_one_wins() {
    let rig = Rig::new().await;
    let user = rig.user("ada").await;
    let answers = rig
        .race(16, |i, store| {
            let mut next = user.clone();
            next.username = Username::parse(&format!("ada_{i}")).unwrap();
            let act = rig.act();
            let unit = UnitOfWork::<Change>::of(&act, &identity::Action::UserCreated(user.id))
                .change(Change::User(Write::Save { expected: user.clone(), next }));
            async move { store.commit(unit).await }
        })
        .await;
    assert_eq!(answers.iter().filter(|it| it.is_ok()).count(), 1);
    assert!(answers.iter().filter(|it| it.is_err()).all(|it| matches!(it, Err(CommitError::Stale))), "{answers:?}");
    assert_eq!(rig.reload(user.id).await.version, user.version + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn store_2_a_guard_that_moved_on_refuses_and_one_that_holds_does_not() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let organization = rig.organization("acme", ada.id).await.id;
    let version = rig.authorization_version(organization).await;

    // Each adds a member, so each moves the version on; all were decided on the same one.
    let mut joining = Vec::new();
    for i in 0..8 {
        joining.push(rig.user(&format!("user_{i}")).await);
    }
    let guard = Guard::Authorization { organization, version };
    let member = |user: &identity::User| tenancy::Member {
        organization,
        user: user.id,
        role: kernel::RoleKey::MEMBER,
        status: tenancy::MemberStatus::Active,
        joined_at: user.created_at,
        version: 0,
    };
    let answers = rig
        .race(8, |i, store| {
            let action = tenancy::Action::MemberAdded { organization, user: joining[i].id };
            let unit = UnitOfWork::<tenancy::Change>::of(&rig.act(), &action)
                .expect(guard)
                .change(tenancy::Change::Member(Write::Add(member(&joining[i]))));
            async move { store.commit(unit).await }
        })
        .await;
    assert_eq!(answers.iter().filter(|it| it.is_ok()).count(), 1);
    assert!(answers.iter().filter(|it| it.is_err()).all(|it| matches!(it, Err(CommitError::Stale))), "{answers:?}");
    assert_eq!(rig.authorization_version(organization).await, version + 1);
    assert_eq!(rig.count("members").await, 2);

    // Units that only rely on the version do not exclude each other.
    let guard = Guard::Authorization { organization, version: version + 1 };
    let answers = rig
        .race(8, |i, store| {
            let unit = register(&rig, &format!("reader_{i}")).expect(guard);
            async move { store.commit(unit).await }
        })
        .await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn store_2_a_user_who_changed_makes_a_sign_in_stale() {
    let rig = Rig::new().await;
    let user = rig.user("ada").await;
    let mut next = user.clone();
    next.status = UserStatus::Suspended;
    let act = rig.act();
    let suspend = UnitOfWork::<Change>::of(&act, &identity::Action::UserCreated(user.id))
        .change(Change::User(Write::Save { expected: user.clone(), next }));
    rig.stores[1].commit(suspend).await.unwrap();
    let proof = identity::rules::Proof::now(&act, [identity::Factor::Password]);
    let (unit, _) =
        identity::rules::start_session(proof, &act, act.id(), &user, None, Term::Usual, &Lifetimes::default());
    let answer = rig.stores[0].commit(unit.expect(identity::rules::session_guard(&user))).await;
    assert!(matches!(answer, Err(CommitError::Stale)), "{answer:?}");
    assert_eq!(rig.count("sessions").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn store_3_of_many_wanting_one_value_one_gets_it_and_the_others_learn_which() {
    let rig = Rig::new().await;
    let answers = rig
        .race(16, |i, store| {
            let mut new = rig.new_user(&format!("user_{i}"));
            new.email =
                kernel::EmailAddress::parse(if i % 2 == 0 { "Ada@example.com" } else { "ada@EXAMPLE.com" }).unwrap();
            let unit = identity::rules::register(&rig.act(), new, &Lifetimes::default()).0;
            async move { store.commit(unit).await }
        })
        .await;
    assert_eq!(answers.iter().filter(|it| it.is_ok()).count(), 1);
    let email = |it: &Result<(), CommitError>| matches!(it, Err(CommitError::Taken(Taken("email"))));
    assert!(answers.iter().filter(|it| it.is_err()).all(email), "{answers:?}");
    assert_eq!(rig.count("users").await, 1);
    assert_eq!(rig.count("audit_entries").await, 1);

    let same_name = |rig: &Rig| {
        let mut new = rig.new_user("other");
        new.username = Username::parse("USER_0").unwrap();
        identity::rules::register(&rig.act(), new, &Lifetimes::default()).0
    };
    let winner = rig.database.count("SELECT (substr(username_key, 6))::bigint FROM users").await;
    let mut unit = same_name(&rig);
    if winner != 0 {
        rig.user("user_0").await;
    }
    assert!(matches!(rig.stores[0].commit(unit).await, Err(CommitError::Taken(Taken("username")))));

    let ada = rig.user("founder").await;
    rig.organization("acme", ada.id).await;
    let name = tenancy::OrganizationName::parse("Other").unwrap();
    let slug = kernel::Slug::parse("acme").unwrap();
    let founding = tenancy::rules::found(&rig.act(), name, slug, ada.id).0;
    assert!(matches!(rig.stores[0].commit(founding).await, Err(CommitError::Taken(Taken("slug")))));
    unit = same_name(&rig);
    assert!(matches!(rig.stores[1].commit(unit).await, Err(CommitError::Taken(Taken("username")))));
}

fn once(rig: &Rig, answer: &str, expires_in: TimeDelta) -> Once {
    Once {
        key: OnceKey([7; 32]),
        remembered: Remembered { fingerprint: [1; 32], answer: answer.as_bytes().to_vec() },
        expires_at: rig.act().at + expires_in,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn store_4_of_many_under_one_key_one_happens_and_the_others_find_its_answer() {
    let rig = Rig::new().await;
    let answers = rig
        .race(16, |i, store| {
            let mut unit = register(&rig, &format!("user_{i}"));
            unit.once = Some(once(&rig, &format!("answer {i}"), TimeDelta::hours(1)));
            async move { store.commit(unit).await }
        })
        .await;
    assert_eq!(answers.iter().filter(|it| it.is_ok()).count(), 1);
    let won = answers.iter().position(Result::is_ok).unwrap();
    for answer in answers.iter().filter(|it| it.is_err()) {
        let Err(CommitError::Remembered(remembered)) = answer else { panic!("{answer:?}") };
        assert_eq!(remembered.answer, format!("answer {won}").into_bytes());
    }
    assert_eq!(rig.count("users").await, 1);
    assert_eq!(rig.count("remembered").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn store_4_a_unit_that_fails_is_not_remembered() {
    let rig = Rig::new().await;
    rig.user("taken").await;
    let mut unit = register(&rig, "taken");
    unit.once = Some(once(&rig, "never", TimeDelta::hours(1)));
    assert!(rig.stores[0].commit(unit).await.is_err());
    let recalled = Store::<Change>::recall(&rig.stores[1], &OnceKey([7; 32])).await.unwrap();
    assert_eq!(recalled, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn store_5_what_is_remembered_is_recalled_until_it_expires() {
    let rig = Rig::new().await;
    let recall = async |key: u8| Store::<Change>::recall(&rig.stores[1], &OnceKey([key; 32])).await.unwrap();
    let mut unit = register(&rig, "one");
    unit.once = Some(once(&rig, "first", TimeDelta::hours(1)));
    rig.stores[0].commit(unit).await.unwrap();
    assert_eq!(recall(7).await.unwrap().answer, b"first");
    assert_eq!(recall(8).await, None);

    rig.database.execute("UPDATE remembered SET expires_at = now() - interval '1 second'").await;
    assert_eq!(recall(7).await, None);
    let mut unit = register(&rig, "two");
    unit.once = Some(once(&rig, "second", TimeDelta::hours(1)));
    rig.stores[0].commit(unit).await.unwrap();
    assert_eq!(recall(7).await.unwrap().answer, b"second");
}
