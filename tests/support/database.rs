use std::sync::atomic::{AtomicU32, Ordering};

use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use tokio::sync::OnceCell;

static TEMPLATE: OnceCell<String> = OnceCell::const_new();
static NEXT: AtomicU32 = AtomicU32::new(1);

/// A migrated database of one test, gone when the test is.
pub struct TestDatabase {
    pub name: String,
    pub url: String,
}

impl TestDatabase {
    pub async fn new() -> Self {
        let template = TEMPLATE.get_or_init(make_template).await;
        let name = format!("portcullis_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        administer(&format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")).await;
        Self { url: url_of(&name), name }
    }

    pub async fn connect(&self) -> AsyncPgConnection {
        AsyncPgConnection::establish(&self.url).await.expect("the test's database answers")
    }

    /// One number by SQL.
    pub async fn count(&self, sql: &str) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            n: i64,
        }
        let mut connection = self.connect().await;
        let sql = format!("SELECT ({sql})::bigint AS n");
        diesel::sql_query(sql).get_result::<Row>(&mut connection).await.expect("the query is right").n
    }

    pub async fn execute(&self, sql: &str) {
        self.connect().await.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // A runtime of its own: the test's may be gone already.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime starts").block_on(administer(&drop));
        })
        .join()
        .ok();
    }
}

async fn make_template() -> String {
    let name = format!("portcullis_template_{}", std::process::id());
    administer(&format!("CREATE DATABASE {name}")).await;
    adapter_postgres::migrate(&url_of(&name)).await.expect("the migrations run");
    name
}

/// Says something to the database server, outside of any test's database.
pub async fn administer(sql: &str) {
    let mut connection = AsyncPgConnection::establish(&server_url()).await.expect("TEST_DATABASE_URL answers");
    connection.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn server_url() -> String {
    std::env::var("TEST_DATABASE_URL").expect(
        "TEST_DATABASE_URL is not set: run `make test`, or `scripts/with-postgres cargo test …`, or name a PostgreSQL \
         whose user may create databases",
    )
}

/// The server's URL with another database.
fn url_of(name: &str) -> String {
    let url = server_url();
    let (base, query) =
        url.split_once('?').map_or((url.as_str(), String::new()), |(base, query)| (base, format!("?{query}")));
    let authority_end = base.find("://").map_or(0, |at| at + 3);
    let path = base[authority_end..].find('/').map_or(base.len(), |at| authority_end + at);
    format!("{}/{name}{query}", &base[..path])
}
