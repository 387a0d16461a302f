use chrono::TimeDelta;
use kernel::testing::{NOON, act, nth};
use kernel::{Outcome, Scope};

use super::*;
use crate::model::{KeyOwner, KeyPrefixes, Label, Scopes};
use crate::testing::PlainHasher;
use crate::world::{address, john};

const OLD: &str = "old@example.com";
const NEW: &str = "new@example.com";

fn hash() -> TokenHash {
    TokenHash::of("mailed")
}

fn reset(unfit: bool) -> Redemption {
    let email = address("User@Example.com");
    Redemption::ResetPassword { email, temporary: hash(), password: PlainHasher::of("new"), unfit }
}

fn every() -> [Redemption; 5] {
    [
        Redemption::VerifyEmail(hash()),
        Redemption::ConfirmEmailChange(hash(), Lifetimes::default()),
        Redemption::UndoEmailChange(hash()),
        Redemption::RecoverAccount(hash()),
        reset(false),
    ]
}

/// The token that is good for this, and the user for whom.
fn good(redemption: &Redemption) -> (MailedToken, User) {
    let purpose = redemption.purpose();
    let (email, user) = match redemption {
        Redemption::ConfirmEmailChange(..) => (NEW, john()),
        Redemption::UndoEmailChange(_) => (OLD, john()),
        Redemption::VerifyEmail(_) => ("user@example.com", User { verified_at: None, ..john() }),
        Redemption::RecoverAccount(_) => {
            let user = User { status: UserStatus::Deleted, deleted_at: Some(NOON), ..john() };
            ("user@example.com", user)
        }
        Redemption::ResetPassword { .. } => ("user@example.com", john()),
    };
    let issued_at = NOON - TimeDelta::minutes(5);
    let token = MailedToken {
        hash: hash(),
        purpose,
        user: nth(50),
        email: address(email),
        issued_at,
        expires_at: NOON + TimeDelta::microseconds(1),
        tries: 1,
    };
    (token, user)
}

fn redeem(redemption: &Redemption, token: &MailedToken, user: &User) -> Word {
    decide(&act(), redemption, Some((token, user)), &[])
}

fn granted(redemption: &Redemption, token: &MailedToken, user: &User) -> (UnitOfWork<Change>, User) {
    let word = redeem(redemption, token, user);
    let Word::Granted(granted) = word else { panic!("{word:?}") };
    *granted
}

#[track_caller]
fn is_refused(redemption: &Redemption, token: &MailedToken, user: &User) {
    let word = redeem(redemption, token, user);
    assert!(matches!(word, Word::Refused(_)), "{redemption:?} {token:?} {user:?}: {word:?}");
}

/// The user that is saved, and the other changes.
fn saved(unit: &UnitOfWork<Change>) -> (&User, &User, &[Change]) {
    let [Change::User(Write::Save { expected, next }), rest @ ..] = unit.changes.as_slice() else { panic!("{unit:?}") };
    (expected, next, rest)
}

fn mailed(unit: &UnitOfWork<Change>) -> Vec<(&'static str, &str)> {
    unit.evidence.mail.iter().map(|it| (it.template, it.to.as_str())).collect()
}

fn entry(unit: &UnitOfWork<Change>) -> (&'static str, Outcome, Scope) {
    let [entry] = unit.evidence.audit.as_slice() else { panic!("{unit:?}") };
    (entry.action, entry.outcome, entry.scope)
}

fn announced(unit: &UnitOfWork<Change>) -> Vec<String> {
    unit.evidence.events.iter().map(|it| format!("{} {}", it.kind, it.data["changed"])).collect()
}

fn ends_all() -> Change {
    Change::EndSessions { user: nth(50), except: None, at: NOON }
}

#[test]
fn what_is_good_is_granted_and_the_user_is_as_the_unit_says() {
    for redemption in every() {
        let (token, user) = good(&redemption);
        let (unit, now) = granted(&redemption, &token, &user);
        let (expected, next, _) = saved(&unit);
        assert_eq!((expected, next), (&user, &now), "{redemption:?}");
        assert_eq!(entry(&unit).2, Scope::User(nth(50)));
    }
}

#[test]
fn what_is_too_old_is_refused() {
    for redemption in every() {
        let (token, user) = good(&redemption);
        is_refused(&redemption, &MailedToken { expires_at: NOON, ..token }, &user);
    }
}

