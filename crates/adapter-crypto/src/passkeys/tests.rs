use identity::ports::{Ceremonies, Ceremony, Refused};
use identity::testing::johndoe;
use identity::{Label, Passkey, PersonName, User};
use kernel::testing::{NOON, nth};
use kernel::{Id, Secret};
use serde_json::{Value, json};

use super::{BadPublicUrl, WebauthnCeremonies};
use crate::testing::{Lies, SoftAuthenticator};

const ORIGIN: &str = "https://id.example.org";

fn ours() -> WebauthnCeremonies {
    WebauthnCeremonies::new("https://id.example.org/").unwrap().unwrap()
}

fn user() -> User {
    johndoe(nth(7))
}

/// This user's, made just now.
fn registered(device: &mut SoftAuthenticator, user: &User) -> Passkey {
    let begun = ours().begin_registration(user, &[]).unwrap();
    let made = ours().finish_registration(&begun.state, &device.create(&begun.options)).unwrap();
    Passkey {
        id: nth(1),
        user: user.id,
        name: Label::parse("laptop").unwrap(),
        credential: made.id,
        public: made.public,
        created_at: NOON,
        last_used_at: None,
        version: 1,
    }
}

/// A device with a passkey of the user's.
fn device() -> (SoftAuthenticator, Passkey) {
    let mut device = SoftAuthenticator::new(ORIGIN);
    let passkey = registered(&mut device, &user());
    (device, passkey)
}

/// Uses the passkey as the device would with these lies.
fn used(device: &mut SoftAuthenticator, passkey: &Passkey, lies: Lies) -> Result<Passkey, Refused> {
    let Ceremony { options, state, .. } = ours().begin_authentication().unwrap();
    device.lies = lies;
    let kept = ours().finish_authentication(&state, &device.get(&options), passkey);
    kept.map(|public| Passkey { public, ..passkey.clone() })
}

fn honest() -> Lies {
    Lies::default()
}

/// What is refused in both ceremonies, and as what.
fn lies() -> Vec<(&'static str, Lies)> {
    let mut lies = vec![
        ("challenge", Lies { challenge: Some("A".repeat(43)), ..honest() }),
        ("malformed", Lies { challenge: Some("c2hvcnQ".to_owned()), ..honest() }),
        ("origin", Lies { cross_origin: true, ..honest() }),
        ("user_verification", Lies { unverified: true, ..honest() }),
    ];
    for party in ["example.org", "other.id.example.org", "id.example.com", ""] {
        lies.push(("relying_party", Lies { relying_party: Some(party.to_owned()), ..honest() }));
    }
    for origin in [
        "http://id.example.org",
        "https://id.example.org:8443",
        "https://id.example.org:443",
        "https://id.example.org/",
        "https://id.example.org/page",
        "https://user@id.example.org",
        "https://ID.example.org",
        "https://id.example.org.",
        "https://app.id.example.org",
        "https://example.org",
        "https://evilid.example.org",
        "https://id.example.org.evil.test",
        "android:apk-key-hash:AAAA",
        "null",
        "",
    ] {
        lies.push(("origin", Lies { origin: Some(origin.to_owned()), ..honest() }));
    }
    lies
}

#[test]
fn a_passkey_that_was_made_can_be_used() {
    let (mut device, mut passkey) = device();
    for _ in 0..3 {
        passkey = used(&mut device, &passkey, honest()).unwrap();
    }
}

#[test]
fn ceremony_1_a_lie_at_registration_is_refused() {
    for (reason, lies) in lies() {
        let begun = ours().begin_registration(&user(), &[]).unwrap();
        let mut device = SoftAuthenticator::new(ORIGIN);
        device.lies = lies.clone();
        let outcome = ours().finish_registration(&begun.state, &device.create(&begun.options));
        assert_eq!(outcome.unwrap_err(), Refused(reason), "{lies:?}");
    }
}

#[test]
fn ceremony_1_an_answer_is_good_for_its_own_ceremony_only() {
    let mut device = SoftAuthenticator::new(ORIGIN);
    let [one, other] = [(); 2].map(|()| ours().begin_registration(&user(), &[]).unwrap());
    let made = device.create(&one.options);
    assert_eq!(ours().finish_registration(&other.state, &made), Err(Refused("challenge")));

    // Nor is one ceremony's answer the other's, though it answered the right challenge.
    let mut options = ours().begin_authentication().unwrap().options;
    options["publicKey"]["challenge"] = json!(one.challenge);
    let mut swapped = made.clone();
    swapped["response"]["clientDataJSON"] = device.get(&options)["response"]["clientDataJSON"].clone();
    assert_eq!(ours().finish_registration(&one.state, &swapped), Err(Refused("ceremony")));
    let using = ours().begin_authentication().unwrap();
    assert_eq!(ours().finish_registration(&using.state, &made), Err(Refused("unreadable")));

    assert!(ours().finish_registration(&one.state, &made).is_ok());
}

