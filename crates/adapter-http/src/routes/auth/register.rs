use actix_web::web::Data;
use identity::{RegisterInput, Registered};
use kernel::{Id, Problems};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;
use crate::answer::{Created, Hidden, Moment};
use crate::error::ApiError;
use crate::extract::{Creating, SigningUp};

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Registration {
    #[schema(format = Email, max_length = 254, example = "user@example.com")]
    email: String,
    /// 3 to 50 letters, digits and underscores.
    #[schema(min_length = 3, max_length = 50, pattern = "^[a-zA-Z0-9_]+$", example = "johndoe")]
    username: String,
    /// 8 to 128 characters: an upper and a lower case letter, a digit and a special character among them.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 128, example = "SecurePass123!")]
    password: Hidden,
    /// The password again.
    #[schema(example = "SecurePass123!")]
    confirm_password: Hidden,
}

/// The account that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct Account {
    id: Uuid,
    #[schema(example = "ada@example.com")]
    email: String,
    #[schema(example = "ada_lovelace")]
    username: String,
    is_verified: bool,
    created_at: Moment,
    #[schema(example = "User registered successfully")]
    message: &'static str,
}

impl From<Registered> for Account {
    fn from(account: Registered) -> Self {
        Self {
            id: account.id.uuid(),
            email: account.email.to_string(),
            username: account.username.to_string(),
            is_verified: account.is_verified,
            created_at: Moment(account.created_at),
            message: "User registered successfully",
        }
    }
}

/// Make an account
///
/// A link that verifies the address is mailed to it.
#[utoipa::path(post, path = "/auth/register", tag = "auth", request_body = Registration, responses(
    (status = 201, description = "The account.", body = Account),
    (status = 403, description = "Only who is invited can make an account here (`registration_closed`)."),
    (status = 409, description = "The email address or the username is taken (`email_taken`, `username_taken`)."),
))]
pub(super) async fn register(
    door: SigningUp,
    app: Data<App>,
    body: Creating<Registration>,
) -> Result<Created<Account>, ApiError> {
    let (act, Registration { email, username, password, confirm_password }) = body.by(&door.act)?;
    let input = RegisterInput { email, username, password: password.0 };
    if input.password != confirm_password.0 {
        let mut problems = Problems::one("confirm_password", "The confirm_password field must match password.");
        problems.add_all("", identity::rules::check_registration(&input, &[]).err().unwrap_or_default());
        return Err(problems.into());
    }
    Ok(Created(app.register.run(&act, input).await?.into()))
}
