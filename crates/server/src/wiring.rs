//! Which adapter stands behind which port. It is one list, longer than other files on purpose: cut in two, nobody would see
//! at once what stands behind what.

use std::sync::Arc;
use std::time::Duration;

use accounts::{
    AcceptInvitation, Access, ChangeRole, CreateOrganization, DeleteAccount, Denials, EraseAccounts,
    EraseOrganizations, LastSeen, ManageKeys, ProviderSignIn, ReportAccess, SignUp, SnapshotAuthority,
    SnapshotCaretakers, WhoAmI,
};
use adapter_crypto::{JwtAccessTokens, Purpose, WebauthnCeremonies};
use adapter_email::{Composer, FileMailer, SmtpMailer};
use adapter_files::{StoredFiles, Studio};
use adapter_http::{App, Cookies, Csrf, Cursors, Operations, Part};
use adapter_outbound::{OidcProviders, WebhookSender};
use adapter_postgres::Database;
use async_trait::async_trait;
use audit::ports::Sequencing;
use audit::{CheckOrganization, Keep, RecordExport};
use entitlements::{
    Consume, CorrectUsage, CreateService, GrantQuota, LookUp, ManageSubscription, MoveSubscriptions, ReadHistory,
    Reserve, SetPlan, Subscribe, UpdateService,
};
use identity::ports::{AccessTokens, Ceremonies, Providers, SigningKeys};
use identity::{
    AnswerMailRequests, ChangePassword, ChangeSettings, ConfirmMfa, DisableMfa, EndAllSessions, EndSession, FollowLink,
    LogIn, LogInByPasskey, ProviderFlow, ReadAvatar, RecordDataExport, Refresh, Register, RegisterPasskey,
    RemoveAvatar, RemoveWayIn, RenewAccess, ReplaceRecoveryCodes, RequestEmailChange, RequestMail, ResetPassword,
    SetAvatar, SetUpMfa, StepUp, SuspendUser, SwitchOrganization, UpdateProfile,
};
use kernel::{Clock, Fault, Gallery, Ids, Mailer, Secret};
use rbac::{CreateRole, DeclarePermission, DeleteRole, GrantPermission, RevokeGrant, UpdateRole, WithdrawPermission};
use tenancy::{
    CancelInvitation, DeleteOrganization, Invite, ReadLogo, RemoveLogo, RemoveMember, ResendInvitation,
    RestoreOrganization, SetLogo, SuspendMember, UpdateOrganization,
};
use url::Url;
use webhooks::ports::Sender;
use webhooks::{
    Checks, CreateEndpoint, DeleteEndpoint, Deliver, DisableEndpoint, OrderDeliveries, RotateSecret, UpdateEndpoint,
};

use crate::config::Config;
use crate::first_start::first_start;
use crate::foundation::Foundation;
use crate::proving::Proving;
use crate::serve::Trouble;
use crate::short_lived::ShortLived;
use crate::workers::{self, Hourly, Lane, Relaying, Workers};
use crate::{sources, traces};

/// Mails one node sends at a time.
const MAILS: usize = 4;
/// How often a node looks for new keys: shorter than the notice they are given.
const KEYS: Duration = Duration::from_secs(1);
/// How often it is looked whether time has done something to a subscription.
const SUBSCRIPTIONS: Duration = Duration::from_secs(1);
/// How often a node looks for entries to take up: each is in the log within a second.
const SEQUENCE: Duration = Duration::from_millis(250);
/// How often it is written down which sessions were used.
const LAST_SEEN: Duration = Duration::from_secs(2);

/// What is served, and what goes on beside it.
pub struct Wired {
    pub app: App,
    pub workers: Workers,
    pub denials: Arc<Denials>,
    pub last_seen: Arc<LastSeen>,
    /// Where deliveries are tried.
    pub lanes: [Lane; 2],
}

