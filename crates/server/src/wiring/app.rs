//! Which use case stands behind what the API calls, and which adapter behind which of its ports.

use std::sync::Arc;

use accounts::{
    AcceptInvitation, Access, ChangeRole, CreateOrganization, DeleteAccount, ManageKeys, ProviderSignIn, ReportAccess,
    SignUp, SnapshotAuthority, WhoAmI,
};
use adapter_crypto::Purpose;
use adapter_http::{App, Cookies, Csrf, Cursors, Operations, Part, Parts};
use adapter_postgres::Database;
use async_trait::async_trait;
use audit::{CheckOrganization, RecordExport};
use entitlements::{
    Consume, CorrectUsage, CreateService, GrantQuota, LookUp, ManageSubscription, ReadHistory, Reserve, SetPlan,
    Subscribe, UpdateService,
};
use identity::{
    ChangePassword, ChangeSettings, ConfirmMfa, DisableMfa, EndAllSessions, EndSession, FollowLink, LogIn,
    LogInByPasskey, ProviderFlow, ReadAvatar, RecordDataExport, Refresh, Register, RegisterPasskey, RemoveAvatar,
    RemoveWayIn, RenewAccess, ReplaceRecoveryCodes, RequestEmailChange, RequestMail, ResetPassword, SetAvatar,
    SetUpMfa, StepUp, SuspendUser, SwitchOrganization, UpdateProfile,
};
use kernel::Fault;
use rbac::{CreateRole, DeclarePermission, DeleteRole, GrantPermission, RevokeGrant, UpdateRole, WithdrawPermission};
use tenancy::{
    CancelInvitation, DeleteOrganization, Invite, ReadLogo, RemoveLogo, RemoveMember, ResendInvitation,
    RestoreOrganization, SetLogo, SuspendMember, UpdateOrganization,
};
use webhooks::{Checks, CreateEndpoint, DeleteEndpoint, OrderDeliveries, RotateSecret, UpdateEndpoint};

use super::{SUPPORT, Shared};
use crate::foundation::Foundation;
use crate::proving::Proving;
use crate::{sources, traces};

/// What authenticators call this installation.
const ISSUER: &str = "Portcullis";

