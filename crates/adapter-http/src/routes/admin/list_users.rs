use accounts::views::PeopleFilter;
use actix_web::web::{Data, Json};
use identity::UserStatus;
use kernel::Problems;
use serde::Deserialize;
use utoipa::ToSchema;

use super::person::Person;
use super::search::searched;
use crate::App;
use crate::answer::List;
use crate::error::ApiError;
use crate::extract::{Administrator, Asked, Listing};

/// Which accounts are wanted; all conditions hold together.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedPeople {
    /// What address, the part of it after the @, or username begins with; or a whole id.
    #[schema(max_length = 254, example = "user@")]
    search: Option<String>,
    #[schema(inline, nullable = false)]
    status: Option<Status>,
}

/// The states of an account.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Active,
    Suspended,
    Deleted,
}

impl WantedPeople {
    /// In characters, as the schema says.
    const LONGEST: usize = 254;
}

impl TryFrom<WantedPeople> for PeopleFilter {
    type Error = Problems;

    fn try_from(wanted: WantedPeople) -> Result<Self, Problems> {
        let status = wanted.status.map(|it| match it {
            Status::Active => UserStatus::Active,
            Status::Suspended => UserStatus::Suspended,
            Status::Deleted => UserStatus::Deleted,
        });
        Ok(Self { id: None, search: searched(wanted.search, WantedPeople::LONGEST)?, status })
    }
}

/// The accounts of the installation
#[utoipa::path(get, path = "/admin/users", tag = "admin", responses(
    (status = 200, description = "The newest first.", body = List<Person>),
))]
pub(super) async fn list_users(
    door: Administrator,
    app: Data<App>,
    listing: Listing<WantedPeople>,
) -> Result<Json<List<Person>>, ApiError> {
    let Asked { filter, page, cursors } = listing.by(&door.act)?;
    let filter = PeopleFilter::try_from(filter)?;
    let lockout = app.settings.current().await?.lockout;
    let page = app.people.list(filter, lockout, door.act.at, page).await?;
    Ok(Json(List::of(page, &cursors, Person::from)))
}