#[test]
fn each_token_is_good_for_its_own_purpose_alone() {
    for redemption in every() {
        for &purpose in MailedPurpose::ALL {
            let (token, user) = good(&redemption);
            let word = redeem(&redemption, &MailedToken { purpose, ..token }, &user);
            assert_eq!(matches!(word, Word::Granted(_)), purpose == redemption.purpose(), "{redemption:?} {purpose:?}");
        }
    }
}

#[test]
fn each_is_for_users_in_one_state_and_only_an_address_is_given_back_to_the_deleted_too() {
    for redemption in every() {
        for status in [UserStatus::Active, UserStatus::Suspended, UserStatus::Deleted] {
            let (token, user) = good(&redemption);
            let word = redeem(&redemption, &token, &User { status, ..user });
            let wanted: &[UserStatus] = match redemption {
                Redemption::RecoverAccount(_) => &[UserStatus::Deleted],
                Redemption::UndoEmailChange(_) => &[UserStatus::Active, UserStatus::Deleted],
                _ => &[UserStatus::Active],
            };
            assert_eq!(matches!(word, Word::Granted(_)), wanted.contains(&status), "{redemption:?} {status:?}");
        }
    }
}

#[test]
fn what_proves_an_address_proves_it_only_while_it_is_the_users() {
    for redemption in [Redemption::VerifyEmail(hash()), reset(false)] {
        let (token, user) = good(&redemption);
        is_refused(&redemption, &token, &User { email: address(NEW), ..user.clone() });
        let same = User { email: address("USER@EXAMPLE.com"), ..user };
        assert!(matches!(redeem(&redemption, &token, &same), Word::Granted(_)));
    }
}

#[test]
fn what_is_unknown_is_refused_and_only_a_temporary_password_leaves_a_trace() {
    for redemption in every() {
        let Word::Refused(evidence) = decide(&act(), &redemption, None, &[]) else { panic!("{redemption:?}") };
        let told: Vec<_> = evidence.audit.iter().map(|it| (it.action, it.outcome, it.scope)).collect();
        let failed = ("user.password_reset_failed", Outcome::Refused("invalid_credentials"), Scope::Installation);
        assert_eq!(told, if matches!(redemption, Redemption::ResetPassword { .. }) { vec![failed] } else { vec![] });
        assert_eq!((evidence.events, evidence.mail), (vec![], vec![]));
    }
}

#[test]
fn a_wrong_temporary_password_is_refused_to_its_owners_trail_and_nothing_is_told_of_the_new_one() {
    for unfit in [false, true] {
        let (token, user) = good(&reset(unfit));
        let wrong = MailedToken { hash: TokenHash::of("other"), ..token };
        let Word::Refused(evidence) = redeem(&reset(unfit), &wrong, &user) else { panic!() };
        assert_eq!(evidence.audit[0].scope, Scope::User(nth(50)));
    }
}

#[test]
fn a_temporary_password_is_good_for_five_tries() {
    let (token, user) = good(&reset(false));
    let fifth = MailedToken { tries: 5, ..token.clone() };
    assert!(matches!(redeem(&reset(false), &fifth, &user), Word::Granted(_)));
    let sixth = MailedToken { tries: 6, ..token };
    is_refused(&reset(false), &sixth, &user);
    is_refused(&reset(true), &sixth, &user);
    // Nobody guesses a link, so nothing is counted there.
    let (link, user) = good(&Redemption::VerifyEmail(hash()));
    let many = MailedToken { tries: 99, ..link };
    assert!(matches!(redeem(&Redemption::VerifyEmail(hash()), &many, &user), Word::Granted(_)));
}

#[test]
fn an_unfit_new_password_is_told_to_whom_the_temporary_one_is_known() {
    let (token, user) = good(&reset(true));
    assert_eq!(redeem(&reset(true), &token, &user), Word::PasswordUnfit);
    is_refused(&reset(true), &MailedToken { expires_at: NOON, ..token }, &user);
}

#[test]
fn tokens_are_found_by_themselves_and_temporary_passwords_by_the_address() {
    for redemption in every() {
        let by_address = Presented::Address(&address("User@Example.com")) == redemption.presented();
        assert_eq!(by_address, matches!(redemption, Redemption::ResetPassword { .. }));
        assert!(by_address || redemption.presented() == Presented::Token(&hash()));
    }
}

