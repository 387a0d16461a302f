use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use reqwest::{Certificate, Client};
use serde_json::json;

use crate::support::process::run_with;
use crate::support::world::PASSWORD;
use crate::support::{Reply, World, eventually};

/// A directory with a certificate, which is gone at the end.
struct Shown(PathBuf);

impl Shown {
    fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("portcullis-https-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let dir = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    fn files(&self) -> adapter_http::TlsFiles {
        adapter_http::TlsFiles { certificate: self.0.join("cert.pem"), key: self.0.join("key.pem") }
    }

    /// Another one from now on, and a client that believes no other.
    fn renew(&self) -> Client {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        // Not both at once: what is between them is no pair.
        std::fs::write(self.files().key, signing_key.serialize_pem()).unwrap();
        std::fs::write(self.files().certificate, cert.pem()).unwrap();
        let only = Certificate::from_pem(cert.pem().as_bytes()).unwrap();
        Client::builder().add_root_certificate(only).no_proxy().build().unwrap()
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_speaks_tls_and_takes_another_certificate_without_hanging_up() {
    server::use_aws_lc_rs();
    let shown = Shown::new();
    let client = shown.renew();
    let world = World::with(|config| {
        config.public_url = "https://127.0.0.1:0".to_owned();
        config.tls = Some(shown.files());
        config.edge.require_https = true;
    })
    .await;
    let alive = async |client: &Client| client.get(world.url("//livez")).send().await.map(|it| it.status().as_u16());
    assert_eq!(alive(&client).await.unwrap(), 200);
    let body = json!({"name": "Acme", "slug": "acme",
        "owner": {"email": "ada@example.com", "username": "ada", "password": PASSWORD}});
    let sign_up = client.post(world.url("/tenants?cookie=true")).header("Origin", world.base()).json(&body);
    let reply = Reply::of(sign_up.send().await.unwrap()).await.expect(201);
    assert_eq!(reply.headers["strict-transport-security"], "max-age=31536000");
    for cookie in reply.headers.get_all("set-cookie") {
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.starts_with("__Host-portcullis_") && cookie.contains("; Secure; "), "{cookie}");
    }
    // Nobody is sent on from plain HTTP: there is none.
    let plain = world.url("//livez").replacen("https:", "http:", 1);
    assert!(world.http.get(plain).send().await.is_err());

    let next = shown.renew();
    eventually("the next certificate is shown", async || alive(&next).await.is_ok()).await;
    assert_eq!(alive(&client).await.unwrap(), 200, "its connection goes on");
    let stranger = Client::builder().no_proxy().build().unwrap();
    assert!(alive(&stranger).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_is_refused_unless_a_trusted_proxy_says_otherwise() {
    let world = World::with(|config| {
        config.edge.require_https = true;
        config.edge.proxies = adapter_http::TrustedProxies::parse(["127.0.0.1"]).unwrap();
    })
    .await;
    let ask = async |path: &str, headers: &[(&str, &str)]| {
        let request =
            headers.iter().fold(world.http.get(world.url(path)), |it, (name, value)| it.header(*name, *value));
        Reply::of(request.send().await.unwrap()).await
    };
    ask("/auth/me", &[]).await.expect_error(403, "https_required");
    ask("//livez", &[]).await.expect(200);
    ask("//readyz", &[]).await.expect(200);
    let forwarded = ("X-Forwarded-Proto", "https");
    let reply = ask("/auth/me", &[forwarded]).await.expect_error(401, "token_missing");
    assert!(reply.headers.contains_key("strict-transport-security"));
    ask("/auth/me", &[forwarded, forwarded]).await.expect_error(403, "https_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_says_whom_a_trusted_proxy_speaks_for() {
    let trusting = World::with(|config| {
        config.edge.proxies = adapter_http::TrustedProxies::parse(["127.0.0.1"]).unwrap();
    })
    .await;
    for (world, expected) in [(&trusting, "198.51.100.7"), (&World::new().await, "127.0.0.1")] {
        let ada = world.sign_up("acme").await;
        let body = json!({"email": ada.email, "password": PASSWORD});
        let log_in = world.http.post(world.url("/auth/login")).json(&body);
        let log_in = log_in.header("X-Forwarded-For", "1.2.3.4, 198.51.100.7").header("X-Real-IP", "1.2.3.4");
        Reply::of(log_in.send().await.unwrap()).await.expect(200);
        let entries = world.get("/audit-logs?action=session.started", &ada.access).await.expect(200);
        assert_eq!(entries.data()[0]["ip"], expected, "{}", entries.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_be_read_along_is_not_started() {
    let dir = Shown::new();
    let refused = async |variables: &[(&str, &str)]| {
        let (good, said) = run_with(&dir.0, None, variables, &["config", "check"], "").await;
        assert!(!good, "{said}");
        said
    };
    let far = ("PORTCULLIS_LISTEN", "0.0.0.0:0");
    assert!(refused(&[far]).await.contains("PORTCULLIS_REQUIRE_HTTPS"));
    assert!(refused(&[("PORTCULLIS_CORS_ORIGINS", "*")]).await.contains("PORTCULLIS_CORS_ORIGINS"));
    assert!(refused(&[("PORTCULLIS_TRUSTED_PROXIES", "0.0.0.0/0")]).await.contains("PORTCULLIS_TRUSTED_PROXIES"));
    let (certificate, key) = (dir.files().certificate, dir.files().key);
    let (certificate, key) = (certificate.to_str().unwrap(), key.to_str().unwrap());
    let tls = [far, ("PORTCULLIS_TLS_CERT", certificate), ("PORTCULLIS_TLS_KEY", key)];
    assert!(refused(&tls).await.contains("cert.pem"));
    dir.renew();
    std::fs::write(key, "-----BEGIN PRIVATE KEY-----\nMIIxyz\n-----END PRIVATE KEY-----\n").unwrap();
    let said = refused(&tls).await;
    assert!(said.contains("PORTCULLIS_TLS_CERT") && !said.contains("MIIxyz"), "{said}");
    dir.renew();
    for good in
        [&tls[..], &[far, ("PORTCULLIS_REQUIRE_HTTPS", "off")], &[far, ("PORTCULLIS_TRUSTED_PROXIES", "10.0.0.0/8")]]
    {
        let (started, said) = run_with(&dir.0, None, good, &["config", "check"], "").await;
        assert!(started, "{said}");
        assert_eq!(said.contains("Warning: PORTCULLIS_PUBLIC_URL"), good != tls, "{said}");
    }
}
