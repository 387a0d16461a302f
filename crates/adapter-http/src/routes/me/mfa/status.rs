use actix_web::web::{Data, Json};
use identity::Totp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::error::ApiError;
use crate::extract::SignedIn;

/// What one can prove oneself by besides a password.
#[derive(Serialize, ToSchema)]
pub(in crate::routes::me) struct MfaStatus {
    /// Whether every sign-in asks for a second factor.
    enabled: bool,
    /// Null where there is no second factor they could stand in for.
    #[schema(required, example = 8)]
    recovery_codes_left: Option<usize>,
    /// How many there are.
    #[schema(example = 1)]
    passkeys: usize,
}

impl MfaStatus {
    /// Where none is asked for, no recovery codes are left either.
    pub fn of(recovery_codes_left: Option<usize>, passkeys: usize) -> Self {
        Self { enabled: recovery_codes_left.is_some(), recovery_codes_left, passkeys }
    }
}

/// One's second factor
#[utoipa::path(get, path = "/me/mfa", tag = "me", responses(
    (status = 200, description = "Whether it is asked for, and what there is.", body = MfaStatus),
))]
pub(super) async fn mfa_status(door: SignedIn, app: Data<App>) -> Result<Json<MfaStatus>, ApiError> {
    let totp = app.totps.of(door.caller.user).await?.filter(Totp::is_on);
    let passkeys = app.passkeys.of(door.caller.user).await?.len();
    Ok(Json(MfaStatus::of(totp.map(|it| it.recovery_codes.len()), passkeys)))
}
