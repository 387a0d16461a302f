//! The routes: what answers, where, for whom. The specification, the route table and the doors all come from here, and
//! here they come from the handlers' signatures.

mod answering;
mod document;
mod headers;
mod patience;
mod refusals;
mod table;

use actix_web::dev::HttpServiceFactory;
use actix_web::{Handler, HttpRequest, Resource, Responder, Route, guard, web};
use utoipa::__dev::{SchemaReferences, Tags};
use utoipa::Path;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{HttpMethod, RefOr, Schema};

pub(crate) use patience::Patience;
pub use table::RouteRow;

use crate::error::ApiError;
use crate::extract::{Arguments, Needs};
use crate::limits;

/// Where the API is mounted; the same routes under each.
pub(crate) const MOUNTS: [&str; 2] = ["/api/v1", "/v1"];

/// Under [`MOUNTS`], at the root, or where metrics are read: at the root too, unless they have an address of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Api,
    Root,
    Metrics,
}

/// Every endpoint.
#[derive(Default)]
pub(crate) struct Routes {
    entries: Vec<Entry>,
}

struct Entry {
    place: Place,
    method: HttpMethod,
    path: String,
    needs: Needs,
    operation: Operation,
    schemas: Vec<(String, RefOr<Schema>)>,
    route: Box<dyn Fn() -> Route + Send + Sync>,
}

impl Entry {
    /// Its path where it is mounted first.
    fn whole_path(&self) -> String {
        match self.place {
            Place::Api => [MOUNTS[0], &self.path].concat(),
            Place::Root | Place::Metrics => self.path.clone(),
        }
    }
}

impl Routes {
    /// An endpoint of the API: its documentation, as `utoipa::path` made it, and its handler.
    pub fn add<P, H, A, R>(&mut self, documentation: P, handler: H)
    where
        P: Path + SchemaReferences + Tags<'static>,
        H: Handler<A, Output = Result<R, ApiError>> + Send + Sync,
        A: Arguments + 'static,
        R: Responder + 'static,
    {
        self.add_at(Place::Api, documentation, handler);
    }

    /// As [`Routes::add`], at one place.
    #[expect(clippy::needless_pass_by_value, reason = "neither has a size; their types are what is wanted")]
    pub fn add_at<P, H, A, R>(&mut self, place: Place, _documentation: P, handler: H)
    where
        P: Path + SchemaReferences + Tags<'static>,
        H: Handler<A, Output = Result<R, ApiError>> + Send + Sync,
        A: Arguments + 'static,
        R: Responder + 'static,
    {
        let mut needs = Needs::default();
        A::tell(&mut needs);
        let mut schemas = needs.schemas.clone();
        P::schemas(&mut schemas);
        let mut operation = P::operation();
        operation.tags = Some(P::tags().into_iter().map(str::to_owned).collect());
        for method in P::methods() {
            let is_one_of = verbs(&method);
            let handler = handler.clone();
            let charge = needs.charge;
            self.entries.push(Entry {
                place,
                method,
                path: P::path(),
                needs: needs.clone(),
                operation: operation.clone(),
                schemas: schemas.clone(),
                route: Box::new(move || {
                    let handler = handler.clone();
                    guarded(is_one_of).to(move |request: HttpRequest, payload: web::Payload| {
                        answering::call(handler.clone(), charge, Patience::default(), request, payload.into_inner())
                    })
                }),
            });
        }
    }

    /// The endpoints of a place as actix takes them, all methods of a path in one resource.
    pub fn resources(&self, place: Place) -> impl Iterator<Item = impl HttpServiceFactory + use<>> {
        let mut paths: Vec<&str> = Vec::new();
        for entry in self.entries.iter().filter(|it| it.place == place) {
            if !paths.contains(&entry.path.as_str()) {
                paths.push(&entry.path);
            }
        }
        // The first that matches answers: a word stands before what stands for any word.
        paths.sort_by_key(|it| it.contains('{'));
        paths.into_iter().map(move |path| self.resource(place, path))
    }

    fn resource(&self, place: Place, path: &str) -> Resource {
        let entries = self.entries.iter().filter(|it| it.place == place && it.path == path);
        let mut resource = web::resource(path);
        let mut allowed: Vec<&str> = Vec::new();
        for entry in entries {
            resource = resource.route((entry.route)());
            allowed.extend(verbs(&entry.method));
        }
        let allowed = allowed.join(", ");
        resource.default_service(web::to(move |request: HttpRequest| {
            let allowed = allowed.clone();
            async move { limits::astray(request, ApiError::method_not_allowed(&allowed)).await }
        }))
    }
}

/// What a method answers to: who may read may ask whether there is anything to read.
fn verbs(method: &HttpMethod) -> &'static [&'static str] {
    match method {
        HttpMethod::Get => &["GET", "HEAD"],
        HttpMethod::Post => &["POST"],
        HttpMethod::Put => &["PUT"],
        HttpMethod::Patch => &["PATCH"],
        HttpMethod::Delete => &["DELETE"],
        _ => &[],
    }
}

/// A route for who reads.
pub(crate) fn reading() -> Route {
    guarded(verbs(&HttpMethod::Get))
}

fn guarded(is_one_of: &'static [&'static str]) -> Route {
    web::route().guard(guard::fn_guard(move |context| is_one_of.contains(&context.head().method.as_str())))
}

/// A path as the specification writes it, without the mount it came through.
pub(crate) fn within_mount(path: &str) -> &str {
    let rest = MOUNTS.iter().find_map(|mount| path.strip_prefix(mount));
    rest.filter(|it| it.starts_with('/')).unwrap_or(path)
}

#[cfg(test)]
mod tests;
