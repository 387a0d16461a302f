use accounts::views::PeopleFilter;
use actix_web::web::{Data, Json};
use kernel::{PageRequest, UserId};

use super::person::Person;
use crate::App;
use crate::error::{ApiError, Kind};
use crate::extract::{Administrator, Named};

/// An account
#[utoipa::path(get, path = "/admin/users/{id}", tag = "admin",
    params(("id" = Uuid, Path, description = "The user's id.")),
    responses(
        (status = 200, description = "The account.", body = Person),
        (status = 404, description = "No such account."),
    ),
)]
pub(super) async fn get_user(door: Administrator, id: Named<UserId>, app: Data<App>) -> Result<Json<Person>, ApiError> {
    let lockout = app.settings.current().await?.lockout;
    let filter = PeopleFilter { id: Some(id.0), ..PeopleFilter::default() };
    let page = PageRequest { limit: 1, after: None };
    let found = app.people.list(filter, lockout, door.act.at, page).await?;
    let person = found.data.into_iter().next().ok_or(Kind::NOT_FOUND)?;
    Ok(Json(person.into()))
}