#[test]
fn ceremony_1_it_says_the_credential_it_made() {
    let begun = ours().begin_registration(&user(), &[]).unwrap();
    let mut made = SoftAuthenticator::new(ORIGIN).create(&begun.options);
    let (_, credential) = ours().identify(&made).unwrap();
    assert_eq!(ours().finish_registration(&begun.state, &made).unwrap().id, credential);

    for (id, raw) in [("AAAA", "AAAA"), ("AAAA", ""), ("", "AAAA")] {
        made["id"] = json!(id);
        made["rawId"] = json!(raw);
        assert_eq!(ours().finish_registration(&begun.state, &made), Err(Refused("malformed")));
    }
}

#[test]
fn ceremony_2_a_lie_at_use_is_refused() {
    let (mut device, passkey) = device();
    let more = [
        ("signature", Lies { tampered: true, ..honest() }),
        ("another_user", Lies { user_handle: Some(nth::<kernel::UserId>(8).uuid().as_bytes().to_vec()), ..honest() }),
        ("another_user", Lies { user_handle: Some(Vec::new()), ..honest() }),
    ];
    for (reason, lies) in lies().into_iter().chain(more) {
        assert_eq!(used(&mut device, &passkey, lies.clone()).unwrap_err(), Refused(reason), "{lies:?}");
    }
    assert!(used(&mut device, &passkey, honest()).is_ok());
}

#[test]
fn ceremony_2_an_answer_is_good_for_its_own_ceremony_only() {
    let (mut device, passkey) = device();
    let [one, other] = [(); 2].map(|()| ours().begin_authentication().unwrap());
    let given = device.get(&one.options);
    assert_eq!(ours().finish_authentication(&other.state, &given, &passkey), Err(Refused("challenge")));
    let mut making = ours().begin_registration(&user(), &[]).unwrap();
    assert_eq!(ours().finish_authentication(&making.state, &given, &passkey), Err(Refused("unreadable")));
    making.options["publicKey"]["challenge"] = json!(one.challenge);
    let mut swapped = given.clone();
    let made = SoftAuthenticator::new(ORIGIN).create(&making.options);
    swapped["response"]["clientDataJSON"] = made["response"]["clientDataJSON"].clone();
    assert_eq!(ours().finish_authentication(&one.state, &swapped, &passkey), Err(Refused("ceremony")));
    assert!(ours().finish_authentication(&one.state, &given, &passkey).is_ok());
}

#[test]
fn ceremony_2_nothing_that_another_passkey_signed_is_believed() {
    let (_, passkey) = device();
    let (mut other, its) = device();
    assert_eq!(used(&mut other, &passkey, honest()).unwrap_err(), Refused("another_passkey"));

    // It claims the id of the one it is not.
    let begun = ours().begin_authentication().unwrap();
    let mut given = other.get(&begun.options);
    let id = &ours().begin_registration(&user(), std::slice::from_ref(&passkey)).unwrap().options;
    let id = &id["publicKey"]["excludeCredentials"][0]["id"];
    given["id"] = id.clone();
    given["rawId"] = id.clone();
    assert_eq!(ours().finish_authentication(&begun.state, &given, &passkey), Err(Refused("signature")));
    assert_eq!(ours().finish_authentication(&begun.state, &given, &its), Err(Refused("another_passkey")));
}

#[test]
fn ceremony_2_a_counter_never_goes_back() {
    let counted = |counter| Lies { counter: Some(counter), ..honest() };
    let (mut device, passkey) = device();
    let passkey = used(&mut device, &passkey, counted(5)).unwrap();
    for back in [5, 4, 1, 0] {
        assert_eq!(used(&mut device, &passkey, counted(back)).unwrap_err(), Refused("counter"), "{back}");
    }
    let passkey = used(&mut device, &passkey, counted(6)).unwrap();
    assert_eq!(used(&mut device, &passkey, counted(5)).unwrap_err(), Refused("counter"));
}

