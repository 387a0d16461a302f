use std::sync::atomic::AtomicUsize;

use async_trait::async_trait;
use kernel::testing::nth;
use kernel::{RoleKey, UserId};
use tokio::sync::Notify;

use super::*;
use crate::ports::MockAuthorizations;
use crate::{Delta, Facts, MemberFact, Rules};

const ACME: u64 = 60;

fn facts(organization: OrganizationId, version: i64) -> Facts {
    Facts { organization, version, rules: Rules::default(), members: vec![] }
}

/// A database whose only content are versions, and which counts how often it is read.
#[derive(Default)]
struct Database {
    /// The next loads find these, the last one for ever.
    versions: std::sync::Mutex<Vec<i64>>,
    loads: AtomicUsize,
    /// What was asked for beside whole loads: how many members, and whether the rules.
    deltas: std::sync::Mutex<Vec<(usize, bool)>>,
    /// Where it is set, loading waits for it.
    gate: Option<Notify>,
}

impl Database {
    fn of(versions: &[i64]) -> Arc<Self> {
        Arc::new(Self { versions: std::sync::Mutex::new(versions.to_vec()), ..Self::default() })
    }

    fn next(&self) -> i64 {
        let mut versions = self.versions.lock().unwrap();
        if versions.len() > 1 { versions.remove(0) } else { versions[0] }
    }

