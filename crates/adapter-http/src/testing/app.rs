//! The application that unit tests of this crate ask: one list with a line for each port, longer than other files as the
//! application is wide.

use std::sync::Arc;

use accounts::views::{MockMemberships, MockTenants};
use accounts::{
    AcceptInvitation, Access, ChangeRole, CreateOrganization, DeleteAccount, Denials, Joining, KeyCache, LastSeen,
    LiveSettings, ManageKeys, Node, ProviderSignIn, ReportAccess, SignUp, SnapshotAuthority, WhoAmI,
};
use actix_web::web::Data;
use audit::{CheckOrganization, Notary, RecordExport};
use entitlements::{
    Consume, CorrectUsage, CreateService, GrantQuota, LookUp, ManageSubscription, ReadHistory, Reserve, SetPlan,
    Subscribe, UpdateService,
};
use identity::ports::MockSightings;
use identity::{
    ChangePassword, ChangeSettings, CheckPasskey, CheckPassword, CheckSecondFactor, ConfirmMfa, DisableMfa, Doorway,
    EndAllSessions, EndSession, FollowLink, Gate, KeyPrefixes, LogIn, LogInByPasskey, ProviderFlow, ReadAvatar,
    RecordDataExport, Refresh, Register, RegisterPasskey, RemoveAvatar, RemoveWayIn, RenewAccess, Renewal,
    ReplaceRecoveryCodes, RequestEmailChange, RequestMail, ResetPassword, SetAvatar, SetUpMfa, StepUp, StoredSettings,
    SuspendUser, SwitchOrganization, UnlockUser, UpdateProfile,
};
use kernel::testing::{FixedClock, NOON, SeqIds};
use kernel::{Gallery, MockStore, SignalSink};
use rbac::ports::{MockCustomPermissions, MockGrants, MockRoles};
use rbac::{
    CreateRole, DeclarePermission, DeleteRole, GrantPermission, RevokeGrant, SnapshotCache, UpdateRole,
    WithdrawPermission,
};
use tenancy::ports::MockMembers;
use tenancy::{
    CancelInvitation, DeleteOrganization, Invite, ReadLogo, RemoveLogo, RemoveMember, ResendInvitation,
    RestoreOrganization, SetLogo, SuspendMember, UpdateOrganization,
};
use url::Url;
use webhooks::ports::{MockDeliveryLog, MockEndpoints, MockSender};
use webhooks::{Checks, CreateEndpoint, DeleteEndpoint, OrderDeliveries, RotateSecret, UpdateEndpoint};

use super::refusals::Refusals;
use super::sign_ins::{authorizations, tokens};
use super::{Ports, programs};
use crate::{App, Cookies, Csrf, Cursors};

/// Where browsers come to, where nothing else is said.
const PUBLIC_URL: &str = "http://127.0.0.1:8080";

