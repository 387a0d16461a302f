use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use identity::FlowTarget;
use kernel::{Fault, Problems, Secret};
use url::Url;

/// Where somebody ends who came by a browser.
pub(super) const APP: &str = "/app";

/// Where a way is to end: at an application, with both, or at our own pages, with neither.
pub(in crate::routes) fn target(
    redirect_uri: Option<String>,
    code_challenge: Option<String>,
) -> Result<FlowTarget, Problems> {
    let missing =
        |field: &'static str, beside| Problems::one(field, format!("The {field} field is required with {beside}."));
    match (redirect_uri, code_challenge) {
        (None, None) => Ok(FlowTarget::Browser),
        (Some(redirect_uri), Some(code_challenge)) => Ok(FlowTarget::Application { redirect_uri, code_challenge }),
        (Some(_), None) => Err(missing("code_challenge", "redirect_uri")),
        (None, Some(_)) => Err(missing("redirect_uri", "code_challenge")),
    }
}

/// To an application, with what it is to learn behind what its address says already.
pub(super) fn tell(redirect_uri: &str, name: &str, value: &Secret) -> Result<HttpResponse, Fault> {
    let mut url = Url::parse(redirect_uri).map_err(|error| Fault::Failed(error.into()))?;
    url.query_pairs_mut().append_pair(name, value.expose());
    Ok(HttpResponse::Found().insert_header((LOCATION, url.as_str())).finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_application_learns_stands_behind_its_own_query() {
        for (redirect_uri, told) in [
            ("https://app.test/cb", "https://app.test/cb?code=a%26b"),
            ("https://app.test/cb?x=1&y=%20", "https://app.test/cb?x=1&y=%20&code=a%26b"),
            ("https://app.test", "https://app.test/?code=a%26b"),
            ("test.app:/cb", "test.app:/cb?code=a%26b"),
        ] {
            let answer = tell(redirect_uri, "code", &Secret::new("a&b")).unwrap();
            assert_eq!(
                (answer.status().as_u16(), answer.headers().get(LOCATION).unwrap().to_str().unwrap()),
                (302, told)
            );
        }
        assert!(tell("no address", "code", &Secret::new("a")).is_err());
    }

    #[test]
    fn address_and_challenge_come_together() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(target(None, None), Ok(FlowTarget::Browser));
        let (redirect_uri, code_challenge) = ("https://app.test/cb".to_owned(), "c".to_owned());
        assert_eq!(
            target(some("https://app.test/cb"), some("c")),
            Ok(FlowTarget::Application { redirect_uri, code_challenge })
        );
        let sentence = "The code_challenge field is required with redirect_uri.";
        assert_eq!(target(some("https://app.test/cb"), None), Err(Problems::one("code_challenge", sentence)));
        let sentence = "The redirect_uri field is required with code_challenge.";
        assert_eq!(target(None, some("c")), Err(Problems::one("redirect_uri", sentence)));
    }
}