#[test]
fn verifying_proves_the_address_once() {
    let verify = Redemption::VerifyEmail(hash());
    let (token, user) = good(&verify);
    let (unit, now) = granted(&verify, &token, &user);
    assert_eq!((now.verified_at, saved(&unit).2), (Some(NOON), [].as_slice()));
    assert_eq!(entry(&unit).0, "user.email_verified");
    assert_eq!((announced(&unit), mailed(&unit)), (vec![r#"user.updated ["is_verified"]"#.to_owned()], vec![]));

    let earlier = User { verified_at: Some(NOON - TimeDelta::days(9)), ..user };
    let (unit, now) = granted(&verify, &token, &earlier);
    assert_eq!((unit.changes, unit.evidence.events, now), (vec![], vec![], earlier));
}

#[test]
fn a_new_address_is_proved_and_the_old_one_gets_a_way_back() {
    let lifetimes = Lifetimes { email_undo: TimeDelta::days(3), ..Lifetimes::default() };
    let confirm = Redemption::ConfirmEmailChange(hash(), lifetimes);
    let (token, user) = good(&confirm);
    let (unit, now) = granted(&confirm, &token, &User { verified_at: None, ..user });
    assert_eq!((now.email.as_str(), now.verified_at), (NEW, Some(NOON)));
    let (_, _, [Change::RevokeMailedTokens { user, purposes, since }, Change::MailedToken(Write::Add(back))]) =
        saved(&unit)
    else {
        panic!("{unit:?}")
    };
    assert_eq!((*user, *since), (nth(50), None));
    let expected = [MailedPurpose::VerifyEmail, MailedPurpose::ResetPassword, MailedPurpose::ChangeEmail];
    assert_eq!(*purposes, expected, "the ways back stay good");
    assert_eq!((back.purpose, back.email.as_str()), (MailedPurpose::UndoEmailChange, "user@example.com"));
    assert_eq!((back.user, back.issued_at, back.expires_at), (nth(50), NOON, NOON + TimeDelta::days(3)));
    assert_eq!(mailed(&unit), [("email_changed", "user@example.com")]);
    let values = &unit.evidence.mail[0].values;
    assert!(values.iter().any(|(key, it)| *key == "token" && TokenHash::of(it.expose()) == back.hash));
    assert!(values.iter().any(|(key, it)| *key == "new_email" && it.expose() == NEW));
    assert_eq!(entry(&unit).0, "user.email_changed");
    assert_eq!(announced(&unit), [r#"user.updated ["email","is_verified"]"#]);
}

#[test]
fn taking_a_change_of_address_back_ends_sessions_and_all_later_ways() {
    let undo = Redemption::UndoEmailChange(hash());
    let (token, user) = good(&undo);
    let (unit, now) = granted(&undo, &token, &user);
    assert_eq!((now.email.as_str(), now.verified_at, now.password.as_ref()), (OLD, Some(NOON), None));
    let (_, _, [ended, closed, Change::RevokeMailedTokens { since: None, purposes, .. }, later]) = saved(&unit) else {
        panic!("{unit:?}")
    };
    assert_eq!(*ended, ends_all());
    let since = Some(token.issued_at);
    assert_eq!(*closed, Change::RevokeCredentials { user: nth(50), since, totp: true }, "the thief's other ways in");
    let every_way_but_back = MailedPurpose::ALL.iter().filter(|it| **it != MailedPurpose::UndoEmailChange);
    assert!(every_way_but_back.clone().all(|it| purposes.contains(it)) && every_way_but_back.count() == purposes.len());
    // Earlier ways back lead to who had the account before: they stay good.
    let purposes: &[MailedPurpose] = &[MailedPurpose::UndoEmailChange];
    assert_eq!(*later, Change::RevokeMailedTokens { user: nth(50), purposes, since: Some(token.issued_at) });
    assert_eq!(mailed(&unit), [("email_change_undone", OLD)]);
    assert_eq!(announced(&unit), [r#"user.updated ["email","is_verified","password"]"#]);
}

/// A key of acme whose text John made then, whenever the key was made.
fn key(n: u64, text_at: kernel::Time) -> Key {
    let new = keys::NewKey {
        owner: KeyOwner::Organization(nth(60)),
        organization: Some(nth(60)),
        name: Label::parse("CI").unwrap(),
        scopes: Scopes::Admin,
        multi_factor: false,
        expires_at: None,
    };
    let (_, key, _) = keys::make(&act(), &KeyPrefixes::default(), &john(), new);
    Key { id: nth(n), created_at: NOON - TimeDelta::days(9), text_at, ..key }
}

#[test]
fn with_the_change_go_the_keys_whose_text_is_of_after_and_their_organization_is_told() {
    let undo = Redemption::UndoEmailChange(hash());
    let (token, user) = good(&undo);
    let before = key(1, token.issued_at - TimeDelta::microseconds(1));
    let (since, later) = (key(2, token.issued_at), key(3, NOON));
    let word = decide(&act(), &undo, Some((&token, &user)), &[before, since.clone(), later.clone()]);
    let Word::Granted(granted) = word else { panic!("{word:?}") };
    let unit = granted.0;
    let gone: Vec<_> = unit.changes.iter().filter(|it| matches!(it, Change::Key(_))).cloned().collect();
    assert_eq!(gone, [since, later].map(|expected| Change::Key(Write::Remove { expected })));
    let of_acme = ("api_key.revoked", Scope::Organization(nth(60)));
    let written: Vec<_> = unit.evidence.audit.iter().map(|it| (it.action, it.scope)).collect();
    assert_eq!(written, [("user.email_change_undone", Scope::User(nth(50))), of_acme, of_acme]);
    let told: Vec<_> = unit.evidence.events.iter().map(|it| (it.kind, it.scope)).skip(1).collect();
    assert_eq!(told, [of_acme, of_acme]);
}

#[test]
fn nothing_else_that_is_mailed_takes_keys_away() {
    for redemption in every() {
        let (token, user) = good(&redemption);
        let word = decide(&act(), &redemption, Some((&token, &user)), &[key(1, NOON)]);
        let Word::Granted(granted) = word else { panic!("{word:?}") };
        let takes = granted.0.changes.iter().any(|it| matches!(it, Change::Key(_)));
        let undoes = matches!(redemption, Redemption::UndoEmailChange(_));
        assert_eq!((takes, redemption.asks_for_keys()), (undoes, undoes), "{redemption:?}");
    }
}

#[test]
fn a_thief_who_has_the_account_deleted_does_not_keep_it() {
    let undo = Redemption::UndoEmailChange(hash());
    let (token, user) = good(&undo);
    let stolen = User { email: address("thief@example.com"), ..user };
    let deletion = crate::delete_account::delete(&act(), &stolen, &Lifetimes::default());
    let revokes = deletion.changes.iter().find_map(|it| match it {
        Change::RevokeMailedTokens { purposes, .. } => Some(*purposes),
        _ => None,
    });
    assert!(!revokes.unwrap().contains(&MailedPurpose::UndoEmailChange));
    let deleted = saved(&deletion).1.clone();
    let (unit, now) = granted(&undo, &token, &deleted);
    assert_eq!((now.email.as_str(), now.status, now.deleted_at), (OLD, UserStatus::Active, None));
    assert_eq!(announced(&unit), [r#"user.updated ["email","is_verified","password","status"]"#]);
}

#[test]
fn a_recovered_account_goes_on_as_it_was() {
    let recover = Redemption::RecoverAccount(hash());
    let (token, user) = good(&recover);
    let (unit, now) = granted(&recover, &token, &user);
    assert_eq!((now, saved(&unit).2), (john(), [].as_slice()));
    assert_eq!((entry(&unit).0, announced(&unit)), ("user.recovered", vec![r#"user.updated ["status"]"#.to_owned()]));
    assert_eq!(mailed(&unit), [("account_recovered", "user@example.com")]);
}

#[test]
fn a_reset_password_proves_the_mailbox_ends_sessions_and_releases_the_lock() {
    let (token, user) = good(&reset(false));
    for (verified_at, changed) in
        [(None, r#"user.updated ["password","is_verified"]"#), (user.verified_at, r#"user.updated ["password"]"#)]
    {
        let (unit, now) = granted(&reset(false), &token, &User { verified_at, ..user.clone() });
        assert_eq!((now.password.as_ref(), now.verified_at), (Some(&PlainHasher::of("new")), Some(NOON)));
        let purposes = &[MailedPurpose::ResetPassword, MailedPurpose::ChangeEmail];
        let expected = [ends_all(), revoke(nth(50), purposes), Change::ForgetFailures(Guessed::Password(john().email))];
        let (changes, closed) = saved(&unit).2.split_at(3);
        assert_eq!(changes, expected);
        // Somebody else may have prepared an account whose address nobody had proved.
        let is_meant = matches!(closed, [Change::RevokeCredentials { user, since: None, .. }] if *user == nth(50));
        assert_eq!((is_meant, closed.is_empty()), (verified_at.is_none(), verified_at.is_some()));
        assert_eq!(announced(&unit), [changed]);
        assert_eq!(
            (entry(&unit).0, mailed(&unit)),
            ("user.password_reset", vec![("password_changed", "user@example.com")])
        );
        assert!(!format!("{:?}{:?}", unit.evidence.audit, unit.evidence.events).contains("plain:"));
    }
}
