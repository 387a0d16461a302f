use super::*;

/// The list of security.md, section 6.2.
const TARGETS: &str = include_str!("targets.txt");

fn parse(text: &str, allowed: &[&str]) -> Result<EndpointUrl, &'static str> {
    EndpointUrl::parse(text, &allowed.iter().map(|&it| it.to_owned()).collect::<Vec<_>>())
}

fn refused(list: &[&str], sentence: &str) {
    for bad in list {
        assert_eq!(parse(bad, &[]), Err(sentence), "{bad}");
    }
}

#[test]
fn ordinary_urls_pass() {
    for good in [
        "https://example.com",
        "https://example.com/",
        "https://hooks.example.com/in?from=portcullis&x=%20y",
        "https://example.com?x=1",
        "https://Example.COM/In",
        "HTTPS://example.com/",
        "https://example.com:443/",
        "https://example.com:8443/",
        "https://xn--bcher-kva.example/",
        "https://localhost.example.com/",
        "https://mylocal.example/",
        "https://93.184.216.34/",
        "https://[2606:4700:4700::1111]:1024/",
    ] {
        assert!(parse(good, &[]).is_ok(), "{good}");
    }
}

#[test]
fn every_target_of_the_list_is_refused() {
    for bad in TARGETS.lines() {
        assert!(parse(bad, &[]).is_err(), "{bad}");
    }
}

#[test]
fn the_list_is_no_better_with_https() {
    for bad in TARGETS.lines().filter(|it| it.starts_with("http://")) {
        assert!(parse(&bad.replace("http://", "https://"), &[]).is_err(), "{bad}");
    }
}

#[test]
fn private_hosts_are_refused_by_name_and_address() {
    refused(
        &[
            "https://127.0.0.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/",
            "https://localhost/",
            "https://a.localhost/",
            "https://printer.local/",
            "https://metadata.google.internal/",
            "https://router.home.arpa/",
            "https://intranet/",
            "https://example.com./",
        ],
        PRIVATE,
    );
}

#[test]
fn what_is_not_written_plainly_is_refused() {
    refused(
        &[
            "",
            "example.com",
            "http://example.com/",
            "https:example.com",
            "https:/example.com/",
            "https:///example.com/",
            "https:\\\\example.com/",
            "https://example.com\\@127.0.0.1/",
            "https://example.com/a\\b",
            " https://example.com/",
            "https://example.com/ ",
            "https://exa\nmple.com/",
            "https://example.com/\r\nx: y",
            "https://example.com/\tx",
            "https://example.com/%0d%0aX:1",
            "https://example.com/?x=%00",
            "https://example.com/%7F",
            "https://example.com/#top",
            "https://example.com#",
            "https://@example.com/",
            "https://user@example.com/",
            "https://example.com:/",
            "https://example.com:0443/",
            "https://example.com:99999/",
            "https://0x5db8d822/",
            "https://93.184.55330/",
            "https://93。184。216。34/",
            "https://bücher.example/",
            "https://%65xample.com/",
            "javascript:alert(1)",
            "data:text/plain,x",
        ],
        NOT_PLAIN,
    );
}

#[test]
fn ports_of_other_services_are_refused() {
    refused(&["https://example.com:22/", "https://example.com:80/", "https://example.com:1023/"], BAD_PORT);
}

#[test]
fn the_longest_is_2048() {
    let of = |length: usize| format!("https://example.com/{}", "x".repeat(length - 20));
    assert!(parse(&of(2048), &[]).is_ok());
    assert_eq!(parse(&of(2049), &[]), Err(TOO_LONG));
}

#[test]
fn the_operator_lets_hosts_through() {
    let allowed = ["127.0.0.1", "hooks.internal:25", "receiver:8080", "[::1]:9000"];
    for good in [
        "http://127.0.0.1/",
        "https://127.0.0.1:9000/",
        "http://hooks.internal:25/",
        "http://receiver:8080/in",
        "http://[::1]:9000/",
    ] {
        assert!(parse(good, &allowed).is_ok(), "{good}");
    }
    for (bad, sentence) in [
        ("http://127.0.0.1:22/", BAD_PORT),
        ("http://127.1/", NOT_PLAIN),
        ("http://u@127.0.0.1/", NOT_PLAIN),
        ("ftp://127.0.0.1/", NOT_PLAIN),
        ("https://127.0.0.2/", PRIVATE),
        ("https://hooks.internal/", PRIVATE),
        ("https://a.hooks.internal/", PRIVATE),
        ("https://receiver:8081/", PRIVATE),
        ("http://example.com/", NOT_PLAIN),
    ] {
        assert_eq!(parse(bad, &allowed), Err(sentence), "{bad}");
    }
}

#[test]
fn a_private_host_is_found_whatever_else_is_wrong() {
    let allowed = ["127.0.0.1:9000".to_owned(), "hooks.internal".to_owned()];
    for (text, host) in [
        ("http://169.254.169.254/latest", Some("169.254.169.254")),
        ("https://10.0.0.1:22/", Some("10.0.0.1")),
        ("https://user:secret@localhost/", Some("localhost")),
        ("https://[::1]/", Some("[::1]")),
        ("http://127.0.0.1:9000/", None),
        ("https://127.0.0.1:9001/", Some("127.0.0.1")),
        ("https://hooks.internal/", None),
        ("http://hooks.example.com/", None),
        ("no url", None),
    ] {
        assert_eq!(EndpointUrl::private_host(text, &allowed).as_deref(), host, "{text}");
    }
    assert_eq!(EndpointUrl::private_host(&format!("https://10.0.0.1/{}", "x".repeat(2048)), &[]), None);
}
