use kernel::testing::{NOON, Units, act};
use kernel::{Actor, CommitError, Fault, Mail, Outcome, Taken};

use super::*;
use crate::model::Registration;
use crate::ports::MockMailAllowances;
use crate::testing::PlainHasher;
use crate::world::{World, allowance, john};

fn input() -> RegisterInput {
    RegisterInput {
        email: "user@example.com".into(),
        username: "johndoe".into(),
        password: Secret::new("SecurePass123!"),
    }
}

async fn register(store: &Arc<Units<Change>>, input: RegisterInput) -> Result<Registered, Error> {
    let world = World { store: Arc::<Units<Change>>::clone(store), ..World::nobody() };
    use_case(&world).run(&act(), input).await
}

/// Nobody is sent a mail whom the account is not.
fn use_case(world: &World) -> Register {
    Register {
        store: world.store(),
        users: world.users(),
        hasher: Arc::new(PlainHasher),
        allowances: Arc::new(MockMailAllowances::new()),
        settings: world.settings(),
    }
}

fn concealing(mut world: World) -> World {
    world.settings.registration = Registration { conceal: true, ..Registration::default() };
    world
}

/// What must be written, made by an act that gives the same ids.
fn expected() -> (UnitOfWork<Change>, User) {
    let act = act();
    let user = User {
        id: act.id(),
        email: EmailAddress::parse("user@example.com").unwrap(),
        username: Username::parse("johndoe").unwrap(),
        name: None,
        avatar: None,
        password: Some(PlainHasher::of("SecurePass123!")),
        verified_at: None,
        status: UserStatus::Active,
        administrator: false,
        deleted_at: None,
        created_at: NOON,
        version: 0,
    };
    let unit = UnitOfWork::of(&act, &Action::UserCreated(user.id))
        .change(Change::User(Write::Add(user.clone())))
        .announce(&Happening::UserCreated(user.clone()));
    let token = act.token();
    let mailed = MailedToken {
        hash: token.hash(),
        purpose: MailedPurpose::VerifyEmail,
        user: user.id,
        email: user.email.clone(),
        issued_at: NOON,
        expires_at: NOON + chrono::TimeDelta::days(3),
        tries: 0,
    };
    let unit = unit.change(Change::MailedToken(Write::Add(mailed))).mail(
        Mail::new(&act, &user.email, "verify_email")
            .with("username", "johndoe".to_owned())
            .with("token", token.secret().clone()),
    );
    (unit, user)
}

#[tokio::test]
async fn account_mail_and_evidence_are_one_unit() {
    let store = Arc::default();
    let registered = register(&store, input()).await.unwrap();
    let (unit, user) = expected();
    assert_eq!(store.only(), unit);
    assert_eq!(
        registered,
        Registered { id: user.id, email: user.email, username: user.username, is_verified: false, created_at: NOON }
    );
}

#[tokio::test]
async fn the_trail_holds_no_secret_and_nothing_personal_in_the_open() {
    let store = Arc::default();
    register(&store, input()).await.unwrap();
    let evidence = store.only().evidence;
    let [entry] = evidence.audit.as_slice() else { panic!("{evidence:?}") };
    assert_eq!((entry.action, entry.actor), ("user.created", Actor::Nobody));
    let personal: Vec<_> = entry.personal.iter().map(|it| (it.key.as_ref(), it.after.as_str())).collect();
    assert_eq!(personal, [("email", Some("user@example.com")), ("username", Some("johndoe"))]);
    let public = format!("{:?}{:?}", entry.public, evidence.events);
    assert!(!public.contains("plain:") && !public.contains("SecurePass"), "{public}");
    assert!(!format!("{:?}", entry.public).contains("johndoe"));
}

#[tokio::test]
async fn a_proved_address_gets_no_mail() {
    let new = NewUser {
        id: act().id(),
        email: EmailAddress::parse("user@example.com").unwrap(),
        username: Username::parse("johndoe").unwrap(),
        password: None,
        verified: true,
        administrator: false,
    };
    let (unit, user) = decide(&act(), new, &Lifetimes::default());
    assert_eq!(user.verified_at, Some(NOON));
    assert_eq!((unit.evidence.mail.len(), unit.changes.len()), (0, 1));
}

#[tokio::test]
async fn each_bad_field_has_its_sentence_and_nothing_is_written() {
    const EMAIL: (&str, &str) = ("email", "The email field must be a valid email address.");
    const USERNAME: (&str, &str) =
        ("username", "The username field must be 3 to 50 characters, only letters, digits and underscores.");
    let long = "j".repeat(51);
    let cases = [
        ("nobody", "johndoe", vec![EMAIL]),
        ("user@example.com", "jo", vec![USERNAME]),
        ("user@example.com", "john doe", vec![USERNAME]),
        ("user@example.com", "jöhndoe", vec![USERNAME]),
        ("user@example.com", &long, vec![USERNAME]),
        ("", "", vec![EMAIL, USERNAME]),
    ];
    for (email, username, expected) in cases {
        let store = Arc::default();
        let input = RegisterInput { email: email.into(), username: username.into(), ..input() };
        let Err(Error::Invalid(problems)) = register(&store, input).await else { panic!("{email} {username}") };
        let told: Vec<_> =
            problems.iter().flat_map(|(field, it)| it.iter().map(move |it| (field, it.as_str()))).collect();
        assert_eq!(told, expected);
        assert_eq!(store.all(), []);
    }
}

