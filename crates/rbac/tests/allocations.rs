//! A check allocates nothing. Without a harness: its threads would allocate beside what is counted.

use std::alloc::System;
use std::error::Error;

use rbac::{Facts, Holder, Permission, Snapshot, Time, UserId};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const FACTS: &str = r#"{
    "organization_id": "0192f0c1-7c5e-7000-8000-000000000060", "version": 7, "require_mfa": false,
    "permissions": ["hives.open", "hives.close"], "roles": [],
    "members": [
        {"user_id": "0192f0c1-7c5e-7000-8000-000000000001", "role": "owner", "active": true},
        {"user_id": "0192f0c1-7c5e-7000-8000-000000000002", "role": "member", "active": true, "grants": [
            {"permission": "hives.open", "effect": "allow", "expires_at": "2026-12-24T00:00:00Z"},
            {"permission": "team.view", "effect": "deny", "expires_at": null}
        ]},
        {"user_id": "0192f0c1-7c5e-7000-8000-000000000003", "role": "admin", "active": false}
    ]
}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let counted = Region::new(ALLOCATOR);
    let snapshot = Snapshot::build(Facts::from_json(FACTS.as_bytes())?);
    assert!(counted.change().allocations > 0, "building is counted");

    let now: Time = "2026-12-01T12:00:00Z".parse()?;
    let users: Vec<UserId> =
        (1..=4).map(|n| format!("0192f0c1-7c5e-7000-8000-00000000000{n}").parse()).collect::<Result<_, _>>()?;
    let permissions = ["hives.open", "hives.close", "team.view", "team.invite", "honey.sell"].map(Permission::known);
    let counted = Region::new(ALLOCATOR);
    let mut allowed = 0;
    for user in &users {
        for permission in &permissions {
            allowed += usize::from(snapshot.check(Holder::at(*user, now), permission).allowed);
        }
    }
    let allocations = counted.change().allocations;
    assert_eq!(allocations, 0);
    // The owner all that there is, the member what was given.
    assert_eq!(allowed, 5);
    println!("{} checks, no allocation", users.len() * permissions.len());
    Ok(())
}
