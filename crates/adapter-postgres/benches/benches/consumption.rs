//! How much is consumed a second, on a PostgreSQL that syncs to its disk, beside the plain conditional UPDATE in the same
//! run: over two thousand organizations, on one hot meter, and in batches. Every consumption has a key of its own and is in
//! the ledger, the history and the audit log when it is answered; afterwards the meters are compared with what was
//! acknowledged.

#![expect(clippy::expect_used, reason = "a benchmark fails by panicking")]

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use adapter_crypto::{AesSealer, HmacLeafSealer, MasterKey, Purpose, RandomIds, SystemClock};
use adapter_postgres::{Database, PgStore, migrate};
use async_trait::async_trait;
use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use entitlements::{Consume, ConsumeInput};
use futures::future::join_all;
use kernel::{Act, Clock, Fault, OrganizationId, Secret, Signal, SignalSink};
use uuid::Uuid;

const ORGANIZATIONS: u64 = 2_000;
const CLIENTS: u64 = 64;
const BATCH: u64 = 50;
const LASTS: Duration = Duration::from_secs(5);
const ROUNDS: usize = 3;

/// Nobody listens.
struct Silence;

#[async_trait]
impl SignalSink for Silence {
    fn receive(&self, _: &Signal) {}

    async fn listening(&self) -> Result<(), Fault> {
        Ok(())
    }

    fn alive(&self) {}
}

struct Bench {
    url: String,
    use_case: Consume,
    ids: Arc<RandomIds>,
    acknowledged: AtomicU64,
    next: AtomicU64,
}

/// Which organization is the `n`-th.
fn organization(n: u64) -> Uuid {
    Uuid::from_u128(0x0192_f0c1_0000_7000_8000_0000_0000_0000 + u128::from(n))
}