/// What use cases and workers share.
pub(crate) struct Shared<'a> {
    pub(crate) config: &'a Config,
    pub(crate) foundation: Foundation,
    pub(crate) tokens: Arc<dyn AccessTokens>,
    pub(crate) sender: Arc<dyn Sender>,
    pub(crate) denials: Arc<Denials>,
    pub(crate) last_seen: Arc<LastSeen>,
    pub(crate) short_lived: ShortLived,
    pub(crate) providers: Arc<dyn Providers>,
    pub(crate) ceremonies: Option<Arc<dyn Ceremonies>>,
    pub(crate) public_url: Url,
    pub(crate) gallery: Gallery,
}

/// Brings the schema up to date, makes what a first start makes, wires everything, and starts the workers.
pub async fn wire(
    config: &Config,
    database_url: &Secret,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
) -> Result<Wired, Trouble> {
    let foundation = Foundation::lay(config, database_url, clock, ids).await?;
    let signer = Arc::new(JwtAccessTokens::new(config.jwt_algorithm, &config.jwt_issuer, &config.jwt_audience)?);
    let mailer = mailer(config)?;
    let sender = Arc::new(WebhookSender::new(config.webhook_allow_hosts.clone())?);
    first_start(config, &foundation, &signer).await?;
    let denials = Arc::new(Denials::new(foundation.store.clone()));
    let last_seen = Arc::new(LastSeen::new(foundation.store.clone()));
    let tokens: Arc<dyn AccessTokens> = signer.clone();
    let short_lived = ShortLived::open(config, &foundation.clock)?;
    let providers = Arc::new(OidcProviders::new(config.providers.clone(), &config.public_url)?);
    let files = Arc::new(match &config.files {
        Some(bucket) => StoredFiles::in_bucket(bucket)?,
        None => StoredFiles::in_directory(&config.data_dir.join("files"))?,
    });
    let gallery = Gallery { pictures: Arc::new(Studio::default()), files };
    let shared = Shared {
        config,
        foundation,
        tokens,
        sender,
        denials,
        last_seen,
        short_lived,
        providers,
        ceremonies: ceremonies(config)?,
        public_url: Url::parse(&config.public_url)?,
        gallery,
    };
    let app = app(&shared);
    let lanes = [Lane::of_healthy(), Lane::of_failing()];
    let workers = start_workers(&shared, signer, &mailer, &lanes);
    Ok(Wired { app, workers, denials: shared.denials, last_seen: shared.last_seen, lanes })
}

#[expect(clippy::too_many_lines, reason = "a list of what is connected with what, and nothing else")]
fn app(shared: &Shared) -> App {
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
        parts: [Arc::new(DatabasePart(database.clone())) as Arc<dyn Part>]
            .into_iter()
            .chain(short_lived.part.clone())
            .collect(),
        operations: Operations {
            sources: sources::all(foundation),
            spans: config.operations.traces.is_some().then_some(traces::SPANS),
            metrics_apart: config.operations.metrics_listen.is_some(),
            ..Operations::default()
        },
        support_email: SUPPORT.to_owned(),
    }
}

