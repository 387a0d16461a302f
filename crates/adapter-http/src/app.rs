use std::sync::Arc;

use accounts::views::{Exports, Memberships, People, Team};
use accounts::{AcceptInvitation, Access, DeleteAccount, SignUp, WhoAmI};
use async_trait::async_trait;
use audit::ports::Trail;
use entitlements::ports::Catalogue;
use entitlements::{Consume, LookUp, Subscribe};
use identity::ports::{AccessTokens, CurrentSettings, Sessions, Users};
use identity::{
    ChangePassword, ChangeSettings, EndAllSessions, EndSession, FollowLink, LogIn, Refresh, Register, RenewAccess,
    RequestEmailChange, RequestMail, ResetPassword, StepUp, SuspendUser, SwitchOrganization, UnlockUser, UpdateProfile,
};
use kernel::{Clock, Fault, Ids};
use tenancy::Invite;
use webhooks::CreateEndpoint;

use crate::Cursors;

/// Everything the API calls; the server fills it.
pub struct App {
    pub sign_up: SignUp,
    pub accept_invitation: AcceptInvitation,
    pub who_am_i: WhoAmI,
    pub access: Arc<Access>,
    pub register: Register,
    pub log_in: LogIn,
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
    pub delete_account: DeleteAccount,
    pub suspend_user: SuspendUser,
    pub unlock_user: UnlockUser,
    pub change_settings: ChangeSettings,
    pub invite: Invite,
    pub subscribe: Subscribe,
    pub look_up: LookUp,
    pub consume: Consume,
    pub create_endpoint: CreateEndpoint,
    pub settings: Arc<dyn CurrentSettings>,
    pub tokens: Arc<dyn AccessTokens>,
    pub users: Arc<dyn Users>,
    pub sessions: Arc<dyn Sessions>,
    pub catalogue: Arc<dyn Catalogue>,
    pub trail: Arc<dyn Trail>,
    pub team: Arc<dyn Team>,
    pub memberships: Arc<dyn Memberships>,
    pub people: Arc<dyn People>,
    pub exports: Arc<dyn Exports>,
    pub cursors: Cursors,
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
