//! Decides from facts that the program has itself: `cargo run -p portcullis-rbac --example own_facts`.

use rbac::{Facts, Holder, Permission, Snapshot, Time, UserId};

/// As they might come from tables of one's own.
const FACTS: &str = r#"{
    "organization_id": "0192f0c1-7c5e-7000-8000-000000000060", "version": 7, "require_mfa": false,
    "permissions": ["hives.open", "hives.close"],
    "roles": [{
        "id": "0192f0c1-7c5e-7000-8000-0000000000a1", "key": "keeper", "name": "Keeper",
        "permissions": ["hives.*"], "inherits": ["member"], "is_system": false
    }],
    "members": [
        {"user_id": "0192f0c1-7c5e-7000-8000-000000000001", "role": "owner", "active": true},
        {"user_id": "0192f0c1-7c5e-7000-8000-000000000002", "role": "keeper", "active": true,
         "grants": [{"permission": "hives.close", "effect": "deny", "expires_at": null}]}
    ]
}"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let snapshot = Snapshot::build(Facts::from_json(FACTS.as_bytes())?);
    let now: Time = "2026-01-15T12:00:00Z".parse()?;
    let keeper: UserId = "0192f0c1-7c5e-7000-8000-000000000002".parse()?;
    for permission in ["hives.open", "hives.close", "team.view", "team.invite"].map(Permission::known) {
        let explained = snapshot.explain(Holder::at(keeper, now), &permission);
        println!("{permission}: {} {:?}", explained.verdict.reason.as_str(), explained.because);
    }
    let holders = snapshot.holders(&Permission::known("hives.close"), now);
    println!("hives.close is held by {:?}", holders.map(|(user, _)| user.to_string()).collect::<Vec<_>>());
    Ok(())
}
