//! Old and new servers run side by side: a schema that has moved on serves the one before, and migrations add before they take
//! away.

use std::path::{Path, PathBuf};

use diesel_migrations::FileBasedMigrations;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::Reply;
use crate::support::database::TestDatabase;
use crate::support::process::{Process, run};
use crate::support::world::PASSWORD;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests stand in the workspace").to_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Statements that take from a server that runs something it reads or writes, or refuse what it writes.
fn contractions(sql: &str) -> Vec<String> {
    let without_comments: Vec<&str> = sql.lines().map(|it| it.split("--").next().unwrap_or_default()).collect();
    let words = without_comments.join(" ").to_uppercase();
    let statements: Vec<_> = words.split(';').map(|it| it.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    // Nobody writes yet to a table that is made here.
    let is_new = |it: &str| {
        let table = it.split_once(" ON ").and_then(|(_, rest)| rest.split([' ', '(']).next()).unwrap_or_default();
        statements.iter().any(|made| made.starts_with(&format!("CREATE TABLE {table} ")))
    };
    let contracts = |it: &&String| {
        let has = |words: &[&str]| words.iter().any(|word| it.contains(word));
        let keeps = has(&["DROP CONSTRAINT", "DROP NOT NULL", "DROP INDEX"]);
        let narrows = [
            " DROP ",
            "SET NOT NULL",
            " RENAME ",
            " CONSTRAINT ",
            " CHECK",
            " UNIQUE",
            " REFERENCES ",
            " FOREIGN KEY",
            " PRIMARY KEY",
            " EXCLUDE",
            " SET DATA TYPE",
            " TYPE ",
            "ROW LEVEL SECURITY",
        ];
        let takes = ["TRUNCATE", "REVOKE ", "RENAME VALUE", "CREATE RULE", "CREATE OR REPLACE RULE"];
        (it.contains("DROP ") && !keeps)
            || has(&takes)
            || (has(&["CREATE UNIQUE INDEX"]) || it.starts_with("CREATE") && has(&[" TRIGGER "])) && !is_new(it)
            || it.contains("ALTER TABLE") && !keeps && (has(&narrows) || (adds_column(it) && needs_a_value(it)))
    };
    statements.iter().filter(contracts).cloned().collect()
}

fn adds_column(statement: &str) -> bool {
    statement.contains(" ADD ")
}

/// The server before does not know the column, and writes rows without it.
fn needs_a_value(statement: &str) -> bool {
    statement.split(',').any(|it| it.contains("NOT NULL") && !it.contains("DEFAULT"))
}

/// Each release with the number of its newest migration, the oldest first. Its commit stands behind.
fn releases() -> Vec<(String, String)> {
    let text = read("migrations/RELEASES");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let words = lines.map(|line| <[&str; 3]>::try_from(line.split(' ').collect::<Vec<_>>()));
    words.map(|it| it.expect("a release, a number and a commit")).map(|[a, b, _]| (a.into(), b.into())).collect()
}

#[test]
fn what_takes_away_is_recognized() {
    for sql in [
        "ALTER TABLE a DROP COLUMN b;",
        "ALTER TABLE a\n    ALTER COLUMN b SET NOT NULL;",
        "ALTER TABLE a RENAME TO b;",
        "ALTER TABLE a ADD COLUMN b text NOT NULL;",
        "ALTER TABLE a ADD CONSTRAINT b CHECK (c > 0);",
        "ALTER TABLE a ALTER COLUMN b TYPE bigint;",
        "DROP TABLE a;",
        "ALTER TABLE a ADD CHECK (c > 0);",
        "DO $$ BEGIN ALTER TABLE a DROP COLUMN b; END $$;",
        "CREATE TABLE a (b text); CREATE UNIQUE INDEX c ON d (b);",
        "ALTER TABLE a DROP b;",
        "ALTER TABLE a ADD b text UNIQUE;",
        "CREATE OR REPLACE TRIGGER b BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION c();",
        "CREATE TRIGGER b BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION c();",
    ] {
        assert_eq!(contractions(sql).len(), 1, "{sql}");
    }
    for sql in [
        "ALTER TABLE a ADD COLUMN b text;",
        "ALTER TABLE a ADD COLUMN b text NOT NULL DEFAULT '';",
        "CREATE TABLE a (b text NOT NULL CHECK (b <> '')); CREATE INDEX c ON a (b); DROP INDEX d;",
        "ALTER TABLE a ALTER COLUMN b DROP NOT NULL;",
        "ALTER TABLE a DROP CONSTRAINT b;",
        "CREATE TABLE a (b text); CREATE UNIQUE INDEX c ON a (b);",
        "-- DROP TABLE a;\nSELECT 1;",
    ] {
        assert!(contractions(sql).is_empty(), "{sql}");
    }
}

/// It sleeps so that the others wait when the index is begun.
const SLOW: &str = "CREATE TABLE of_a_test (n integer); SELECT pg_sleep(1)";
const INDEX: &str = "CREATE INDEX CONCURRENTLY of_a_test_n ON of_a_test (n)";

#[tokio::test(flavor = "multi_thread")]
async fn an_index_is_built_beside_all_else_while_other_nodes_wait_to_migrate() {
    let (database, dir) = (TestDatabase::new().await, Directory::new("migrations"));
    for (name, file, text) in [
        ("9001_slow", "up.sql", SLOW),
        ("9002_index", "up.sql", INDEX),
        ("9002_index", "metadata.toml", "run_in_transaction = false"),
    ] {
        std::fs::create_dir_all(dir.0.join(name)).unwrap();
        std::fs::write(dir.0.join(name).join(file), text).unwrap();
    }
    let nodes = (0..4).map(|_| async {
        let migrations = FileBasedMigrations::from_path(&dir.0).unwrap();
        adapter_postgres::migrate_by(&database.url, migrations).await
    });
    let ran: Vec<_> = join_all(nodes).await.into_iter().map(|it| it.expect("it ends").len()).collect();
    assert_eq!((ran.iter().sum::<usize>(), ran.iter().max()), (2, Some(&2)), "one did both");
    let valid = "SELECT count(*) FROM pg_index WHERE indexrelid = 'of_a_test_n'::regclass AND indisvalid";
    assert_eq!(database.count(valid).await, 1);
}

#[test]
fn since_the_newest_release_migrations_only_add_or_say_which_release_stopped_reading() {
    let releases = releases();
    let (_, newest) = releases.last().expect("there is a release");
    let mut migrations: Vec<PathBuf> = std::fs::read_dir(root().join("migrations"))
        .expect("it is there")
        .map(|it| it.expect("an entry").path())
        .collect();
    migrations.sort();
    for migration in migrations.iter().filter(|it| it.is_dir()) {
        let name = migration.file_name().and_then(|it| it.to_str()).expect("a name of letters");
        if name.split('_').next().expect("a number") <= newest.as_str() {
            continue;
        }
        let sql = std::fs::read_to_string(migration.join("up.sql")).expect("a migration goes up");
        let says = |release: &(String, String)| sql.contains(&format!("-- contract: not read since {}\n", release.0));
        let found = contractions(&sql);
        assert!(found.is_empty() || releases.iter().any(says), "{name} takes away what {newest} may read: {found:#?}");
    }
}

#[test]
fn every_release_of_the_changelog_has_its_migrations_named() {
    let changelog = read("CHANGELOG.md");
    let versions = changelog.lines().filter_map(|line| line.strip_prefix("## ")?.split_once(" - ")).map(|(it, _)| it);
    let mut told: Vec<&str> = versions.collect();
    told.reverse();
    let releases = releases();
    let named: Vec<&str> = releases.iter().map(|(version, _)| version.as_str()).collect();
    assert_eq!(named, told, "migrations/RELEASES and CHANGELOG.md name the same releases");
}

async fn post(server: &Process, path: &str, token: &str, body: Value) -> Reply {
    let request = reqwest::Client::new().post(format!("{}/api/v1{path}", server.url)).bearer_auth(token).json(&body);
    Reply::to(reqwest::Method::POST, request.send().await.expect("the server answers")).await
}

async fn get(server: &Process, path: &str, token: &str) -> Reply {
    let request = reqwest::Client::new().get(format!("{}/api/v1{path}", server.url)).bearer_auth(token);
    Reply::to(reqwest::Method::GET, request.send().await.expect("the server answers")).await
}

/// Signs up, invites, signs in, consumes: writes through every domain. Who signed up.
async fn works(server: &Process, slug: &str) -> Reply {
    let email = format!("{slug}@example.com");
    let owner = json!({"email": email, "username": slug, "password": PASSWORD});
    let signed_up = post(server, "/tenants", "", json!({"name": slug, "slug": slug, "owner": owner})).await.expect(201);
    let ada = signed_up.text_of("/access_token");
    let invited = json!({"email": format!("bob-{slug}@example.com"), "role": "member"});
    post(server, "/team/invite", &ada, invited).await.expect(201);
    let role = json!({"key": "clerk", "name": "Clerk", "permissions": ["team.view"], "inherits": ["member"]});
    post(server, "/team/roles", &ada, role).await.expect(201);
    post(server, "/subscriptions", &ada, json!({"service": "SMS_GATEWAY", "plan": "free"})).await.expect(201);
    let usage = json!({"meter": "messages", "quantity": 60, "idempotency_key": "one"});
    post(server, "/entitlements/SMS_GATEWAY/usage", &ada, usage).await.expect(200);
    let hook = json!({"url": "https://example.com/hook", "event_types": ["role.assigned"]});
    post(server, "/webhooks", &ada, hook).await.expect(201);
    post(server, "/auth/login", "", json!({"email": email, "password": PASSWORD})).await.expect(200);
    signed_up
}

/// Takes up what another server wrote: its access token and its refresh token, what it says of every domain.
async fn goes_on(server: &Process, signed_up: &Reply) {
    let ada = signed_up.text_of("/access_token");
    get(server, "/auth/me", &ada).await.expect(200);
    assert_eq!(get(server, "/team/invitations", &ada).await.expect(200).data().len(), 1);
    assert!(get(server, "/team/roles", &ada).await.expect(200).text.contains("clerk"));
    let meter = get(server, "/entitlements/SMS_GATEWAY", &ada).await.expect(200);
    assert_eq!(meter.body["features"][0]["used"], 60, "{}", meter.text);
    assert_eq!(get(server, "/webhooks", &ada).await.expect(200).data().len(), 1);
    let told = get(server, "/audit-logs", &ada).await.expect(200).text;
    assert!(told.contains("organization.created") && told.contains("subscription"), "{told}");
    let over = json!({"meter": "messages", "quantity": 60, "idempotency_key": "two"});
    post(server, "/entitlements/SMS_GATEWAY/usage", &ada, over).await.expect(429);
    let kept = json!({"refresh_token": signed_up.text_of("/refresh_token")});
    post(server, "/auth/refresh", "", kept.clone()).await.expect(200);
    post(server, "/auth/refresh", "", kept).await.expect(401);
}

struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        server::use_aws_lc_rs();
        let dir = std::env::temp_dir().join(format!("portcullis-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a directory can be made");
        Self(dir)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// What the next release does to the schema first, this one takes.
#[tokio::test(flavor = "multi_thread")]
async fn this_server_starts_and_works_on_a_schema_that_a_newer_one_has_added_to() {
    let (database, dir) = (TestDatabase::new().await, Directory::new("newer-schema"));
    let tables = "SELECT string_agg(format('ALTER TABLE %I ADD COLUMN of_the_next_release text DEFAULT ''x''', relname), '; ') \
                  FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace \
                  AND relname NOT LIKE '\\_\\_diesel%'";
    let add = format!("DO $$ BEGIN EXECUTE ({tables}); END $$");
    database.execute(&add).await;
    database.execute("CREATE TABLE of_the_next_release (id uuid PRIMARY KEY)").await;
    database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')").await;
    let mut server = Process::start(&dir.0, Some(&database.url)).await;
    works(&server, "newer").await;
    assert!(server.terminate().await.success());
    let (migrated, said) = run(&dir.0, Some(&database.url), &["migrate"], "").await;
    assert!(migrated, "{said}");
}

/// `scripts/with-previous-release` builds it, where it has the history to.
#[tokio::test(flavor = "multi_thread")]
async fn the_previous_release_works_on_this_schema_beside_this_server() {
    let Some(program) = std::env::var_os("PREVIOUS_RELEASE") else { return };
    let (database, dir) = (TestDatabase::new().await, Directory::new("previous-release"));
    let mut new = Process::start(&dir.0, Some(&database.url)).await;
    let of_the_new = works(&new, "new").await;
    let mut old = Process::start_program(&program, &dir.0, &database.url).await;
    let of_the_old = works(&old, "old").await;
    goes_on(&old, &of_the_new).await;
    goes_on(&new, &of_the_old).await;
    assert!(old.terminate().await.success() && new.terminate().await.success());
}
