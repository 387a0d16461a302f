use adapter_crypto::CheckpointVerifier;
use audit::note::{Standing, VerifierKey, standing};
use audit::tree::{is_consistent, is_included};
use audit::verify::{ExportCheck, Finding, Report};
use audit::{Hash, Head};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::Person;
use crate::support::{Reply, World, eventually};

/// Waits until all that was done so far is in the log.
async fn taken_up(world: &World) {
    eventually("the log has taken up all", async || {
        world.database.count("SELECT count(*) FROM audit_waiting").await == 0
    })
    .await;
}

async fn checkpoint(world: &World, who: &Person) -> (String, Head) {
    let text = world.get("/audit-logs/checkpoint", &who.access).await.expect(200).text;
    let head = Head::parse(&text).expect("it is a checkpoint");
    (text, head)
}

fn hashes(list: &Value) -> Vec<Hash> {
    let all = list.as_array().expect("a list of hashes");
    all.iter().map(|it| Hash::parse(it.as_str().unwrap()).expect("a hash")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_keeps_a_checkpoint_can_hold_the_log_to_it() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    taken_up(&world).await;
    let (text, head) = checkpoint(&world, &ada).await;
    let request = world.request(Method::GET, "/audit-logs/checkpoint").bearer_auth(&ada.access);
    let told = Reply::of(request.header("Accept", "application/json").send().await.unwrap()).await.expect(200);
    assert_eq!(told.text_of("/root"), Head::parse(&told.text_of("/checkpoint")).unwrap().root.to_string());
    let key = VerifierKey::parse(&told.text_of("/key")).expect("it is a key");
    assert_eq!(standing(&text, std::slice::from_ref(&key), &CheckpointVerifier), Standing::Signed);

    // An entry is proved by who knows nothing but the checkpoint and the key.
    let entry = world.audit(&ada).await.remove(0);
    let proof =
        world.get(&format!("/audit-logs/{}/proof", entry["id"].as_str().unwrap()), &ada.access).await.expect(200);
    let leaf = proof.text_of("/leaf");
    let facts: Value = serde_json::from_str(&leaf).unwrap();
    assert_eq!((&facts["action"], &facts["id"], &facts["at"]), (&entry["action"], &entry["id"], &entry["time"]));
    assert!(!leaf.contains("127.0.0.1") && !leaf.contains("example.com"), "it tells nothing of people: {leaf}");
    let signed = Head::parse(&proof.text_of("/checkpoint")).unwrap();
    assert_eq!(standing(&proof.text_of("/checkpoint"), &[key], &CheckpointVerifier), Standing::Signed);
    let (index, size) = (proof.body["index"].as_u64().unwrap(), proof.body["size"].as_u64().unwrap());
    assert_eq!(size, signed.size);
    let hash = Hash::of_leaf(leaf.as_bytes());
    assert_eq!(proof.text_of("/leaf_hash"), hash.to_string());
    assert!(is_included(hash, index, size, signed.root, &hashes(&proof.body["hashes"])));

    // The log only grows.
    world.join(&ada, "bob@example.com", "member").await;
    taken_up(&world).await;
    let since = world.get(&format!("/audit-logs/checkpoint?since={}", head.size), &ada.access).await.expect(200);
    let newer = Head::parse(&since.text_of("/checkpoint")).unwrap();
    assert!(newer.size > head.size);
    let consistency = hashes(&since.body["consistency"]);
    assert!(is_consistent((head.size, head.root), (newer.size, newer.root), &consistency));
    world.get("/audit-logs/checkpoint?since=0", &ada.access).await.expect(422);
    world.get("/audit-logs/checkpoint?since=999999", &ada.access).await.expect_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn tampering_is_told_to_the_organization() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    world.sign_up("other").await;
    taken_up(&world).await;
    let verify = async || world.get("/audit-logs/verify", &ada.access).await.expect(200);
    let good = verify().await;
    assert_eq!((&good.body["good"], &good.body["next_cursor"]), (&json!(true), &Value::Null), "{}", good.text);
    let of_acme = format!("audit_leaves WHERE organization_id = '{}'", ada.organization);
    let all = world.database.count(&format!("SELECT count(*) FROM {of_acme}")).await;
    assert_eq!(good.body["entries"].as_i64(), Some(all));

    let id = format!(
        "(SELECT id FROM audit_entries WHERE organization_id = '{}' AND action = 'organization.created')",
        ada.organization
    );
    world.database.execute(&format!("UPDATE audit_entries SET request_id = 'x' WHERE id = {id}")).await;
    let found = verify().await;
    assert_eq!((&found.body["good"], &found.body["findings"][0]["code"]), (&json!(false), &json!("edited")));
    assert!(found.text_of("/findings/0/message").contains(&found.text_of("/findings/0/entry_id")));
    world.database.execute(&format!("DELETE FROM audit_entries WHERE id = {id}")).await;
    assert_eq!(verify().await.body["findings"][0]["code"], "removed");
    // Theirs are nobody else's business.
    let eve = world.log_in("other@example.com").await.expect(200).text_of("/access_token");
    assert_eq!(world.get("/audit-logs/verify", &eve).await.expect(200).body["good"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_waits_is_not_proved_yet() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    taken_up(&world).await;
    // Whoever holds the election holds up the sequencer.
    let mut holder = world.database.connect().await;
    diesel_async::SimpleAsyncConnection::batch_execute(&mut holder, "SELECT pg_advisory_lock(7067435828)")
        .await
        .unwrap();
    world.post("/team/invite", &ada.access, json!({"email": "bob@example.com", "role": "member"})).await.expect(201);
    let entry = world.get("/audit-logs?action=invitation.created", &ada.access).await.expect(200).text_of("/data/0/id");
    let path = format!("/audit-logs/{entry}/proof");
    world.get(&path, &ada.access).await.expect_error(409, "illegal_state");
    assert_eq!(world.get("/audit-logs/verify", &ada.access).await.expect(200).body["good"], true);
    diesel_async::SimpleAsyncConnection::batch_execute(&mut holder, "SELECT pg_advisory_unlock(7067435828)")
        .await
        .unwrap();
    eventually("it is taken up", async || world.get(&path, &ada.access).await.status == 200).await;
}

fn look_at(export: &str, key: &VerifierKey) -> Report {
    let mut check = ExportCheck::new(&CheckpointVerifier, Some(key.clone()), None);
    for line in export.lines() {
        check.line(line).expect("it is an export");
    }
    check.finish()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_proves_itself_and_tampering_with_it_is_named() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let acme = format!("/organizations/{}", ada.organization);
    for i in 0..120 {
        world.patch(&acme, &ada.access, json!({"name": format!("Acme {i}")})).await.expect(200);
    }
    let bob = world.join(&ada, "bob@example.com", "admin").await;
    taken_up(&world).await;
    let export = world.get("/audit-logs/export?format=jsonl", &ada.access).await.expect(200);
    assert_eq!(export.headers["content-disposition"], "attachment; filename=\"audit-logs.jsonl\"");
    let request = world.request(Method::GET, "/audit-logs/checkpoint").bearer_auth(&ada.access);
    let told = Reply::of(request.header("Accept", "application/json").send().await.unwrap()).await;
    let key = VerifierKey::parse(&told.text_of("/key")).unwrap();
    let report = look_at(&export.text, &key);
    assert!(report.is_good(), "{report:?}");
    let listed = world
        .database
        .count(&format!("SELECT count(*) FROM audit_leaves WHERE organization_id = '{}'", ada.organization))
        .await;
    // The export itself is written down after it was begun.
    assert!(i64::try_from(report.entries).unwrap() + 1 >= listed, "{report:?} of {listed}");
    assert!(report.entries > 100, "more than a page");

    let lines: Vec<&str> = export.text.lines().collect();
    let codes =
        |lines: &[&str]| look_at(&lines.join("\n"), &key).findings.iter().map(Finding::code).collect::<Vec<_>>();
    let edited = lines[5].replace(&ada.organization, &ada.user);
    assert!(codes(&[&lines[..5], &[&edited], &lines[6..]].concat()).contains(&"edited"));
    assert!(codes(&[&lines[..5], &lines[6..]].concat()).contains(&"removed"));
    assert!(codes(&[&lines[..5], &[lines[6], lines[5]], &lines[7..]].concat()).contains(&"reordered"));
    assert!(codes(&[&lines[..5], &[lines[4]], &lines[5..]].concat()).contains(&"inserted"));
    assert!(codes(&lines[..9]).contains(&"cut"));

    // The same conditions as the list.
    let of_bob =
        world.get(&format!("/audit-logs/export?format=jsonl&actor={}", bob.user), &ada.access).await.expect(200);
    assert!(look_at(&of_bob.text, &key).is_good());
    for line in of_bob.text.lines().filter(|it| it.starts_with("{\"line\"")) {
        assert_eq!(serde_json::from_str::<Value>(line).unwrap()["actor"]["id"], bob.user.as_str());
    }
    assert!(of_bob.text.lines().count() > 2 && of_bob.text.lines().count() < lines.len());
    let exported = world.get("/audit-logs?action=audit.exported", &ada.access).await.expect(200);
    assert_eq!(exported.data().len(), 2);
    assert_eq!(exported.data()[0]["changes"][0]["after"], "audit-logs.jsonl");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_programs_read_csv_and_ocsf() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let names = ["=HYPERLINK(\"http://evil.example\")", "+1", "@x"];
    for name in names {
        world
            .patch(&format!("/organizations/{}", ada.organization), &ada.access, json!({"name": name}))
            .await
            .expect(200);
    }
    let invite = world.request(Method::POST, "/team/invite").header("User-Agent", "=1+1").bearer_auth(&ada.access);
    let invite = invite.json(&json!({"email": "bob@example.com", "role": "member"}));
    Reply::of(invite.send().await.unwrap()).await.expect(201);

    let csv = world.get("/audit-logs/export?format=csv", &ada.access).await.expect(200);
    assert!(csv.text.starts_with("time,id,action,outcome,reason,actor_kind,"));
    assert!(csv.text.contains(",\"'=1+1\","), "{}", csv.text);
    for line in csv.text.lines() {
        assert!(!line.contains(",=") && !line.contains(",\"="), "a cell begins a formula: {line}");
    }
    let ocsf = world.get("/audit-logs/export?format=ocsf&action=invitation.created", &ada.access).await.expect(200);
    let events: Vec<Value> = ocsf.text.lines().map(|it| serde_json::from_str(it).expect("an event a line")).collect();
    let [event] = events.as_slice() else { panic!("{}", ocsf.text) };
    assert_eq!((&event["class_uid"], &event["type_uid"]), (&json!(3004), &json!(300_401)));
    assert_eq!(event["actor"]["user"]["uid"], ada.user.as_str());
    assert_eq!(event["src_endpoint"]["ip"], "127.0.0.1");
    assert_eq!(event["metadata"]["tenant_uid"], ada.organization.as_str());

    for bad in ["", "?format=xml", "?format=csv&colour=red", "?format=csv&from=yesterday"] {
        world.get(&format!("/audit-logs/export{bad}"), &ada.access).await.expect(422);
    }
    let cyd = world.join(&ada, "cyd@example.com", "member").await;
    world.get("/audit-logs/export?format=csv", &cyd.access).await.expect_error(403, "permission_denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn au_02_nobody_edits_history_or_forges_lines() {
    let world = World::administered().await;
    let ada = world.sign_up("acme").await;
    let root = world.administrator().await;
    taken_up(&world).await;
    let entry = world.audit(&ada).await[0]["id"].as_str().unwrap().to_owned();
    for token in [&ada.access, &root] {
        for method in [Method::PUT, Method::PATCH, Method::DELETE] {
            let paths = ["/audit-logs", "/audit-logs/checkpoint", "/audit-logs/export", "/audit-logs/verify"]
                .map(str::to_owned);
            for path in paths.into_iter().chain([format!("/audit-logs/{entry}"), format!("/audit-logs/{entry}/proof")])
            {
                let request = world.request(method.clone(), &path).bearer_auth(token).json(&json!({}));
                let status = request.send().await.unwrap().status().as_u16();
                assert!([404, 405].contains(&status), "{method} {path}: {status}");
            }
        }
    }
    let before = world.database.count("SELECT count(*) FROM audit_entries").await;
    let forged = "\r\n{\"event\":\"login.ok\"}\u{1b}[31m";
    let acme = format!("/organizations/{}", ada.organization);
    for path in [&acme, "/me/profile"] {
        world.patch(path, &ada.access, json!({"name": forged})).await.expect(422);
        world.patch(path, &ada.access, json!({"name": "a\u{0}b"})).await.expect(422);
    }
    assert_eq!(world.database.count("SELECT count(*) FROM audit_entries").await, before, "nothing was done");
    let login = json!({"email": format!("x{forged}@example.com"), "password": "Wrong-Horse-42"});
    world.post("/auth/login", "", login).await;
    let long = "x".repeat(2_000) + "\u{1b}[31m{\"event\":\"login.ok\"}";
    let request = world.request(Method::PATCH, &acme).bearer_auth(&ada.access).json(&json!({"name": "Ada's"}));
    let header = reqwest::header::HeaderValue::from_bytes(long.replace('\u{1b}', "\t").as_bytes()).unwrap();
    Reply::of(request.header("User-Agent", header).send().await.unwrap()).await.expect(200);
    let entry = world.get("/audit-logs?action=organization.updated", &ada.access).await.expect(200);
    let agent = entry.text_of("/data/0/agent");
    assert_eq!(agent, "x".repeat(500), "cut, and in one entry");
    taken_up(&world).await;
    assert_eq!(world.get("/audit-logs/verify", &ada.access).await.expect(200).body["good"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn au_03_what_can_not_be_written_down_is_not_done() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    let path = format!("/team/members/{}/role", bob.user);
    let role = "SELECT count(*) FROM members WHERE role = 'admin'";
    for (broken, mended) in [
        (
            "ALTER TABLE audit_entries ADD CONSTRAINT unwritable CHECK (false) NOT VALID",
            "ALTER TABLE audit_entries DROP CONSTRAINT unwritable",
        ),
        ("ALTER TABLE audit_waiting RENAME TO away", "ALTER TABLE away RENAME TO audit_waiting"),
        ("ALTER TABLE audit_personal RENAME TO away", "ALTER TABLE away RENAME TO audit_personal"),
    ] {
        world.database.execute(broken).await;
        world.patch(&path, &ada.access, json!({"role": "admin"})).await.expect_error(503, "service_unavailable");
        assert_eq!(world.database.count(role).await, 0, "{broken}");
        let export = world.get("/audit-logs/export?format=csv", &ada.access).await;
        assert_eq!(export.status, 503, "nothing leaves the house unseen: {}", export.text);
        world.database.execute(mended).await;
    }
    world.patch(&path, &ada.access, json!({"role": "admin"})).await.expect(200);
    assert_eq!(world.database.count(role).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_erased_leaves_a_log_that_still_proves() {
    let mut world = World::new().await;
    world.add_node().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    world.patch("/me/profile", &bob.access, json!({"name": "Bob"})).await.expect(200);
    taken_up(&world).await;
    let erase = format!(
        "UPDATE audit_personal SET before = 'null', after = 'null', salt = decode(repeat('00', 16), 'hex')
        WHERE subject = '{}' OR (subject IS NULL AND key = 'email' AND lower(after #>> '{{}}') = '{}')",
        bob.user, bob.email
    );
    world.database.execute(&erase).await;
    let verified = world.get("/audit-logs/verify", &ada.access).await.expect(200);
    assert_eq!(verified.body["good"], true, "{}", verified.text);
    assert!(verified.body["erased"].as_u64().is_some_and(|it| it > 0), "{}", verified.text);
    let export = world.get("/audit-logs/export?format=jsonl", &ada.access).await.expect(200);
    for line in export.text.lines() {
        assert!(!line.contains("bob@example.com"), "{line}");
    }
    let begin: Value = serde_json::from_str(export.text.lines().next().unwrap()).unwrap();
    let key = VerifierKey::parse(begin["key"].as_str().unwrap()).unwrap();
    assert!(look_at(&export.text, &key).is_good());
}