#[test]
fn a_passkey_that_does_not_count_can_be_used_for_ever() {
    let (mut device, mut passkey) = device();
    for _ in 0..3 {
        passkey = used(&mut device, &passkey, Lies { counter: Some(0), ..honest() }).unwrap();
    }
}

#[test]
fn the_same_question_has_the_same_answer() {
    let (mut device, passkey) = device();
    let begun = ours().begin_authentication().unwrap();
    let given = device.get(&begun.options);
    let kept = ours().finish_authentication(&begun.state, &given, &passkey).unwrap();
    assert_eq!(ours().finish_authentication(&begun.state, &given, &passkey).unwrap(), kept);
    let next = Passkey { public: kept, ..passkey };
    assert_eq!(ours().finish_authentication(&begun.state, &given, &next), Err(Refused("counter")));

    let begun = ours().begin_registration(&user(), &[]).unwrap();
    let given = device.create(&begun.options);
    let made = ours().finish_registration(&begun.state, &given).unwrap();
    assert_eq!(ours().finish_registration(&begun.state, &given).unwrap(), made);
}

#[test]
fn a_user_handle_may_be_absent() {
    for absent in [None, Some(Value::Null)] {
        let (mut device, passkey) = device();
        let begun = ours().begin_authentication().unwrap();
        let mut given = device.get(&begun.options);
        let response = given["response"].as_object_mut().unwrap();
        response.remove("userHandle");
        response.extend(absent.map(|it| ("userHandle".to_owned(), it)));
        assert!(ours().finish_authentication(&begun.state, &given, &passkey).is_ok(), "{given}");
    }
}

#[test]
fn a_browser_is_told_to_make_a_key_that_is_found_without_its_id() {
    let (_, passkey) = device();
    let named = User { name: PersonName::parse("John Doe"), ..user() };
    let Ceremony { challenge, options, .. } = ours().begin_registration(&named, &[passkey]).unwrap();
    let told = &options["publicKey"];
    assert_eq!(told["challenge"], json!(challenge));
    assert_eq!(told["rp"], json!({"id": "id.example.org", "name": "Portcullis"}));
    let handle = "AAAAAAAAAAAAAAAAAAAABw";
    assert_eq!(told["user"], json!({"id": handle, "name": "user@example.com", "displayName": "John Doe"}));
    let selection = json!({"residentKey": "required", "requireResidentKey": true, "userVerification": "required"});
    assert_eq!(told["authenticatorSelection"], selection);
    assert_eq!(told["attestation"], "none");
    assert_eq!(told["excludeCredentials"].as_array().unwrap().len(), 1);
    assert_eq!(told["timeout"], 300_000);

    let unnamed = ours().begin_registration(&user(), &[]).unwrap();
    assert_eq!(unnamed.options["publicKey"]["user"]["displayName"], "johndoe");
    assert_ne!(unnamed.challenge, challenge);
}

#[test]
fn a_browser_is_told_to_use_whichever_it_has() {
    let Ceremony { challenge, options, state } = ours().begin_authentication().unwrap();
    let told = &options["publicKey"];
    assert_eq!(told["challenge"], json!(challenge));
    assert_eq!(told["rpId"], "id.example.org");
    assert_eq!(told["allowCredentials"], json!([]));
    assert_eq!(told["userVerification"], "required");
    assert_eq!(options.as_object().unwrap().len(), 1, "{options}");
    assert!(state.expose().contains(&challenge));
    assert_ne!(ours().begin_authentication().unwrap().challenge, challenge);
}

