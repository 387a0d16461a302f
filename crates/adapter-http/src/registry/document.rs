use kernel::RequestKind;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, ContactBuilder, ContentBuilder, InfoBuilder, LicenseBuilder, Object, OpenApi, OpenApiBuilder,
    PathsBuilder, RefOr, Required, Schema, ServerBuilder,
};
use utoipa::{PartialSchema, ToSchema};

use super::{Entry, Routes, headers, refusals};
use crate::cookies::Kept;
use crate::error::Envelope;
use crate::extract::{Body, Charge, Credential, IDEMPOTENCY_KEY, Needs, Tenancy, X_TENANT};

/// What an upload may be.
const PICTURES: [&str; 3] = ["image/png", "image/jpeg", "image/webp"];

const ACCESS_TOKEN: &str = "access_token";
const COOKIE: &str = "cookie";
const KEY: &str = "key";

const DESCRIPTION: &str = "Accounts, organizations, permissions and entitlements.\n\nBegin with the [quickstart](/guides/quickstart); \
                           [all guides](/guides), the [changelog](/changelog) and the [status](/status) are here too.\n\n\
                           Every answer carries `X-Request-Id`, and what was counted the headers of its limit. A path that is \
                           asked by a method it does not know is 405 with `Allow`, an unknown one 404, both in the shape of \
                           `Error`. What is under `/api/v1` is under `/v1` too. `Authorization: Bearer TOKEN` may be \
                           written without `Bearer`.";

const TAGS: &[(&str, &str)] = &[
    ("auth", "Registering, signing in and out, and who one is."),
    ("camelCase auth", "Signing in at the root, in camelCase. The refresh token of such a sign-in does not rotate."),
    (
        "me",
        "One's own account: profile, address, second factor, passkeys, providers, tokens, sessions, data, deletion.",
    ),
    ("admin", "Administering the whole installation."),
    ("tenants", "Founding organizations."),
    ("organizations", "An organization itself."),
    ("api-keys", "The keys programs act with in an organization's name."),
    ("users", "What members of one organization see of each other."),
    ("team", "The members of an organization, and inviting them."),
    ("permissions", "Who may do what."),
    ("services", "What can be subscribed to."),
    ("entitlements", "What an organization is entitled to, and using it."),
    ("audit", "What was done, and what was refused."),
    ("webhooks", "Being told of events."),
    ("operations", "Whether this installation works."),
];

impl Routes {
    /// The specification, OpenAPI 3.1.
    pub fn document(&self, support_email: &str) -> OpenApi {
        let mut paths = PathsBuilder::new();
        let mut components = headers::components(refusals::components(ComponentsBuilder::new()))
            .schema(Envelope::name(), Envelope::schema())
            .security_scheme(ACCESS_TOKEN, access_token())
            .security_scheme(COOKIE, cookie())
            .security_scheme(KEY, key());
        for entry in &self.entries {
            paths = paths.path(entry.whole_path(), PathItem::new(entry.method.clone(), operation(entry)));
            components = components.schemas_from_iter(entry.schemas.iter().cloned());
        }
        let tag =
            |(name, description): &(&str, &str)| TagBuilder::new().name(*name).description(Some(*description)).build();
        OpenApiBuilder::new()
            .info(
                InfoBuilder::new()
                    .title("Portcullis")
                    .version(env!("CARGO_PKG_VERSION"))
                    .description(Some(DESCRIPTION))
                    .contact(Some(ContactBuilder::new().name(Some("Support")).email(Some(support_email)).build()))
                    .license(Some(
                        LicenseBuilder::new().name("MIT OR Apache-2.0").identifier(Some("MIT OR Apache-2.0")).build(),
                    ))
                    .build(),
            )
            .servers(Some([ServerBuilder::new().url("/").build()]))
            .tags(Some(TAGS.iter().map(tag)))
            .components(Some(components.build()))
            .paths(paths)
            .build()
    }
}

fn access_token() -> SecurityScheme {
    SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build())
}

fn cookie() -> SecurityScheme {
    let description = "An access token that a browser keeps, over plain HTTP on loopback without the prefix `__Host-`. What \
                       changes something must come from a page of this installation, by its `Origin` header, or with the \
                       `X-CSRF-Token` of `GET /auth/csrf`. One that has expired is renewed by the answer.";
    SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(Kept::Access.name(), description)))
}

