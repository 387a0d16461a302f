//! An app of mocks to send requests to.

use std::sync::Arc;

use accounts::views::{MockExports, MockMemberships, MockPeople, MockTeam};
use accounts::{
    AcceptInvitation, Access, Caller, DeleteAccount, Denials, LastSeen, LiveSettings, Node, SignUp, WhoAmI,
};
use actix_web::web::Data;
use audit::ports::MockTrail;
use entitlements::ports::{MockCatalogue, MockMeters, MockSubscriptions};
use entitlements::{Consume, LookUp, Subscribe};
use identity::ports::{
    Admission, MockAccessTokens, MockAttempts, MockMailAllowances, MockMailedTokens, MockPasswordHasher,
    MockRefreshTokens, MockSessions, MockSettingsStore, MockSightings, MockStandings, MockUsers, TokenError,
};
use identity::{
    ChangePassword, ChangeSettings, CheckPassword, Claims, EndAllSessions, EndSession, FollowLink, Gate, LogIn,
    Refresh, Register, RenewAccess, RequestEmailChange, RequestMail, ResetPassword, Session, Settings, StepUp,
    StoredSettings, SuspendUser, SwitchOrganization, UnlockUser, UpdateProfile, User, Username,
};
use kernel::testing::{FixedClock, NOON, SeqIds, nth};
use kernel::{EmailAddress, MockStore, OrganizationId, RoleKey, SessionId, SignalSink, UserId};
use rbac::ports::MockAuthorizations;
use rbac::{Facts, MemberFact, SnapshotCache};
use serde_json::Value;
use tenancy::Invite;
use tenancy::ports::{MockAuthority, MockHoldings, MockInvitations, MockOrganizations};
use webhooks::CreateEndpoint;
use webhooks::ports::MockSender;

use crate::{App, Cursors};

/// The one organization.
pub(crate) fn acme() -> OrganizationId {
    nth(900)
}

/// Who the tokens `owner`, `member` and `suspended` belong to.
pub(crate) fn caller(token: &str) -> Option<Caller> {
    let (user, session): (UserId, SessionId) = match token {
        "owner" => (nth(901), nth(911)),
        "member" => (nth(902), nth(912)),
        "suspended" => (nth(903), nth(913)),
        "stranger" => (nth(904), nth(914)),
        _ => return None,
    };
    Some(Caller { user, session, organization: Some(acme()) })
}

/// Who a token belongs to, as stored; `owner` administers the installation besides.
pub(crate) fn user(token: &str) -> User {
    User { administrator: token == "owner", ..identity::testing::johndoe(caller(token).unwrap().user) }
}

/// The session a token belongs to, as stored.
pub(crate) fn session(token: &str) -> Session {
    let caller = caller(token).unwrap();
    Session { organization: caller.organization, ..identity::testing::session(caller.session, caller.user) }
}

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
    pub trail: MockTrail,
    pub parts: Vec<Arc<dyn crate::Part>>,
}

fn tokens(public_keys: Value) -> MockAccessTokens {
    let mut tokens = MockAccessTokens::new();
    tokens.expect_public_keys().returning(move |_| public_keys.clone());
    tokens.expect_issue().returning(|_| Ok("signed".to_owned().into()));
    tokens.expect_read().returning(|token, _| {
        let (token, expired) = token.strip_prefix("expired-").map_or((token, false), |it| (it, true));
        let Some(caller) = caller(token) else { return Err(TokenError::Invalid) };
        let claims = Claims {
            user: caller.user,
            email: EmailAddress::parse("u1@x.test").unwrap(),
            username: Username::parse("u_1").unwrap(),
            is_verified: true,
            organization: caller.organization,
            role: None,
            session: caller.session,
            issued_at: NOON,
            expires_at: NOON,
            auth_time: NOON,
            id: uuid::Uuid::nil(),
        };
        if expired { Err(TokenError::Expired(Box::new(claims))) } else { Ok(claims) }
    });
    tokens
}