impl Ports {
    #[expect(clippy::too_many_lines, reason = "one line for each port")]
    pub fn app(mut self) -> Data<App> {
        let public_url = Url::parse(self.public_url.unwrap_or(PUBLIC_URL)).unwrap();
        let clock = Arc::new(FixedClock(NOON));
        let tokens: Arc<dyn identity::ports::AccessTokens> = Arc::new(tokens(self.public_keys));
        let snapshots = SnapshotCache::new(Arc::new(authorizations(self.require_mfa)), 1_000);
        self.sessions.expect_by_id().returning(|_| Ok(None));
        self.totps.expect_of().returning(|_| Ok(None));
        self.passkeys.expect_of().returning(|_| Ok(Vec::new()));
        programs::known(&mut self.keys);
        self.stored_settings.expect_stored().returning(|| Ok(StoredSettings::default()));
        let sessions: Arc<dyn identity::ports::Sessions> = Arc::new(self.sessions);
        let stored: Arc<dyn identity::ports::SettingsStore> = Arc::new(self.stored_settings);
        let live = LiveSettings::new(Arc::clone(&stored), self.configured);
        let keys: Arc<dyn identity::ports::Keys> = Arc::new(self.keys);
        let history: Arc<dyn accounts::views::History> = Arc::new(self.history);
        let team: Arc<dyn accounts::views::Team> = Arc::new(self.team);
        let log: Arc<dyn audit::ports::Log> = Arc::new(self.log);
        let notary = Notary { origin: "here".to_owned(), signer: Arc::new(audit::testing::SumSigner(7)) };
        let cache = KeyCache::new(Arc::clone(&keys), KeyPrefixes::default(), 10);
        let node = Arc::new(Node::new(snapshots, Arc::clone(&sessions), live, cache, clock.clone()));
        node.alive();
        let settings: Arc<dyn identity::ports::CurrentSettings> = node.clone();
        let authority = Arc::new(SnapshotAuthority { node: Arc::clone(&node) });
        let snapshots_of_node: Arc<dyn rbac::ports::Snapshots> = node.clone();
        let identity: Arc<dyn kernel::Store<identity::Change>> = Arc::new(self.identity);
        let accounts: Arc<dyn kernel::Store<accounts::Change>> = Arc::new(self.accounts);
        let users: Arc<dyn identity::ports::Users> = Arc::new(self.users);
        let founders = Arc::clone(&users);
        let standings: Arc<dyn identity::ports::Standings> = Arc::new(self.standings);
        let hasher: Arc<dyn identity::ports::PasswordHasher> = Arc::new(self.hasher);
        let allowances: Arc<dyn identity::ports::MailAllowances> = Arc::new(self.allowances);
        let mailed_tokens: Arc<dyn identity::ports::MailedTokens> = Arc::new(self.mailed_tokens);
        let organizations: Arc<dyn tenancy::ports::Organizations> = Arc::new(self.organizations);
        let invitations: Arc<dyn tenancy::ports::Invitations> = Arc::new(self.invitations);
        let catalogue: Arc<dyn entitlements::ports::Catalogue> = Arc::new(self.catalogue);
        let subscriptions: Arc<dyn entitlements::ports::Subscriptions> = Arc::new(self.subscriptions);
        let meters: Arc<dyn entitlements::ports::Meters> = Arc::new(self.meters);
        let attempts: Arc<dyn identity::ports::Attempts> = Arc::new(self.attempts);
        let totps: Arc<dyn identity::ports::Totps> = Arc::new(self.totps);
        let passkeys: Arc<dyn identity::ports::Passkeys> = Arc::new(self.passkeys);
        let identities: Arc<dyn identity::ports::Identities> = Arc::new(self.identities);
        let holdings: Arc<dyn tenancy::ports::Holdings> = Arc::new(self.holdings);
        let gallery = Gallery { pictures: Arc::new(self.pictures), files: Arc::new(self.files) };
        let tenancy: Arc<dyn kernel::Store<tenancy::Change>> = Arc::new(self.tenancy);
        let ephemeral: Arc<dyn kernel::Ephemeral> = self.waiting;
        let ceremonies = self.ceremonies.map(|it| Arc::new(it) as Arc<dyn identity::ports::Ceremonies>);
        let check_passkey =
            Arc::new(CheckPasskey { ceremonies, ephemeral: Arc::clone(&ephemeral), passkeys: Arc::clone(&passkeys) });
        let second = Arc::new(CheckSecondFactor {
            totps: Arc::clone(&totps),
            attempts: Arc::clone(&attempts),
            passkeys: Arc::clone(&check_passkey),
            gate: Gate::default(),
        });
        let doorway = Arc::new(Doorway {
            standings: Arc::clone(&standings),
            sessions: Arc::clone(&sessions),
            tokens: Arc::clone(&tokens),
            settings: Arc::clone(&settings),
        });
        let renewal = Arc::new(Renewal {
            sessions: Arc::clone(&sessions),
            standings: Arc::clone(&standings),
            tokens: Arc::clone(&tokens),
        });
        let joining = Arc::new(Joining {
            invitations: Arc::clone(&invitations),
            organizations: Arc::clone(&organizations),
            users: Arc::clone(&users),
            keys: Arc::clone(&keys),
            node: Arc::clone(&node),
            tokens: Arc::clone(&tokens),
        });
        let check = Arc::new(CheckPassword {
            store: Arc::clone(&identity),
            users: Arc::clone(&users),
            attempts,
            hasher: Arc::clone(&hasher),
            settings: Arc::clone(&settings),
            gate: Gate::default(),
        });
        let checks = Checks {
            sender: Arc::new(MockSender::new()),
            event_types: accounts::event_types(),
            allowed_hosts: Vec::new(),
        };
        let access = Arc::new(Access {
            tokens: Arc::clone(&tokens),
            organizations: Arc::clone(&organizations),
            node: Arc::clone(&node),
            denials: Arc::new(Denials::new(Arc::new(Refusals(Arc::clone(&accounts))))),
            sessions: Arc::clone(&sessions),
            users: Arc::clone(&users),
            totps: Arc::clone(&totps),
            passkeys: Arc::clone(&passkeys),
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
                joining: Arc::clone(&joining),
                users: Arc::clone(&users),
                sessions: Arc::clone(&sessions),
                hasher: Arc::clone(&hasher),
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
                second: Arc::clone(&second),
                doorway: Arc::clone(&doorway),
            },
            log_in_by_passkey: LogInByPasskey {
                store: Arc::clone(&identity),
                users: Arc::clone(&users),
                passkeys: Arc::clone(&check_passkey),
                doorway: Arc::clone(&doorway),
            },
            provider_flow: ProviderFlow {
                store: Arc::clone(&identity),
                providers: Arc::new(self.providers),
                ephemeral,
                users: Arc::clone(&users),
                identities: Arc::clone(&identities),
                redirect_uris: vec!["https://app.example.com/cb?x=1".to_owned()],
            },
            provider_sign_in: ProviderSignIn {
                store: Arc::clone(&accounts),
                users: Arc::clone(&users),
                identities: Arc::clone(&identities),
                second: Arc::clone(&second),
                doorway,
                renewal: Arc::clone(&renewal),
                joining,
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
                users: Arc::clone(&users),
                check: Arc::clone(&check),
                second: Arc::clone(&second),
                passkeys: Arc::clone(&check_passkey),
                renewal,
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
                standings: Arc::clone(&standings),
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
            record_data_export: RecordDataExport { store: Arc::clone(&identity) },
            set_avatar: SetAvatar { store: Arc::clone(&identity), users: Arc::clone(&users), gallery: gallery.clone() },
            remove_avatar: RemoveAvatar {
                store: Arc::clone(&identity),
                users: Arc::clone(&users),
                gallery: gallery.clone(),
            },
            read_avatar: ReadAvatar {
                users: Arc::clone(&users),
                standings: Arc::clone(&standings),
                gallery: gallery.clone(),
            },
            update_profile: UpdateProfile { store: Arc::clone(&identity), users: Arc::clone(&users) },
            set_up_mfa: SetUpMfa {
                store: Arc::clone(&identity),
                users: Arc::clone(&users),
                totps: Arc::clone(&totps),
                issuer: "Portcullis".to_owned(),
            },
            confirm_mfa: ConfirmMfa {
                store: Arc::clone(&identity),
                users: Arc::clone(&users),
                sessions: Arc::clone(&sessions),
                totps: Arc::clone(&totps),
                second,
            },
            disable_mfa: DisableMfa {
                store: Arc::clone(&identity),
                users: Arc::clone(&users),
                sessions: Arc::clone(&sessions),
                totps: Arc::clone(&totps),
                passkeys: Arc::clone(&passkeys),
                standings: Arc::clone(&standings),
            },
            replace_recovery_codes: ReplaceRecoveryCodes {
                store: Arc::clone(&identity),
                users: Arc::clone(&users),
                totps: Arc::clone(&totps),
            },
            register_passkey: RegisterPasskey {
                store: Arc::clone(&identity),
                users: Arc::clone(&users),
                passkeys: Arc::clone(&check_passkey),
            },
            check_passkey,
            remove_way_in: RemoveWayIn {
                store: Arc::clone(&identity),
                users: Arc::clone(&users),
                sessions: Arc::clone(&sessions),
                totps: Arc::clone(&totps),
                passkeys: Arc::clone(&passkeys),
                identities: Arc::clone(&identities),
                standings,
            },
            manage_keys: ManageKeys {
                store: Arc::clone(&accounts),
                keys: Arc::clone(&keys),
                users: Arc::clone(&users),
                sessions: Arc::clone(&sessions),
                holdings: Arc::clone(&holdings),
                node,
                prefixes: KeyPrefixes::default(),
            },
            delete_account: DeleteAccount {
                store: accounts,
                users: Arc::clone(&users),
                holdings,
                settings: Arc::clone(&settings),
            },
            suspend_user: SuspendUser { store: Arc::clone(&identity), users: Arc::clone(&users) },
            unlock_user: UnlockUser { store: Arc::clone(&identity), users: Arc::clone(&users) },
            change_settings: ChangeSettings { store: identity, stored, configured: self.configured },
            settings,
            tokens,
            users,
            sessions,
            totps,
            passkeys,
            identities,
            keys,
            people: Arc::new(self.people),
            exports: Arc::new(self.exports),
            update_organization: UpdateOrganization {
                store: Arc::clone(&tenancy),
                organizations: Arc::clone(&organizations),
                authority: authority.clone(),
            },
            resend_invitation: ResendInvitation {
                store: Arc::new(MockStore::new()),
                organizations: Arc::clone(&organizations),
                invitations: Arc::clone(&invitations),
                authority: authority.clone(),
                lifetime: Invite::LIFETIME,
            },
            cancel_invitation: CancelInvitation {
                store: Arc::new(MockStore::new()),
                invitations: Arc::clone(&invitations),
                authority: authority.clone(),
            },
            suspend_member: SuspendMember {
                store: Arc::new(MockStore::new()),
                members: Arc::new(MockMembers::new()),
                authority: authority.clone(),
            },
            remove_member: RemoveMember {
                store: Arc::new(MockStore::new()),
                members: Arc::new(MockMembers::new()),
                authority: authority.clone(),
            },
            change_role: ChangeRole {
                store: Arc::new(MockStore::new()),
                members: Arc::new(MockMembers::new()),
                users: Arc::clone(&founders),
                snapshots: snapshots_of_node.clone(),
                grants: Arc::new(MockGrants::new()),
            },
            create_organization: CreateOrganization { store: Arc::new(MockStore::new()), users: Arc::clone(&founders) },
            delete_organization: DeleteOrganization {
                store: Arc::new(MockStore::new()),
                organizations: Arc::clone(&organizations),
                authority: authority.clone(),
            },
            restore_organization: RestoreOrganization {
                store: Arc::new(MockStore::new()),
                organizations: Arc::clone(&organizations),
                members: Arc::new(MockMembers::new()),
            },
            create_role: CreateRole {
                store: Arc::new(MockStore::new()),
                snapshots: snapshots_of_node.clone(),
                roles: Arc::new(MockRoles::new()),
            },
            update_role: UpdateRole {
                store: Arc::new(MockStore::new()),
                snapshots: snapshots_of_node.clone(),
                roles: Arc::new(MockRoles::new()),
            },
            delete_role: DeleteRole {
                store: Arc::new(MockStore::new()),
                snapshots: snapshots_of_node.clone(),
                roles: Arc::new(MockRoles::new()),
            },
            grant_permission: GrantPermission {
                store: Arc::new(MockStore::new()),
                snapshots: snapshots_of_node.clone(),
                grants: Arc::new(MockGrants::new()),
            },
            revoke_grant: RevokeGrant {
                store: Arc::new(MockStore::new()),
                snapshots: snapshots_of_node.clone(),
                grants: Arc::new(MockGrants::new()),
            },
            declare_permission: DeclarePermission {
                store: Arc::new(MockStore::new()),
                snapshots: snapshots_of_node.clone(),
                permissions: Arc::new(MockCustomPermissions::new()),
            },
            withdraw_permission: WithdrawPermission {
                store: Arc::new(MockStore::new()),
                snapshots: snapshots_of_node,
                permissions: Arc::new(MockCustomPermissions::new()),
                roles: Arc::new(MockRoles::new()),
            },
            set_logo: SetLogo {
                store: Arc::clone(&tenancy),
                organizations: Arc::clone(&organizations),
                authority: authority.clone(),
                gallery: gallery.clone(),
            },
            remove_logo: RemoveLogo {
                store: Arc::clone(&tenancy),
                organizations: Arc::clone(&organizations),
                authority: authority.clone(),
                gallery: gallery.clone(),
            },
            read_logo: ReadLogo { organizations: Arc::clone(&organizations), gallery },
            organizations: Arc::clone(&organizations),
            invitations: Arc::clone(&invitations),
            authorizations: Arc::new(authorizations(self.require_mfa)),
            roles: Arc::new(MockRoles::new()),
            grants: Arc::new(MockGrants::new()),
            custom_permissions: Arc::new(MockCustomPermissions::new()),
            tenants: Arc::new(MockTenants::new()),
            invite: Invite {
                store: tenancy,
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
            manage_subscription: ManageSubscription {
                store: Arc::new(MockStore::new()),
                catalogue: Arc::clone(&catalogue),
                subscriptions,
            },
            create_service: CreateService { store: Arc::new(MockStore::new()) },
            update_service: UpdateService { store: Arc::new(MockStore::new()), catalogue: Arc::clone(&catalogue) },
            set_plan: SetPlan { store: Arc::new(MockStore::new()), catalogue: Arc::clone(&catalogue) },
            grant_quota: GrantQuota { store: Arc::new(MockStore::new()), catalogue: Arc::clone(&catalogue) },
            look_up: LookUp { catalogue: Arc::clone(&catalogue), meters: Arc::clone(&meters) },
            consume: Consume { catalogue: Arc::clone(&catalogue), meters: Arc::clone(&meters) },
            reserve: Reserve { catalogue: Arc::clone(&catalogue), meters: Arc::clone(&meters) },
            correct_usage: CorrectUsage { catalogue: Arc::clone(&catalogue), meters: Arc::clone(&meters) },
            usage_history: ReadHistory { catalogue: Arc::clone(&catalogue), meters },
            create_endpoint: CreateEndpoint {
                store: Arc::new(MockStore::new()),
                endpoints: Arc::new(MockEndpoints::new()),
                checks: checks.clone(),
            },
            update_endpoint: UpdateEndpoint {
                store: Arc::new(MockStore::new()),
                endpoints: Arc::new(MockEndpoints::new()),
                checks: checks.clone(),
            },
            delete_endpoint: DeleteEndpoint {
                store: Arc::new(MockStore::new()),
                endpoints: Arc::new(MockEndpoints::new()),
            },
            rotate_secret: RotateSecret {
                store: Arc::new(MockStore::new()),
                endpoints: Arc::new(MockEndpoints::new()),
            },
            order_deliveries: OrderDeliveries {
                store: Arc::new(MockStore::new()),
                endpoints: Arc::new(MockEndpoints::new()),
                log: Arc::new(MockDeliveryLog::new()),
                checks,
            },
            endpoints: Arc::new(MockEndpoints::new()),
            delivery_log: Arc::new(MockDeliveryLog::new()),
            catalogue,
            trail: Arc::new(self.trail),
            check_organization: CheckOrganization {
                log: Arc::clone(&log),
                sealer: Arc::new(audit::testing::SumSigner(7)),
                notary: notary.clone(),
            },
            record_export: RecordExport { store: Arc::new(self.audit) },
            report_access: ReportAccess {
                authorizations: Arc::new(authorizations(self.require_mfa)),
                history: Arc::clone(&history),
                team: Arc::clone(&team),
            },
            history,
            log,
            notary,
            team,
            memberships: Arc::new(MockMemberships::new()),
            cursors: Cursors::new(&[7; 32]),
            cookies: Cookies::of(&public_url),
            limits: self.limits,
            csrf: Csrf::new(&public_url, &self.edge, &[8; 32]),
            edge: self.edge,
            clock,
            ids: Arc::new(SeqIds::default()),
            parts: crate::Parts::new(self.parts),
            operations: crate::Operations::default(),
            support_email: "support@example.com".to_owned(),
        })
    }
}
