use std::sync::Arc;

use accounts::views::{Exports, Memberships, People, Team};
use accounts::{AcceptInvitation, Access, DeleteAccount, ManageKeys, ProviderSignIn, SignUp, WhoAmI};
use async_trait::async_trait;
use audit::ports::Trail;
use entitlements::ports::Catalogue;
use entitlements::{Consume, LookUp, Subscribe};
use identity::ports::{AccessTokens, CurrentSettings, Identities, Keys, Passkeys, Sessions, Totps, Users};
use identity::{
    ChangePassword, ChangeSettings, CheckPasskey, ConfirmMfa, DisableMfa, EndAllSessions, EndSession, FollowLink,
    LogIn, LogInByPasskey, ProviderFlow, Refresh, Register, RegisterPasskey, RemoveWayIn, RenewAccess,
    ReplaceRecoveryCodes, RequestEmailChange, RequestMail, ResetPassword, SetUpMfa, StepUp, SuspendUser,
    SwitchOrganization, UnlockUser, UpdateProfile,
};
use kernel::{Clock, Fault, Ids};
use tenancy::ports::Organizations;
use tenancy::{Invite, UpdateOrganization};
use webhooks::CreateEndpoint;

use crate::{Cookies, Cursors};

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
    pub update_organization: UpdateOrganization,
    pub subscribe: Subscribe,
    pub look_up: LookUp,
    pub consume: Consume,
    pub create_endpoint: CreateEndpoint,
    pub settings: Arc<dyn CurrentSettings>,
    pub tokens: Arc<dyn AccessTokens>,
    pub users: Arc<dyn Users>,
    pub sessions: Arc<dyn Sessions>,
    pub totps: Arc<dyn Totps>,
    pub passkeys: Arc<dyn Passkeys>,
    pub identities: Arc<dyn Identities>,
    pub keys: Arc<dyn Keys>,
    pub organizations: Arc<dyn Organizations>,
    pub catalogue: Arc<dyn Catalogue>,
    pub trail: Arc<dyn Trail>,
    pub team: Arc<dyn Team>,
    pub memberships: Arc<dyn Memberships>,
    pub people: Arc<dyn People>,
    pub exports: Arc<dyn Exports>,
    pub cursors: Cursors,
    pub cookies: Cookies,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    /// What `/readyz` asks.
    pub parts: Vec<Arc<dyn Part>>,
    /// Whom the specification names for questions.
    pub support_email: String,
}

/// A part that must answer for the installation to be ready.
#[async_trait]
pub trait Part: Send + Sync {
    /// What `/readyz` calls it.
    fn name(&self) -> &'static str;

    /// Answers at all.
    async fn check(&self) -> Result<(), Fault>;
}
