use accounts::SignUpInput;
use actix_web::HttpResponse;
use actix_web::web::Data;
use identity::RegisterInput;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;
use crate::answer::Hidden;
use crate::error::ApiError;
use crate::extract::{Creating, SigningUp};
use crate::routes::delivery::Delivery;
use crate::routes::views::Membership;

/// An organization and its first owner.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateTenant {
    /// What people call it.
    #[schema(min_length = 1, max_length = 100, example = "Acme")]
    name: String,
    /// Its name in addresses and in `X-Tenant`: 3 to 63 lower case letters, digits and hyphens.
    #[schema(min_length = 3, max_length = 63, pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", example = "acme")]
    slug: String,
    owner: Owner,
}

/// The first owner.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Owner {
    #[schema(format = Email, max_length = 254, example = "owner@example.com")]
    email: String,
    /// 3 to 50 letters, digits and underscores.
    #[schema(min_length = 3, max_length = 50, pattern = "^[a-zA-Z0-9_]+$", example = "johndoe")]
    username: String,
    /// 8 to 128 characters: an upper and a lower case letter, a digit and a special character among them.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 128, example = "SecurePass123!")]
    password: Hidden,
}

/// Found an organization with its owner, signed in
///
/// All of it or nothing. The owner is mailed a link that verifies the address.
#[utoipa::path(post, path = "/tenants", tag = "tenants", request_body = CreateTenant, responses(
    (status = 201, description = "The organization, its owner and a sign-in.", body = Membership),
    (status = 403, description = "Only who is invited can make an account here; or the request comes from another site's page (`registration_closed`)."),
    (status = 409, description = "The email address, the username or the slug is taken (`email_taken`, `username_taken`, `slug_taken`)."),
))]
pub(super) async fn create_tenant(
    door: SigningUp,
    delivery: Delivery,
    app: Data<App>,
    body: Creating<CreateTenant>,
) -> Result<HttpResponse, ApiError> {
    let (act, CreateTenant { name, slug, owner }) = body.by(&door.act)?;
    let owner = RegisterInput { email: owner.email, username: owner.username, password: owner.password.0 };
    let joined = app.sign_up.run(&act, SignUpInput { name, slug, owner }).await?;
    Ok(delivery.join(&app, HttpResponse::Created(), joined))
}