#[test]
fn a_relying_party_is_a_domain() {
    for (url, origin) in [
        ("https://id.example.org", "https://id.example.org"),
        ("https://id.example.org:443/accounts", "https://id.example.org"),
        ("https://ID.example.org:8443", "https://id.example.org:8443"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:8080", "http://localhost:8080"),
        ("https://[::1]:8443", "https://localhost:8443"),
        ("http://2130706433:8080", "http://localhost:8080"),
    ] {
        let ceremonies = WebauthnCeremonies::new(url).unwrap().unwrap();
        let begun = ceremonies.begin_registration(&user(), &[]).unwrap();
        let mut device = SoftAuthenticator::new(origin);
        assert!(ceremonies.finish_registration(&begun.state, &device.create(&begun.options)).is_ok(), "{url}");
    }
    for address in ["http://192.0.2.1", "https://[2001:db8::1]:8443", "http://0.0.0.0:8080", "http://127.0.0.2"] {
        assert!(WebauthnCeremonies::new(address).unwrap().is_none(), "{address}");
    }
    for none in ["", "id.example.org", "ftp://id.example.org", "https://", "data:text/plain,x", "http://[::1"] {
        assert_eq!(WebauthnCeremonies::new(none).unwrap_err(), BadPublicUrl, "{none}");
    }
}

#[test]
fn a_loopback_address_is_no_origin() {
    let ceremonies = WebauthnCeremonies::new("http://127.0.0.1:8080").unwrap().unwrap();
    let begun = ceremonies.begin_registration(&user(), &[]).unwrap();
    assert_eq!(begun.options["publicKey"]["rp"]["id"], "localhost");
    let made = SoftAuthenticator::new("http://127.0.0.1:8080").create(&begun.options);
    assert_eq!(ceremonies.finish_registration(&begun.state, &made), Err(Refused("origin")));
}

#[test]
fn a_response_says_what_it_answers() {
    let (mut device, passkey) = device();
    let begun = ours().begin_authentication().unwrap();
    let given = device.get(&begun.options);
    assert_eq!(ours().identify(&given), Some((begun.challenge, passkey.credential)));
}

#[test]
fn what_is_no_response_is_malformed() {
    let (mut device, passkey) = device();
    let begun = ours().begin_authentication().unwrap();
    let good = device.get(&begun.options);
    let refused = |response: &Value| {
        assert_eq!(ours().identify(response), None, "{response}");
        assert_eq!(ours().finish_registration(&begun.state, response), Err(Refused("malformed")));
        assert_eq!(ours().finish_authentication(&begun.state, response, &passkey), Err(Refused("malformed")));
    };
    for other in [json!(null), json!(1), json!("{}"), json!([]), json!({}), json!({"publicKey": good})] {
        refused(&other);
    }
    for pointer in ["/id", "/rawId", "/type", "/response", "/response/clientDataJSON"] {
        for value in [json!(null), json!(1), json!(""), json!("ä"), json!("="), json!("bnVsbA"), json!([]), json!({})]
        {
            let mut response = good.clone();
            *response.pointer_mut(pointer).unwrap() = value;
            refused(&response);
        }
    }
    // None, 1, 1023 and 1024 bytes.
    for (characters, fits) in [(0, false), (2, true), (1_364, true), (1_366, false)] {
        let mut response = good.clone();
        response["id"] = json!("A".repeat(characters));
        response["rawId"] = response["id"].clone();
        assert_eq!(ours().identify(&response).is_some(), fits, "{characters}");
    }
    let mut large = good.clone();
    large["padding"] = json!("A".repeat(64 * 1024));
    refused(&large);
}

#[test]
fn whatever_comes_is_answered() {
    let (mut device, passkey) = device();
    let using = ours().begin_authentication().unwrap();
    let making = ours().begin_registration(&user(), &[]).unwrap();
    let (given, made) = (device.get(&using.options), device.create(&making.options));
    for (response, name) in
        [(&given, "authenticatorData"), (&given, "signature"), (&given, "userHandle"), (&made, "attestationObject")]
    {
        let text = response["response"][name].as_str().unwrap();
        // Cut, and with each of its sextets turned over, so that lengths, kinds and flags are all of them wrong once.
        let cut = (0..text.len()).map(|at| text[..at].to_owned());
        let turned = text.char_indices().map(|(at, it)| {
            let other = if it == '_' { "A" } else { "_" };
            [&text[..at], other, &text[at + 1..]].concat()
        });
        for value in cut.chain(turned) {
            let mut response = response.clone();
            response["response"][name] = json!(value);
            let _ = ours().finish_registration(&making.state, &response);
            let used = ours().finish_authentication(&using.state, &response, &passkey);
            assert!(used.is_err(), "{name}: {value}");
        }
    }
}

#[test]
fn what_was_kept_and_does_not_read_is_refused() {
    let (mut device, passkey) = device();
    let begun = ours().begin_authentication().unwrap();
    let given = device.get(&begun.options);
    let unreadable = Passkey { public: json!({"cred": null}), ..passkey.clone() };
    assert_eq!(ours().finish_authentication(&begun.state, &given, &unreadable), Err(Refused("unreadable")));
    for state in ["", "null", "{}"] {
        let state = Secret::new(state);
        assert_eq!(ours().finish_authentication(&state, &given, &passkey), Err(Refused("unreadable")));
    }
}
