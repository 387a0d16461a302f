use actix_web::HttpRequest;
use actix_web::dev::Payload;
use kernel::{Act, PageRequest, Problems};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use super::{Extract, Needs, act as acts, app, query, route};
use crate::cursors::{Cursors, ListCursors};
use crate::error::ApiError;

/// The query of a list: which page of it, and by `T` which of its rows.
pub(crate) struct Listing<T = All> {
    filter: T,
    paging: Paging,
    list: String,
    cursors: Cursors,
}

/// What is to be listed, and how the answer signs its cursor.
pub(crate) struct Asked<T> {
    pub filter: T,
    pub page: PageRequest,
    pub cursors: ListCursors,
}

/// The filter of a list that has none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct All {}

/// Which page of a list is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Paging {
    /// How many at most; 50 where nothing is said.
    #[schema(minimum = 1, maximum = 100)]
    limit: Option<u8>,
    /// `next_cursor` of the page before.
    #[schema(min_length = 1)]
    cursor: Option<String>,
}

impl Paging {
    const FIELDS: [&str; 2] = ["limit", "cursor"];
}

impl<T: DeserializeOwned + ToSchema + 'static> Extract for Listing<T> {
    fn tell(needs: &mut Needs) {
        query::tell::<T>(needs);
        query::tell::<Paging>(needs);
    }

    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        let pairs = query::pairs(request.query_string())?.into_iter();
        let (paging, filter) = pairs.partition(|(name, _)| Paging::FIELDS.contains(&name.as_str()));
        match (query::read(filter), query::read(paging)) {
            (Ok(filter), Ok(paging)) => {
                Ok(Self { filter, paging, list: route(request), cursors: app(request)?.cursors.clone() })
            }
            (filter, paging) => {
                let mut problems = Problems::default();
                for found in [filter.err(), paging.err()].into_iter().flatten() {
                    problems.add_all("", found);
                }
                Err(problems.into())
            }
        }
    }
}

impl<T> Listing<T> {
    /// What is asked for by the act's organization, or else by who acts: a cursor of anybody else's list is none.
    pub fn by(self, act: &Act) -> Result<Asked<T>, ApiError> {
        let Self { filter, paging, list, cursors } = self;
        let caller = || acts::credential(&act.actor).unwrap_or_else(|| "-".to_owned());
        let viewer = act.organization.map_or_else(caller, |it| it.to_string());
        let cursors = cursors.of(&viewer, &list);
        let foreign = || Problems::one("cursor", "The cursor field is not a cursor of this list.");
        let after = paging.cursor.map(|it| cursors.read(&it).ok_or_else(foreign)).transpose()?;
        let limit = paging.limit.unwrap_or(PageRequest::DEFAULT);
        Ok(Asked { filter, page: PageRequest { limit, after }, cursors })
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{act, nth};
    use kernel::{Actor, Cursor};

    use super::*;
    use crate::error::Kind;

    fn listing(list: &str, cursor: Option<&str>) -> Listing {
        let paging = Paging { limit: None, cursor: cursor.map(str::to_owned) };
        Listing { filter: All {}, paging, list: list.to_owned(), cursors: Cursors::new(&[7; 32]) }
    }

    #[test]
    fn a_list_begins_where_nothing_is_said() {
        let asked = listing("/team", None).by(&act()).unwrap();
        assert_eq!(asked.page, PageRequest { limit: 50, after: None });
    }

    #[test]
    fn a_cursor_is_good_for_its_organization_or_user_and_its_list_only() {
        let member = |n| act().by(Actor::User { id: nth(n), session: nth(8) });
        let acme = member(7).within(nth(60));
        let cursor = Cursor("x".to_owned());
        let signed_for = |act: &Act, list: &str| listing(list, None).by(act).unwrap().cursors.sign(&cursor);
        let signed = signed_for(&acme, "/team");
        let read = |act: &Act, list: &str, cursor: &str| listing(list, Some(cursor)).by(act).map(|it| it.page.after);
        assert_eq!(read(&acme, "/team", &signed).unwrap(), Some(cursor.clone()));
        assert_eq!(read(&member(9).within(nth(60)), "/team", &signed).unwrap(), Some(cursor.clone()));

        let own = signed_for(&member(7), "/auth/tenants");
        assert_eq!(read(&member(7), "/auth/tenants", &own).unwrap(), Some(cursor.clone()));
        let bad = [
            (member(7).within(nth(61)), "/team", signed.as_str()),
            (acme, "/audit-logs", &signed),
            (member(9), "/auth/tenants", &own),
            (member(7), "/services", &own),
            (member(7), "/services", "garbage"),
        ];
        for (act, list, cursor) in bad {
            let error = read(&act, list, cursor).unwrap_err();
            assert_eq!(error.kind(), Kind::INVALID);
            assert_eq!(*error.problems(), Problems::one("cursor", "The cursor field is not a cursor of this list."));
        }
    }
}
