use chrono::TimeDelta;
use identity::ports::MailRequests;
use identity::{Action, Change, MailRequest, MailRequestKind};
use kernel::{EmailAddress, Store, UnitOfWork, Write};

use crate::support::rig::Rig;

async fn wish(rig: &Rig, i: i64) -> MailRequest {
    let act = rig.act();
    let (kind, email) = (MailRequestKind::Verification, EmailAddress::parse("ada@example.com").unwrap());
    let asked_at = act.at - TimeDelta::seconds(100 - i);
    let request = MailRequest { id: act.id(), kind, email: email.clone(), asked_at };
    let unit = UnitOfWork::<Change>::of(&act, &Action::MailRequested { kind, email });
    rig.stores[0].commit(unit.change(Change::MailRequest(Write::Add(request.clone())))).await.unwrap();
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn wish_1_each_is_handed_to_one_claimer_and_comes_again_if_unanswered() {
    let rig = Rig::new().await;
    for i in 0..10 {
        wish(&rig, i).await;
    }
    let at = rig.act().at;
    let claims = futures::future::join_all((0..8).map(|i| {
        let pool = rig.pools[i % 2].clone();
        tokio::spawn(async move { pool.claim(at, 3).await.unwrap() })
    }));
    let claims: Vec<Vec<MailRequest>> = claims.await.into_iter().map(Result::unwrap).collect();
    assert!(claims.iter().all(|it| it.is_sorted_by_key(|wish| wish.asked_at)));
    let mut ids: Vec<_> = claims.concat().into_iter().map(|it| it.id).collect();
    assert_eq!(ids.len(), 10);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 10, "one was handed out twice");
    assert_eq!(rig.pools[0].claim(at + TimeDelta::seconds(59), 20).await.unwrap(), []);
    assert_eq!(rig.pools[1].claim(at + TimeDelta::seconds(60), 20).await.unwrap().len(), 10);
}