    fn loads(&self) -> usize {
        self.loads.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Authorizations for Database {
    async fn load(&self, organization: OrganizationId) -> Result<Option<Facts>, Fault> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        if let Some(gate) = &self.gate {
            gate.notified().await;
        }
        Ok(Some(facts(organization, self.next())))
    }

    async fn delta(
        &self,
        _organization: OrganizationId,
        members: &[UserId],
        rules: bool,
    ) -> Result<Option<Delta>, Fault> {
        self.deltas.lock().unwrap().push((members.len(), rules));
        let fact = |user: &UserId| MemberFact { user: *user, role: RoleKey::MEMBER, active: true, grants: vec![] };
        Ok(Some(Delta {
            version: self.next(),
            rules: rules.then(|| Rules { require_mfa: true, ..Rules::default() }),
            members: members.iter().map(|it| (*it, Some(fact(it)))).collect(),
        }))
    }

    async fn version(&self, _organization: OrganizationId) -> Result<Option<i64>, Fault> {
        Ok(Some(self.versions.lock().unwrap()[0]))
    }
}

fn cache(database: &Arc<Database>, most: usize) -> SnapshotCache {
    SnapshotCache::new(Arc::<Database>::clone(database), most)
}

async fn version(cache: &SnapshotCache, organization: u64) -> i64 {
    cache.get(nth(organization)).await.unwrap().unwrap().version()
}

#[tokio::test]
async fn a_snapshot_is_loaded_once() {
    let database = Database::of(&[1]);
    let cache = cache(&database, 1_000);
    for _ in 0..3 {
        assert_eq!(version(&cache, ACME).await, 1);
    }
    assert_eq!(database.loads(), 1);
    assert_eq!(version(&cache, 61).await, 1);
    assert_eq!(database.loads(), 2);
}

#[tokio::test]
async fn of_many_who_ask_at_once_one_loads() {
    let database = Arc::new(Database { gate: Some(Notify::new()), versions: vec![1].into(), ..Database::default() });
    let cache = Arc::new(cache(&database, 1_000));
    let asking: Vec<_> = (0..20)
        .map(|_| {
            let cache = Arc::clone(&cache);
            tokio::spawn(async move { version(&cache, ACME).await })
        })
        .collect();
    tokio::task::yield_now().await;
    database.gate.as_ref().unwrap().notify_one();
    for answer in asking {
        assert_eq!(answer.await.unwrap(), 1);
    }
    assert_eq!(database.loads(), 1);
}

#[tokio::test]
async fn what_is_older_than_the_news_is_loaded_anew() {
    let database = Database::of(&[1, 3]);
    let cache = cache(&database, 1_000);
    assert_eq!(version(&cache, ACME).await, 1);
    cache.heard(nth(ACME), 3, None);
    assert_eq!(version(&cache, ACME).await, 3);
    assert_eq!(database.loads(), 2);
}

#[tokio::test]
async fn only_what_is_said_to_be_another_is_read_anew() {
    let database = Database::of(&[1, 3]);
    let cache = cache(&database, 1_000);
    version(&cache, ACME).await;
    cache.heard(nth(ACME), 2, Some(&[Touched::Member(nth(5))]));
    cache.heard(nth(ACME), 3, Some(&[Touched::Rules, Touched::Member(nth(6))]));
    let snapshot = cache.get(nth(ACME)).await.unwrap().unwrap();
    assert_eq!((snapshot.version(), snapshot.members(), snapshot.requires_mfa()), (3, 2, true));
    assert_eq!((database.loads(), database.deltas.lock().unwrap().as_slice()), (1, [(2, true)].as_slice()));
}

#[tokio::test]
async fn where_something_was_not_heard_of_everything_is_read_anew() {
    let database = Database::of(&[1, 3]);
    let cache = cache(&database, 1_000);
    version(&cache, ACME).await;
    cache.heard(nth(ACME), 3, Some(&[Touched::Member(nth(6))]));
    assert_eq!(version(&cache, ACME).await, 3);
    assert_eq!((database.loads(), database.deltas.lock().unwrap().len()), (2, 0));
}

#[tokio::test]
async fn what_happens_while_a_part_is_read_is_not_missed() {
    // The part is of version 3 already, of which nothing was heard.
    let database = Database::of(&[1, 3, 3]);
    let cache = cache(&database, 1_000);
    version(&cache, ACME).await;
    cache.heard(nth(ACME), 2, Some(&[Touched::Member(nth(5))]));
    let snapshot = cache.get(nth(ACME)).await.unwrap().unwrap();
    assert_eq!((snapshot.version(), snapshot.members()), (3, 0), "and what was read of it is not mixed in");
    assert_eq!((database.loads(), database.deltas.lock().unwrap().len()), (2, 1));
}

#[tokio::test]
async fn late_repeated_and_foreign_news_change_nothing() {
    let database = Database::of(&[3]);
    let cache = cache(&database, 1_000);
    version(&cache, ACME).await;
    cache.heard(nth(ACME), 3, None);
    cache.heard(nth(ACME), 2, None);
    cache.heard(nth(61), 9, None);
    assert_eq!(version(&cache, ACME).await, 3);
    assert_eq!(database.loads(), 1);
}

#[tokio::test]
async fn news_during_a_load_are_not_lost() {
    let database = Arc::new(Database { gate: Some(Notify::new()), versions: vec![1, 2].into(), ..Database::default() });
    let cache = Arc::new(cache(&database, 1_000));
    let asking = {
        let cache = Arc::clone(&cache);
        tokio::spawn(async move { version(&cache, ACME).await })
    };
    tokio::task::yield_now().await;
    assert_eq!(database.loads(), 1);
    cache.heard(nth(ACME), 2, None);
    let gate = database.gate.as_ref().unwrap();
    gate.notify_one();
    while database.loads() < 2 {
        tokio::task::yield_now().await;
    }
    gate.notify_one();
    assert_eq!(asking.await.unwrap(), 2);
}

#[tokio::test]
async fn certainty_asks_for_the_version_only() {
    let database = Database::of(&[1]);
    let cache = cache(&database, 1_000);
    version(&cache, ACME).await;
    let certain = || async { cache.get_certain(nth(ACME)).await.unwrap().unwrap().version() };
    assert_eq!((certain().await, database.loads()), (1, 1));
    *database.versions.lock().unwrap() = vec![2];
    assert_eq!(version(&cache, ACME).await, 1);
    assert_eq!((certain().await, database.loads()), (2, 2));
    assert_eq!(version(&cache, ACME).await, 2);
}

#[tokio::test]
async fn after_a_gap_everything_is_loaded_anew() {
    let database = Database::of(&[1]);
    let cache = cache(&database, 1_000);
    version(&cache, ACME).await;
    cache.forget_all();
    version(&cache, ACME).await;
    assert_eq!(database.loads(), 2);
}

#[tokio::test]
async fn there_are_never_more_than_so_many() {
    let database = Database::of(&[1]);
    let cache = cache(&database, 3 * Snapshot::build(facts(nth(1), 1)).weight());
    for organization in 1..=20 {
        version(&cache, organization).await;
        assert!(cache.read().kept.len() <= 3);
    }
    assert_eq!(database.loads(), 20);
    assert_eq!(version(&cache, 20).await, 1);
    assert_eq!(database.loads(), 20);
}

#[tokio::test]
async fn room_is_measured_in_members() {
    let mut database = MockAuthorizations::new();
    database.expect_load().returning(|organization| {
        let member = |n| MemberFact { user: nth(n), role: RoleKey::MEMBER, active: true, grants: vec![] };
        Ok(Some(Facts { members: (1..=9).map(member).collect(), ..facts(organization, 1) }))
    });
    let member = |n| MemberFact { user: nth(n), role: RoleKey::MEMBER, active: true, grants: vec![] };
    let one = Snapshot::build(Facts { members: (1..=9).map(member).collect(), ..facts(nth(1), 1) }).weight();
    assert!(one > 9, "rules weigh something too");
    let cache = SnapshotCache::new(Arc::new(database), 2 * one + 1);
    for organization in 1..=5 {
        version(&cache, organization).await;
        assert!(cache.read().weight <= 2 * one && cache.read().kept.len() <= 2);
    }
    assert_eq!((cache.read().weight, cache.read().kept.len()), (2 * one, 2));
}

#[tokio::test]
async fn unknown_organizations_have_none_and_take_no_place() {
    let mut unknown = MockAuthorizations::new();
    unknown.expect_load().times(1).withf(|it| *it == nth(1)).returning(|_| Ok(Some(facts(nth(1), 1))));
    unknown.expect_load().times(2).returning(|_| Ok(None));
    unknown.expect_version().times(1).returning(|_| Ok(None));
    let cache = SnapshotCache::new(Arc::new(unknown), 1);
    assert_eq!(version(&cache, 1).await, 1);
    assert!(cache.get(nth(ACME)).await.unwrap().is_none());
    assert!(cache.get(nth(ACME)).await.unwrap().is_none());
    assert!(cache.get_certain(nth(ACME)).await.unwrap().is_none());
    assert_eq!(version(&cache, 1).await, 1, "it was not driven out, nor loaded again");
    assert!(cache.read().begun.is_empty());
}

#[tokio::test]
async fn what_was_loaded_through_a_gap_is_not_kept() {
    let database = Arc::new(Database { gate: Some(Notify::new()), versions: vec![1].into(), ..Database::default() });
    let cache = Arc::new(cache(&database, 1_000));
    let asking = {
        let cache = Arc::clone(&cache);
        tokio::spawn(async move { version(&cache, ACME).await })
    };
    tokio::task::yield_now().await;
    assert_eq!(database.loads(), 1);
    cache.forget_all();
    database.gate.as_ref().unwrap().notify_one();
    assert_eq!(asking.await.unwrap(), 1);
    assert!(cache.read().kept.is_empty());
}

#[tokio::test]
async fn a_fault_is_answered_and_not_kept() {
    let mut database = MockAuthorizations::new();
    let mut failed = false;
    database.expect_load().times(2).returning(move |organization| {
        if std::mem::replace(&mut failed, true) { Ok(Some(facts(organization, 1))) } else { Err(Fault::Contended) }
    });
    let cache = SnapshotCache::new(Arc::new(database), 1_000);
    assert!(cache.get(nth(ACME)).await.is_err());
    assert_eq!(version(&cache, ACME).await, 1);
}
