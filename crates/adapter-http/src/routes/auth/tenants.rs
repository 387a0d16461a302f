use actix_web::web::{Data, Json};

use crate::App;
use crate::answer::List;
use crate::error::ApiError;
use crate::extract::{Asked, Listing, SignedIn};
use crate::routes::views::MyTenant;

/// The organizations one belongs to
#[utoipa::path(get, path = "/auth/tenants", tag = "auth", responses(
    (status = 200, description = "In the order they were joined.", body = List<MyTenant>),
))]
pub(super) async fn my_tenants(
    door: SignedIn,
    app: Data<App>,
    listing: Listing,
) -> Result<Json<List<MyTenant>>, ApiError> {
    let Asked { page, cursors, .. } = listing.by(&door.act)?;
    let page = app.memberships.of(door.caller.user, page).await?;
    Ok(Json(List::of(page, &cursors, MyTenant::from)))
}
