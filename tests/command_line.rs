//! What the command does beside serving.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::support::Reply;
use crate::support::database::TestDatabase;
use crate::support::process::{Process, SECRET_KEY, run, run_with};
use crate::support::world::PASSWORD;

struct Installation {
    database: TestDatabase,
    data_dir: PathBuf,
}

impl Installation {
    async fn new(name: &str) -> Self {
        server::use_aws_lc_rs();
        let data_dir = std::env::temp_dir().join(format!("portcullis-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&data_dir).expect("a directory can be made");
        Self { database: TestDatabase::new().await, data_dir }
    }

    async fn run(&self, arguments: &[&str], input: &str) -> (bool, String) {
        run(&self.data_dir, Some(&self.database.url), arguments, input).await
    }

    async fn serve(&self) -> Process {
        Process::start(&self.data_dir, Some(&self.database.url)).await
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.data_dir).ok();
    }
}

fn now() -> i64 {
    kernel::Clock::now(&adapter_crypto::SystemClock).timestamp()
}

async fn post(server: &Process, path: &str, body: serde_json::Value) -> Reply {
    let url = format!("{}/api/v1{path}", server.url);
    Reply::of(reqwest::Client::new().post(url).json(&body).send().await.expect("the server answers")).await
}

async fn get(server: &Process, path: &str, token: &str) -> Reply {
    let request = reqwest::Client::new().get(format!("{}{path}", server.url)).bearer_auth(token);
    Reply::of(request.send().await.expect("the server answers")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_is_made_and_an_account_unlocked() {
    let it = Installation::new("admin").await;
    let (made, said) = it.run(&["admin", "create", "root@example.com"], &format!("{PASSWORD}\n")).await;
    assert!(made && said.contains("root@example.com") && !said.contains(PASSWORD), "{said}");
    let server = it.serve().await;
    let login = json!({"email": "root@example.com", "password": PASSWORD});
    let root = post(&server, "/auth/login", login.clone()).await.expect(200).text_of("/access_token");
    get(&server, "/api/v1/admin/users", &root).await.expect(200);

    let wrong = json!({"email": "root@example.com", "password": "Wrong-Horse-42"});
    for _ in 0..10 {
        post(&server, "/auth/login", wrong.clone()).await.expect(401);
    }
    post(&server, "/auth/login", login.clone()).await.expect(423);
    let (unlocked, said) = it.run(&["admin", "unlock", "ROOT@example.com"], "").await;
    assert!(unlocked, "{said}");
    post(&server, "/auth/login", login).await.expect(200);

    // Made again, with another password, it throws out whoever was in.
    let (again, said) = it.run(&["admin", "create", "root@example.com"], "Another-Horse-43\n").await;
    assert!(again, "{said}");
    crate::support::eventually("the server hears of it", async || {
        get(&server, "/api/v1/auth/me", &root).await.status == 401
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said() {
    let it = Installation::new("wrong").await;
    for (arguments, input, word) in [
        (&["admin", "create", "root@example.com"][..], "Password12345678!\n", "easy to guess"),
        (&["admin", "create", "nobody"][..], PASSWORD, "email"),
        (&["admin", "create", "root@example.com"][..], "", "standard input"),
        (&["admin", "create"][..], "", "EMAIL"),
        (&["admin", "unlock", "nobody"][..], "", "no email address"),
        (&["keys", "turn"][..], "", "unrecognized"),
    ] {
        let (done, said) = it.run(arguments, input).await;
        assert!(!done && said.contains(word), "{arguments:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_signs_and_the_old_one_still_counts() {
    let it = Installation::new("keys").await;
    let server = it.serve().await;
    let owner = json!({"email": "ada@example.com", "username": "ada", "password": PASSWORD});
    let ada = post(&server, "/tenants", json!({"name": "Acme", "slug": "acme", "owner": owner})).await.expect(201);
    let (rotated, said) = it.run(&["keys", "rotate"], "").await;
    assert!(rotated, "{said}");
    let login = json!({"email": "ada@example.com", "password": PASSWORD});
    let new = post(&server, "/auth/login", login).await.expect(200).text_of("/access_token");
    let old = ada.text_of("/access_token");
    let head = |token: &str| token.split('.').next().map(str::to_owned);
    assert_ne!(head(&new), head(&old), "the header names another key");
    for token in [&old, &new] {
        get(&server, "/api/v1/auth/me", token).await.expect(200);
    }

    let (retired, said) = it.run(&["keys", "rotate", "--at-once"], "").await;
    assert!(retired, "{said}");
    crate::support::eventually("the old keys are gone", async || {
        get(&server, "/api/v1/auth/me", &new).await.status == 401
    })
    .await;
    let refreshed = post(&server, "/auth/refresh", json!({"refresh_token": ada.text_of("/refresh_token")})).await;
    get(&server, "/api/v1/auth/me", &refreshed.expect(200).text_of("/access_token")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_can_be_replaced_and_nothing_is_lost() {
    const NEW: (&str, &str) = ("SECRET_KEY", "c41d7e90ab35f2681d0e9b7a54f8c3de20617b9a");
    let it = Installation::new("secret").await;
    let mut server = it.serve().await;
    let owner = json!({"email": "ada@example.com", "username": "ada", "password": PASSWORD});
    let ada = post(&server, "/tenants", json!({"name": "Acme", "slug": "acme", "owner": owner})).await.expect(201);
    let ada = ada.text_of("/access_token");
    let ask = async |server: &Process, path: &str, body: serde_json::Value| {
        let request = reqwest::Client::new().post(format!("{}/api/v1{path}", server.url)).bearer_auth(&ada);
        Reply::of(request.json(&body).send().await.expect("the server answers")).await
    };
    let shown = ask(&server, "/me/mfa/setup", json!({})).await.expect(200);
    let authenticator = crate::support::authenticator::Authenticator::of(&shown.text_of("/otpauth_url"));
    ask(&server, "/me/mfa/verify", json!({"code": authenticator.code_at(now())})).await.expect(204);
    assert!(server.terminate().await.success());

    let (url, dir) = (it.database.url.as_str(), &it.data_dir);
    let (both, new) = ([NEW, ("PORTCULLIS_PREVIOUS_SECRET_KEY", SECRET_KEY)], [NEW]);
    let mut between = Process::start_with(dir, Some(url), &both).await;
    let (rotated, said) = run_with(dir, Some(url), &both, &["keys", "rotate"], "").await;
    assert!(rotated && said.contains("sealed under this one"), "{said}");
    get(&between, "/api/v1/auth/me", &ada).await.expect(200);
    assert!(between.terminate().await.success());

    // The earlier one is not needed any more.
    let server = Process::start_with(dir, Some(url), &new).await;
    // The one before is used.
    let code = authenticator.code_at(now() + 30);
    let login = json!({"email": "ada@example.com", "password": PASSWORD, "totp_code": code});
    post(&server, "/auth/login", login).await.expect(200);
    let (rotated, said) = run_with(dir, Some(url), &new, &["keys", "rotate"], "").await;
    assert!(rotated && said.contains("0 secrets"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_secret_is_lost_a_new_key_made_at_once_serves() {
    const NEW: (&str, &str) = ("SECRET_KEY", "c41d7e90ab35f2681d0e9b7a54f8c3de20617b9a");
    let it = Installation::new("lost").await;
    let mut server = it.serve().await;
    let owner = json!({"email": "ada@example.com", "username": "ada", "password": PASSWORD});
    let ada = post(&server, "/tenants", json!({"name": "Acme", "slug": "acme", "owner": owner})).await.expect(201);
    let ada = ada.text_of("/access_token");
    let bob = json!({"email": "bob@example.com", "username": "bob", "password": PASSWORD});
    post(&server, "/tenants", json!({"name": "Bees", "slug": "bees", "owner": bob})).await.expect(201);
    // Mails that wait are sealed, too.
    crate::support::eventually("all mails are sent", async || {
        it.database.count("SELECT count(*) FROM mails WHERE sealed IS NOT NULL").await == 0
            && it.database.count("SELECT count(*) FROM audit_waiting").await == 0
    })
    .await;
    let url = format!("{}/api/v1/me/mfa/setup", server.url);
    let shown = reqwest::Client::new().post(url).bearer_auth(&ada).json(&json!({})).send().await;
    Reply::of(shown.expect("the server answers")).await.expect(200);
    assert!(server.terminate().await.success());

    let (url, dir, new) = (it.database.url.as_str(), &it.data_dir, [NEW]);
    for arguments in [&["serve"][..], &["keys", "rotate"]] {
        let (done, said) = run_with(dir, Some(url), &new, arguments, "").await;
        assert!(!done && said.contains("sealed under another SECRET_KEY"), "{arguments:?}: {said}");
    }
    let (rotated, said) = run_with(dir, Some(url), &new, &["keys", "rotate", "--at-once"], "").await;
    assert!(rotated && said.contains("1 secrets do not open"), "Ada's codes, and no retired key: {said}");
    assert!(said.contains("The audit log stands still") && said.contains("audit adopt"), "{said}");
    let (rotated, said) = run_with(dir, Some(url), &new, &["keys", "rotate"], "").await;
    assert!(!rotated && said.contains("1 secrets do not open"), "{said}");
    let (adopted, said) = run_with(dir, Some(url), &new, &["audit", "adopt"], "").await;
    assert!(adopted && said.contains("is signed with this key"), "{said}");
    let (good, said) = run_with(dir, Some(url), &new, &["audit", "verify"], "").await;
    assert!(good, "{said}");

    let server = Process::start_with(dir, Some(url), &new).await;
    get(&server, "/api/v1/auth/me", &ada).await.expect(401);
    let login = json!({"email": "bob@example.com", "password": PASSWORD});
    let bob = post(&server, "/auth/login", login).await.expect(200).text_of("/access_token");
    get(&server, "/api/v1/auth/me", &bob).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_server_with_its_own_postgresql_and_without_one() {
    server::use_aws_lc_rs();
    let data_dir = Path::new("/tmp").join(format!("pp-command-{}", std::process::id()));
    std::fs::create_dir_all(&data_dir).expect("a directory can be made");
    let create = ["admin", "create", "root@example.com"];
    let (without, said) = run(&data_dir, None, &create, PASSWORD).await;
    assert!(without, "{said}");
    assert!(!data_dir.join("postgres/data/postmaster.pid").exists(), "what a command starts it stops");

    let mut server = Process::start(&data_dir, None).await;
    let login = json!({"email": "root@example.com", "password": PASSWORD});
    post(&server, "/auth/login", login.clone()).await.expect(200);
    let (beside, said) = run(&data_dir, None, &create, "Another-Horse-43").await;
    assert!(beside, "{said}");
    post(&server, "/auth/login", login).await.expect(401);
    assert!(server.terminate().await.success());
    std::fs::remove_dir_all(&data_dir).ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_is_verified_and_what_is_wrong_is_named() {
    let it = Installation::new("audit").await;
    let nothing = it.data_dir.join("nothing");
    std::fs::create_dir_all(&nothing).expect("a directory can be made");
    let (made, said) = run(&nothing, None, &["audit", "verify"], "").await;
    assert!(!made && said.contains("there is no installation"), "{said}");
    assert!(std::fs::read_dir(&nothing).expect("it is there").next().is_none(), "to look makes nothing");
    let (empty, said) = it.run(&["audit", "verify"], "").await;
    assert!(empty, "{said}");
    let mut server = it.serve().await;
    let owner = json!({"email": "ada@example.com", "username": "ada", "password": PASSWORD});
    let ada = post(&server, "/tenants", json!({"name": "Acme", "slug": "acme", "owner": owner})).await.expect(201);
    let ada = ada.text_of("/access_token");
    crate::support::eventually("the log has taken up all", async || {
        it.database.count("SELECT count(*) FROM audit_waiting").await == 0
    })
    .await;
    let kept = get(&server, "/api/v1/audit-logs/checkpoint", &ada).await.expect(200).text;
    let export = get(&server, "/api/v1/audit-logs/export?format=jsonl", &ada).await.expect(200).text;
    let (good, said) = it.run(&["audit", "verify"], "").await;
    assert!(good && said.contains("All of it is what was signed."), "beside a server: {said}");
    let key = said.lines().find_map(|line| line.strip_prefix("Its key is ")).expect("it tells the key").to_owned();
    let file = |name: &str, text: &str| {
        let path = it.data_dir.join(name);
        std::fs::write(&path, text).expect("a file can be written");
        path.to_str().expect("a path of letters").to_owned()
    };
    let checkpoint = file("checkpoint", &kept);
    let (good, said) = it.run(&["audit", "verify", "--checkpoint", &checkpoint], "").await;
    assert!(good, "{said}");
    assert!(server.terminate().await.success());

    // Who only reads needs no secret.
    let url = it.database.url.clone();
    let reading = async |arguments: &[&str]| {
        let arguments = [&["audit", "verify"], arguments].concat();
        run_with(&it.data_dir, None, &[("DATABASE_URL", &url)], &arguments, "").await
    };
    let (good, said) = reading(&["--key", &key, "--checkpoint", &checkpoint]).await;
    assert!(good && said.contains("All of it is what was signed."), "{said}");
    let (good, said) = reading(&[]).await;
    assert!(!good && said.contains("SECRET_KEY"), "{said}");
    let elsewhere =
        audit::note::VerifierKey::parse(&key).expect("a key").named("elsewhere/audit".to_owned()).to_string();
    let (good, said) = reading(&["--key", &elsewhere]).await;
    assert!(!good && said.contains("the key is of the log elsewhere/audit"), "{said}");

    let whole = file("export.jsonl", &export);
    let edited = file("edited.jsonl", &export.replacen("organization.created", "organization.deleted", 1));
    let cut = file("cut.jsonl", &export[..export.trim_end().rfind('\n').expect("it has lines")]);
    let nowhere = |arguments: &[&str]| {
        let arguments: Vec<String> =
            [&["audit", "verify"], arguments].concat().iter().map(ToString::to_string).collect();
        async move {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            run_with(&std::env::temp_dir(), None, &[], &arguments, "").await
        }
    };
    let (good, said) = nowhere(&["--export", &whole, "--key", &key]).await;
    assert!(good && said.contains("All of it is what was signed."), "without a database: {said}");
    let (good, said) = nowhere(&["--export", &edited, "--export", &cut, "--key", &key]).await;
    assert!(!good && said.contains("\nedited: entry ") && said.contains("\ncut: "), "{said}");
    let other = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let (good, said) = nowhere(&["--export", &whole, "--key", other]).await;
    assert!(!good && said.contains("\nforged: "), "{said}");
    for (arguments, word) in [
        (&["--export", "no-such-file"][..], "no-such-file"),
        (&["--export", &checkpoint], "line 1 is not a line of an export"),
        (&["--export", &whole, "--key", "x"], "is no key"),
        (&["--checkpoint", &whole], "is no checkpoint"),
    ] {
        let (good, said) = nowhere(arguments).await;
        assert!(!good && said.contains(word), "{arguments:?}: {said}");
    }

    it.database.execute("UPDATE audit_entries SET target_id = 'x' WHERE action = 'organization.created'").await;
    let (good, said) = it.run(&["audit", "verify"], "").await;
    assert!(!good && said.contains("\nedited: entry "), "{said}");
    it.database.execute("DELETE FROM audit_entries; DELETE FROM audit_leaves; DELETE FROM audit_checkpoints").await;
    let (good, said) = it.run(&["audit", "verify", "--checkpoint", &checkpoint], "").await;
    assert!(!good && said.contains("\ncut: of "), "all of it is gone: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calibrate_proposes_parameters_for_the_file() {
    let (done, said) = run(&std::env::temp_dir(), None, &["calibrate", "--target", "5"], "").await;
    assert!(done, "{said}");
    for line in ["[argon2]", "memory = ", "passes = ", "lanes = 1"] {
        assert!(said.contains(line), "{line} is missing in {said}");
    }
}
