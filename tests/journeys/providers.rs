use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use identity::Provider;
use kernel::Secret;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::support::openid_provider::OpenIdProvider;
use crate::support::world::PASSWORD;
use crate::support::{Reply, World};

const APPLICATION: &str = "https://app.example.com/back?from=portcullis";
const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more-0123";

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

/// A world that knows a real provider, as both of ours.
async fn world(provider: &OpenIdProvider) -> World {
    let settings = |which| adapter_outbound::ProviderSettings {
        provider: which,
        client_id: OpenIdProvider::CLIENT_ID.to_owned(),
        client_secret: Secret::new(OpenIdProvider::CLIENT_SECRET),
        issuer: provider.issuer().to_owned(),
        tenant: (which == Provider::Microsoft).then(|| "common".to_owned()),
    };
    World::with(|config| {
        config.providers = Provider::ALL.iter().copied().map(settings).collect();
        config.redirect_uris = vec![APPLICATION.to_owned()];
    })
    .await
}

/// A browser's way: what it was told to keep, and where it has been sent.
struct Way {
    url: String,
    cookie: String,
}

impl Way {
    fn of(reply: &Reply, url: String) -> Self {
        Self { url, cookie: cookies(reply) }
    }
}

fn cookies(reply: &Reply) -> String {
    let set = reply.headers.get_all(SET_COOKIE).iter().map(|it| it.to_str().unwrap());
    set.map(|it| it.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
}

fn location(reply: &Reply) -> String {
    reply.headers[LOCATION].to_str().unwrap().to_owned()
}

async fn start(world: &World, which: &str, query: &str) -> Way {
    let reply = world.get(&format!("/auth/{which}/start{query}"), "").await.expect(302);
    Way::of(&reply, location(&reply))
}

/// Back from the provider, by its own redirect.
async fn back(world: &World, way: &Way, arrived_at: &str) -> Reply {
    let url = reqwest::Url::parse(arrived_at).unwrap();
    let path = format!("/{}?{}", url.path(), url.query().unwrap_or_default());
    let request = world.http.get(world.url(&path)).header(COOKIE, &way.cookie);
    Reply::of(request.send().await.unwrap()).await
}

/// All the way, as `who`.
async fn go(world: &World, provider: &OpenIdProvider, which: &str, query: &str, who: &str) -> Reply {
    let way = start(world, which, query).await;
    let arrived_at = provider.approve(&way.url, who).await;
    back(world, &way, &arrived_at).await
}

fn app() -> String {
    format!("?redirect_uri={}&code_challenge={}&code_challenge_method=S256", escaped(APPLICATION), challenge())
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |escaped, byte| escaped + &format!("%{byte:02X}"))
}

/// The one-time code that an application is sent.
fn code_of(reply: &Reply) -> String {
    let url = reqwest::Url::parse(&location(reply)).unwrap();
    assert!(url.as_str().starts_with(APPLICATION), "{url}");
    url.query_pairs().find(|(key, _)| key == "code").unwrap_or_else(|| panic!("{url}")).1.into_owned()
}

const JOHN: &str = "sub=john-at-google&email=acme@example.com";

