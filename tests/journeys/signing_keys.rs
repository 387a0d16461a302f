use serde_json::{Value, json};

use crate::support::{Reply, World};

fn header(token: &str) -> Value {
    use base64::Engine;
    let head = token.split('.').next().expect("a JWT has a header");
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(head).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

async fn key_set(world: &World) -> Value {
    let request = world.http.get(world.url("//.well-known/jwks.json"));
    Reply::of(request.send().await.unwrap()).await.expect(200).body
}

#[tokio::test(flavor = "multi_thread")]
async fn under_hs256_no_key_is_public() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    assert_eq!(header(&ada.access)["alg"], "HS256");
    assert!(header(&ada.access)["kid"].is_string());
    assert_eq!(key_set(&world).await, json!({"keys": []}));
}

#[tokio::test(flavor = "multi_thread")]
async fn under_eddsa_others_verify_our_tokens_by_the_public_key() {
    let eddsa = |config: &mut server::Config| config.jwt_algorithm = identity::Algorithm::EdDsa;
    let mut world = World::with(eddsa).await;
    let node = world.add_node_with(eddsa).await;
    let ada = world.sign_up("acme").await;
    world.get_at(node, "/auth/me", &ada.access).await.expect(200);
    let set = key_set(&world).await;
    let [key] = set["keys"].as_array().unwrap().as_slice() else { panic!("{set}") };
    assert_eq!(
        (&key["kty"], &key["crv"], &key["alg"], &key["use"]),
        (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"), &json!("sig"))
    );
    assert_eq!(key["kid"], header(&ada.access)["kid"]);
    assert!(key.get("d").is_none() && key.get("k").is_none(), "{key}");
    assert!(!world.database.count("SELECT count(*) FROM signing_keys").await.eq(&0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_the_other_algorithm_is_refused() {
    let mut world = World::new().await;
    let ada = world.sign_up("acme").await;
    let eddsa = world.add_node_with(|config| config.jwt_algorithm = identity::Algorithm::EdDsa).await;
    world.get_at(eddsa, "/auth/me", &ada.access).await.expect_error(401, "token_invalid");
    let body = json!({"email": ada.email, "password": crate::support::world::PASSWORD});
    let theirs = world.post_at(eddsa, "/auth/login", "", body).await.expect(200).text_of("/access_token");
    world.get("/auth/me", &theirs).await.expect_error(401, "token_invalid");
}