fn authorizations() -> MockAuthorizations {
    let mut authorizations = MockAuthorizations::new();
    let member = |token: &str, role: RoleKey| MemberFact {
        user: caller(token).unwrap().user,
        role,
        active: token != "suspended",
    };
    let members =
        vec![member("owner", RoleKey::OWNER), member("member", RoleKey::MEMBER), member("suspended", RoleKey::MEMBER)];
    authorizations.expect_version().returning(|it| Ok((it == acme()).then_some(1)));
    authorizations.expect_load().returning(move |organization| {
        let facts = Facts { organization, version: 1, roles: vec![], permissions: vec![], members: members.clone() };
        Ok((organization == acme()).then_some(facts))
    });
    authorizations
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

    #[expect(clippy::too_many_lines, reason = "one line for each port")]
    pub fn app(mut self) -> Data<App> {
        let clock = Arc::new(FixedClock(NOON));
        let tokens: Arc<dyn identity::ports::AccessTokens> = Arc::new(tokens(self.public_keys));
        let snapshots = SnapshotCache::new(Arc::new(authorizations()), 10);
        self.sessions.expect_by_id().returning(|_| Ok(None));
        self.stored_settings.expect_stored().returning(|| Ok(StoredSettings::default()));
        let sessions: Arc<dyn identity::ports::Sessions> = Arc::new(self.sessions);
        let stored: Arc<dyn identity::ports::SettingsStore> = Arc::new(self.stored_settings);
        let live = LiveSettings::new(Arc::clone(&stored), self.configured);
        let node = Arc::new(Node::new(snapshots, Arc::clone(&sessions), live, clock.clone()));
        node.alive();
        let settings: Arc<dyn identity::ports::CurrentSettings> = node.clone();
        let identity: Arc<dyn kernel::Store<identity::Change>> = Arc::new(self.identity);
        let accounts: Arc<dyn kernel::Store<accounts::Change>> = Arc::new(self.accounts);
        let users: Arc<dyn identity::ports::Users> = Arc::new(self.users);
        let standings: Arc<dyn identity::ports::Standings> = Arc::new(self.standings);
        let hasher: Arc<dyn identity::ports::PasswordHasher> = Arc::new(self.hasher);
        let allowances: Arc<dyn identity::ports::MailAllowances> = Arc::new(self.allowances);
        let mailed_tokens: Arc<dyn identity::ports::MailedTokens> = Arc::new(self.mailed_tokens);
        let organizations: Arc<dyn tenancy::ports::Organizations> = Arc::new(self.organizations);
        let invitations: Arc<dyn tenancy::ports::Invitations> = Arc::new(self.invitations);
        let catalogue: Arc<dyn entitlements::ports::Catalogue> = Arc::new(self.catalogue);
        let subscriptions: Arc<dyn entitlements::ports::Subscriptions> = Arc::new(self.subscriptions);
        let meters: Arc<dyn entitlements::ports::Meters> = Arc::new(self.meters);
        let check = Arc::new(CheckPassword {
            store: Arc::clone(&identity),
            users: Arc::clone(&users),
            attempts: Arc::new(self.attempts),
            hasher: Arc::clone(&hasher),
            settings: Arc::clone(&settings),
            gate: Gate::default(),
        });
        let access = Arc::new(Access {
            tokens: Arc::clone(&tokens),
            organizations: Arc::clone(&organizations),
            node: Arc::clone(&node),
            denials: Arc::new(Denials::new(Arc::clone(&accounts))),
            sessions: Arc::clone(&sessions),
            users: Arc::clone(&users),
            last_seen: Arc::new(LastSeen::new(Arc::new(MockSightings::new()))),
        });
        Data::new(App {
            sign_up: SignUp {
                store: Arc::clone(&accounts),
                hasher: Arc::clone(&hasher),
                tokens: Arc::clone(&tokens),
                settings: Arc::clone(&settings),
            },
            accept_invitation: AcceptInvitation {
                store: Arc::clone(&accounts),
                invitations: Arc::clone(&invitations),
                organizations: Arc::clone(&organizations),
                users: Arc::clone(&users),
                node,
                hasher: Arc::clone(&hasher),
                tokens: Arc::clone(&tokens),
                settings: Arc::clone(&settings),
            },
            who_am_i: WhoAmI {
                users: Arc::clone(&users),
                organizations: Arc::clone(&organizations),
                access: Arc::clone(&access),
            },
            access,
            register: Register {
                store: Arc::clone(&identity),
                users: Arc::clone(&users),
                hasher: Arc::clone(&hasher),
                allowances: Arc::clone(&allowances),
                settings: Arc::clone(&settings),
            },
            log_in: LogIn {
                store: Arc::clone(&identity),
                check: Arc::clone(&check),
                standings: Arc::clone(&standings),
                sessions: Arc::clone(&sessions),
                tokens: Arc::clone(&tokens),
                settings: Arc::clone(&settings),
            },
            refresh: Refresh { refresh_tokens: Arc::new(self.refresh_tokens), tokens: Arc::clone(&tokens) },
            renew_access: RenewAccess {
                store: Arc::clone(&identity),
                sessions: Arc::clone(&sessions),
                users: Arc::clone(&users),
                standings: Arc::clone(&standings),
                tokens: Arc::clone(&tokens),
            },
            step_up: StepUp {
                store: Arc::clone(&identity),
                check: Arc::clone(&check),
                sessions: Arc::clone(&sessions),
                standings: Arc::clone(&standings),
                tokens: Arc::clone(&tokens),
            },
            switch_organization: SwitchOrganization {
                store: Arc::clone(&identity),
                sessions: Arc::clone(&sessions),
                users: Arc::clone(&users),
                standings: Arc::clone(&standings),
                tokens: Arc::clone(&tokens),
            },
            end_session: EndSession { store: Arc::clone(&identity), sessions: Arc::clone(&sessions) },
            end_all_sessions: EndAllSessions { store: Arc::clone(&identity) },
            change_password: ChangePassword {
                store: Arc::clone(&identity),
                users: Arc::clone(&users),
                standings: Arc::clone(&standings),
                check,
                hasher: Arc::clone(&hasher),
            },
            request_mail: RequestMail { store: Arc::clone(&identity) },
            reset_password: ResetPassword {
                users: Arc::clone(&users),
                standings,
                tokens: Arc::clone(&mailed_tokens),
                hasher,
            },
            follow_link: FollowLink { tokens: mailed_tokens, settings: Arc::clone(&settings) },
            request_email_change: RequestEmailChange {
                store: Arc::clone(&identity),
                users: Arc::clone(&users),
                allowances,
                settings: Arc::clone(&settings),
            },
            update_profile: UpdateProfile { store: Arc::clone(&identity), users: Arc::clone(&users) },
            delete_account: DeleteAccount {
                store: accounts,
                users: Arc::clone(&users),
                holdings: Arc::new(self.holdings),
                settings: Arc::clone(&settings),
            },
            suspend_user: SuspendUser { store: Arc::clone(&identity), users: Arc::clone(&users) },
            unlock_user: UnlockUser { store: Arc::clone(&identity), users: Arc::clone(&users) },
            change_settings: ChangeSettings { store: identity, stored, configured: self.configured },
            settings,
            tokens,
            users,
            sessions,
            people: Arc::new(self.people),
            exports: Arc::new(self.exports),
            invite: Invite {
                store: Arc::new(self.tenancy),
                organizations,
                invitations,
                authority: Arc::new(self.authority),
                lifetime: Invite::LIFETIME,
            },
            subscribe: Subscribe {
                store: Arc::new(MockStore::new()),
                catalogue: Arc::clone(&catalogue),
                subscriptions: Arc::clone(&subscriptions),
            },
            look_up: LookUp {
                catalogue: Arc::clone(&catalogue),
                subscriptions: Arc::clone(&subscriptions),
                meters: Arc::clone(&meters),
            },
            consume: Consume { catalogue: Arc::clone(&catalogue), subscriptions, meters },
            create_endpoint: CreateEndpoint {
                store: Arc::new(MockStore::new()),
                sender: Arc::new(MockSender::new()),
                event_types: accounts::event_types(),
                allowed_hosts: Vec::new(),
            },
            catalogue,
            trail: Arc::new(self.trail),
            team: Arc::new(self.team),
            memberships: Arc::new(MockMemberships::new()),
            cursors: Cursors::new(&[7; 32]),
            clock,
            ids: Arc::new(SeqIds::default()),
            parts: self.parts,
            support_email: "support@example.com".to_owned(),
        })
    }
}
