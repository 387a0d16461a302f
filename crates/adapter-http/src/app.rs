use std::sync::Arc;

use accounts::views::{Exports, History, Memberships, People, Team, Tenants};
use accounts::{
    AcceptInvitation, Access, ChangeRole, CreateOrganization, DeleteAccount, ManageKeys, ProviderSignIn, ReportAccess,
    SignUp, WhoAmI,
};
use audit::ports::{Log, Trail};
use audit::{CheckOrganization, Notary, RecordExport};
use entitlements::ports::Catalogue;
use entitlements::{
    Consume, CorrectUsage, CreateService, GrantQuota, LookUp, ManageSubscription, ReadHistory, Reserve, SetPlan,
    Subscribe, UpdateService,
};
use identity::ports::{AccessTokens, CurrentSettings, Identities, Keys, Passkeys, Sessions, Totps, Users};
use identity::{
    ChangePassword, ChangeSettings, CheckPasskey, ConfirmMfa, DisableMfa, EndAllSessions, EndSession, FollowLink,
    LogIn, LogInByPasskey, ProviderFlow, ReadAvatar, RecordDataExport, Refresh, Register, RegisterPasskey,
    RemoveAvatar, RemoveWayIn, RenewAccess, ReplaceRecoveryCodes, RequestEmailChange, RequestMail, ResetPassword,
    SetAvatar, SetUpMfa, StepUp, SuspendUser, SwitchOrganization, UnlockUser, UpdateProfile,
};
use kernel::{Clock, Ids};
use rbac::ports::{Authorizations, CustomPermissions, Grants, Roles};
use rbac::{CreateRole, DeclarePermission, DeleteRole, GrantPermission, RevokeGrant, UpdateRole, WithdrawPermission};
use tenancy::ports::{Invitations, Organizations};
use tenancy::{
    CancelInvitation, DeleteOrganization, Invite, ReadLogo, RemoveLogo, RemoveMember, ResendInvitation,
    RestoreOrganization, SetLogo, SuspendMember, UpdateOrganization,
};
use webhooks::ports::{DeliveryLog, Endpoints};
use webhooks::{CreateEndpoint, DeleteEndpoint, OrderDeliveries, RotateSecret, UpdateEndpoint};

use crate::{Cookies, Csrf, Cursors, Edge, Operations, Parts, RequestLimits};

/// Everything the API calls; the server fills it.
pub struct App {
    pub sign_up: SignUp,
    pub accept_invitation: AcceptInvitation,
    pub who_am_i: WhoAmI,
    pub access: Arc<Access>,
    pub register: Register,
    pub log_in: LogIn,
    pub log_in_by_passkey: LogInByPasskey,
    pub provider_flow: ProviderFlow,
    pub provider_sign_in: ProviderSignIn,
    pub refresh: Refresh,
    pub renew_access: RenewAccess,
    pub step_up: StepUp,
    pub switch_organization: SwitchOrganization,
    pub end_session: EndSession,
    pub end_all_sessions: EndAllSessions,
    pub change_password: ChangePassword,
    pub request_mail: RequestMail,
    pub reset_password: ResetPassword,
    pub follow_link: FollowLink,
    pub request_email_change: RequestEmailChange,
    pub update_profile: UpdateProfile,
    pub set_avatar: SetAvatar,
    pub remove_avatar: RemoveAvatar,
    pub read_avatar: ReadAvatar,
    pub set_up_mfa: SetUpMfa,
    pub confirm_mfa: ConfirmMfa,
    pub disable_mfa: DisableMfa,
    pub replace_recovery_codes: ReplaceRecoveryCodes,
    pub check_passkey: Arc<CheckPasskey>,
    pub register_passkey: RegisterPasskey,
    pub remove_way_in: RemoveWayIn,
    pub manage_keys: ManageKeys,
    pub delete_account: DeleteAccount,
    pub suspend_user: SuspendUser,
    pub unlock_user: UnlockUser,
    pub change_settings: ChangeSettings,
    pub invite: Invite,
    pub resend_invitation: ResendInvitation,
    pub cancel_invitation: CancelInvitation,
    pub suspend_member: SuspendMember,
    pub remove_member: RemoveMember,
    pub change_role: ChangeRole,
    pub create_organization: CreateOrganization,
    pub update_organization: UpdateOrganization,
    pub delete_organization: DeleteOrganization,
    pub restore_organization: RestoreOrganization,
    pub create_role: CreateRole,
    pub update_role: UpdateRole,
    pub delete_role: DeleteRole,
    pub grant_permission: GrantPermission,
    pub revoke_grant: RevokeGrant,
    pub declare_permission: DeclarePermission,
    pub withdraw_permission: WithdrawPermission,
    pub set_logo: SetLogo,
    pub remove_logo: RemoveLogo,
    pub read_logo: ReadLogo,
    pub subscribe: Subscribe,
    pub manage_subscription: ManageSubscription,
    pub create_service: CreateService,
    pub update_service: UpdateService,
    pub set_plan: SetPlan,
    pub grant_quota: GrantQuota,
    pub look_up: LookUp,
    pub consume: Consume,
    pub reserve: Reserve,
    pub correct_usage: CorrectUsage,
    pub usage_history: ReadHistory,
    pub create_endpoint: CreateEndpoint,
    pub update_endpoint: UpdateEndpoint,
    pub delete_endpoint: DeleteEndpoint,
    pub rotate_secret: RotateSecret,
    pub order_deliveries: OrderDeliveries,
    pub check_organization: CheckOrganization,
    pub record_export: RecordExport,
    pub record_data_export: RecordDataExport,
    pub report_access: ReportAccess,
    pub notary: Notary,
    pub settings: Arc<dyn CurrentSettings>,
    pub tokens: Arc<dyn AccessTokens>,
    pub users: Arc<dyn Users>,
    pub sessions: Arc<dyn Sessions>,
    pub totps: Arc<dyn Totps>,
    pub passkeys: Arc<dyn Passkeys>,
    pub identities: Arc<dyn Identities>,
    pub keys: Arc<dyn Keys>,
    pub organizations: Arc<dyn Organizations>,
    pub invitations: Arc<dyn Invitations>,
    pub authorizations: Arc<dyn Authorizations>,
    pub roles: Arc<dyn Roles>,
    pub grants: Arc<dyn Grants>,
    pub custom_permissions: Arc<dyn CustomPermissions>,
    pub catalogue: Arc<dyn Catalogue>,
    pub trail: Arc<dyn Trail>,
    pub endpoints: Arc<dyn Endpoints>,
    pub delivery_log: Arc<dyn DeliveryLog>,
    pub log: Arc<dyn Log>,
    pub team: Arc<dyn Team>,
    pub memberships: Arc<dyn Memberships>,
    pub people: Arc<dyn People>,
    pub tenants: Arc<dyn Tenants>,
    pub exports: Arc<dyn Exports>,
    pub history: Arc<dyn History>,
    pub cursors: Cursors,
    pub cookies: Cookies,
    /// Absent where there are none.
    pub limits: Option<RequestLimits>,
    pub csrf: Csrf,
    pub edge: Edge,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    /// What `/readyz` asks.
    pub parts: Parts,
    /// What those who run the installation see.
    pub operations: Operations,
    /// Whom the specification names for questions.
    pub support_email: String,
}
