//! What answers are made of.

use actix_web::body::BoxBody;
use actix_web::{HttpRequest, HttpResponse, Responder};
use kernel::{Page, Secret, Time};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use crate::cursors::ListCursors;

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
    data: Vec<T>,
    /// Where the next page begins; null on the last.
    next_cursor: Option<String>,
}

impl<T> List<T> {
    /// A page of a long one: no cursor leaves unsigned.
    pub fn of<R>(page: Page<R>, cursors: &ListCursors, tell: impl FnMut(R) -> T) -> Self {
        let next_cursor = page.next.map(|it| cursors.sign(&it));
        Self { data: page.data.into_iter().map(tell).collect(), next_cursor }
    }

    /// A list that is never long.
    pub fn whole<R>(rows: Vec<R>, tell: impl FnMut(R) -> T) -> Self {
        Self { data: rows.into_iter().map(tell).collect(), next_cursor: None }
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
