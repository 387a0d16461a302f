use actix_web::web::{Data, Json};
use identity::MfaSetUp;
use kernel::{Fault, Secret};
use qrcode::QrCode;
use qrcode::render::svg;
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::answer::Hidden;
use crate::error::ApiError;
use crate::extract::{Repeating, SteppedUp};

/// What an authenticator is told; shown this once.
#[derive(Serialize, ToSchema)]
pub(super) struct MfaSecret {
    #[schema(example = "otpauth://totp/Portcullis:user%40example.com?secret=…&issuer=Portcullis")]
    otpauth_url: Hidden,
    /// The same to be photographed.
    #[schema(example = "<svg …>")]
    qr_svg: Hidden,
    /// Each good once, in place of a code.
    #[schema(min_items = 8, max_items = 8, example = json!([
        "abcd-efgh-ijkl-mnop", "bcde-fghi-jklm-nopq", "cdef-ghij-klmn-opqr", "defg-hijk-lmno-pqrs",
        "efgh-ijkl-mnop-qrst", "fghi-jklm-nopq-rstu", "ghij-klmn-opqr-stuv", "hijk-lmno-pqrs-tuvw"
    ]))]
    recovery_codes: Vec<Hidden>,
}

impl TryFrom<MfaSetUp> for MfaSecret {
    type Error = Fault;

    fn try_from(set_up: MfaSetUp) -> Result<Self, Fault> {
        let code = QrCode::new(set_up.uri.expose()).map_err(|error| Fault::Failed(error.into()))?;
        let picture = code.render::<svg::Color<'_>>().min_dimensions(200, 200).build();
        Ok(Self {
            otpauth_url: Hidden(set_up.uri),
            qr_svg: Hidden(Secret::new(picture)),
            recovery_codes: set_up.recovery_codes.0.into_iter().map(Hidden).collect(),
        })
    }
}

/// Begin to use an authenticator
///
/// Nothing is asked for before a first code is verified. Beginning again takes the place of what was never verified.
#[utoipa::path(post, path = "/me/mfa/setup", tag = "me", responses(
    (status = 200, description = "What the authenticator needs, and the recovery codes.", body = MfaSecret),
    (status = 409, description = "It is in use already (`illegal_state`)."),
))]
pub(super) async fn set_up_mfa(
    door: SteppedUp,
    app: Data<App>,
    repeating: Repeating,
) -> Result<Json<MfaSecret>, ApiError> {
    let act = repeating.by(&door.act)?;
    Ok(Json(app.set_up_mfa.run(&act, door.caller.user).await?.try_into()?))
}