#[expect(clippy::too_many_lines, reason = "a list of what is connected with what, and nothing else")]
pub fn app(shared: &Shared) -> App {
    let Shared {
        config,
        foundation,
        tokens,
        sender,
        denials,
        last_seen,
        short_lived,
        providers,
        public_url,
        gallery,
        ..
    } = shared;
    let Foundation { master, database, node, store, hasher, notary, leaves, clock, ids } = foundation;
    let access = Arc::new(Access {
        tokens: tokens.clone(),
        organizations: database.clone(),
        node: node.clone(),
        denials: denials.clone(),
        sessions: database.clone(),
        users: database.clone(),
        totps: store.clone(),
        passkeys: database.clone(),
        last_seen: last_seen.clone(),
    });
    let authority = Arc::new(SnapshotAuthority { node: node.clone() });
    let checks = Checks {
        sender: sender.clone(),
        event_types: accounts::event_types(),
        allowed_hosts: config.webhook_allow_hosts.clone(),
    };
    let Proving { check, passkeys, second, doorway, renewal, joining } = Proving::of(shared);
    App {
        sign_up: SignUp {
            store: store.clone(),
            hasher: hasher.clone(),
            tokens: tokens.clone(),
            settings: node.clone(),
        },
        accept_invitation: AcceptInvitation {
            store: store.clone(),
            joining: joining.clone(),
            users: database.clone(),
            sessions: database.clone(),
            hasher: hasher.clone(),
            settings: node.clone(),
        },
        delete_account: DeleteAccount {
            store: store.clone(),
            users: database.clone(),
            holdings: database.clone(),
            settings: node.clone(),
        },
        who_am_i: WhoAmI { users: database.clone(), organizations: database.clone(), access: access.clone() },
        access,
        register: Register {
            store: store.clone(),
            users: database.clone(),
            hasher: hasher.clone(),
            allowances: store.clone(),
            settings: node.clone(),
        },
        log_in: LogIn { store: store.clone(), check: check.clone(), second: second.clone(), doorway: doorway.clone() },
        log_in_by_passkey: LogInByPasskey {
            store: store.clone(),
            users: database.clone(),
            passkeys: passkeys.clone(),
            doorway: doorway.clone(),
        },
        provider_flow: ProviderFlow {
            store: store.clone(),
            providers: providers.clone(),
            ephemeral: short_lived.ephemeral.clone(),
            users: database.clone(),
            identities: database.clone(),
            redirect_uris: config.redirect_uris.clone(),
        },
        provider_sign_in: ProviderSignIn {
            store: store.clone(),
            users: database.clone(),
            identities: database.clone(),
            second: second.clone(),
            doorway,
            renewal: renewal.clone(),
            joining,
            settings: node.clone(),
        },
        step_up: StepUp {
            store: store.clone(),
            users: database.clone(),
            check: check.clone(),
            second: second.clone(),
            passkeys: passkeys.clone(),
            renewal,
        },
        set_up_mfa: SetUpMfa {
            store: store.clone(),
            users: database.clone(),
            totps: store.clone(),
            issuer: ISSUER.to_owned(),
        },
        confirm_mfa: ConfirmMfa {
            store: store.clone(),
            users: database.clone(),
            sessions: database.clone(),
            totps: store.clone(),
            second,
        },
        disable_mfa: DisableMfa {
            store: store.clone(),
            users: database.clone(),
            sessions: database.clone(),
            totps: store.clone(),
            passkeys: database.clone(),
            standings: database.clone(),
        },
        replace_recovery_codes: ReplaceRecoveryCodes {
            store: store.clone(),
            users: database.clone(),
            totps: store.clone(),
        },
        register_passkey: RegisterPasskey { store: store.clone(), users: database.clone(), passkeys: passkeys.clone() },
        check_passkey: passkeys,
        remove_way_in: RemoveWayIn {
            store: store.clone(),
            users: database.clone(),
            sessions: database.clone(),
            totps: store.clone(),
            passkeys: database.clone(),
            identities: database.clone(),
            standings: database.clone(),
        },
        manage_keys: ManageKeys {
            store: store.clone(),
            keys: database.clone(),
            users: database.clone(),
            sessions: database.clone(),
            holdings: database.clone(),
            node: node.clone(),
            prefixes: config.key_prefixes.clone(),
        },
        update_organization: UpdateOrganization {
            store: store.clone(),
            organizations: database.clone(),
            authority: authority.clone(),
        },
        set_logo: SetLogo {
            store: store.clone(),
            organizations: database.clone(),
            authority: authority.clone(),
            gallery: gallery.clone(),
        },
        remove_logo: RemoveLogo {
            store: store.clone(),
            organizations: database.clone(),
            authority: authority.clone(),
            gallery: gallery.clone(),
        },
        read_logo: ReadLogo { organizations: database.clone(), gallery: gallery.clone() },
        set_avatar: SetAvatar { store: store.clone(), users: database.clone(), gallery: gallery.clone() },
        remove_avatar: RemoveAvatar { store: store.clone(), users: database.clone(), gallery: gallery.clone() },
        read_avatar: ReadAvatar { users: database.clone(), standings: database.clone(), gallery: gallery.clone() },
        refresh: Refresh { refresh_tokens: store.clone(), tokens: tokens.clone() },
        renew_access: RenewAccess {
            store: store.clone(),
            sessions: database.clone(),
            users: database.clone(),
            standings: database.clone(),
            tokens: tokens.clone(),
        },
        switch_organization: SwitchOrganization {
            store: store.clone(),
            sessions: database.clone(),
            users: database.clone(),
            standings: database.clone(),
            tokens: tokens.clone(),
        },
        end_session: EndSession { store: store.clone(), sessions: database.clone() },
        end_all_sessions: EndAllSessions { store: store.clone() },
        change_password: ChangePassword {
            store: store.clone(),
            users: database.clone(),
            standings: database.clone(),
            check: check.clone(),
            hasher: hasher.clone(),
        },
        request_mail: RequestMail { store: store.clone() },
        reset_password: ResetPassword {
            users: database.clone(),
            standings: database.clone(),
            tokens: store.clone(),
            hasher: hasher.clone(),
        },
        follow_link: FollowLink { tokens: store.clone(), settings: node.clone() },
        request_email_change: RequestEmailChange {
            store: store.clone(),
            users: database.clone(),
            allowances: store.clone(),
            settings: node.clone(),
        },
        record_data_export: RecordDataExport { store: store.clone() },
        update_profile: UpdateProfile { store: store.clone(), users: database.clone() },
        suspend_user: SuspendUser { store: store.clone(), users: database.clone() },
        unlock_user: identity::UnlockUser { store: store.clone(), users: database.clone() },
        change_settings: ChangeSettings { store: store.clone(), stored: database.clone(), configured: config.settings },
        settings: node.clone(),
        users: database.clone(),
        sessions: database.clone(),
        totps: store.clone(),
        passkeys: database.clone(),
        identities: database.clone(),
        keys: database.clone(),
        organizations: database.clone(),
        invitations: database.clone(),
        authorizations: database.clone(),
        roles: database.clone(),
        grants: database.clone(),
        custom_permissions: database.clone(),
        people: database.clone(),
        tenants: database.clone(),
        exports: database.clone(),
        history: database.clone(),
        tokens: tokens.clone(),
        invite: Invite {
            store: store.clone(),
            organizations: database.clone(),
            invitations: database.clone(),
            authority: authority.clone(),
            lifetime: config.invitation_lifetime,
        },
        resend_invitation: ResendInvitation {
            store: store.clone(),
            organizations: database.clone(),
            invitations: database.clone(),
            authority: authority.clone(),
            lifetime: config.invitation_lifetime,
        },
        cancel_invitation: CancelInvitation {
            store: store.clone(),
            invitations: database.clone(),
            authority: authority.clone(),
        },
        suspend_member: SuspendMember { store: store.clone(), members: database.clone(), authority: authority.clone() },
        remove_member: RemoveMember { store: store.clone(), members: database.clone(), authority: authority.clone() },
        change_role: ChangeRole {
            store: store.clone(),
            members: database.clone(),
            users: database.clone(),
            snapshots: node.clone(),
            grants: database.clone(),
        },
        create_organization: CreateOrganization { store: store.clone(), users: database.clone() },
        delete_organization: DeleteOrganization { store: store.clone(), organizations: database.clone(), authority },
        restore_organization: RestoreOrganization {
            store: store.clone(),
            organizations: database.clone(),
            members: database.clone(),
        },
        create_role: CreateRole { store: store.clone(), snapshots: node.clone(), roles: database.clone() },
        update_role: UpdateRole { store: store.clone(), snapshots: node.clone(), roles: database.clone() },
        delete_role: DeleteRole { store: store.clone(), snapshots: node.clone(), roles: database.clone() },
        grant_permission: GrantPermission { store: store.clone(), snapshots: node.clone(), grants: database.clone() },
        revoke_grant: RevokeGrant { store: store.clone(), snapshots: node.clone(), grants: database.clone() },
        declare_permission: DeclarePermission {
            store: store.clone(),
            snapshots: node.clone(),
            permissions: database.clone(),
        },
        withdraw_permission: WithdrawPermission {
            store: store.clone(),
            snapshots: node.clone(),
            permissions: database.clone(),
            roles: database.clone(),
        },
        subscribe: Subscribe { store: store.clone(), catalogue: database.clone(), subscriptions: database.clone() },
        manage_subscription: ManageSubscription {
            store: store.clone(),
            catalogue: database.clone(),
            subscriptions: database.clone(),
        },
        create_service: CreateService { store: store.clone() },
        update_service: UpdateService { store: store.clone(), catalogue: database.clone() },
        set_plan: SetPlan { store: store.clone(), catalogue: database.clone() },
        grant_quota: GrantQuota { store: store.clone(), catalogue: database.clone() },
        look_up: LookUp { catalogue: database.clone(), meters: store.clone() },
        consume: Consume { catalogue: database.clone(), meters: store.clone() },
        reserve: Reserve { catalogue: database.clone(), meters: store.clone() },
        correct_usage: CorrectUsage { catalogue: database.clone(), meters: store.clone() },
        usage_history: ReadHistory { catalogue: database.clone(), meters: store.clone() },
        create_endpoint: CreateEndpoint { store: store.clone(), endpoints: store.clone(), checks: checks.clone() },
        update_endpoint: UpdateEndpoint { store: store.clone(), endpoints: store.clone(), checks: checks.clone() },
        delete_endpoint: DeleteEndpoint { store: store.clone(), endpoints: store.clone() },
        rotate_secret: RotateSecret { store: store.clone(), endpoints: store.clone() },
        order_deliveries: OrderDeliveries {
            store: store.clone(),
            endpoints: store.clone(),
            log: database.clone(),
            checks,
        },
        endpoints: store.clone(),
        delivery_log: database.clone(),
        catalogue: database.clone(),
        trail: database.clone(),
        log: database.clone(),
        check_organization: CheckOrganization { log: database.clone(), sealer: leaves.clone(), notary: notary.clone() },
        record_export: RecordExport { store: store.clone() },
        report_access: ReportAccess {
            authorizations: database.clone(),
            history: database.clone(),
            team: database.clone(),
        },
        notary: notary.clone(),
        team: database.clone(),
        memberships: database.clone(),
        cursors: Cursors::new(master.derive(Purpose::Cursors).expose()),
        clock: clock.clone(),
        ids: ids.clone(),
        cookies: Cookies::of(public_url),
        limits: short_lived.limits.clone(),
        csrf: Csrf::new(public_url, &config.edge, master.derive(Purpose::Csrf).expose()),
        edge: config.edge.clone(),
        parts: Parts::new(
            [Arc::new(DatabasePart(database.clone())) as Arc<dyn Part>]
                .into_iter()
                .chain(short_lived.part.clone())
                .collect(),
        ),
        operations: Operations {
            sources: sources::all(foundation),
            spans: config.operations.traces.is_some().then_some(traces::SPANS),
            metrics_apart: config.operations.metrics_listen.is_some(),
            ..Operations::default()
        },
        support_email: SUPPORT.to_owned(),
    }
}

struct DatabasePart(Arc<Database>);

#[async_trait]
impl Part for DatabasePart {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> Result<(), Fault> {
        self.0.ping().await
    }
}