fn key() -> SecurityScheme {
    let description = "An organization's key (`hbx_…`), or a personal token (`pcp_…`).";
    SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(description)).build())
}

fn security(credential: Credential) -> Vec<SecurityRequirement> {
    let by = |name: &str| SecurityRequirement::new::<_, [&str; 0], _>(name, []);
    let person = || vec![by(ACCESS_TOKEN), by(COOKIE)];
    match credential {
        Credential::None => Vec::new(),
        Credential::Optional => [vec![SecurityRequirement::default()], person()].concat(),
        Credential::Person | Credential::EvenExpired => person(),
        Credential::Any => [person(), vec![by(KEY)]].concat(),
    }
}

/// The operation as its author described it, with what its signature says.
fn operation(entry: &Entry) -> Operation {
    let mut operation = entry.operation.clone();
    let needs = &entry.needs;
    operation.security = Some(security(needs.credential));
    let permission = needs.permission.as_ref().map(ToString::to_string);
    let extensions = ExtensionsBuilder::new().add("x-permission", permission);
    let extensions = match limited(needs.charge) {
        Some(name) => extensions.add("x-rate-limit", name),
        None => extensions,
    };
    let extensions = if needs.step_up { extensions.add("x-step-up", true) } else { extensions };
    operation.extensions = Some(extensions.build());
    let parameters = operation.parameters.get_or_insert_default();
    parameters.extend(asked_headers(needs).chain(query(needs)).map(|it| RefOr::T(it.build())));
    if needs.body == Body::Picture {
        let content = || ContentBuilder::new().build();
        let body = PICTURES.into_iter().fold(RequestBodyBuilder::new(), |body, kind| body.content(kind, content()));
        operation.request_body = Some(RefOr::T(body.description(Some("The file itself, up to 10 MB.")).build()));
    }
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        body.required = Some(if needs.body == Body::Optional { Required::False } else { Required::True });
    }
    refusals::add(entry, &mut operation.responses.responses);
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && status.as_str() < "400"
        {
            headers::of_success(entry, response);
        }
    }
    operation
}

/// Under which limit requests stand; where it is the usual one, those without a credential stand under `anonymous`.
const fn limited(charge: Charge) -> Option<&'static str> {
    match charge {
        Charge::Usual | Charge::Renewal => Some(RequestKind::Usual.as_str()),
        Charge::LogIn => Some(RequestKind::LogIn.as_str()),
        Charge::SignUp => Some(RequestKind::SignUp.as_str()),
        Charge::Free => None,
    }
}

fn asked_headers(needs: &Needs) -> impl Iterator<Item = ParameterBuilder> {
    let text = || ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
    let header = |name: &str, description: &str, schema: ObjectBuilder| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .description(Some(description))
            .schema(Some(schema))
    };
    let tenant = "The organization, by slug or id; without it the one the sign-in is bound to.";
    let tenant = (needs.tenant != Tenancy::None).then(|| header(X_TENANT, tenant, text().min_length(Some(1))));
    let key = needs.repeatable.map(|it| header(IDEMPOTENCY_KEY, it, text().pattern(Some("^[!-~]{1,255}$"))));
    let known = "Tags of what is there already: where it is still so, the answer is 304 and empty.";
    let known = needs.revalidates.then(|| header("If-None-Match", known, text()));
    tenant.into_iter().chain(key).chain(known)
}

fn query(needs: &Needs) -> impl Iterator<Item = ParameterBuilder> {
    let mut all = Object::default();
    for schema in &needs.query {
        if let RefOr::T(Schema::Object(object)) = schema {
            all.properties.extend(object.properties.clone());
            all.required.extend_from_slice(&object.required);
        }
    }
    let Object { properties, required, .. } = all;
    properties.into_iter().map(move |(name, mut schema)| {
        let mut description = None;
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            description = object.description.take();
            if let SchemaType::Array(types) = &object.schema_type
                && let Some(some) = types.iter().find(|it| **it != Type::Null)
            {
                object.schema_type = SchemaType::Type(some.clone());
            }
        }
        ParameterBuilder::new()
            .parameter_in(ParameterIn::Query)
            .required(if required.contains(&name) { Required::True } else { Required::False })
            .name(name)
            .description(description)
            .schema(Some(schema))
    })
}
