use std::sync::Mutex;

use kernel::testing::{NOON, act, nth};
use kernel::{EmailAddress, Outcome, Scope};

use super::*;
use crate::model::{ProviderIdentity, User};
use crate::ports::MockProviders;
use crate::world::{World, john, seconds};

mod codes;

const APP: &str = "https://app.example.com/signed-in";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// RFC 7636, appendix B.
const CODE_CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn account() -> ProviderAccount {
    ProviderAccount {
        provider: Provider::Google,
        issuer: "https://accounts.google.com".to_owned(),
        subject: "4711".to_owned(),
        email: EmailAddress::parse("user@example.com"),
        email_verified: true,
        auth_time: Some(NOON),
    }
}

/// Google alone, which says this of who comes back; what it is asked is written down.
struct Google {
    world: World,
    says: Mutex<Option<Result<ProviderAccount, ProviderError>>>,
    asked: Arc<Mutex<Vec<AuthorizationRequest>>>,
    told: Arc<Mutex<Vec<AuthorizationResponse>>>,
}

impl Google {
    fn saying(says: Result<ProviderAccount, ProviderError>) -> Self {
        Self { says: Mutex::new(Some(says)), ..Self::in_world(World::john()) }
    }

    fn in_world(world: World) -> Self {
        Self { world, says: Mutex::new(Some(Ok(account()))), asked: Arc::default(), told: Arc::default() }
    }

    fn flow(&self) -> ProviderFlow {
        let mut providers = MockProviders::new();
        providers.expect_offers().returning(|it| it == Provider::Google);
        let asked = Arc::clone(&self.asked);
        providers.expect_authorization_url().returning(move |_, request| {
            asked.lock().unwrap().push(request);
            Ok("https://accounts.google.com/auth".to_owned())
        });
        let (told, says) = (Arc::clone(&self.told), Mutex::new(self.says.lock().unwrap().take()));
        providers.expect_redeem().returning(move |provider, response| {
            assert_eq!(provider, Provider::Google);
            told.lock().unwrap().push(response);
            says.lock().unwrap().take().unwrap()
        });
        ProviderFlow {
            store: self.world.store(),
            providers: Arc::new(providers),
            ephemeral: Arc::<crate::world::Waiting>::clone(&self.world.waiting),
            users: self.world.users(),
            identities: self.world.identities(),
            redirect_uris: vec![APP.to_owned(), "https://app.example.com/other".to_owned()],
        }
    }

    /// What the browser brings back of the way begun last.
    fn back(&self, begun: &FlowBegun) -> FlowReturn {
        let state = self.asked.lock().unwrap().last().unwrap().state.clone();
        let code = Some(Secret::new("code"));
        FlowReturn { state: Some(state), code, issuer: None, browser: Some(begun.browser.clone()) }
    }
}

fn sign_in() -> FlowPurpose {
    FlowPurpose::SignIn { invitation: None, organization: Some("acme".to_owned()) }
}

fn link() -> FlowPurpose {
    FlowPurpose::Link { user: nth(50), session: nth(51) }
}

fn step_up() -> FlowPurpose {
    FlowPurpose::StepUp { user: nth(50), session: nth(51) }
}

fn application(redirect_uri: &str, code_challenge: &str) -> FlowTarget {
    FlowTarget::Application { redirect_uri: redirect_uri.to_owned(), code_challenge: code_challenge.to_owned() }
}

async fn begin(flow: &ProviderFlow, purpose: FlowPurpose, target: FlowTarget) -> Result<FlowBegun, Error> {
    flow.begin(&act(), Provider::Google, purpose, target).await
}

#[tokio::test]
async fn each_way_is_its_own_and_waits_five_minutes() {
    let google = Google::in_world(World::john());
    let (flow, one) = (google.flow(), act());
    for (purpose, fresh) in [(sign_in(), false), (link(), false), (step_up(), true)] {
        flow.begin(&one, Provider::Google, purpose, FlowTarget::Browser).await.unwrap();
        assert_eq!(google.asked.lock().unwrap().last().unwrap().fresh, fresh);
    }
    let asked = google.asked.lock().unwrap().clone();
    let secrets = asked.iter().flat_map(|it| [&it.state, &it.nonce, &it.verifier]).map(Secret::expose);
    let different: std::collections::HashSet<_> = secrets.clone().collect();
    assert_eq!(different.len(), 9);
    assert!(secrets.into_iter().all(|it| it.len() == 43), "256 bits each");
    let kept = google.world.waiting.kept();
    assert!(kept.len() == 3 && kept.iter().all(|(_, lifetime)| *lifetime == Duration::from_mins(5)));
    google.world.wrote_nothing();
}

