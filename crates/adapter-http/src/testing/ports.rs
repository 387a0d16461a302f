use std::sync::Arc;

use accounts::views::{MockExports, MockHistory, MockPeople, MockTeam};
use audit::ports::{MockLog, MockTrail};
use entitlements::ports::{MockCatalogue, MockMeters, MockSubscriptions};
use identity::Settings;
use identity::ports::{
    Admission, MockAttempts, MockCeremonies, MockIdentities, MockKeys, MockMailAllowances, MockMailedTokens,
    MockPasskeys, MockPasswordHasher, MockProviders, MockRefreshTokens, MockSessions, MockSettingsStore, MockStandings,
    MockTotps, MockUsers,
};
use kernel::{MockFileStore, MockPictures, MockStore};
use serde_json::Value;
use tenancy::ports::{MockAuthority, MockHoldings, MockInvitations, MockOrganizations};

use super::{Waiting, session, user};
use crate::Edge;

/// The ports a test may want to say something about.
#[derive(Default)]
pub(crate) struct Ports {
    pub identity: MockStore<identity::Change>,
    pub accounts: MockStore<accounts::Change>,
    pub tenancy: MockStore<tenancy::Change>,
    pub users: MockUsers,
    pub standings: MockStandings,
    pub sessions: MockSessions,
    pub hasher: MockPasswordHasher,
    pub attempts: MockAttempts,
    pub allowances: MockMailAllowances,
    pub stored_settings: MockSettingsStore,
    /// As the configuration says.
    pub configured: Settings,
    pub public_keys: Value,
    pub holdings: MockHoldings,
    pub organizations: MockOrganizations,
    pub invitations: MockInvitations,
    pub authority: MockAuthority,
    pub catalogue: MockCatalogue,
    pub subscriptions: MockSubscriptions,
    pub meters: MockMeters,
    pub refresh_tokens: MockRefreshTokens,
    pub mailed_tokens: MockMailedTokens,
    pub team: MockTeam,
    pub people: MockPeople,
    pub exports: MockExports,
    pub history: MockHistory,
    pub audit: MockStore<audit::Change>,
    pub trail: MockTrail,
    pub log: MockLog,
    pub totps: MockTotps,
    pub passkeys: MockPasskeys,
    /// Absent where there are no passkeys.
    pub ceremonies: Option<MockCeremonies>,
    pub identities: MockIdentities,
    pub providers: MockProviders,
    /// What waits, also from one app to another.
    pub waiting: Arc<Waiting>,
    pub keys: MockKeys,
    pub files: MockFileStore,
    pub pictures: MockPictures,
    /// Whether acme demands more than one factor.
    pub require_mfa: bool,
    /// None, unless a test is about them.
    pub limits: Option<crate::RequestLimits>,
    pub public_url: Option<&'static str>,
    pub edge: Edge,
    pub parts: Vec<Arc<dyn crate::Part>>,
}

impl Ports {
    /// Where this token's user is there, in a session that has just begun.
    pub fn of(token: &'static str) -> Self {
        let mut ports = Self::default();
        ports.users.expect_by_id().returning(move |id| Ok(Some(user(token)).filter(|it| it.id == id)));
        ports.users.expect_by_email().returning(move |_| Ok(Some(user(token))));
        ports.sessions.expect_by_id().returning(move |id| Ok(Some(session(token)).filter(|it| it.id == id)));
        ports
    }

    /// Where a password is right, or not.
    pub fn at_passwords(mut self, right: bool) -> Self {
        self.attempts.expect_begin().returning(|_, _, _| Ok(Admission::Counted(1)));
        self.hasher.expect_verify().returning(move |_, _| Ok(right));
        self.hasher.expect_is_outdated().returning(|_| false);
        self.hasher.expect_hash().returning(|_| Ok(identity::PasswordHash("hash".to_owned().into())));
        self.standings.expect_of().returning(|_, _| Ok(None));
        self.standings.expect_words_of().returning(|_| Ok(Vec::new()));
        self.sessions.expect_beyond().returning(|_, _, _| Ok(Vec::new()));
        self
    }
}
