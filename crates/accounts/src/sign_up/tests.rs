use identity::testing::{FixedSettings, PlainHasher};
use kernel::testing::{NOON, Units, act};
use kernel::{CommitError, Problems, Scope, Secret, Taken, Write};

use super::*;
use crate::testing::tokens;

fn input() -> SignUpInput {
    let owner = RegisterInput {
        email: "user@example.com".into(),
        username: "johndoe".into(),
        password: Secret::new("SecurePass123!"),
    };
    SignUpInput { name: "Acme".into(), slug: "acme".into(), owner }
}

async fn sign_up(store: &Arc<Units<Change>>, input: SignUpInput) -> Result<Joined, Error> {
    let store: Arc<dyn Store<Change>> = Arc::<Units<Change>>::clone(store);
    let (hasher, tokens) = (Arc::new(PlainHasher), tokens());
    SignUp { store, hasher, tokens, settings: Arc::new(FixedSettings::default()) }.run(&act(), input).await
}

#[tokio::test]
async fn organization_owner_session_and_mail_are_one_unit() {
    let store = Arc::default();
    let joined = sign_up(&store, input()).await.unwrap();
    let unit = store.only();
    let [
        Change::Identity(identity::Change::User(Write::Add(user))),
        Change::Identity(identity::Change::MailedToken(Write::Add(mailed))),
        Change::Tenancy(tenancy::Change::Organization(Write::Add(organization))),
        Change::Tenancy(tenancy::Change::Member(Write::Add(owner))),
        Change::Identity(identity::Change::Session(Write::Add(session))),
        Change::Identity(identity::Change::RefreshToken(Write::Add(refresh))),
    ] = unit.changes.as_slice()
    else {
        panic!("{unit:#?}")
    };
    assert_eq!((user.email.as_str(), user.username.as_str()), ("user@example.com", "johndoe"));
    assert_eq!((&user.password, user.verified_at), (&Some(PlainHasher::of("SecurePass123!")), None));
    assert_eq!((organization.name.as_str(), organization.slug.as_str()), ("Acme", "acme"));
    assert_eq!((owner.organization, owner.user, owner.role.as_str()), (organization.id, user.id, "owner"));
    assert_eq!((session.user, session.organization), (user.id, Some(organization.id)));
    assert_eq!((refresh.session, mailed.user), (session.id, user.id));
    assert_eq!(unit.evidence.mail.iter().map(|it| it.template).collect::<Vec<_>>(), ["verify_email"]);

    let signed_in = joined.signed_in;
    assert_eq!(joined.organization, OrganizationView::of(organization));
    assert_eq!(signed_in.access_token.expose(), format!("{} {} {} owner", user.id, session.id, organization.id));
    assert_eq!(refresh.hash, kernel::TokenHash::of(signed_in.refresh_token.expose()));
    assert_eq!((signed_in.expires_in, signed_in.refresh_expires_in), (900, 30 * 86_400));
    assert_eq!((signed_in.user.is_verified, signed_in.user.role.as_ref()), (false, Some(&owner.role)));
}

#[tokio::test]
async fn the_organization_can_read_all_of_it_in_its_trail() {
    let store = Arc::default();
    let joined = sign_up(&store, input()).await.unwrap();
    let (organization, user) = (joined.organization.id, joined.signed_in.user.id);
    let evidence = store.only().evidence;
    let actions: Vec<_> = evidence.audit.iter().map(|it| it.action).collect();
    assert_eq!(actions, ["user.created", "organization.created", "member.added", "session.started"]);
    let actor = Actor::User { id: user, session: joined.signed_in.session };
    for entry in &evidence.audit {
        assert_eq!((entry.organization, entry.actor, entry.at), (Some(organization), actor, NOON));
    }
    let events: Vec<_> = evidence.events.iter().map(|it| (it.kind, it.scope)).collect();
    let (theirs, users) = (Scope::Organization(organization), Scope::User(user));
    assert_eq!(events, [("user.created", users), ("organization.created", theirs), ("member.added", theirs)]);
}