#[tokio::test]
async fn what_is_not_configured_is_not_offered() {
    let flow = Google::in_world(World::john()).flow();
    let outcome = flow.begin(&act(), Provider::Microsoft, sign_in(), FlowTarget::Browser).await;
    assert!(matches!(outcome, Err(Error::NotOffered)));
    let strayed = flow.arrive(&act(), Provider::Microsoft, FlowReturn::default()).await.unwrap_err();
    assert!(matches!((strayed.target, strayed.error), (None, Error::NotOffered)));
}

#[tokio::test]
async fn a_way_ends_nowhere_but_where_it_may() {
    let google = Google::in_world(World::john());
    assert!(begin(&google.flow(), sign_in(), application(APP, CODE_CHALLENGE)).await.is_ok());
    for (uri, code_challenge, fields) in [
        ("https://app.example.com/signed-in/", CODE_CHALLENGE, &["redirect_uri"][..]),
        ("https://app.example.com/signed-in?x", CODE_CHALLENGE, &["redirect_uri"]),
        ("https://app.example.com", CODE_CHALLENGE, &["redirect_uri"]),
        ("HTTPS://app.example.com/signed-in", CODE_CHALLENGE, &["redirect_uri"]),
        ("https://app.example.com@evil.test/signed-in", CODE_CHALLENGE, &["redirect_uri"]),
        ("javascript:alert(1)", CODE_CHALLENGE, &["redirect_uri"]),
        ("", CODE_CHALLENGE, &["redirect_uri"]),
        (APP, "", &["code_challenge"]),
        (APP, VERIFIER.split_at(42).0, &["code_challenge"]),
        (APP, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", &["code_challenge"]),
        (APP, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=", &["code_challenge"]),
        ("//evil.test", "plain", &["code_challenge", "redirect_uri"]),
    ] {
        let outcome = begin(&google.flow(), sign_in(), application(uri, code_challenge)).await;
        let Err(Error::Invalid(problems)) = outcome else { panic!("{uri} {code_challenge}") };
        let mut named: Vec<_> = problems.iter().map(|(field, _)| field).collect();
        named.sort_unstable();
        assert_eq!(named, fields, "{uri} {code_challenge}");
    }
    assert_eq!(google.world.waiting.kept().len(), 1);
}

#[tokio::test]
async fn strangers_have_nothing_kept_that_can_be_none() {
    let google = Google::in_world(World::john());
    let come = async |invitation: Option<String>, organization: Option<&str>| {
        let invitation = invitation.map(|it| Invitation(Secret::new(it)));
        let purpose = FlowPurpose::SignIn { invitation, organization: organization.map(str::to_owned) };
        begin(&google.flow(), purpose, FlowTarget::Browser).await
    };
    let outcome = come(Some("i".repeat(101)), None).await;
    let Err(Error::Invalid(problems)) = outcome else { panic!("{outcome:?}") };
    assert!(problems.iter().map(|(field, _)| field).eq(["invitation"]));
    for organization in ["", "No Slug", &"a".repeat(10_000)] {
        let outcome = come(None, Some(organization)).await;
        assert!(matches!(outcome, Err(Error::OrganizationNotFound)), "{outcome:?}");
    }
    assert!(google.world.waiting.kept().is_empty() && google.asked.lock().unwrap().is_empty());
    assert!(come(Some("i".repeat(100)), Some("acme")).await.is_ok());
}

#[tokio::test]
async fn linking_wants_a_proved_address_and_nobody_linked_there_yet() {
    let unverified = User { verified_at: None, ..john() };
    let identity = |provider| ProviderIdentity {
        id: nth(90),
        user: nth(50),
        provider,
        issuer: String::new(),
        subject: String::new(),
        email: None,
        created_at: NOON,
        version: 1,
    };
    let linked = |provider| World { identities: vec![identity(provider)], ..World::john() };
    let outcome = async |world| begin(&Google::in_world(world).flow(), link(), FlowTarget::Browser).await;
    assert!(matches!(outcome(World::of(vec![Some(unverified)])).await, Err(Error::EmailNotVerified)));
    assert!(matches!(outcome(World::nobody()).await, Err(Error::TokenInvalid)));
    assert!(matches!(outcome(linked(Provider::Google)).await, Err(Error::IdentityTaken)));
    assert!(outcome(linked(Provider::Microsoft)).await.is_ok());
}

#[tokio::test]
async fn who_comes_back_is_whom_the_provider_vouches_for_once() {
    let google = Google::in_world(World::john());
    let flow = google.flow();
    let begun = begin(&flow, sign_in(), application(APP, CODE_CHALLENGE)).await.unwrap();
    let back = FlowReturn { issuer: Some("iss".into()), ..google.back(&begun) };
    let arrived = flow.arrive(&act(), Provider::Google, back.clone()).await.unwrap();
    assert_eq!(
        (arrived.purpose, arrived.target, arrived.account),
        (sign_in(), application(APP, CODE_CHALLENGE), account())
    );
    let asked = google.asked.lock().unwrap().remove(0);
    let response = AuthorizationResponse {
        code: Secret::new("code"),
        issuer: Some("iss".into()),
        nonce: asked.nonce,
        verifier: asked.verifier,
        at: NOON,
    };
    assert_eq!(*google.told.lock().unwrap(), [response]);

    let strayed = flow.arrive(&act(), Provider::Google, back).await.unwrap_err();
    assert!(matches!((strayed.target, strayed.error), (None, Error::StateInvalid)));
    google.world.wrote_nothing();
}

#[tokio::test]
async fn another_browsers_or_providers_way_is_not_gone() {
    let strange = Secret::new("another");
    for (change, provider) in [
        (
            (|it: FlowReturn, _: &Secret| FlowReturn { browser: None, ..it }) as fn(FlowReturn, &Secret) -> FlowReturn,
            Provider::Google,
        ),
        (|it, strange| FlowReturn { browser: Some(strange.clone()), ..it }, Provider::Google),
        (|it, strange| FlowReturn { state: Some(strange.clone()), ..it }, Provider::Google),
        (|it, _| FlowReturn { state: None, ..it }, Provider::Google),
        (|it, _| it, Provider::Microsoft),
    ] {
        let google = Google::in_world(World::john());
        let mut flow = google.flow();
        let begun = begin(&flow, sign_in(), FlowTarget::Browser).await.unwrap();
        let mut offering = MockProviders::new();
        offering.expect_offers().return_const(true);
        // Nothing is redeemed.
        flow.providers = Arc::new(offering);
        let back = change(google.back(&begun), &strange);
        let strayed = flow.arrive(&act(), provider, back).await.unwrap_err();
        assert!(matches!((strayed.target, strayed.error), (None, Error::StateInvalid)), "{provider:?}");
    }
}

#[tokio::test]
async fn what_is_not_believed_is_written_and_told_where_the_way_ends() {
    for (purpose, scope) in
        [(sign_in(), Scope::Installation), (link(), Scope::User(nth(50))), (step_up(), Scope::User(nth(50)))]
    {
        let google = Google::saying(Err(ProviderError::Refused(Refused("wrong_nonce"))));
        let flow = google.flow();
        let begun = begin(&flow, purpose, application(APP, CODE_CHALLENGE)).await.unwrap();
        let idempotency = kernel::Idempotency { key: Secret::new("k"), scope: String::new(), request: [0; 32] };
        let act = Act { idempotency: Some(idempotency), ..act() };
        let strayed = flow.arrive(&act, Provider::Google, google.back(&begun)).await.unwrap_err();
        assert!(matches!(strayed.error, Error::ProofInvalid));
        assert_eq!(strayed.target, Some(application(APP, CODE_CHALLENGE)));
        assert_eq!(google.world.written(), [("oidc.rejected", Outcome::Refused("wrong_nonce"))]);
        let unit = google.world.store.only();
        assert_eq!((unit.changes, unit.evidence.audit[0].scope, unit.once), (vec![], scope, None));
    }
}

#[tokio::test]
async fn who_says_no_is_written_down_and_a_fault_is_none_of_theirs() {
    let google = Google::in_world(World::john());
    let flow = google.flow();
    let begun = begin(&flow, sign_in(), FlowTarget::Browser).await.unwrap();
    let denied = FlowReturn { code: None, ..google.back(&begun) };
    let strayed = flow.arrive(&act(), Provider::Google, denied).await.unwrap_err();
    assert!(matches!((strayed.target, strayed.error), (Some(FlowTarget::Browser), Error::ProofInvalid)));
    assert_eq!(google.world.written(), [("oidc.rejected", Outcome::Refused("denied"))]);

    let google = Google::saying(Err(ProviderError::Fault(Fault::Contended)));
    let flow = google.flow();
    let begun = begin(&flow, sign_in(), FlowTarget::Browser).await.unwrap();
    let strayed = flow.arrive(&act(), Provider::Google, google.back(&begun)).await.unwrap_err();
    assert!(matches!(strayed.error, Error::Fault(Fault::Contended)));
    google.world.wrote_nothing();
}

#[tokio::test]
async fn stepping_up_wants_a_factor_given_there_since_the_way_began() {
    for (auth_time, fresh) in
        [(Some(seconds(-60)), true), (Some(seconds(5)), true), (Some(seconds(-61)), false), (None, false)]
    {
        for (purpose, believed) in [(step_up(), fresh), (sign_in(), true), (link(), true)] {
            let google = Google::saying(Ok(ProviderAccount { auth_time, ..account() }));
            let flow = google.flow();
            let begun = begin(&flow, purpose, FlowTarget::Browser).await.unwrap();
            let outcome = flow.arrive(&act(), Provider::Google, google.back(&begun)).await;
            assert_eq!(outcome.is_ok(), believed, "{auth_time:?} {outcome:?}");
            if !believed {
                assert_eq!(google.world.written(), [("oidc.rejected", Outcome::Refused("stale_auth_time"))]);
            }
        }
    }
}
