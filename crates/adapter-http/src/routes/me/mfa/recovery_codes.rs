use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::answer::Hidden;
use crate::error::ApiError;
use crate::extract::{Repeating, SteppedUp};

/// New recovery codes; shown this once.
#[derive(Serialize, ToSchema)]
pub(super) struct NewRecoveryCodes {
    /// Each good once, in place of a code.
    #[schema(min_items = 8, max_items = 8, example = json!([
        "abcd-efgh-ijkl-mnop", "bcde-fghi-jklm-nopq", "cdef-ghij-klmn-opqr", "defg-hijk-lmno-pqrs",
        "efgh-ijkl-mnop-qrst", "fghi-jklm-nopq-rstu", "ghij-klmn-opqr-stuv", "hijk-lmno-pqrs-tuvw"
    ]))]
    recovery_codes: Vec<Hidden>,
}

/// Make new recovery codes in place of all old ones
///
/// All other sessions end.
#[utoipa::path(post, path = "/me/mfa/recovery-codes", tag = "me", responses(
    (status = 200, description = "The new codes.", body = NewRecoveryCodes),
    (status = 409, description = "No second factor is in use (`illegal_state`)."),
))]
pub(super) async fn replace_recovery_codes(
    door: SteppedUp,
    app: Data<App>,
    repeating: Repeating,
) -> Result<Json<NewRecoveryCodes>, ApiError> {
    let act = repeating.by(&door.act)?;
    let codes = app.replace_recovery_codes.run(&act, door.caller.user, door.caller.session).await?;
    Ok(Json(NewRecoveryCodes { recovery_codes: codes.0.into_iter().map(Hidden).collect() }))
}
