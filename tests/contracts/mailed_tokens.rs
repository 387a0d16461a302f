use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection;
use identity::ports::{MailedTokens, Redeemed};
use identity::{Change, Key, Lifetimes, MailedPurpose, MailedToken, PasswordHash, Redemption, User, UserStatus};
use kernel::{Act, EmailAddress, Secret, Store, Taken, Token, TokenHash, UnitOfWork, Write};

use super::ways_in::{organization_key, token, unit};
use crate::support::eventually;
use crate::support::rig::{Rig, uuid};

/// A token mailed to the user, whose text is known here.
async fn mail(rig: &Rig, user: &User, purpose: MailedPurpose, email: &str) -> Token {
    let act = rig.act();
    let token = act.token();
    let mailed = MailedToken {
        hash: token.hash(),
        purpose,
        user: user.id,
        email: address(email),
        issued_at: act.at,
        expires_at: act.at + TimeDelta::hours(1),
        tries: 0,
    };
    let unit = UnitOfWork::<Change>::of(&act, &identity::Action::UserUpdated(user.id))
        .change(Change::MailedToken(Write::Add(mailed)));
    rig.stores[0].commit(unit).await.unwrap();
    token
}

async fn verification(rig: &Rig, name: &str) -> (User, Token) {
    let user = rig.user(name).await;
    let token = mail(rig, &user, MailedPurpose::VerifyEmail, user.email.as_str()).await;
    (user, token)
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

fn verify(token: &Token) -> Redemption {
    Redemption::VerifyEmail(token.hash())
}

fn confirm(token: &Token) -> Redemption {
    Redemption::ConfirmEmailChange(token.hash(), Lifetimes::default())
}

fn reset(email: &str, temporary: TokenHash) -> Redemption {
    let password = PasswordHash(Secret::new("$argon2id$new"));
    Redemption::ResetPassword { email: address(email), temporary, password, unfit: false }
}

async fn redeem(rig: &Rig, act: &Act, redemption: Redemption) -> Redeemed {
    rig.stores[0].redeem(act, redemption).await.unwrap()
}

fn done(answers: &[Redeemed]) -> usize {
    assert!(answers.iter().all(|it| matches!(it, Redeemed::Done(_) | Redeemed::Worthless)), "{answers:?}");
    answers.iter().filter(|it| matches!(it, Redeemed::Done(_))).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn claim_1_of_many_redeeming_one_token_one_wins() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let verifying = mail(&rig, &ada, MailedPurpose::VerifyEmail, "ada@example.com").await;
    let temporary = mail(&rig, &ada, MailedPurpose::ResetPassword, "ada@example.com").await;
    let carol = rig.user("carol").await;
    let changing = mail(&rig, &carol, MailedPurpose::ChangeEmail, "new@example.com").await;
    let bob = rig.user("bob").await;
    let leaving = UnitOfWork::<Change>::of(&rig.act(), &identity::Action::UserDeleted(bob.id)).change(Change::User(
        Write::Save { expected: bob.clone(), next: User { status: UserStatus::Deleted, ..bob.clone() } },
    ));
    rig.stores[0].commit(leaving).await.unwrap();
    let coming_back = mail(&rig, &bob, MailedPurpose::RecoverAccount, "bob@example.com").await;
    for redemption in [
        verify(&verifying),
        reset("Ada@example.com", temporary.hash()),
        confirm(&changing),
        Redemption::RecoverAccount(coming_back.hash()),
    ] {
        let answers = rig
            .race(16, |_, store| {
                let (act, redemption) = (rig.act(), redemption.clone());
                async move { store.redeem(&act, redemption).await.unwrap() }
            })
            .await;
        assert_eq!(done(&answers), 1, "{redemption:?}");
    }
    assert_eq!(rig.reload(ada.id).await.password, Some(PasswordHash(Secret::new("$argon2id$new"))));
    assert_eq!(rig.reload(carol.id).await.email, address("new@example.com"));
    assert_eq!(rig.reload(bob.id).await.status, UserStatus::Active);
}

#[tokio::test(flavor = "multi_thread")]
async fn claim_1_what_is_worth_nothing_redeems_nothing() {
    let rig = Rig::new().await;
    let act = rig.act();
    assert_eq!(redeem(&rig, &act, verify(&act.token())).await, Redeemed::Worthless, "an unknown token");
    assert_eq!(redeem(&rig, &act, reset("nobody@example.com", act.token().hash())).await, Redeemed::Worthless);

    let (_, token) = verification(&rig, "late").await;
    let late = Act { at: act.at + TimeDelta::hours(2), ..act.clone() };
    assert_eq!(redeem(&rig, &late, verify(&token)).await, Redeemed::Worthless, "an expired token");
    assert_eq!(redeem(&rig, &act, confirm(&token)).await, Redeemed::Worthless, "a token for something else");

    let (_, token) = verification(&rig, "moved").await;
    rig.database
        .execute("UPDATE users SET email = 'x@example.com', email_key = 'x@example.com' WHERE username = 'moved'")
        .await;
    assert_eq!(redeem(&rig, &act, verify(&token)).await, Redeemed::Worthless, "an address not the user's any more");

    let (_, token) = verification(&rig, "gone").await;
    rig.database.execute("UPDATE users SET status = 'suspended' WHERE username = 'gone'").await;
    assert_eq!(redeem(&rig, &act, verify(&token)).await, Redeemed::Worthless, "a suspended user's token");

    let (_, token) = verification(&rig, "before").await;
    rig.database.execute("UPDATE mailed_tokens SET used_at = now()").await;
    assert_eq!(redeem(&rig, &act, verify(&token)).await, Redeemed::Worthless, "used up by the release before");
    assert_eq!(rig.count("users WHERE verified_at IS NOT NULL").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn claim_1_what_the_release_before_has_mailed_is_good() {
    let rig = Rig::new().await;
    let (user, token) = verification(&rig, "ada").await;
    rig.database.execute("UPDATE mailed_tokens SET email = NULL").await;
    assert!(matches!(redeem(&rig, &rig.act(), verify(&token)).await, Redeemed::Done(_)));
    assert!(rig.reload(user.id).await.verified_at.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn claim_2_what_is_granted_happens_whole_and_uses_the_token_up() {
    let rig = Rig::new().await;
    let (before, token) = verification(&rig, "ada").await;
    let (entries, events) = (rig.count("audit_entries").await, rig.count("events").await);
    let act = rig.act();
    let Redeemed::Done(told) = redeem(&rig, &act, verify(&token)).await else { panic!("it was good") };
    assert_eq!(told.verified_at, Some(act.at));
    assert_eq!(rig.count("mailed_tokens").await, 0);
    for _ in 0..3 {
        assert_eq!(redeem(&rig, &rig.act(), verify(&token)).await, Redeemed::Worthless);
    }
    let after = rig.reload(before.id).await;
    assert_eq!(after.verified_at, Some(act.at));
    assert!(after.version > before.version, "what was decided on the unverified user is stale");
    assert_eq!((rig.count("audit_entries").await, rig.count("events").await), (entries + 1, events + 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn claim_2_a_reset_ends_every_session_and_tells_the_nodes() {
    let rig = Rig::new().await;
    let user = rig.user("ada").await;
    let temporary = mail(&rig, &user, MailedPurpose::ResetPassword, "ada@example.com").await;
    let mut sessions = Vec::new();
    for _ in 0..3 {
        sessions.push(rig.session(&user).await.0.id);
    }
    let mails = rig.count("mails").await;
    assert!(matches!(redeem(&rig, &rig.act(), reset("ada@example.com", temporary.hash())).await, Redeemed::Done(_)));
    assert_eq!(rig.count("sessions WHERE ended_at IS NULL").await, 0);
    kernel::SignalSink::alive(rig.nodes[0].as_ref());
    for session in sessions {
        assert!(!rig.nodes[0].is_live(session).await.unwrap(), "this node knows by heart");
    }
    assert_eq!(rig.count("mails").await, mails + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn claim_2_where_the_address_is_taken_nothing_happens_and_the_token_stays_good() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let token = mail(&rig, &ada, MailedPurpose::ChangeEmail, "bob@example.com").await;
    rig.user("bob").await;
    let before = rig.everything().await;
    assert_eq!(redeem(&rig, &rig.act(), confirm(&token)).await, Redeemed::Taken(Taken("email")));
    assert_eq!(rig.everything().await, before);
    assert_eq!(rig.reload(ada.id).await, ada);

    rig.database.execute("UPDATE users SET email = 'b@x.test', email_key = 'b@x.test' WHERE username = 'bob'").await;
    assert!(matches!(redeem(&rig, &rig.act(), confirm(&token)).await, Redeemed::Done(_)));
    assert_eq!(rig.reload(ada.id).await.email, address("bob@example.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn claim_2_a_password_that_is_not_fit_uses_nothing_up() {
    let rig = Rig::new().await;
    let user = rig.user("ada").await;
    let temporary = mail(&rig, &user, MailedPurpose::ResetPassword, "ada@example.com").await.hash();
    let Redemption::ResetPassword { email, password, .. } = reset("ada@example.com", temporary) else { panic!() };
    let unfit = Redemption::ResetPassword { email, temporary, password, unfit: true };
    assert_eq!(redeem(&rig, &rig.act(), unfit).await, Redeemed::PasswordUnfit);
    assert_eq!(rig.reload(user.id).await, user);
    assert!(matches!(redeem(&rig, &rig.act(), reset("ada@example.com", temporary)).await, Redeemed::Done(_)));
}

/// What stands in an organization's trail, and what it is told.
async fn revoked_keys(rig: &Rig) -> (i64, i64) {
    let entries = "audit_entries WHERE action = 'api_key.revoked' AND organization_id IS NOT NULL";
    (rig.count(entries).await, rig.count("events WHERE kind = 'api_key.revoked' AND scope_kind = 'organization'").await)
}

#[tokio::test(flavor = "multi_thread")]
async fn claim_2_with_a_change_of_address_go_the_keys_whose_text_is_of_after() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    let acme = rig.organization("acme", ada.id).await.id;
    let act = rig.act();
    let [before, after] = [-1, 1].map(|hours| act.at + TimeDelta::hours(hours));
    let of = |maker: &User, created_at, text_at| Key { created_at, text_at, ..organization_key(&act, maker, acme) };
    let stays = [of(&ada, before, before), of(&bob, after, after)];
    // One made since, and one of before that was rotated since.
    let goes = [of(&ada, after, after), of(&ada, before, after), Key { created_at: after, ..token(&act, &ada) }];
    let add = stays.iter().chain(&goes).map(|it| Change::Key(Write::Add(it.clone())));
    rig.stores[0].commit(unit(&act, &ada, add)).await.unwrap();
    let undo = mail(&rig, &ada, MailedPurpose::UndoEmailChange, "old@example.com").await;
    assert!(matches!(redeem(&rig, &act, Redemption::UndoEmailChange(undo.hash())).await, Redeemed::Done(_)));
    let mut left = Vec::new();
    for key in &stays {
        left.push(identity::ports::Keys::by_id(rig.pools[0].as_ref(), key.id).await.unwrap());
    }
    assert_eq!((left, rig.count("keys").await), (stays.map(Some).to_vec(), 2));
    assert_eq!(revoked_keys(&rig).await, (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn claim_2_a_key_that_is_made_while_the_way_back_waits_goes_too() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = uuid(rig.organization("acme", ada.id).await.id);
    let undo = mail(&rig, &ada, MailedPurpose::UndoEmailChange, "old@example.com").await;
    // Not committed yet.
    let mut adding = rig.database.connect().await;
    let add = format!(
        "BEGIN; SELECT FROM users WHERE id = '{user}' FOR SHARE;
         INSERT INTO keys (id, organization_id, maker_id, name, hash, hint, multi_factor, created_at, text_at, version)
         VALUES (gen_random_uuid(), '{acme}', '{user}', 'x', sha256('x'), '', false, now(), now(), 0)",
        user = uuid(ada.id)
    );
    adding.batch_execute(&add).await.unwrap();
    let (store, act) = (rig.stores[0].clone(), rig.act());
    let redeeming = tokio::spawn(async move { store.redeem(&act, Redemption::UndoEmailChange(undo.hash())).await });
    let waits = "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    eventually("it waits for what is being made", async || rig.count(waits).await == 1).await;
    adding.batch_execute("COMMIT").await.unwrap();
    assert!(matches!(redeeming.await.unwrap().unwrap(), Redeemed::Done(_)));
    assert_eq!((rig.count("keys").await, revoked_keys(&rig).await), (0, (1, 1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn claim_2_redeeming_and_changing_the_user_do_not_wait_in_a_circle() {
    let rig = Rig::new().await;
    for i in 0..5 {
        let (user, token) = verification(&rig, &format!("user_{i}")).await;
        let answers = rig
            .race(12, |i, store| {
                let (act, user, redemption) = (rig.act(), user.clone(), verify(&token));
                async move {
                    if i < 4 {
                        return matches!(store.redeem(&act, redemption).await.unwrap(), Redeemed::Done(_));
                    }
                    // Tokens first, then the user: locks are taken in one order all the same.
                    let unit = UnitOfWork::<Change>::of(&act, &identity::Action::UserUpdated(user.id))
                        .change(Change::RevokeMailedTokens {
                            user: user.id,
                            purposes: &[MailedPurpose::ResetPassword],
                            since: None,
                        })
                        .change(Change::User(Write::Save { expected: user.clone(), next: user }));
                    store.commit(unit).await.is_ok()
                }
            })
            .await;
        assert_eq!(answers[..4].iter().filter(|done| **done).count(), 1, "{answers:?}");
    }
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(rig.database.count(deadlocks).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn claim_3_of_many_wrong_tries_so_many_count_and_then_the_right_one_is_worth_nothing() {
    let rig = Rig::new().await;
    let user = rig.user("ada").await;
    let temporary = mail(&rig, &user, MailedPurpose::ResetPassword, "ada@example.com").await.hash();
    let wrong = || reset("ada@example.com", TokenHash::of("wrong"));
    let answers = rig
        .race(20, |_, store| {
            let (act, redemption) = (rig.act(), wrong());
            async move { store.redeem(&act, redemption).await.unwrap() }
        })
        .await;
    assert_eq!(done(&answers), 0);
    assert_eq!(rig.database.count("SELECT tries FROM mailed_tokens WHERE purpose = 'reset_password'").await, 20);
    let refused = "audit_entries WHERE action = 'user.password_reset_failed'";
    assert_eq!(rig.count(refused).await, 20, "each is written down");
    assert_eq!(redeem(&rig, &rig.act(), reset("ada@example.com", temporary)).await, Redeemed::Worthless);

    let temporary = mail(&rig, &user, MailedPurpose::ResetPassword, "ada@example.com").await.hash();
    for _ in 1..MailedToken::MOST_TRIES {
        assert_eq!(redeem(&rig, &rig.act(), wrong()).await, Redeemed::Worthless);
    }
    let last = rig.another_store().await.redeem(&rig.act(), reset("ada@example.com", temporary)).await.unwrap();
    assert!(matches!(last, Redeemed::Done(_)), "{last:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn claim_3_a_link_is_not_tried() {
    let rig = Rig::new().await;
    let (_, token) = verification(&rig, "ada").await;
    for _ in 0..10 {
        assert_eq!(redeem(&rig, &rig.act(), confirm(&token)).await, Redeemed::Worthless);
    }
    assert_eq!(rig.database.count("SELECT max(tries) FROM mailed_tokens").await, 0);
    assert!(matches!(redeem(&rig, &rig.act(), verify(&token)).await, Redeemed::Done(_)));
}
