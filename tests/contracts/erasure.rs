use std::sync::Arc;

use accounts::EraseOrganizations;
use adapter_files::StoredFiles;
use chrono::TimeDelta;
use kernel::{Act, Actor, FileName, FileStore, Id, OrganizationRef, Store, UnitOfWork, Write};
use tenancy::ports::Organizations;
use tenancy::{Action, Change, Error, MemberStatus, Organization, RestoreOrganization};
use webhooks::EndpointStatus;

use super::deliveries::{endpoint, happens, relayed};
use crate::support::race;
use crate::support::rig::{Rig, uuid};

/// Every table that says of its rows whose they are, but for the audit log's, which stay.
const OWNED: &[&str] = &[
    "members",
    "invitations",
    "roles",
    "grants",
    "permissions",
    "keys",
    "subscriptions",
    "meters",
    "consumptions",
    "usage_hours",
    "quota_grants",
    "reservations",
    "webhook_endpoints",
    "webhook_deliveries",
];
/// What is left of an organization: that it was.
const LEFT: &[&str] = &["organization_slugs", "authorization_versions", "sessions"];

async fn of(rig: &Rig, organization: &Organization) -> Vec<(&'static str, i64)> {
    let mut counts = Vec::new();
    for table in OWNED {
        counts.push((*table, rig.count(&format!("{table} WHERE organization_id = '{}'", uuid(organization.id))).await));
    }
    counts
}

/// With something in every table.
async fn filled(rig: &Rig, slug: &str) -> Organization {
    let (ada, bob) = (rig.user(&format!("{slug}_ada")).await, rig.user(&format!("{slug}_bob")).await);
    let organization = rig.organization(slug, ada.id).await;
    rig.join(organization.id, bob.id, MemberStatus::Active).await;
    endpoint(rig, organization.id, &["user.updated"], EndpointStatus::Enabled).await;
    happens(rig, &bob, 3).await;
    relayed(rig).await;
    let (own, user, id) = (uuid(organization.id), uuid(bob.id), rig.act().id::<kernel::KeyId>().uuid());
    let service = "SMS_GATEWAY";
    rig.database
        .execute(&format!(
            "INSERT INTO invitations (id, organization_id, email, email_key, role, token, invited_by, status, created_at,
                expires_at, version)
             VALUES ('{id}', '{own}', 'x@y.zz', 'x@y.zz', 'member', sha256('{id}'), '{user}', 'pending', now(), now(), 1);
             INSERT INTO roles (id, organization_id, key, name, permissions, inherits, created_at, version)
             VALUES ('{id}', '{own}', 'bees', 'Bees', '{{}}', '{{}}', now(), 1);
             INSERT INTO grants (organization_id, user_id, permission, effect, granted_by, created_at, version)
             VALUES ('{own}', '{user}', 'audit.view', 'allow', '{user}', now(), 1);
             INSERT INTO permissions (organization_id, key, description, created_at, version)
             VALUES ('{own}', 'hives.view', 'x', now(), 1);
             INSERT INTO keys (id, organization_id, maker_id, name, hint, hash, multi_factor, created_at, text_at, version)
             VALUES ('{id}', '{own}', '{user}', 'key', 'hbx_x', sha256('{id}'), false, now(), now(), 1);
             INSERT INTO meters (organization_id, service, meter, period, window_start, used, quota, granted, carried,
                announced, version)
             VALUES ('{own}', '{service}', 'messages', 'month', now(), 1, 100, 0, 0, 0, 1);
             INSERT INTO usage_hours (organization_id, service, meter, hour, used, times)
             VALUES ('{own}', '{service}', 'messages', now(), 1, 1);"
        ))
        .await;
    organization
}

fn files(rig: &Rig) -> Arc<StoredFiles> {
    let directory = std::env::temp_dir().join(format!("portcullis_erasure_{}", rig.act().token().secret().expose()));
    Arc::new(StoredFiles::in_directory(&directory).unwrap())
}

fn erasing(rig: &Rig, node: usize, files: &Arc<StoredFiles>) -> EraseOrganizations {
    let store = Arc::new(rig.stores[node % 2].clone());
    EraseOrganizations { store, organizations: rig.pools[node % 2].clone(), files: files.clone() }
}

async fn delete(rig: &Rig, organization: &Organization, logo: Option<FileName>) -> Organization {
    let found = rig.pools[0].find(&OrganizationRef::Id(organization.id)).await.unwrap().unwrap();
    let next = Organization { deleted_at: Some(rig.act().at), logo, ..found.clone() };
    let unit = UnitOfWork::<Change>::of(&rig.act(), &Action::OrganizationDeleted(organization.id))
        .change(Change::Organization(Write::Save { expected: found, next }));
    rig.stores[0].commit(unit).await.unwrap();
    rig.pools[1].deleted(organization.id).await.unwrap().unwrap()
}

