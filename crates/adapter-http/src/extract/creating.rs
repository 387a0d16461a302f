use actix_web::HttpRequest;
use actix_web::dev::Payload;
use kernel::{Act, Idempotency, Problems, Secret};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::body::MaybeBody;
use super::idempotency_key::{self, IDEMPOTENCY_KEY};
use super::needs::Body;
use super::tenant::{self, X_TENANT};
use super::{Extract, Needs, act as acts, body, route};
use crate::error::ApiError;
use crate::registry::within_mount;

/// The JSON body of a write that creates, and may be repeated under the same `Idempotency-Key`.
pub(crate) struct Creating<T> {
    input: T,
    repeated: Option<Repeated>,
}

const REPEATS: &str = "Repeats with the same key and body within 24 hours get the same answer. At least 22 characters where \
                       no access token is sent.";

struct Repeated {
    key: Secret,
    route: String,
    request: [u8; 32],
}

impl<T: DeserializeOwned + ToSchema + 'static> Extract for Creating<T> {
    const IS_SENT: bool = true;

    fn tell(needs: &mut Needs) {
        needs.body = Body::Required;
        needs.repeatable = Some(REPEATS);
    }

    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
        let key = idempotency_key::sent(request)?;
        let bytes = body::read(request, payload).await?;
        let repeated = key.map(|key| Repeated::of(key, request, &bytes)).transpose()?;
        Ok(Self { input: body::parse(&bytes)?, repeated })
    }
}

/// As [`Creating`], where the body may be left out, which is the default `T`.
pub(crate) struct MaybeCreating<T>(Creating<T>);

impl<T: DeserializeOwned + ToSchema + Default + 'static> Extract for MaybeCreating<T> {
    const IS_SENT: bool = true;

    fn tell(needs: &mut Needs) {
        MaybeBody::<T>::tell(needs);
        needs.repeatable = Some(REPEATS);
    }

    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
        let key = idempotency_key::sent(request)?;
        let bytes = body::read_maybe(request, payload).await?;
        let repeated = key.map(|key| Repeated::of(key, request, &bytes)).transpose()?;
        Ok(Self(Creating { input: body::parse_maybe(&bytes)?, repeated }))
    }
}

impl<T> MaybeCreating<T> {
    /// The input, and the act with its repetition.
    pub fn by(self, act: &Act) -> Result<(Act, T), ApiError> {
        self.0.by(act)
    }
}

/// A write that creates without a body, and may be repeated under the same `Idempotency-Key`.
pub(crate) struct Repeating(Creating<()>);

impl Extract for Repeating {
    fn tell(needs: &mut Needs) {
        needs.repeatable = Some(REPEATS);
    }

    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        let key = idempotency_key::sent(request)?;
        let repeated = key.map(|key| Repeated::of(key, request, &[])).transpose()?;
        Ok(Self(Creating { input: (), repeated }))
    }
}

impl Repeating {
    /// The act with its repetition.
    pub fn by(self, act: &Act) -> Result<Act, ApiError> {
        Ok(self.0.by(act)?.0)
    }
}

impl Repeated {
    fn of(key: Secret, request: &HttpRequest, body: &[u8]) -> Result<Self, ApiError> {
        let route = format!("{} {}", request.method(), route(request));
        Ok(Self { key, route, request: digest(request, body)? })
    }
}

impl<T> Creating<T> {
    /// A key guessed under no credential would hand out somebody else's answer, so it must be long.
    const SHORTEST_OF_NOBODY: usize = 22;

    /// The input, and the act with its repetition.
    pub fn by(self, act: &Act) -> Result<(Act, T), ApiError> {
        let Some(Repeated { key, route, request }) = self.repeated else { return Ok((act.clone(), self.input)) };
        let credential = acts::credential(&act.actor);
        if credential.is_none() && key.expose().len() < Self::SHORTEST_OF_NOBODY {
            let sentence = "The Idempotency-Key header must be at least 22 characters where no access token is sent.";
            return Err(Problems::one(IDEMPOTENCY_KEY, sentence).into());
        }
        let nobody = || "-".to_owned();
        let credential = credential.unwrap_or_else(nobody);
        let organization = act.organization.map_or_else(nobody, |it| it.to_string());
        let idempotency = Idempotency { key, scope: format!("{credential} {organization} {route}"), request };
        Ok((Act { idempotency: Some(idempotency), ..act.clone() }, self.input))
    }
}

fn digest(request: &HttpRequest, body: &[u8]) -> Result<[u8; 32], ApiError> {
    let mut hash = Sha256::new();
    let tenant = tenant::wanted(request)?.unwrap_or_default();
    for part in [request.method().as_str(), within_mount(request.path()), request.query_string(), X_TENANT, tenant] {
        hash.update(part);
        // No part but the body can hold one.
        hash.update([0]);
    }
    hash.update(body);
    Ok(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use kernel::testing::{act, nth};
    use kernel::{Actor, KeyId, OrganizationId, UserId};

    use super::*;
    use crate::error::Kind;

    fn creating(key: &str) -> Creating<()> {
        let repeated = Repeated { key: Secret::new(key), route: "POST /tenants".to_owned(), request: [1; 32] };
        Creating { input: (), repeated: Some(repeated) }
    }

    #[test]
    fn a_key_belongs_to_its_user_organization_and_route() {
        let user: UserId = nth(7);
        let scope = |act: &Act| creating("k").by(act).unwrap().0.idempotency.unwrap().scope;
        let act = act().by(Actor::User { id: user, session: nth(8) });
        assert_eq!(scope(&act), format!("{user} - POST /tenants"));
        let (acme, other): (OrganizationId, OrganizationId) = (nth(60), nth(61));
        assert_eq!(scope(&act.within(acme)), format!("{user} {acme} POST /tenants"));
        assert_ne!(scope(&act.within(acme)), scope(&act.within(other)));
    }

    #[test]
    fn keys_and_tokens_are_callers_of_their_own() {
        let user: UserId = nth(7);
        let key: KeyId = nth(9);
        for actor in [Actor::Key { id: key, maker: user }, Actor::Token { id: key, user }] {
            let (act, ()) = creating("k").by(&act().by(actor)).unwrap();
            assert_eq!(act.idempotency.unwrap().scope, format!("{key} - POST /tenants"));
        }
    }

    #[test]
    fn without_a_credential_a_key_must_be_long() {
        let error = creating("twenty-one-characters").by(&act()).unwrap_err();
        assert_eq!(error.kind(), Kind::INVALID);
        let (act, ()) = creating("twenty-two-characters-").by(&act()).unwrap();
        assert_eq!(act.idempotency.unwrap().scope, "- - POST /tenants");
    }

    #[test]
    fn another_tenant_or_body_is_another_request_and_another_mount_is_none() {
        let sent = |path: &str, tenant: &str, body: &[u8]| {
            let request = TestRequest::post().uri(path).insert_header((X_TENANT, tenant)).to_http_request();
            digest(&request, body).unwrap()
        };
        let one = sent("/api/v1/team/invite", "acme", b"{}");
        assert_eq!(one, sent("/v1/team/invite", "acme", b"{}"));
        assert_ne!(one, sent("/v1/team/invite", "other", b"{}"));
        assert_ne!(one, sent("/v1/team/invite", "acme", b"{ }"));
        assert_ne!(one, sent("/v1/team/invite?x", "acme", b"{}"));
    }
}