#[tokio::test(flavor = "multi_thread")]
async fn a_proved_address_links_and_from_then_on_the_subject_counts() {
    let provider = OpenIdProvider::start().await;
    let world = world(&provider).await;
    let john = world.sign_up("acme").await;
    // Ours is not proved yet: somebody else may have prepared the account.
    go(&world, &provider, "google", "", JOHN).await.expect_error(409, "account_not_linked");
    world.verify_email(&john.email).await;
    // What Microsoft says of an address proves nothing, nor does what Google has not verified.
    go(&world, &provider, "microsoft", "", JOHN).await.expect_error(403, "registration_closed");
    let unproved = format!("{JOHN}&email_verified=false");
    go(&world, &provider, "google", "", &unproved).await.expect_error(403, "registration_closed");
    assert_eq!(world.database.count("SELECT count(*) FROM provider_identities").await, 0);

    let signed_in = go(&world, &provider, "google", "", JOHN).await.expect(302);
    assert_eq!(location(&signed_in), "/app");
    let set: Vec<_> = signed_in.headers.get_all(SET_COOKIE).iter().map(|it| it.to_str().unwrap()).collect();
    for name in ["portcullis_access=", "portcullis_refresh="] {
        let cookie = set.iter().find(|it| it.contains(name)).unwrap_or_else(|| panic!("{set:?}"));
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
            "{cookie}"
        );
    }
    let request = world.http.get(world.url("/auth/me")).header(COOKIE, cookies(&signed_in));
    let me = Reply::of(request.send().await.unwrap()).await.expect(200);
    assert_eq!(me.text_of("/user/id"), john.user);

    // Another address there is still the same person, and ours stays.
    let moved = "sub=john-at-google&email=somebody@else.example";
    let signed_in = go(&world, &provider, "google", "", moved).await.expect(302);
    let request = world.http.get(world.url("/auth/me")).header(COOKIE, cookies(&signed_in));
    let me = Reply::of(request.send().await.unwrap()).await.expect(200);
    assert_eq!((me.text_of("/user/id"), me.text_of("/user/email")), (john.user, john.email));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_is_gone_once_in_one_browser_through_one_provider() {
    let provider = OpenIdProvider::start().await;
    let world = world(&provider).await;
    let john = world.sign_up("acme").await;
    world.verify_email(&john.email).await;
    let way = start(&world, "google", "").await;
    let asked = reqwest::Url::parse(&way.url).unwrap();
    let query: std::collections::HashMap<_, _> = asked.query_pairs().collect();
    assert_eq!(query["code_challenge_method"], "S256");
    for secret in ["state", "nonce", "code_challenge"] {
        assert!(query[secret].len() >= 43, "{secret}");
    }
    let arrived_at = provider.approve(&way.url, JOHN).await;

    let stranger = Way { url: String::new(), cookie: String::new() };
    back(&world, &stranger, &arrived_at).await.expect_error(400, "state_invalid");
    back(&world, &way, &arrived_at).await.expect_error(400, "state_invalid");

    let way = start(&world, "google", "").await;
    let other = start(&world, "google", "").await;
    let arrived_at = provider.approve(&way.url, JOHN).await;
    back(&world, &other, &arrived_at).await.expect_error(400, "state_invalid");

    let way = start(&world, "google", "").await;
    let arrived_at = provider.approve(&way.url, JOHN).await;
    let crossed = arrived_at.replace("/auth/google/", "/auth/microsoft/");
    back(&world, &way, &crossed).await.expect_error(400, "state_invalid");

    let way = start(&world, "google", "").await;
    let arrived_at = provider.approve(&way.url, JOHN).await;
    back(&world, &way, &arrived_at).await.expect(302);
    back(&world, &way, &arrived_at).await.expect_error(400, "state_invalid");

    let way = start(&world, "google", "").await;
    let arrived_at = provider.approve(&way.url, JOHN).await;
    world.clock.advance(TimeDelta::seconds(301));
    back(&world, &way, &arrived_at).await.expect_error(400, "state_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_gets_a_code_that_only_its_verifier_redeems() {
    let provider = OpenIdProvider::start().await;
    let world = world(&provider).await;
    let john = world.sign_up("acme").await;
    world.verify_email(&john.email).await;
    let code = code_of(&go(&world, &provider, "google", &app(), JOHN).await.expect(302));
    let exchange = "/auth/sso/exchange";
    let wrong = json!({"code": code, "code_verifier": "another-verifier-of-forty-three-characters-or-more"});
    world.post(exchange, "", wrong).await.expect_error(401, "token_invalid");
    let right = json!({"code": code, "code_verifier": VERIFIER});
    world.post(exchange, "", right).await.expect_error(401, "token_invalid");

    let code = code_of(&go(&world, &provider, "google", &app(), JOHN).await.expect(302));
    let right = json!({"code": code, "code_verifier": VERIFIER});
    let signed_in = world.post(exchange, "", right.clone()).await.expect(200);
    assert_eq!(signed_in.text_of("/user/id"), john.user);
    world.get("/auth/me", &signed_in.text_of("/access_token")).await.expect(200);
    world.post(exchange, "", right).await.expect_error(401, "token_invalid");

    let code = code_of(&go(&world, &provider, "google", &app(), JOHN).await.expect(302));
    world.clock.advance(TimeDelta::seconds(61));
    let late = json!({"code": code, "code_verifier": VERIFIER});
    world.post(exchange, "", late).await.expect_error(401, "token_invalid");

    for uri in [
        "https://app.example.com/back",
        "//evil.test",
        "https:evil.test",
        "/\\evil.test",
        "https://app.example.com@evil.test/back?from=portcullis",
        "javascript:alert(1)",
        "https://app.example.com/back?from=portcullis\r\nSet-Cookie: a=b",
    ] {
        let query = format!("?redirect_uri={}&code_challenge={}", escaped(uri), challenge());
        world.get(&format!("/auth/google/start{query}"), "").await.expect(422);
    }
    let bare = format!("?redirect_uri={}", escaped(APPLICATION));
    world.get(&format!("/auth/google/start{bare}"), "").await.expect(422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_still_asked_for() {
    let provider = OpenIdProvider::start().await;
    let world = world(&provider).await;
    let john = world.sign_up("acme").await;
    world.verify_email(&john.email).await;
    let (authenticator, codes) = world.enable_mfa(&john.access).await;
    let exchange = "/auth/sso/exchange";
    let code = code_of(&go(&world, &provider, "google", &app(), JOHN).await.expect(302));
    let bare = json!({"code": code, "code_verifier": VERIFIER});
    world.post(exchange, "", bare).await.expect_error(401, "mfa_required");
    // Nothing was linked by half a proof.
    assert_eq!(world.database.count("SELECT count(*) FROM provider_identities").await, 0);
    let wrong = json!({"code": code, "code_verifier": VERIFIER, "totp_code": "000000"});
    world.post(exchange, "", wrong).await.expect_error(401, "mfa_invalid");
    let totp = authenticator.code(&world, 0);
    let right = json!({"code": code, "code_verifier": VERIFIER, "totp_code": totp});
    world.post(exchange, "", right).await.expect(200);
    assert_eq!(world.database.count("SELECT count(*) FROM provider_identities").await, 1);

    // In a browser our own page asks.
    let way = start(&world, "google", "").await;
    let arrived_at = provider.approve(&way.url, JOHN).await;
    let asked = back(&world, &way, &arrived_at).await.expect(302);
    let (page, code) = location(&asked).split_once("#code=").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert_eq!(page, "/second-factor");
    assert!(!cookies(&asked).contains("portcullis_access=ey"));
    world.get("//second-factor", "").await.expect(200);
    let body = json!({"code": code, "recovery_code": codes[0]});
    let send = async |cookie: &str, origin: &str| {
        let request = world.http.post(world.url(exchange)).header(COOKIE, cookie).header("Origin", origin);
        Reply::of(request.json(&body).send().await.unwrap()).await
    };
    send(&way.cookie, "https://evil.test").await.expect_error(403, "csrf");
    let signed_in = send(&way.cookie, world.base()).await.expect(200);
    assert!(signed_in.body.get("access_token").is_none(), "{}", signed_in.text);
    let request = world.http.get(world.url("/auth/me")).header(COOKIE, cookies(&signed_in));
    Reply::of(request.send().await.unwrap()).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_needs_an_invitation() {
    let provider = OpenIdProvider::start().await;
    let world = world(&provider).await;
    let ada = world.sign_up("acme").await;
    let zoe = "sub=zoe&email=zoe@example.com";
    go(&world, &provider, "google", "", zoe).await.expect_error(403, "registration_closed");
    let invite = |email: &'static str| json!({"email": email, "role": "member"});
    world.post("/team/invite", &ada.access, invite("zoe@example.com")).await.expect(201);
    // An address that proves nothing claims nothing.
    go(&world, &provider, "microsoft", "", zoe).await.expect_error(403, "registration_closed");
    let signed_in = go(&world, &provider, "google", "", zoe).await.expect(302);
    let request = world.http.get(world.url("/auth/me")).header(COOKIE, cookies(&signed_in));
    let me = Reply::of(request.send().await.unwrap()).await.expect(200);
    assert_eq!((me.text_of("/user/username"), me.text_of("/role")), ("zoe".into(), "member".into()));
    assert_eq!(me.body["user"]["is_verified"], true);
    world.log_in_with("zoe@example.com", PASSWORD).await.expect_error(401, "invalid_credentials");

    // By the mailed token, whatever the provider says of addresses; the invitation's is theirs.
    world.post("/team/invite", &ada.access, invite("yan@example.com")).await.expect(201);
    let token = world.mailed_token("yan@example.com", "invitations/accept").await;
    let query = format!("?invitation={token}");
    let yan = "sub=yan&email=whoever@else.example";
    let signed_in = go(&world, &provider, "microsoft", &query, yan).await.expect(302);
    let request = world.http.get(world.url("/auth/me")).header(COOKIE, cookies(&signed_in));
    let me = Reply::of(request.send().await.unwrap()).await.expect(200);
    assert_eq!(me.text_of("/user/email"), "yan@example.com");
    go(&world, &provider, "microsoft", &query, "sub=xi&email=xi@example.com").await.expect(422);
}

#[tokio::test(flavor = "multi_thread")]
async fn linking_and_unlinking() {
    let provider = OpenIdProvider::start().await;
    let world = world(&provider).await;
    let john = world.sign_up("acme").await;
    let path = "/me/identities/microsoft";
    world.post(path, &john.access, json!({})).await.expect_error(403, "email_not_verified");
    world.verify_email(&john.email).await;
    let begun = world.post(path, &john.access, json!({})).await.expect(200);
    let way = Way::of(&begun, begun.text_of("/authorization_url"));
    let arrived_at = provider.approve(&way.url, "sub=j-at-microsoft&email=j@corp.example").await;
    // Finished in another's browser it is nothing.
    let mary = world.sign_up("other").await;
    let strange = Way { url: String::new(), cookie: format!("portcullis_access={}", mary.access) };
    back(&world, &strange, &arrived_at).await.expect_error(400, "state_invalid");

    let begun = world.post(path, &john.access, json!({})).await.expect(200);
    let way = Way::of(&begun, begun.text_of("/authorization_url"));
    let arrived_at = provider.approve(&way.url, "sub=j-at-microsoft&email=j@corp.example").await;
    assert_eq!(location(&back(&world, &way, &arrived_at).await.expect(302)), "/app");
    let listed = world.get("/me/identities", &john.access).await.expect(200);
    assert_eq!(listed.data()[0]["provider"], "microsoft");
    world.post(path, &john.access, json!({})).await.expect(409);
    go(&world, &provider, "microsoft", "", "sub=j-at-microsoft&email=x@corp.example").await.expect(302);

    // It is John's, and stays his.
    world.verify_email(&mary.email).await;
    let begun = world.post(path, &mary.access, json!({})).await.expect(200);
    let way = Way::of(&begun, begun.text_of("/authorization_url"));
    let arrived_at = provider.approve(&way.url, "sub=j-at-microsoft&email=j@corp.example").await;
    back(&world, &way, &arrived_at).await.expect(409);

    world.clock.advance(TimeDelta::minutes(6));
    world.delete(path, &john.access).await.expect_error(403, "step_up_required");
    let stepped = world.post("/auth/step-up", &john.access, json!({"password": PASSWORD})).await.expect(200);
    world.delete(path, &stepped.text_of("/access_token")).await.expect(204);
    go(&world, &provider, "microsoft", "", "sub=j-at-microsoft").await.expect_error(403, "registration_closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_password_steps_up_through_the_provider() {
    let provider = OpenIdProvider::start().await;
    let world = world(&provider).await;
    let ada = world.sign_up("acme").await;
    world.post("/team/invite", &ada.access, json!({"email": "zoe@example.com", "role": "member"})).await.expect(201);
    let zoe = "sub=zoe&email=zoe@example.com";
    let code = code_of(&go(&world, &provider, "google", &app(), zoe).await.expect(302));
    let body = json!({"code": code, "code_verifier": VERIFIER});
    let access = world.post("/auth/sso/exchange", "", body).await.expect(200).text_of("/access_token");
    // The last way in stays.
    world.delete("/me/identities/google", &access).await.expect(409);
    // The provider's clock can't be moved on: the session is made older instead.
    world.database.execute("UPDATE sessions SET auth_time = auth_time - interval '6 minutes'").await;
    let sensitive = async |token: &str| world.post("/me/mfa/setup", token, json!({})).await.status.as_u16();
    assert_eq!(sensitive(&access).await, 403);
    world.get("/auth/google/start?step_up=true", "").await.expect(401);
    let query = format!("{}&step_up=true", app());
    let step = async |who: &str| {
        let reply = world.get(&format!("/auth/google/start{query}"), &access).await.expect(302);
        let way = Way::of(&reply, location(&reply));
        assert!(way.url.contains("max_age=0"));
        let arrived_at = provider.approve(&way.url, who).await;
        let code = code_of(&back(&world, &way, &arrived_at).await.expect(302));
        world.post("/auth/sso/exchange", "", json!({"code": code, "code_verifier": VERIFIER})).await
    };
    step("sub=eve&email=eve@example.com").await.expect(401);
    assert_eq!(sensitive(&access).await, 403);
    let stepped = step(zoe).await.expect(200).text_of("/access_token");
    assert_eq!(sensitive(&stepped).await, 200);
}
