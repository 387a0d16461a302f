//! What two do in the same instant, on two nodes, fifty times.

use futures::future::join;
use serde_json::json;

use crate::support::world::{PASSWORD, Person};
use crate::support::{Reply, World, race};

const ROUNDS: usize = 50;

fn role(person: &Person) -> String {
    format!("/team/members/{}/role", person.user)
}

fn statuses(replies: &[Reply]) -> Vec<u16> {
    let mut statuses: Vec<u16> = replies.iter().map(|it| it.status.as_u16()).collect();
    statuses.sort_unstable();
    statuses
}

#[tokio::test(flavor = "multi_thread")]
async fn two_owners_who_demote_each_other_leave_one() {
    let mut world = World::new().await;
    let other = world.add_node().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "owner").await;
    let owners = "SELECT count(*) FROM members WHERE role = 'owner' AND status = 'active'";
    for _ in 0..ROUNDS {
        let demote = json!({"role": "member"});
        let (one, two) = join(
            world.patch_at(0, &role(&bob), &ada.access, demote.clone()),
            world.patch_at(other, &role(&ada), &bob.access, demote),
        )
        .await;
        assert_eq!(world.database.count(owners).await, 1, "{} {}", one.text, two.text);
        let won = usize::from(two.status == 200);
        let replies = [one, two];
        assert_eq!(replies[won].status, 200);
        // Too late: by then no owner any more.
        assert!([403, 409].contains(&replies[1 - won].status.as_u16()), "{}", replies[1 - won].text);
        let (owner, demoted) = if won == 0 { (&ada, &bob) } else { (&bob, &ada) };
        world.patch(&role(demoted), &owner.access, json!({"role": "owner"})).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_owners_who_go_at_once_leave_one() {
    let mut world = World::new().await;
    let other = world.add_node().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "owner").await;
    world.verify_email(&ada.email).await;
    let leave = format!("/organizations/{}/leave", ada.organization);
    for _ in 0..ROUNDS {
        let suspend = |it: &Person| format!("/team/members/{}/suspend", it.user);
        let (one, two) = join(
            world.post_at(0, &suspend(&bob), &ada.access, json!({})),
            world.post_at(other, &leave, &ada.access, json!({})),
        )
        .await;
        let answers = statuses(&[one, two]);
        assert_eq!(answers.iter().filter(|it| **it == 204).count(), 1, "{answers:?}");
        let active = "SELECT count(*) FROM members WHERE role = 'owner' AND status = 'active'";
        assert_eq!(world.database.count(active).await, 1);
        // As they were.
        if world.database.count("SELECT count(*) FROM members").await == 2 {
            let reactivate = format!("/team/members/{}/reactivate", bob.user);
            world.post(&reactivate, &ada.access, json!({})).await.expect(204);
        } else {
            let body = json!({"email": ada.email, "role": "owner"});
            let before = world.mailed_tokens(&ada.email, "invitations/accept").len();
            world.post("/team/invite", &bob.access, body).await.expect(201);
            crate::support::eventually("an invitation is mailed", async || {
                world.mailed_tokens(&ada.email, "invitations/accept").len() > before
            })
            .await;
            let token = world.mailed_token(&ada.email, "invitations/accept").await;
            world.post("/invitations/accept", &ada.access, json!({"token": token})).await.expect(200);
        }
    }
}

/// An invitation is a seat for one, however many take it.
#[tokio::test(flavor = "multi_thread")]
async fn a_seat_is_taken_once() {
    let mut world = World::new().await;
    let other = world.add_node().await;
    let ada = world.sign_up("acme").await;
    for round in 0..ROUNDS {
        let email = format!("user{round}@example.com");
        world.post("/team/invite", &ada.access, json!({"email": email, "role": "member"})).await.expect(201);
        let token = world.mailed_token(&email, "invitations/accept").await;
        let replies = race(4, |i| {
            let body = json!({"token": token, "username": format!("user_{round}_{i}"), "password": PASSWORD});
            let request = world.http.post(world.url_at([0, other][i % 2], "/invitations/accept")).json(&body);
            async move { Reply::of(request.send().await.unwrap()).await }
        })
        .await;
        let answers = statuses(&replies);
        assert_eq!(answers.iter().filter(|it| **it == 200).count(), 1, "{answers:?}");
        assert!(answers.iter().all(|it| [200, 409, 422].contains(it)), "{answers:?}");
        let members = i64::try_from(round).unwrap() + 2;
        assert_eq!(world.database.count("SELECT count(*) FROM members").await, members);
    }
}

/// Somebody gives what is taken from them in the same instant: they gave it before, or not at all.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_is_not_given_any_more() {
    let mut world = World::new().await;
    let other = world.add_node().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    let cyd = world.join(&ada, "cyd@example.com", "member").await;
    let with = json!({"permissions": ["team.manage_roles", "audit.view"]});
    let manager =
        json!({"key": "manager", "name": "Manager", "permissions": with["permissions"], "inherits": ["member"]});
    world.post("/team/roles", &ada.access, manager).await.expect(201);
    world.patch(&role(&bob), &ada.access, json!({"role": "manager"})).await.expect(200);
    let grant = format!("/team/members/{}/permissions/audit.view", cyd.user);
    // A guard orders the two: what was given later than the role was changed was given by who did not hold it any more.
    let given_later = "SELECT count(*) FROM grants g, roles r WHERE g.xmin::text::bigint > r.xmin::text::bigint";
    for _ in 0..ROUNDS {
        let giving =
            world.http.put(world.url_at(other, &grant)).bearer_auth(&bob.access).json(&json!({"effect": "allow"}));
        let (gave, took) = join(
            async { Reply::of(giving.send().await.unwrap()).await },
            world.patch("/team/roles/manager", &ada.access, json!({"permissions": ["team.manage_roles"]})),
        )
        .await;
        took.expect(200);
        let there = world.database.count("SELECT count(*) FROM grants").await;
        assert!([200, 403].contains(&gave.status.as_u16()), "{}", gave.text);
        assert_eq!(there, i64::from(gave.status == 200));
        assert_eq!(world.database.count(given_later).await, 0);
        // From now on there is no way.
        let again =
            world.http.put(world.url_at(other, &grant)).bearer_auth(&bob.access).json(&json!({"effect": "deny"}));
        if there == 1 {
            let refused = Reply::of(again.send().await.unwrap()).await;
            assert_eq!(refused.status, 403, "who was given it is above: {}", refused.text);
            world.delete(&grant, &ada.access).await.expect(204);
        }
        world.patch("/team/roles/manager", &ada.access, with.clone()).await.expect(200);
    }
}
