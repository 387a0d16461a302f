use chrono::TimeDelta;
use kernel::MailQueue;

use crate::support::rig::Rig;

#[tokio::test(flavor = "multi_thread")]
async fn mail_1_of_many_claimers_one_gets_a_mail_and_it_comes_again_unsettled() {
    let rig = Rig::new().await;
    for i in 0..10 {
        rig.user(&format!("user_{i}")).await;
    }
    let at = rig.act().at;
    let claimed = rig.race(8, |_, store| async move { store.claim(at, 4).await.unwrap() }).await;
    let mut ids: Vec<_> = claimed.into_iter().flatten().map(|mail| mail.id).collect();
    assert_eq!(ids.len(), 10);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 10, "a mail was handed out twice");
    let nobody: Vec<_> = rig.stores[0].claim(at + TimeDelta::seconds(59), 20).await.unwrap();
    assert!(nobody.is_empty());
    assert_eq!(rig.stores[1].claim(at + TimeDelta::seconds(61), 20).await.unwrap().len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_2_what_was_sent_is_wiped() {
    let rig = Rig::new().await;
    rig.user("ada").await;
    let at = rig.act().at;
    let mail = rig.stores[0].claim(at, 1).await.unwrap().remove(0);
    assert_eq!(mail.to.as_str(), "ada@example.com");
    assert_eq!(mail.template, "verify_email");
    assert!(mail.values.iter().any(|(key, value)| key == "token" && value.expose().len() == 43));
    rig.stores[0].sent(mail.id, at).await.unwrap();
    assert_eq!(rig.database.count("SELECT count(*) FROM mails WHERE sealed IS NOT NULL").await, 0);
    assert!(rig.stores[0].claim(at + TimeDelta::days(1), 20).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_3_what_was_put_off_stays() {
    let rig = Rig::new().await;
    rig.user("ada").await;
    let mut at = rig.act().at;
    for tries in 0..30 {
        let mail = rig.stores[0].claim(at, 1).await.unwrap().remove(0);
        assert_eq!(mail.attempts, tries);
        rig.stores[0].put_off(mail.id, at + TimeDelta::hours(1)).await.unwrap();
        assert!(rig.stores[1].claim(at + TimeDelta::minutes(59), 1).await.unwrap().is_empty());
        at += TimeDelta::hours(1);
    }
}