fn later(rig: &Rig, by: TimeDelta) -> Act {
    let act = rig.act();
    Act { at: act.at + by, ..act }
}

#[tokio::test(flavor = "multi_thread")]
async fn set_8_of_an_erased_organization_only_that_it_was_is_left() {
    let rig = Rig::new().await;
    let owning = "information_schema.columns WHERE column_name = 'organization_id' AND table_schema = 'public' \
                  AND table_name NOT LIKE 'audit_%'";
    let known = i64::try_from(OWNED.len() + LEFT.len()).unwrap();
    assert_eq!(rig.count(owning).await, known, "say of a new table whether it is emptied");
    let (acme, other) = (filled(&rig, "acme").await, filled(&rig, "other").await);
    let before = of(&rig, &other).await;
    let empty = ["subscriptions", "consumptions", "quota_grants", "reservations"];
    assert!(of(&rig, &acme).await.iter().all(|(table, rows)| *rows > 0 || empty.contains(table)), "{before:?}");
    let act = rig.act();
    let files = files(&rig);
    let logo = FileName::fresh(&act, "logos", "png");
    files.put(&logo, vec![1]).await.unwrap();
    let entries = rig.count("audit_entries").await;
    delete(&rig, &acme, Some(logo.clone())).await;

    let due = later(&rig, TimeDelta::days(30));
    assert!(!erasing(&rig, 0, &files).run(&due).await.unwrap(), "not yet");
    assert!(files.get(&logo).await.unwrap().is_some());
    let due = later(&rig, TimeDelta::days(30) + TimeDelta::minutes(1));
    let done = race(4, |i| {
        let (erase, due) = (erasing(&rig, i, &files), due.clone());
        async move { erase.run(&due).await }
    })
    .await;
    assert!(done.iter().all(Result::is_ok), "{done:?}");

    assert!(of(&rig, &acme).await.iter().all(|(_, rows)| *rows == 0), "{:?}", of(&rig, &acme).await);
    assert_eq!(of(&rig, &other).await, before);
    assert_eq!(files.get(&logo).await.unwrap(), None);
    assert_eq!(rig.count("audit_entries WHERE action = 'organization.erased'").await, 1);
    assert_eq!(rig.count("audit_entries").await, entries + 2, "what was written stays");
    assert_eq!(rig.count("organizations WHERE name = 'acme' OR logo IS NOT NULL").await, 0);
    assert_eq!(rig.pools[0].id_of(&acme.slug).await.unwrap(), Some(acme.id), "its slug stays its own");
    assert_eq!(rig.pools[0].deleted(acme.id).await.unwrap(), None);
    assert!(!erasing(&rig, 0, &files).run(&due).await.unwrap(), "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_restoring_and_erasing_at_once_one_happens_whole() {
    let rig = Rig::new().await;
    let files = files(&rig);
    for round in 0..8 {
        let slug = format!("acme{round}");
        let acme = filled(&rig, &slug).await;
        let before = of(&rig, &acme).await;
        let owner = rig.count(&format!("members WHERE organization_id = '{}' AND role = 'owner'", uuid(acme.id))).await;
        assert_eq!(owner, 1);
        delete(&rig, &acme, None).await;
        let ada = identity::ports::Users::by_email(
            rig.pools[0].as_ref(),
            &kernel::EmailAddress::parse(&format!("{slug}_ada@example.com")).unwrap(),
        )
        .await
        .unwrap()
        .unwrap();
        let session = rig.session(&ada).await.0.id;
        let done = race(6, |i| {
            let pool = rig.pools[i % 2].clone();
            let restore = RestoreOrganization {
                store: Arc::new(rig.stores[i % 2].clone()),
                organizations: pool.clone(),
                members: pool,
            };
            let erase = erasing(&rig, i, &files);
            let in_time = later(&rig, TimeDelta::days(29)).by(Actor::User { id: ada.id, session });
            let due = later(&rig, TimeDelta::days(30) + TimeDelta::minutes(1));
            let wanted = OrganizationRef::Id(acme.id);
            async move {
                if i < 3 {
                    match restore.run(&in_time, &wanted).await {
                        Ok(_) => true,
                        Err(Error::NotFound | Error::IllegalState) => false,
                        Err(error) => panic!("{error:?}"),
                    }
                } else {
                    erase.run(&due).await.unwrap();
                    false
                }
            }
        })
        .await;
        let restored = done.iter().filter(|it| **it).count();
        let living = rig.pools[0].find(&OrganizationRef::Id(acme.id)).await.unwrap();
        match restored {
            1 => {
                assert!(living.is_some());
                assert_eq!(of(&rig, &acme).await, before);
            }
            0 => {
                assert_eq!(living, None);
                assert!(of(&rig, &acme).await.iter().all(|(_, rows)| *rows == 0));
            }
            more => panic!("restored {more} times"),
        }
    }
}
