use chrono::TimeDelta;
use serde_json::json;

use crate::support::world::PASSWORD;
use crate::support::{World, race};

#[tokio::test(flavor = "multi_thread")]
async fn from_then_on_no_sign_in_goes_without_a_code() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let elsewhere = world.log_in(&ada.email).await.expect(200);
    let shown = world.post("/me/mfa/setup", &ada.access, json!({})).await.expect(200);
    assert!(shown.text_of("/qr_svg").contains("<svg"));
    assert!(shown.text_of("/otpauth_url").starts_with("otpauth://totp/Portcullis:acme%40example.com?secret="));
    world.log_in(&ada.email).await.expect(200);

    let (authenticator, codes) = world.enable_mfa(&ada.access).await;
    assert_eq!(codes.len(), 8);
    world.get("/auth/me", &elsewhere.text_of("/access_token")).await.expect_error(401, "token_invalid");
    world.get("/auth/me", &ada.access).await.expect(200);
    let refused = world.log_in(&ada.email).await.expect_error(401, "mfa_required");
    assert!(refused.headers.get("set-cookie").is_none() && refused.body.get("access_token").is_none());
    world.log_in_besides(&ada.email, json!({"totp_code": "000000"})).await.expect_error(401, "mfa_invalid");
    let code = authenticator.code(&world, 0);
    let spaced = format!(" {code} ");
    world.log_in_besides(&ada.email, json!({"totp_code": spaced})).await.expect_error(401, "mfa_invalid");
    let signed_in = world.log_in_besides(&ada.email, json!({"totp_code": code})).await.expect(200);
    world.get("/auth/me", &signed_in.text_of("/access_token")).await.expect(200);
    world.log_in_besides(&ada.email, json!({"totp_code": code})).await.expect_error(401, "mfa_invalid");
    // At another door, and of an earlier step.
    let access = signed_in.text_of("/access_token");
    let again = json!({"password": PASSWORD, "totp_code": code});
    world.post("/auth/step-up", &access, again).await.expect_error(401, "mfa_invalid");
    let earlier = authenticator.code(&world, -1);
    world.log_in_besides(&ada.email, json!({"totp_code": earlier})).await.expect_error(401, "mfa_invalid");
    let later = authenticator.code(&world, 1);
    world.log_in_besides(&ada.email, json!({"totp_code": later})).await.expect(200);
    assert_eq!(world.get("/me/mfa", &access).await.expect(200).body["recovery_codes_left"], 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_one_code_sent_many_times_at_once_one_goes_through() {
    let mut world = World::new().await;
    world.add_node().await;
    let ada = world.sign_up("acme").await;
    let (authenticator, codes) = world.enable_mfa(&ada.access).await;
    for (field, code) in [("totp_code", authenticator.code(&world, 0)), ("recovery_code", codes[0].clone())] {
        let answers = race(10, |i| {
            let request = world.http.post(world.url_at(i % 2, "/auth/login"));
            let request = request.json(&json!({"email": ada.email, "password": PASSWORD, field: code}));
            async move { request.send().await.unwrap().status().as_u16() }
        })
        .await;
        assert_eq!(answers.iter().filter(|it| **it == 200).count(), 1, "{field} {answers:?}");
        assert!(answers.iter().all(|it| [200, 401, 429, 423].contains(it)), "{field} {answers:?}");
    }
    assert_eq!(world.database.count("SELECT cardinality(recovery_codes) FROM totps").await, 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_ends_after_five_and_nothing_begins_it_anew_but_time() {
    let mut world = World::administered().await;
    let ada = world.sign_up("acme").await;
    let (authenticator, codes) = world.enable_mfa(&ada.access).await;
    let guesses = [
        json!({"totp_code": "000000"}),
        json!({"recovery_code": "aaaa-aaaa-aaaa-aaaa"}),
        json!({"totp_code": "0"}),
        json!({"recovery_code": codes[0].replace('-', "x")}),
    ];
    for guess in guesses {
        world.log_in_besides(&ada.email, guess).await.expect_error(401, "mfa_invalid");
    }
    let step_up = json!({"password": PASSWORD, "totp_code": "000000"});
    world.post("/auth/step-up", &ada.access, step_up).await.expect_error(401, "mfa_invalid");

    // The right one, by every kind, at every door, after a right password, on a node that has just begun.
    let code = authenticator.code(&world, 0);
    world.log_in(&ada.email).await.expect_error(401, "mfa_required");
    let blocked = world.log_in_besides(&ada.email, json!({"totp_code": code})).await;
    let blocked = blocked.expect_error(429, "too_many_codes");
    assert!(blocked.headers.contains_key("retry-after"));
    world.log_in_besides(&ada.email, json!({"recovery_code": codes[0]})).await.expect_error(429, "too_many_codes");
    let late = world.add_node().await;
    let body = json!({"email": ada.email, "password": PASSWORD, "totp_code": code});
    world.post_at(late, "/auth/login", "", body).await.expect_error(429, "too_many_codes");
    let step_up = json!({"password": PASSWORD, "totp_code": code});
    world.post("/auth/step-up", &ada.access, step_up).await.expect_error(429, "too_many_codes");

    world.clock.advance(TimeDelta::minutes(61));
    let code = authenticator.code(&world, 0);
    world.log_in_besides(&ada.email, json!({"totp_code": code})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_guesses_at_once_are_five() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    world.enable_mfa(&ada.access).await;
    let answers = race(100, |i| {
        let request = world.http.post(world.url("/auth/step-up")).bearer_auth(&ada.access);
        let request = request.json(&json!({"password": PASSWORD, "totp_code": format!("{i:06}")}));
        async move { request.send().await.unwrap().status().as_u16() }
    })
    .await;
    assert!(answers.iter().all(|it| [401, 429, 503].contains(it)), "{answers:?}");
    assert!((1..=5).contains(&answers.iter().filter(|it| **it == 401).count()), "{answers:?}");
    let looked_at = "SELECT count(*) FROM audit_entries WHERE action = 'mfa.refused' AND refused = 'wrong_code'";
    assert!((1..=5).contains(&world.database.count(looked_at).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sensitive_wants_the_second_factor_given_now() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let (authenticator, codes) = world.enable_mfa(&ada.access).await;
    world.clock.advance(TimeDelta::minutes(6));
    for path in ["/me/mfa/disable", "/me/mfa/recovery-codes", "/me/mfa/setup", "/me/passkeys/options"] {
        world.post(path, &ada.access, json!({})).await.expect_error(403, "step_up_required");
    }
    world.post("/auth/step-up", &ada.access, json!({"password": PASSWORD})).await.expect_error(401, "mfa_required");
    world.post("/auth/step-up", &ada.access, json!({})).await.expect_error(401, "invalid_credentials");
    world.post("/me/mfa/disable", &ada.access, json!({})).await.expect_error(403, "step_up_required");
    let code = authenticator.code(&world, 0);
    let stepped = json!({"password": PASSWORD, "totp_code": code});
    let access = world.post("/auth/step-up", &ada.access, stepped).await.expect(200).text_of("/access_token");

    let with_code = json!({"recovery_code": codes[0]});
    let other = world.log_in_besides(&ada.email, with_code).await.expect(200).text_of("/access_token");
    let fresh = world.post("/me/mfa/recovery-codes", &access, json!({})).await.expect(200);
    assert_eq!(fresh.body["recovery_codes"].as_array().map(Vec::len), Some(8));
    world.get("/auth/me", &other).await.expect_error(401, "token_invalid");
    world.log_in_besides(&ada.email, json!({"recovery_code": codes[1]})).await.expect_error(401, "mfa_invalid");

    world.post("/me/mfa/disable", &access, json!({})).await.expect(204);
    world.log_in(&ada.email).await.expect(200);
    world.get("/auth/me", &access).await.expect(200);
    let told = ["Multi-factor authentication is on", "A recovery code was used", "Your recovery codes were replaced"];
    for subject in told.into_iter().chain(["Multi-factor authentication is off"]) {
        crate::support::eventually(subject, async || world.subjects(&ada.email).iter().any(|it| it == subject)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_way_in_goes_around_it() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    world.verify_email(&ada.email).await;
    world.enable_mfa(&ada.access).await;
    let temporary = world.temporary_password(&ada.email).await;
    let reset = json!({"email": ada.email, "temporary_password": temporary, "new_password": "Another-Horse-43"});
    world.post("/auth/confirm-forgot-password", "", reset).await.expect(204);
    world.log_in_with(&ada.email, "Another-Horse-43").await.expect_error(401, "mfa_required");
    let camel = json!({"email": ada.email, "password": "Another-Horse-43"});
    world.post("//auth/signin", "", camel).await.expect_error(401, "mfa_required");
    // Nor does another's code: John's own are no guess at Ada's.
    let john = world.sign_up("other").await;
    let (_, codes) = world.enable_mfa(&john.access).await;
    let borrowed = json!({"email": ada.email, "password": "Another-Horse-43", "recovery_code": codes[0]});
    world.post("/auth/login", "", borrowed).await.expect_error(401, "mfa_invalid");
    world.log_in_besides(&john.email, json!({"recovery_code": codes[0]})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_alone_makes_no_code() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let shown = world.post("/me/mfa/setup", &ada.access, json!({})).await.expect(200);
    let url = reqwest::Url::parse(&shown.text_of("/otpauth_url")).unwrap();
    let secret = url.query_pairs().find(|(key, _)| key == "secret").unwrap().1.into_owned();
    let code = shown.text_of("/recovery_codes/0");
    for text in [secret, code.clone(), code.replace('-', "")] {
        // As text, and as the bytes of it: those are written in hexadecimal digits.
        for text in [text.clone(), text.bytes().map(|it| format!("{it:02x}")).collect::<Vec<_>>().concat()] {
            assert_eq!(
                world.database.count(&format!("SELECT count(*) FROM totps WHERE totps::text LIKE '%{text}%'")).await,
                0
            );
        }
    }
    assert_eq!(world.database.count("SELECT count(*) FROM totps").await, 1);
}