/// As many organizations with a hard quota that nobody reaches, and a row each for the yardstick.
const SETUP: &str = "
    INSERT INTO services (code, name, description, version) VALUES ('BENCH', 'Bench', '', 1);
    INSERT INTO plans (service, key, position, name, version) VALUES ('BENCH', 'large', 0, 'Large', 1);
    INSERT INTO plan_versions (service, plan, version, features) VALUES ('BENCH', 'large', 1, '[{\"key\": \"units\",
        \"kind\": \"meter\", \"quota\": 1000000000000, \"period\": \"month\", \"limit_kind\": \"hard\"}]');
    CREATE TABLE yardstick (id text PRIMARY KEY, used bigint NOT NULL, quota bigint NOT NULL);";

impl Bench {
    async fn new() -> Self {
        let url = std::env::var("TEST_DATABASE_URL").expect("TEST_DATABASE_URL is set by scripts/with-postgres");
        migrate(&url).await.expect("the schema can be made");
        let mut connection = AsyncPgConnection::establish(&url).await.expect("the database answers");
        let mut sql = SETUP.to_owned();
        for n in 0..ORGANIZATIONS {
            let id = organization(n);
            writeln!(
                sql,
                "INSERT INTO organizations (id, name, slug, created_at, version) VALUES ('{id}', 'Bench', 'bench-{n}', now(), 1);
                INSERT INTO subscriptions (id, organization_id, service, plan, plan_version, started_at, anchor, settled_until,
                    version) VALUES ('{id}', '{id}', 'BENCH', 'large', 1, now(), now(), now() + interval '28 days', 1);
                INSERT INTO yardstick VALUES ('{id}', 0, 1000000000000);"
            )
            .expect("a string takes everything");
        }
        connection.batch_execute(&format!("BEGIN; {sql} COMMIT;")).await.expect("what is needed can be made");
        connection.batch_execute("ANALYZE").await.expect("the planner can look");
        let database = Database::connect(&url, 16).await.expect("the database answers");
        let ids = Arc::new(RandomIds::default());
        let key = MasterKey::parse(&Secret::new("a benchmark's secret of more than 32 characters, 0123456789"));
        let key = key.expect("a good secret");
        let sealer = Arc::new(AesSealer::new(&key.derive(Purpose::Sealing), &[], ids.clone()));
        let leaves = Arc::new(HmacLeafSealer::new(&key.derive(Purpose::Leaves), &[]));
        let store = PgStore::new(database.clone(), sealer, leaves, Arc::new(Silence), Arc::new(SystemClock));
        let use_case = Consume { catalogue: Arc::new(database), meters: Arc::new(store) };
        Self { url, use_case, ids, acknowledged: AtomicU64::new(0), next: AtomicU64::new(0) }
    }

    fn act(&self) -> Act {
        Act::of_system(SystemClock.now(), self.ids.clone())
    }

    fn input(&self) -> ConsumeInput {
        ConsumeInput {
            service: "BENCH".to_owned(),
            meter: "units".to_owned(),
            quantity: 1,
            idempotency_key: format!("k{}", self.next.fetch_add(1, Ordering::Relaxed)),
            at: None,
        }
    }

    /// Consumptions a second by so many clients, each with one request of `size` under way at a time.
    async fn ours(self: &Arc<Self>, clients: u64, size: u64, pick: fn(u64) -> u64) -> f64 {
        let began = Instant::now();
        let client = |client: u64| {
            let bench = Arc::clone(self);
            tokio::spawn(async move { bench.consume(client, size, pick, began).await })
        };
        let done: u64 = join_all((0..clients).map(client)).await.into_iter().map(|it| it.expect("a client ends")).sum();
        per_second(done, began)
    }

    async fn consume(&self, client: u64, size: u64, pick: fn(u64) -> u64, began: Instant) -> u64 {
        let mut done = 0;
        for n in 0.. {
            if began.elapsed() >= LASTS {
                break;
            }
            let organization = OrganizationId::from(organization(pick(client * 1_000_003 + n * 7_919)));
            let inputs: Vec<ConsumeInput> = (0..size).map(|_| self.input()).collect();
            let results = self.use_case.run_all(&self.act(), organization, &inputs).await.expect("it is answered");
            for result in results {
                assert!(result.expect("it is decided").accepted);
                done += 1;
            }
        }
        self.acknowledged.fetch_add(done, Ordering::Relaxed);
        done
    }

    /// The plain conditional UPDATE, each client on a connection of its own.
    async fn yardstick(&self, pick: fn(u64) -> u64) -> f64 {
        let connections = join_all((0..CLIENTS).map(|_| AsyncPgConnection::establish(&self.url))).await;
        let began = Instant::now();
        let client = |(client, connection): (u64, diesel::ConnectionResult<AsyncPgConnection>)| {
            let mut connection = connection.expect("the database answers");
            tokio::spawn(async move {
                let mut done = 0;
                for n in 0.. {
                    if began.elapsed() >= LASTS {
                        break;
                    }
                    let updated =
                        diesel::sql_query("UPDATE yardstick SET used = used + $2 WHERE id = $1 AND used + $2 <= quota")
                            .bind::<Text, _>(organization(pick(client * 1_000_003 + n * 7_919)).to_string())
                            .bind::<BigInt, _>(1)
                            .execute(&mut connection)
                            .await;
                    assert_eq!(updated.expect("it is answered"), 1);
                    done += 1;
                }
                done
            })
        };
        let all = join_all((0..).zip(connections).map(client)).await;
        let done: u64 = all.into_iter().map(|it| it.expect("a client ends")).sum();
        per_second(done, began)
    }

    /// What is stored is what was acknowledged.
    async fn compare(&self) {
        #[derive(diesel::QueryableByName)]
        struct Sums {
            #[diesel(sql_type = BigInt)]
            meters: i64,
            #[diesel(sql_type = BigInt)]
            ledger: i64,
            #[diesel(sql_type = BigInt)]
            history: i64,
        }
        let mut connection = AsyncPgConnection::establish(&self.url).await.expect("the database answers");
        let sums: Sums = diesel::sql_query(
            "SELECT (SELECT sum(used) FROM meters)::bigint AS meters, (SELECT sum(quantity) FROM consumptions)::bigint AS ledger,
                (SELECT sum(used) FROM usage_hours)::bigint AS history",
        )
        .get_result(&mut connection)
        .await
        .expect("the sums can be read");
        let acknowledged = AtomicU64::load(&self.acknowledged, Ordering::Relaxed).cast_signed();
        assert_eq!([sums.meters, sums.ledger, sums.history], [acknowledged; 3], "stored and acknowledged differ");
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody consumes so often")]
fn per_second(done: u64, began: Instant) -> f64 {
    done as f64 / began.elapsed().as_secs_f64()
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime can be made").block_on(async {
        let bench = Arc::new(Bench::new().await);
        let cold: fn(u64) -> u64 = |n| n % ORGANIZATIONS;
        let hot: fn(u64) -> u64 = |_| 0;
        let mut seen: [Vec<f64>; 6] = std::array::from_fn(|_| Vec::new());
        // Turn by turn, so that whatever else the machine does is everybody's.
        for _ in 0..ROUNDS {
            seen[0].push(bench.yardstick(cold).await);
            seen[1].push(bench.ours(CLIENTS, 1, cold).await);
            seen[2].push(bench.yardstick(hot).await);
            seen[3].push(bench.ours(CLIENTS, 1, hot).await);
            seen[4].push(bench.ours(CLIENTS, BATCH, cold).await);
            seen[5].push(bench.ours(1, 1, cold).await);
        }
        bench.compare().await;
        let [plain_cold, cold, plain_hot, hot, batched, alone] = seen.map(median);
        println!("consumptions a second, the middle one of {ROUNDS} turns of {} s, {CLIENTS} clients", LASTS.as_secs());
        println!("{:<44}{:>10}{:>20}", "", "a second", "plain UPDATE, times");
        for (what, ours, plain) in [
            ("plain UPDATE, 2,000 organizations", plain_cold, None),
            ("2,000 organizations", cold, Some(plain_cold)),
            ("2,000 organizations, batches of 50", batched, Some(plain_cold)),
            ("plain UPDATE, one hot row", plain_hot, None),
            ("one hot meter", hot, Some(plain_hot)),
            ("one client alone", alone, None),
        ] {
            let ratio = plain.map_or_else(String::new, |it| format!("{:.2}", ours / it));
            println!("{what:<44}{ours:>10.0}{ratio:>20}");
        }
    });
}