#[test]
fn ones_own_name_is_no_password_and_all_fields_are_judged_at_once() {
    const EASY: &str = "The password field is too common or too easy to guess; a longer one helps.";
    let of = |email: &str, password: &str| {
        let input = RegisterInput { email: email.into(), password: Secret::new(password), ..input() };
        check(&input, &["Honey Farm"]).unwrap_err()
    };
    assert_eq!(of("user@example.com", "Johndoe-2026!"), Problems::one("password", EASY));
    assert_eq!(of("user@example.com", "HoneyFarm-2026!"), Problems::one("password", EASY));
    let both: Vec<_> = of("nobody", "Johndoe-2026!").iter().map(|(field, _)| field.to_owned()).collect();
    assert_eq!(both, ["email", "password"]);
}

#[tokio::test]
async fn what_is_taken_is_named() {
    let taken = |field| Arc::new(Units::failing([CommitError::Taken(Taken(field))]));
    assert!(matches!(register(&taken("email"), input()).await, Err(Error::EmailTaken)));
    assert!(matches!(register(&taken("username"), input()).await, Err(Error::UsernameTaken)));
    assert!(matches!(register(&taken("session"), input()).await, Err(Error::Fault(Fault::Failed(_)))));
}

#[tokio::test]
async fn where_registration_is_closed_nobody_gets_an_account() {
    let mut world = World::nobody();
    world.settings.registration.open = false;
    assert!(matches!(use_case(&world).run(&act(), input()).await, Err(Error::RegistrationClosed)));
    world.wrote_nothing();
}

#[tokio::test]
async fn a_concealed_address_is_answered_as_a_free_one_and_its_owner_is_told() {
    let world = concealing(World::john());
    let allowances = allowance("already_registered", "user@example.com", true);
    let registered = Register { allowances, ..use_case(&world) }.run(&act(), input()).await.unwrap();
    let free = register(&Arc::default(), input()).await.unwrap();
    assert_eq!(registered, free, "to the last field");

    let unit = world.store.only();
    let [Change::User(Write::Add(decoy))] = unit.changes.as_slice() else { panic!("{unit:?}") };
    assert_eq!((decoy.id, &decoy.username, &decoy.password), (registered.id, &registered.username, &None));
    assert!(decoy.email.as_str().ends_with("@erased.invalid"));
    // Its id is told, and must not lead to its address.
    assert!(!decoy.email.as_str().contains(&decoy.id.to_string().replace('-', "")));
    assert_eq!((decoy.status, decoy.deleted_at), (UserStatus::Erased, Some(NOON)));
    assert_eq!(world.written(), [("user.registration_concealed", Outcome::Refused("email_taken"))]);
    assert_eq!(unit.evidence.audit[0].target.id, john().id.to_string());
    assert_eq!(world.mailed(), [("already_registered", "user@example.com".to_owned())]);
    assert_eq!(unit.evidence.events, []);
}

#[tokio::test]
async fn an_owner_who_was_told_enough_or_is_gone_is_told_nothing() {
    let told_enough = concealing(World::john());
    let allowances = allowance("already_registered", "user@example.com", false);
    assert!(Register { allowances, ..use_case(&told_enough) }.run(&act(), input()).await.is_ok());
    let gone = concealing(World::of(vec![Some(User { status: UserStatus::Suspended, ..john() })]));
    let allowances = allowance("already_registered", "user@example.com", true);
    assert!(Register { allowances, ..use_case(&gone) }.run(&act(), input()).await.is_ok());
    for world in [told_enough, gone] {
        assert_eq!((world.store.only().changes.len(), world.mailed()), (1, vec![]));
    }
}

#[tokio::test]
async fn an_address_taken_meanwhile_is_concealed_too() {
    let taken = || [CommitError::Taken(Taken("email"))];
    let world = concealing(World::of(vec![None, Some(john())])).failing(taken());
    let allowances = allowance("already_registered", "user@example.com", true);
    assert!(Register { allowances, ..use_case(&world) }.run(&act(), input()).await.is_ok());
    let [_, concealed] = world.store.all().try_into().unwrap();
    assert_eq!(concealed.evidence.audit[0].action, "user.registration_concealed");
    // Also where nobody is found by it: it was somebody's lately.
    let world = concealing(World::nobody()).failing(taken());
    let allowances = allowance("already_registered", "user@example.com", true);
    assert!(Register { allowances, ..use_case(&world) }.run(&act(), input()).await.is_ok());
    let concealed = &world.store.all()[1];
    assert_eq!(concealed.evidence.audit[0].action, "user.registration_concealed");
    assert_eq!(concealed.evidence.mail, []);
    // Unless it is to be told.
    let open = World::nobody().failing(taken());
    assert!(matches!(use_case(&open).run(&act(), input()).await, Err(Error::EmailTaken)));
    assert_eq!(open.store.all().len(), 1);
}

#[tokio::test]
async fn a_taken_name_is_told_even_where_addresses_are_concealed() {
    let world = concealing(World::nobody()).failing([CommitError::Taken(Taken("username"))]);
    // What a mail would cost is spent for every address alike.
    let allowances = allowance("already_registered", "user@example.com", true);
    let registered = Register { allowances, ..use_case(&world) }.run(&act(), input()).await;
    assert!(matches!(registered, Err(Error::UsernameTaken)));
}
