//! What an endpoint says no with: what its signature brings, and what its author names.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{ComponentsBuilder, ContentBuilder, HttpMethod, Ref, RefOr, Response, ResponseBuilder};

use super::{Entry, headers};
use crate::error::{Envelope, Kind};
use crate::extract::{Body, Charge, Credential, Needs, Tenancy};
use crate::middleware::WATCHED;

/// Adds every error the endpoint can answer with, by status and type.
pub(super) fn add(entry: &Entry, responses: &mut BTreeMap<String, RefOr<Response>>) {
    let authored: Vec<(String, String)> = responses
        .iter()
        .filter_map(|(status, response)| match response {
            RefOr::T(response) if status.as_str() >= "400" => Some((status.clone(), response.description.clone())),
            _ => None,
        })
        .collect();
    let mut kinds: BTreeMap<String, Vec<Kind>> = BTreeMap::new();
    let named = authored.iter().flat_map(|(status, description)| named(status, description));
    for kind in named.chain(brought(entry)) {
        let of_status = kinds.entry(kind.status.as_str().to_owned()).or_default();
        if !of_status.contains(&kind) {
            of_status.push(kind);
        }
    }
    for (status, kinds) in kinds {
        let said = authored.iter().find(|it| it.0 == status).map(|it| it.1.as_str());
        let response = match (said, kinds.as_slice()) {
            (None, [one]) => RefOr::Ref(Ref::from_response_name(one.constant)),
            (said, kinds) => RefOr::T(response(said, kinds)),
        };
        responses.insert(status, response);
    }
}

/// What [`add`] refers to.
pub(super) fn components(mut components: ComponentsBuilder) -> ComponentsBuilder {
    for kind in Kind::ALL {
        let example = ExampleBuilder::new().summary(kind.name).value(Some(example(*kind))).build();
        components = components.example(kind.constant, example).response(kind.constant, response(None, &[*kind]));
    }
    components
}

/// The kinds of this status that stand in backticks in a description; where the status has but one, that.
fn named(status: &str, description: &str) -> Vec<Kind> {
    let of_status = || Kind::ALL.iter().filter(|it| it.status.as_str() == status).copied();
    let words: Vec<&str> = description.split('`').skip(1).step_by(2).collect();
    let named: Vec<Kind> = of_status().filter(|it| words.contains(&it.name)).collect();
    if named.is_empty() && of_status().count() == 1 { of_status().collect() } else { named }
}

/// What any endpoint with such a signature can answer besides what its author says.
fn brought(entry: &Entry) -> impl Iterator<Item = Kind> {
    let Needs { credential, charge, permission, step_up, in_own_right, tenant, body, repeatable, query, .. } =
        &entry.needs;
    let is_looked_at = *credential != Credential::None;
    let is_demanded = is_looked_at && *credential != Credential::Optional;
    let is_in_person = is_looked_at && *credential != Credential::Any;
    let is_named = *tenant != Tenancy::None;
    let is_entered = *tenant == Tenancy::Entered;
    let is_of_path = entry.path.starts_with("/organizations/{id}");
    let has_segment = entry.path.contains('{');
    let has_body = *body != Body::None;
    let is_picture = *body == Body::Picture;
    let has_json = has_body && !is_picture;
    [
        (true, Kind::MALFORMED_REQUEST),
        (has_json, Kind::MALFORMED_JSON),
        (true, Kind::AMBIGUOUS_HEADER),
        (is_named, Kind::TENANT_INVALID),
        (is_demanded, Kind::TOKEN_MISSING),
        (is_looked_at, Kind::TOKEN_INVALID),
        (is_looked_at && *credential != Credential::EvenExpired, Kind::TOKEN_EXPIRED),
        (permission.is_some(), Kind::PERMISSION_DENIED),
        (*step_up || is_entered, Kind::STEP_UP_REQUIRED),
        (is_in_person || *in_own_right, Kind::PERSON_REQUIRED),
        (is_entered, Kind::MEMBER_SUSPENDED),
        (is_entered, Kind::MFA_ENROLMENT_REQUIRED),
        (entry.method != HttpMethod::Get, Kind::CSRF),
        (!WATCHED.contains(&entry.path.as_str()), Kind::HTTPS_REQUIRED),
        (is_named || has_segment, Kind::NOT_FOUND),
        (has_body, Kind::TIMED_OUT),
        (has_json, Kind::TOO_LARGE),
        (has_json, Kind::UNSUPPORTED_MEDIA_TYPE),
        (is_picture, Kind::UPLOAD_TOO_LARGE),
        (is_picture, Kind::NOT_A_PICTURE),
        (has_body || repeatable.is_some() || !query.is_empty(), Kind::INVALID),
        (*tenant >= Tenancy::Required && !is_of_path, Kind::TENANT_REQUIRED),
        (repeatable.is_some(), Kind::KEY_REUSED),
        (*charge != Charge::Free, Kind::TOO_MANY_REQUESTS),
        (true, Kind::INTERNAL),
        (true, Kind::UNAVAILABLE),
    ]
    .into_iter()
    .filter_map(|(applies, kind)| applies.then_some(kind))
}

fn response(said: Option<&str>, kinds: &[Kind]) -> Response {
    let list = kinds.iter().map(|it| format!("- `{}`: {}", it.name, it.message)).collect::<Vec<_>>().join("\n");
    let description = said.map_or(list.clone(), |said| format!("{said}\n\n{list}"));
    let names = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .enum_values(Some(kinds.iter().map(|it| it.name)));
    let narrowed = ObjectBuilder::new().property("type", names).required("type");
    let schema = AllOfBuilder::new().item(Ref::from_schema_name(Envelope::name())).item(narrowed);
    let example = |it: &Kind| (it.name, RefOr::Ref(Ref::new(format!("#/components/examples/{}", it.constant))));
    let content = ContentBuilder::new().schema(Some(schema)).examples_from_iter(kinds.iter().map(example));
    let response = ResponseBuilder::new().description(description).content("application/json", content.build()).build();
    headers::of_error(response, kinds)
}

fn example(kind: Kind) -> Value {
    let request_id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let mut example = json!({"code": kind.code, "type": kind.name, "message": kind.message, "request_id": request_id});
    match kind {
        Kind::INVALID => example["errors"] = json!({"email": ["The email field is required."]}),
        Kind::PERMISSION_DENIED => example["required_permission"] = json!("team.invite"),
        Kind::MEMBER_SUSPENDED => example["status"] = json!("suspended"),
        Kind::QUOTA_EXCEEDED => {
            for (field, value) in [
                ("accepted", json!(false)),
                ("meter", json!("messages")),
                ("used", json!(100)),
                ("remaining", json!(0)),
                ("limit", json!(100)),
                ("resets_at", json!("2026-02-01T00:00:00Z")),
            ] {
                example[field] = value;
            }
        }
        _ => {}
    }
    example
}
