use actix_web::http::header::COOKIE;
use actix_web::test::TestRequest;

use super::*;

fn csrf(public_url: &str) -> Csrf {
    let origins = Origins::parse(["https://app.example.com"]).unwrap();
    Csrf::new(&Url::parse(public_url).unwrap(), &Edge { origins, ..Edge::default() }, &[7; 32])
}

fn source(public_url: &str, headers: &[(&str, &str)]) -> Source {
    let request = headers.iter().fold(TestRequest::post(), |it, header| it.append_header(*header));
    csrf(public_url).source(&request.to_http_request())
}

#[test]
fn on_loopback_pages_come_by_name_or_by_address() {
    let (by_address, by_name) = ("http://127.0.0.1:8080", "http://localhost:8080");
    let is_ours = |public_url, origin| source(public_url, &[("Origin", origin)]) == Source::Ours;
    for public_url in [by_address, by_name, "http://[::1]:8080", "http://id.localhost:8080"] {
        for origin in [by_address, by_name, public_url] {
            assert!(is_ours(public_url, origin), "{public_url} {origin}");
        }
        for origin in ["http://localhost:8081", "http://127.0.0.1", "https://localhost:8080", "http://127.0.0.2:8080"] {
            assert!(!is_ours(public_url, origin), "{public_url} {origin}");
        }
    }
    // With TLS, or elsewhere, one is as good as told.
    assert!(!is_ours("https://localhost:8080", "https://127.0.0.1:8080"));
    assert!(!is_ours("http://10.0.0.1:8080", by_name));
    assert!(!is_ours("https://id.example.com", "https://localhost"));
}

#[test]
fn only_our_own_pages_and_listed_ones_are_ours() {
    let public_url = "https://id.example.com:8443/base";
    let ours = "https://id.example.com:8443";
    for origin in [ours, "https://app.example.com"] {
        assert_eq!(source(public_url, &[("Origin", origin)]), Source::Ours, "{origin}");
    }
    for origins in [
        &["null"][..],
        &[""],
        &["https://id.example.com"],
        &["http://id.example.com:8443"],
        &["https://id.example.com:8443/"],
        &["https://ID.example.com:8443"],
        &["https://id.example.com:8443.evil.test"],
        &["https://app.example.com.evil.test"],
        &["http://app.example.com"],
        &[ours, ours],
        &[ours, "https://evil.test"],
    ] {
        let headers: Vec<_> = origins.iter().map(|it| ("Origin", *it)).collect();
        assert_eq!(source(public_url, &headers), Source::Elsewhere, "{origins:?}");
    }
}

#[test]
fn a_page_is_ours_where_the_browser_has_come_to_it_too() {
    let told = |origin, host| source("http://0.0.0.0:8080", &[("Origin", origin), ("Host", host)]);
    assert_eq!(told("http://localhost:8080", "localhost:8080"), Source::Ours);
    // This one came by plain HTTP.
    assert_eq!(told("https://localhost:8080", "localhost:8080"), Source::Elsewhere);
    assert_eq!(told("http://localhost:8081", "localhost:8080"), Source::Elsewhere);
    assert_eq!(told("http://", ""), Source::Elsewhere);
}

#[test]
fn where_there_is_no_origin_the_browser_may_say_it_otherwise() {
    let told = |headers: &[(&str, &str)]| source("https://id.example.com", headers);
    let site = "Sec-Fetch-Site";
    assert_eq!(told(&[]), Source::Unsaid);
    assert_eq!(told(&[(site, "none")]), Source::Unsaid);
    assert_eq!(told(&[(site, "same-origin")]), Source::Ours);
    assert_eq!(told(&[(site, "same-origin"), ("Origin", "null")]), Source::Ours);
    for foreign in ["cross-site", "same-site", "", "x"] {
        assert_eq!(told(&[(site, foreign)]), Source::Elsewhere, "{foreign}");
    }
    assert_eq!(told(&[(site, "same-origin"), ("Origin", "https://evil.test")]), Source::Elsewhere);
    assert_eq!(told(&[(site, "none"), ("Origin", "null")]), Source::Elsewhere);
}

#[test]
fn a_token_is_good_with_its_cookie_and_where_nothing_speaks_against_it() {
    let csrf = csrf("https://id.example.com");
    let cookies = Cookies::of(&Url::parse("https://id.example.com").unwrap());
    let token = csrf.token("kept");
    let proved = |kept: &str, headers: &[(&str, &str)]| {
        let request = TestRequest::post().insert_header((COOKIE, format!("__Host-portcullis_csrf={kept}")));
        let request = headers.iter().fold(request, |it, header| it.append_header(*header));
        csrf.is_proved(&cookies, &request.to_http_request())
    };
    let good = ("X-CSRF-Token", token.as_str());
    assert!(proved("kept", &[good]));
    assert!(!proved("kept", &[good, good]));
    assert!(!proved("other", &[good]) && !proved("", &[good]));
    assert!(!proved("kept", &[good, ("Origin", "https://evil.test")]));
    assert!(!proved("kept", &[good, ("Sec-Fetch-Site", "cross-site")]));
    for bad in ["", "kept", &token[1..], &format!("{token}A")] {
        assert!(!proved("kept", &[("X-CSRF-Token", bad)]), "{bad}");
    }
    assert!(!proved("kept", &[]));
}
