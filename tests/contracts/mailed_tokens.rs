use identity::ports::MailedTokens;
use identity::rules::NewUser;
use identity::{Change, Claim, Lifetimes, MailedPurpose, MailedToken};
use kernel::{Store, Token, UnitOfWork, UserId, Write};

use crate::support::rig::Rig;

/// A user, with another token mailed whose text is known here.
async fn mailed(rig: &Rig, name: &str) -> (UserId, Token) {
    let new: NewUser = rig.new_user(name);
    let act = rig.act();
    let token = act.token();
    let (unit, user) = identity::rules::register(&act, new, &Lifetimes::default());
    let mailed = MailedToken {
        hash: token.hash(),
        purpose: MailedPurpose::VerifyEmail,
        user: user.id,
        email: user.email.clone(),
        expires_at: act.at + Lifetimes::default().verification,
    };
    let unit: UnitOfWork<Change> = unit.change(Change::MailedToken(Write::Add(mailed)));
    rig.stores[0].commit(unit).await.unwrap();
    (user.id, token)
}

#[tokio::test(flavor = "multi_thread")]
async fn claim_1_of_many_claiming_one_token_one_wins() {
    let rig = Rig::new().await;
    let (_, token) = mailed(&rig, "ada").await;
    let answers = rig
        .race(16, |_, store| {
            let (act, claim) = (rig.act(), Claim { presented: token.hash() });
            async move { store.verify_email(&act, claim).await.unwrap() }
        })
        .await;
    assert_eq!(answers.iter().flatten().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn claim_1_what_is_worth_nothing_claims_nothing() {
    let rig = Rig::new().await;
    let claim =
        async |token: &Token| rig.stores[0].verify_email(&rig.act(), Claim { presented: token.hash() }).await.unwrap();
    assert_eq!(claim(&rig.act().token()).await, None, "an unknown token");

    let (_, token) = mailed(&rig, "late").await;
    let mut act = rig.act();
    act.at += Lifetimes::default().verification;
    let late = rig.stores[0].verify_email(&act, Claim { presented: token.hash() }).await.unwrap();
    assert_eq!(late, None, "an expired token");

    let (_, token) = mailed(&rig, "moved").await;
    rig.database
        .execute("UPDATE users SET email = 'x@example.com', email_key = 'x@example.com' WHERE username = 'moved'")
        .await;
    assert_eq!(claim(&token).await, None, "a token for an address that is not the user's any more");

    let (_, token) = mailed(&rig, "gone").await;
    rig.database.execute("UPDATE users SET status = 'suspended' WHERE username = 'gone'").await;
    assert_eq!(claim(&token).await, None, "a suspended user's token");
    assert_eq!(rig.database.count("SELECT count(*) FROM users WHERE verified_at IS NOT NULL").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn claim_2_the_address_is_verified_and_stays_so() {
    let rig = Rig::new().await;
    let (user, token) = mailed(&rig, "ada").await;
    let before = rig.reload(user).await;
    let act = rig.act();
    let claimed = rig.stores[0].verify_email(&act, Claim { presented: token.hash() }).await.unwrap().unwrap();
    assert_eq!(claimed.verified_at, Some(act.at));
    let after = rig.reload(user).await;
    assert_eq!(after.verified_at, Some(act.at));
    assert!(after.version > before.version, "what was decided on the unverified user is stale");
}

#[tokio::test(flavor = "multi_thread")]
async fn claim_3_a_won_claim_is_witnessed_and_a_lost_one_is_not() {
    let rig = Rig::new().await;
    let (_, token) = mailed(&rig, "ada").await;
    let (entries, events) = (rig.count("audit_entries").await, rig.count("events").await);
    for _ in 0..3 {
        rig.stores[0].verify_email(&rig.act(), Claim { presented: token.hash() }).await.unwrap();
    }
    assert_eq!(rig.count("audit_entries").await, entries + 1);
    assert_eq!(rig.count("events").await, events + 1);
}
