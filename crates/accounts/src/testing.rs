//! The world that this crate's tests share: Acme is organization 60 with version 7.

use std::sync::Arc;

use identity::ports::{
    AccessTokens, Keys, MockAccessTokens, MockKeys, MockPasskeys, MockSessions, MockSettingsStore, MockSightings,
    MockTotps, MockUsers, Passkeys, Sessions, Totps, Users,
};
use identity::{Key, KeyOwner, KeyPrefixes, Label, Passkey, Scopes, Session, Settings, StoredSettings, Totp};
use kernel::testing::{FixedClock, NOON, SeqIds, Units, nth};
use kernel::{OrganizationId, OrganizationRef, RoleKey, Secret, TokenHash};
use rbac::ports::MockAuthorizations;
use rbac::{Facts, MemberFact, Rules, SnapshotCache};
use tenancy::ports::{MockOrganizations, Organizations};

use crate::{Access, Change, Denials, KeyCache, LastSeen, LiveSettings, Node};

pub const JOHN: u64 = 50;
pub const JOHNS_SESSION: u64 = 51;
pub const ACME: u64 = 60;
pub const INVITER: u64 = 80;

pub fn member(user: u64, role: RoleKey) -> MemberFact {
    MemberFact { user: nth(user), role, active: true, grants: vec![] }
}

pub fn suspended(user: u64, role: RoleKey) -> MemberFact {
    MemberFact { active: false, ..member(user, role) }
}

pub fn facts(members: Vec<MemberFact>) -> Facts {
    Facts { organization: nth(ACME), version: 7, rules: Rules::default(), members }
}

/// Snapshots of Acme alone; the facts are read one after the other, the last ones for ever. Asked for the version alone,
/// the database names the last one's.
pub fn snapshots(mut states: Vec<Facts>) -> SnapshotCache {
    let mut facts = MockAuthorizations::new();
    let version = states[states.len() - 1].version;
    facts.expect_version().returning(move |it| Ok((it == nth(ACME)).then_some(version)));
    facts.expect_load().returning(move |organization: OrganizationId| {
        let next = if states.len() > 1 { states.remove(0) } else { states[0].clone() };
        Ok((organization == nth(ACME)).then_some(next))
    });
    SnapshotCache::new(Arc::new(facts), 1_000)
}

/// The settings as configured by nobody.
pub fn settings() -> LiveSettings {
    let mut stored = MockSettingsStore::new();
    stored.expect_stored().returning(|| Ok(StoredSettings::default()));
    LiveSettings::new(Arc::new(stored), Settings::default())
}

/// Few keys at a time, of these.
pub fn keys(keys: impl Keys + 'static) -> KeyCache {
    KeyCache::new(Arc::new(keys), KeyPrefixes::default(), 2)
}

/// A node that hears its own heartbeat, knows of no ended session and of no key.
pub fn node(members: Vec<MemberFact>) -> Arc<Node> {
    node_of(facts(members), MockKeys::new())
}

/// As [`node`], of these facts and keys.
pub fn node_of(facts: Facts, there: impl Keys + 'static) -> Arc<Node> {
    use kernel::SignalSink as _;
    let node = Node::new(
        snapshots(vec![facts]),
        Arc::new(MockSessions::new()),
        settings(),
        keys(there),
        Arc::new(FixedClock(NOON)),
    );
    node.alive();
    Arc::new(node)
}

/// Acme is there, by id and by slug; nothing else is.
pub fn organizations() -> Arc<dyn Organizations> {
    let mut organizations = MockOrganizations::new();
    organizations.expect_find().returning(|wanted| {
        let acme = tenancy::testing::acme(nth(ACME));
        let is_meant = match wanted {
            OrganizationRef::Id(id) => *id == acme.id,
            OrganizationRef::Slug(slug) => *slug == acme.slug,
        };
        Ok(is_meant.then_some(acme))
    });
    Arc::new(organizations)
}

/// John's key number `n` of this owner, and the text it is presented as.
pub fn key(n: u64, owner: KeyOwner, scopes: Scopes) -> (Key, String) {
    let organization = match owner {
        KeyOwner::Organization(it) => Some(it),
        KeyOwner::User(_) => None,
    };
    let ids = SeqIds::default();
    let text = (0..n).map(|_| KeyPrefixes::default().mint(&ids, owner)).last().unwrap();
    let key = Key {
        id: nth(n),
        owner,
        maker: nth(JOHN),
        organization,
        name: Label::parse("CI").unwrap(),
        hash: TokenHash::of(text.expose()),
        hint: KeyPrefixes::default().hint(owner, &text),
        scopes,
        multi_factor: false,
        previous: None,
        expires_at: None,
        created_at: NOON,
        text_at: NOON,
        version: 1,
    };
    (key, text.expose().to_owned())
}