#[tokio::test]
async fn both_parts_are_judged_at_once_and_nothing_is_written() {
    let store = Arc::default();
    let owner = RegisterInput { email: "nobody".into(), username: "jo".into(), password: Secret::new("x") };
    let wrong = SignUpInput { name: String::new(), slug: "api".into(), owner };
    let Err(Error::Identity(identity::Error::Invalid(problems))) = sign_up(&store, wrong).await else { panic!() };
    let fields: Vec<_> = problems.iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["name", "owner.email", "owner.password", "owner.username", "slug"]);
    assert_eq!(store.all(), []);

    let half = SignUpInput { slug: "api".into(), ..input() };
    let Err(Error::Identity(identity::Error::Invalid(problems))) = sign_up(&store, half).await else { panic!() };
    assert_eq!(problems, Problems::one("slug", "This slug is reserved."));
}

#[tokio::test]
async fn the_organizations_name_is_no_password() {
    let owner = RegisterInput { password: Secret::new("Honey-Farm-2026!"), ..input().owner };
    let of = |name: &str| SignUpInput { name: name.into(), owner: owner.clone(), ..input() };
    let Err(Error::Identity(identity::Error::Invalid(problems))) = sign_up(&Arc::default(), of("The Honey Farm")).await
    else {
        panic!()
    };
    assert_eq!(problems.iter().map(|(field, _)| field).collect::<Vec<_>>(), ["owner.password"]);
    assert!(sign_up(&Arc::default(), of("Acme")).await.is_ok());
}

#[tokio::test]
async fn what_is_taken_is_named() {
    let taken = |field| Arc::new(Units::failing([CommitError::Taken(Taken(field))]));
    let error = |it: Result<Joined, Error>| it.unwrap_err();
    assert!(matches!(error(sign_up(&taken("slug"), input()).await), Error::Tenancy(tenancy::Error::SlugTaken)));
    assert!(matches!(error(sign_up(&taken("email"), input()).await), Error::Identity(identity::Error::EmailTaken)));
    assert!(matches!(
        error(sign_up(&taken("username"), input()).await),
        Error::Identity(identity::Error::UsernameTaken)
    ));
}

#[tokio::test]
async fn a_repetition_founds_nothing_and_answers_the_same() {
    let idempotency = kernel::Idempotency { key: Secret::new("k"), scope: "POST /tenants".into(), request: [0; 32] };
    let act = Act { idempotency: Some(idempotency), ..act() };
    let run = async |store: Arc<dyn Store<Change>>| {
        let (hasher, tokens) = (Arc::new(PlainHasher), tokens());
        SignUp { store, hasher, tokens, settings: Arc::new(FixedSettings::default()) }.run(&act, input()).await.unwrap()
    };
    let first: Arc<Units<Change>> = Arc::default();
    let joined = run(Arc::<Units<Change>>::clone(&first)).await;
    let remembered = first.only().once.unwrap().remembered;

    let mut store = kernel::MockStore::new();
    store.expect_recall().returning(move |_| Ok(Some(remembered.clone())));
    store.expect_commit().never();
    assert_eq!(run(Arc::new(store)).await, joined);
}

#[tokio::test]
async fn where_registration_is_closed_nobody_founds_anything() {
    let store: Arc<Units<Change>> = Arc::default();
    let closed = identity::Registration { open: false, ..identity::Registration::default() };
    let settings = identity::Settings { registration: closed, ..identity::Settings::default() };
    let sign_up = SignUp {
        store: Arc::<Units<Change>>::clone(&store),
        hasher: Arc::new(PlainHasher),
        tokens: tokens(),
        settings: Arc::new(FixedSettings(settings)),
    };
    let outcome = sign_up.run(&act(), input()).await;
    assert!(matches!(outcome, Err(Error::Identity(identity::Error::RegistrationClosed))));
    assert_eq!(store.all(), []);
}
