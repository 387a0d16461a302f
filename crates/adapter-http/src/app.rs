use std::sync::Arc;

use accounts::views::{Memberships, Team};
use accounts::{AcceptInvitation, Access, SignUp, WhoAmI};
use async_trait::async_trait;
use audit::ports::Trail;
use entitlements::ports::Catalogue;
use entitlements::{Consume, LookUp, Subscribe};
use identity::{LogIn, LogOut, Refresh, Register, VerifyEmail};
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
    pub log_out: LogOut,
    pub verify_email: VerifyEmail,
    pub invite: Invite,
    pub subscribe: Subscribe,
    pub look_up: LookUp,
    pub consume: Consume,
    pub create_endpoint: CreateEndpoint,
    pub catalogue: Arc<dyn Catalogue>,
    pub trail: Arc<dyn Trail>,
    pub team: Arc<dyn Team>,
    pub memberships: Arc<dyn Memberships>,
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
