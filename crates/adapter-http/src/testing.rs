//! An app of mocks to send requests to.

use std::sync::Arc;

use accounts::views::{MockMemberships, MockTeam};
use accounts::{AcceptInvitation, Access, Caller, Denials, Node, SignUp, WhoAmI};
use actix_web::web::Data;
use audit::ports::MockTrail;
use entitlements::ports::{MockCatalogue, MockMeters, MockSubscriptions};
use entitlements::{Consume, LookUp, Subscribe};
use identity::ports::{
    MockAccessTokens, MockMailedTokens, MockPasswordHasher, MockRefreshTokens, MockSessions, MockStandings, MockUsers,
    TokenError,
};
use identity::{Claims, Lifetimes, LogIn, LogOut, Refresh, Register, Username, VerifyEmail};
use kernel::testing::{FixedClock, NOON, SeqIds, nth};
use kernel::{EmailAddress, MockStore, OrganizationId, RoleKey, SessionId, SignalSink, UserId};
use rbac::ports::MockAuthorizations;
use rbac::{Facts, MemberFact, SnapshotCache};
use tenancy::Invite;
use tenancy::ports::{MockAuthority, MockInvitations, MockOrganizations};
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

/// The ports a test may want to say something about.
#[derive(Default)]
pub(crate) struct Ports {
    pub identity: MockStore<identity::Change>,
    pub accounts: MockStore<accounts::Change>,
    pub tenancy: MockStore<tenancy::Change>,
    pub users: MockUsers,
    pub standings: MockStandings,
    pub hasher: MockPasswordHasher,
    pub organizations: MockOrganizations,
    pub invitations: MockInvitations,
    pub authority: MockAuthority,
    pub catalogue: MockCatalogue,
    pub subscriptions: MockSubscriptions,
    pub meters: MockMeters,
    pub refresh_tokens: MockRefreshTokens,
    pub mailed_tokens: MockMailedTokens,
    pub team: MockTeam,
    pub trail: MockTrail,
    pub parts: Vec<Arc<dyn crate::Part>>,
}

fn tokens() -> MockAccessTokens {
    let mut tokens = MockAccessTokens::new();
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
    pub fn app(self) -> Data<App> {
        let clock = Arc::new(FixedClock(NOON));
        let lifetimes = Lifetimes::default();
        let tokens: Arc<dyn identity::ports::AccessTokens> = Arc::new(tokens());
        let snapshots = SnapshotCache::new(Arc::new(authorizations()), 10);
        let mut sessions = MockSessions::new();
        sessions.expect_by_id().returning(|_| Ok(None));
        let sessions: Arc<dyn identity::ports::Sessions> = Arc::new(sessions);
        let node = Arc::new(Node::new(snapshots, Arc::clone(&sessions), clock.clone()));
        node.alive();
        let identity: Arc<dyn kernel::Store<identity::Change>> = Arc::new(self.identity);
        let accounts: Arc<dyn kernel::Store<accounts::Change>> = Arc::new(self.accounts);
        let users: Arc<dyn identity::ports::Users> = Arc::new(self.users);
        let standings: Arc<dyn identity::ports::Standings> = Arc::new(self.standings);
        let hasher: Arc<dyn identity::ports::PasswordHasher> = Arc::new(self.hasher);
        let organizations: Arc<dyn tenancy::ports::Organizations> = Arc::new(self.organizations);
        let invitations: Arc<dyn tenancy::ports::Invitations> = Arc::new(self.invitations);
        let catalogue: Arc<dyn entitlements::ports::Catalogue> = Arc::new(self.catalogue);
        let subscriptions: Arc<dyn entitlements::ports::Subscriptions> = Arc::new(self.subscriptions);
        let meters: Arc<dyn entitlements::ports::Meters> = Arc::new(self.meters);
        let access = Arc::new(Access {
            tokens: Arc::clone(&tokens),
            organizations: Arc::clone(&organizations),
            node: Arc::clone(&node),
            denials: Arc::new(Denials::new(Arc::clone(&accounts))),
        });
        Data::new(App {
            sign_up: SignUp {
                store: Arc::clone(&accounts),
                hasher: Arc::clone(&hasher),
                tokens: Arc::clone(&tokens),
                lifetimes,
            },
            accept_invitation: AcceptInvitation {
                store: accounts,
                invitations: Arc::clone(&invitations),
                organizations: Arc::clone(&organizations),
                users: Arc::clone(&users),
                node,
                hasher: Arc::clone(&hasher),
                tokens: Arc::clone(&tokens),
                lifetimes,
            },
            who_am_i: WhoAmI {
                users: Arc::clone(&users),
                organizations: Arc::clone(&organizations),
                access: Arc::clone(&access),
            },
            access,
            register: Register { store: Arc::clone(&identity), hasher: Arc::clone(&hasher), lifetimes },
            log_in: LogIn {
                store: Arc::clone(&identity),
                users,
                standings,
                hasher,
                tokens: Arc::clone(&tokens),
                lifetimes,
            },
            refresh: Refresh { refresh_tokens: Arc::new(self.refresh_tokens), tokens },
            log_out: LogOut { store: identity, sessions },
            verify_email: VerifyEmail { tokens: Arc::new(self.mailed_tokens) },
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
