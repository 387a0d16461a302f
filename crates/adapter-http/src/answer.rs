//! What answers are made of.

use actix_web::body::BoxBody;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETag, EntityTag,
};
use actix_web::{HttpRequest, HttpResponse, Responder};
use kernel::{Fault, FileName, Page, PictureKind, Secret, Shown, Time};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use crate::cursors::ListCursors;
use crate::error::ApiError;

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

/// A browser may keep a picture for whoever is signed in, and asks each time whether it is still the one.
const KEPT: &str = "private, no-cache";
/// Opened by itself, a picture is a page in which nothing runs.
const NOTHING_RUNS: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// Under a name there is never another picture.
pub(crate) fn picture_tag(file: &FileName) -> EntityTag {
    EntityTag::new_strong(file.id().to_owned())
}

/// A picture, or 304 where the client has it.
pub(crate) fn shown(name: &str, shown: Shown) -> Result<HttpResponse, ApiError> {
    match shown {
        Shown::Known(file) => {
            let mut response = HttpResponse::NotModified();
            Ok(response.insert_header((CACHE_CONTROL, KEPT)).insert_header(ETag(picture_tag(&file))).finish())
        }
        Shown::Picture(file, bytes) => picture(name, &file, bytes),
    }
}

fn picture(name: &str, file: &FileName, bytes: Vec<u8>) -> Result<HttpResponse, ApiError> {
    let kind = PictureKind::of(file).ok_or_else(|| Fault::defect(format!("not a picture: {file}")))?;
    let called = format!("inline; filename=\"{name}.{}\"", kind.ending());
    let response = HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind.media_type()))
        .insert_header((CONTENT_DISPOSITION, called))
        .insert_header((CONTENT_SECURITY_POLICY, NOTHING_RUNS))
        .insert_header((CACHE_CONTROL, KEPT))
        .insert_header(ETag(picture_tag(file)))
        .body(bytes);
    Ok(response)
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T> {
    data: Vec<T>,
    /// Where the next page begins; null on the last.
    #[schema(example = "MDE4OTBhNWQ")]
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
