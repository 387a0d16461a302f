//! What answers are made of.

use actix_web::body::BoxBody;
use actix_web::{HttpRequest, HttpResponse, Responder};
use kernel::{Cursor, Page, PageRequest, Secret, Time};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

/// 201 with what was made.
#[derive(Debug)]
pub(crate) struct Created<T>(pub T);

impl<T: Serialize> Responder for Created<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Created().json(self.0)
    }
}

/// 204.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoContent;

impl Responder for NoContent {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T> {
    pub data: Vec<T>,
    /// Where the next page begins; null on the last.
    pub next_cursor: Option<String>,
}

impl<T> List<T> {
    pub fn of<R>(page: Page<R>, tell: impl FnMut(R) -> T) -> Self {
        Self { data: page.data.into_iter().map(tell).collect(), next_cursor: page.next.map(|it| it.0) }
    }
}

/// Which page of a list is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paging {
    /// How many at most; 50 where nothing is said.
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u8>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl From<Paging> for PageRequest {
    fn from(paging: Paging) -> Self {
        Self { limit: paging.limit.unwrap_or(Self::DEFAULT), after: paging.cursor.map(Cursor) }
    }
}

/// A moment: RFC 3339, UTC, with `Z`.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub(crate) struct Moment(pub Time);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&kernel::rfc3339(self.0))
    }
}

/// A password or a token.
// It comes in and goes out, and shows itself nowhere else.
#[derive(Clone, Debug, ToSchema)]
#[schema(value_type = String, format = Password)]
pub(crate) struct Hidden(pub Secret);

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        kernel::exposed::deserialize(deserializer).map(Self)
    }
}

impl Serialize for Hidden {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        kernel::exposed::serialize(&self.0, serializer)
    }
}
