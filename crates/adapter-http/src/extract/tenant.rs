use actix_web::HttpRequest;
use actix_web::dev::Payload;

use super::{Extract, Needs, Tenancy, route};
use crate::error::{ApiError, Kind};

/// The header that names an organization.
pub(crate) const X_TENANT: &str = "X-Tenant";

/// The organization the request names, by slug or id.
#[derive(Debug)]
pub(crate) struct Tenant(pub Option<String>);

impl Extract for Tenant {
    fn tell(needs: &mut Needs) {
        needs.tenant = needs.tenant.max(Tenancy::Optional);
    }

    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        Ok(Self(wanted(request)?.map(str::to_owned)))
    }
}

/// A header that names nothing is not the same as none; a list is two headers that a proxy has joined.
pub(super) fn wanted(request: &HttpRequest) -> Result<Option<&str>, ApiError> {
    let mut headers = request.headers().get_all(X_TENANT);
    let Some(header) = headers.next() else { return Ok(None) };
    let name = header.to_str().map_err(|_| Kind::TENANT_INVALID)?.trim();
    if headers.next().is_some() || name.is_empty() || name.contains(',') {
        return Err(Kind::TENANT_INVALID.into());
    }
    Ok(Some(name))
}

/// The organization whose resource the path names, by slug or id.
pub(super) fn of_path(request: &HttpRequest) -> Option<&str> {
    let route = route(request);
    let rest = route.strip_prefix("/organizations/{id}")?;
    if rest.is_empty() || rest.starts_with('/') { request.match_info().get("id") } else { None }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn one_name_or_none() {
        let sending = |value: &str| TestRequest::default().insert_header((X_TENANT, value)).to_http_request();
        assert_eq!(wanted(&TestRequest::default().to_http_request()).unwrap(), None);
        assert_eq!(wanted(&sending("acme")).unwrap(), Some("acme"));
        for bad in ["", "  ", "acme, other"] {
            assert_eq!(wanted(&sending(bad)).unwrap_err().kind(), Kind::TENANT_INVALID, "{bad}");
        }
        let two = TestRequest::default().append_header((X_TENANT, "acme")).append_header((X_TENANT, "acme"));
        assert_eq!(wanted(&two.to_http_request()).unwrap_err().kind(), Kind::TENANT_INVALID);
    }
}