/// These keys are there, and their makers may act.
pub fn keys_there(there: Vec<Key>) -> MockKeys {
    let mut keys = MockKeys::new();
    let all = there.clone();
    keys.expect_by_hash().returning(move |hash| {
        let is_meant = |it: &&Key| it.hash == *hash || it.previous.is_some_and(|(previous, _)| previous == *hash);
        Ok(all.iter().find(is_meant).cloned())
    });
    keys.expect_by_id().returning(move |id| Ok(there.iter().find(|it| it.id == id).cloned()));
    keys
}

/// What makes John's codes.
/// John has so many.
pub fn passkeys(of_john: u64) -> Arc<dyn Passkeys> {
    let passkey = |n| Passkey {
        id: nth(n),
        user: nth(JOHN),
        name: Label::parse("Laptop").unwrap(),
        credential: vec![],
        public: "null".parse().unwrap(),
        created_at: NOON,
        last_used_at: None,
        version: 1,
    };
    let there: Vec<_> = (1..=of_john).map(passkey).collect();
    let mut passkeys = MockPasskeys::new();
    passkeys.expect_of().returning(move |user| Ok(if user == nth(JOHN) { there.clone() } else { vec![] }));
    Arc::new(passkeys)
}

pub fn totps(of_john: Option<Totp>) -> Arc<dyn Totps> {
    let mut totps = MockTotps::new();
    totps.expect_of().returning(move |user| Ok(of_john.clone().filter(|it| it.user == user)));
    Arc::new(totps)
}

/// The one session there is.
pub fn sessions(there: Option<Session>) -> Arc<dyn Sessions> {
    let mut sessions = MockSessions::new();
    sessions.expect_by_id().returning(move |id| Ok(there.clone().filter(|it| it.id == id)));
    sessions.expect_beyond().returning(|_, _, _| Ok(vec![]));
    Arc::new(sessions)
}

/// These are there.
pub fn users(there: Vec<identity::User>) -> Arc<dyn Users> {
    let mut users = MockUsers::new();
    let all = there.clone();
    users.expect_by_id().returning(move |id| Ok(all.iter().find(|it| it.id == id).cloned()));
    users.expect_by_email().returning(move |email| Ok(there.iter().find(|it| it.email.key() == email.key()).cloned()));
    Arc::new(users)
}

/// Signs by writing down for whom, in which session, where and as what.
pub fn tokens() -> Arc<dyn AccessTokens> {
    let mut tokens = MockAccessTokens::new();
    tokens.expect_issue().returning(|it| {
        let role = it.role.as_ref().map_or("-", RoleKey::as_str);
        let organization = it.organization.map(|it| it.to_string()).unwrap_or_default();
        Ok(Secret::new(format!("{} {} {organization} {role}", it.user, it.session)))
    });
    Arc::new(tokens)
}

/// The doors of this node; no token is good, nobody is there, no session, and nobody has a second factor.
pub fn access(node: Arc<Node>, store: Arc<Units<Change>>) -> Access {
    Access {
        tokens: Arc::new(MockAccessTokens::new()),
        organizations: organizations(),
        node,
        denials: Arc::new(Denials::new(store)),
        sessions: Arc::new(MockSessions::new()),
        users: users(vec![]),
        totps: totps(None),
        passkeys: passkeys(0),
        last_seen: Arc::new(LastSeen::new(Arc::new(MockSightings::new()))),
    }
}

/// John's place in this organization, at version 7, beside so many others.
pub fn holding(organization: u64, role: RoleKey, other_members: u64, other_owners: u64) -> tenancy::Holding {
    let member = tenancy::Member {
        organization: nth(organization),
        user: nth(JOHN),
        role,
        status: tenancy::MemberStatus::Active,
        joined_at: NOON,
        version: 1,
    };
    let organization = tenancy::testing::acme(nth(organization));
    tenancy::Holding {
        organization,
        version: 7,
        member,
        other_members,
        other_owners,
        members_on_their_way_out: 0,
        pending: vec![],
    }
}