/// What goes on beside the requests.
fn start_workers(shared: &Shared, signer: Arc<JwtAccessTokens>, mailer: &Arc<dyn Mailer>, lanes: &[Lane]) -> Workers {
    let Foundation { database, node, store, clock, ids, .. } = &shared.foundation;
    let mut workers = Workers::new(database.listen(node.clone()));
    let caretakers = SnapshotCaretakers { node: node.clone(), organizations: database.clone(), team: database.clone() };
    let deliver = Deliver {
        deliveries: store.clone(),
        sender: shared.sender.clone(),
        disable: DisableEndpoint { store: store.clone(), endpoints: store.clone(), caretakers: Arc::new(caretakers) },
        clock: clock.clone(),
        ids: ids.clone(),
    };
    for _ in 0..MAILS {
        let (queue, mailer, time) = (store.clone(), mailer.clone(), clock.clone());
        workers.spawn("mail", move || workers::mail(queue.clone(), mailer.clone(), time.clone()));
    }
    let wishes = Arc::new(AnswerMailRequests {
        store: store.clone(),
        requests: database.clone(),
        users: database.clone(),
        allowances: store.clone(),
        settings: node.clone(),
    });
    let (time, fresh) = (clock.clone(), ids.clone());
    workers.spawn("mail requests", move || workers::mail_requests(wishes.clone(), time.clone(), fresh.clone()));
    let (keys, time): (Arc<dyn SigningKeys>, _) = (store.clone(), clock.clone());
    workers.spawn_every(KEYS, "keys", move || workers::keys(keys.clone(), signer.clone(), time.clone()));
    let seen = shared.last_seen.clone();
    workers.spawn_every(LAST_SEEN, "last seen", move || workers::last_seen(seen.clone()));
    let erase = Arc::new(EraseAccounts {
        store: store.clone(),
        users: database.clone(),
        holdings: database.clone(),
        settings: node.clone(),
        files: shared.gallery.files.clone(),
    });
    let (hourly, fresh) = (Hourly::new(clock.clone()), ids.clone());
    workers.spawn("erasure", move || workers::erasure(erase.clone(), fresh.clone(), hourly.clone()));
    let clear = Arc::new(EraseOrganizations {
        store: store.clone(),
        organizations: database.clone(),
        files: shared.gallery.files.clone(),
    });
    let (hourly, fresh) = (Hourly::new(clock.clone()), ids.clone());
    workers.spawn("clearance", move || workers::clearance(clear.clone(), fresh.clone(), hourly.clone()));
    let moving = Arc::new(MoveSubscriptions {
        store: store.clone(),
        catalogue: database.clone(),
        subscriptions: database.clone(),
    });
    let (time, fresh) = (clock.clone(), ids.clone());
    workers.spawn_every(SUBSCRIPTIONS, "subscriptions", move || {
        workers::subscriptions(moving.clone(), time.clone(), fresh.clone())
    });
    let relaying = Relaying::new(database.clone(), clock.clone());
    workers.spawn("relay", move || workers::relay(relaying.clone()));
    for lane in lanes {
        let (deliver, lane) = (deliver.clone(), lane.clone());
        workers.spawn("deliveries", move || workers::deliveries(deliver.clone(), lane.clone()));
    }
    let (kept, hourly) = (store.clone(), Hourly::new(clock.clone()));
    workers.spawn("retention", move || workers::retention(kept.clone(), hourly.clone()));
    let months = Arc::new(Keep { keeping: store.clone(), months: shared.config.audit_keep_months });
    let (hourly, fresh) = (Hourly::new(clock.clone()), ids.clone());
    workers.spawn("audit months", move || workers::keep(months.clone(), fresh.clone(), hourly.clone()));
    let (log, time): (Arc<dyn Sequencing>, _) = (Arc::new(shared.foundation.sequencer()), clock.clone());
    workers.spawn_every(SEQUENCE, "sequencer", move || workers::sequencer(log.clone(), time.clone()));
    let (folded, time) = (shared.denials.clone(), clock.clone());
    workers.spawn("denials", move || workers::denials(folded.clone(), time.clone()));
    workers
}

/// What authenticators call this installation.
const ISSUER: &str = "Portcullis";

/// Whom the specification names for questions.
pub const SUPPORT: &str = "support@hixbe.com";

/// Absent where no passkey can belong to this address; then they are not offered.
fn ceremonies(config: &Config) -> Result<Option<Arc<dyn Ceremonies>>, Trouble> {
    let ceremonies = WebauthnCeremonies::new(&config.public_url)?;
    if ceremonies.is_none() {
        tracing::warn!("PORTCULLIS_PUBLIC_URL is an IP address: passkeys need a name, and are not offered");
    }
    Ok(ceremonies.map(|it| Arc::new(it) as Arc<dyn Ceremonies>))
}

fn mailer(config: &Config) -> Result<Arc<dyn Mailer>, Trouble> {
    let composer = Composer::new(&config.public_url, config.mail_from.as_deref())?;
    Ok(match &config.smtp_url {
        Some(url) => Arc::new(SmtpMailer::new(url, composer)?),
        None => Arc::new(FileMailer::new(config.data_dir.join("outbox"), composer)),
    })
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
