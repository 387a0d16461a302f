//! How an account goes: what its deletion and its erasure mean here. Both also write what other domains hold of it, so
//! the use cases are in the crate `accounts`.

use kernel::{Act, EmailAddress, UnitOfWork, Write};

use crate::model::{Lifetimes, MailedPurpose, MailedToken, User, UserStatus, Username};
use crate::{Action, Change, Happening, mails};

const REVOKED: &[MailedPurpose] = &[
    MailedPurpose::VerifyEmail,
    MailedPurpose::ResetPassword,
    MailedPurpose::ChangeEmail,
    MailedPurpose::RecoverAccount,
];

/// The account stops at once, and can be recovered by the mailed token until it is erased. What leads back to an earlier
/// address stays good: a thief of the account must not close that way.
#[must_use]
pub fn delete(act: &Act, user: &User, lifetimes: &Lifetimes) -> UnitOfWork<Change> {
    let next = User { status: UserStatus::Deleted, deleted_at: Some(act.at), ..user.clone() };
    let recover = act.token();
    let erased_at = act.at + lifetimes.deletion;
    let way_back = MailedToken {
        hash: recover.hash(),
        purpose: MailedPurpose::RecoverAccount,
        user: user.id,
        email: user.email.clone(),
        issued_at: act.at,
        expires_at: erased_at,
        tries: 0,
    };
    UnitOfWork::of(act, &Action::UserDeleted(user.id))
        .change(Change::User(Write::Save { expected: user.clone(), next: next.clone() }))
        .change(Change::EndSessions { user: user.id, except: None, at: act.at })
        .change(Change::RevokeMailedTokens { user: user.id, purposes: REVOKED, since: None })
        .change(Change::MailedToken(Write::Add(way_back)))
        .announce(&Happening::UserDeleted(next))
        .mail(mails::account_deleted(act, user, erased_at, &recover))
}

/// What is left is an id that nothing personal belongs to: address and name are free for others. The file of the avatar is
/// removed before, for afterwards nobody knows it.
#[must_use]
pub fn erase(act: &Act, user: &User) -> UnitOfWork<Change> {
    let nobody = EmailAddress::nobodys(act.ids.uuid(act.at));
    let next = User {
        email: nobody.clone(),
        username: Username::nobodys(act.ids.uuid(act.at)),
        name: None,
        avatar: None,
        password: None,
        verified_at: None,
        status: UserStatus::Erased,
        administrator: false,
        ..user.clone()
    };
    let mut unit = UnitOfWork::of(act, &Action::UserErased(user.id)).change(Change::Erase {
        user: user.id,
        email: user.email.clone(),
        nobody,
    });
    // Without its before and after: the log would keep what is to be gone.
    unit.changes.push(Change::User(Write::Save { expected: user.clone(), next }));
    unit
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use kernel::testing::{NOON, act, nth};
    use kernel::{FileName, Id, Scope, TokenHash, UserId};

    use super::*;
    use crate::model::PersonName;
    use crate::world::john;

    fn administrator() -> User {
        let avatar = Some(FileName::fresh(&act(), "avatars", "png"));
        User { name: PersonName::parse("John"), avatar, administrator: true, ..john() }
    }

    #[test]
    fn a_deleted_account_stops_at_once_and_can_be_recovered_until_it_is_erased() {
        let lifetimes = Lifetimes { deletion: TimeDelta::days(9), ..Lifetimes::default() };
        let unit = delete(&act(), &administrator(), &lifetimes);
        let [
            Change::User(Write::Save { expected, next }),
            ended,
            Change::RevokeMailedTokens { user, purposes, since: None },
            Change::MailedToken(Write::Add(back)),
        ] = unit.changes.as_slice()
        else {
            panic!("{unit:?}")
        };
        let deleted = User { status: UserStatus::Deleted, deleted_at: Some(NOON), ..administrator() };
        assert_eq!((expected, next), (&administrator(), &deleted));
        assert_eq!(*ended, Change::EndSessions { user: nth(50), except: None, at: NOON });
        let kept: Vec<_> = MailedPurpose::ALL.iter().filter(|it| !purposes.contains(it)).collect();
        assert_eq!((*user, kept), (nth(50), vec![&MailedPurpose::UndoEmailChange]));
        assert_eq!((back.purpose, back.user, &back.email), (MailedPurpose::RecoverAccount, nth(50), &john().email));
        assert_eq!((back.issued_at, back.expires_at), (NOON, NOON + TimeDelta::days(9)));

        let [mail] = unit.evidence.mail.as_slice() else { panic!("{unit:?}") };
        assert_eq!((mail.template, mail.to.as_str()), ("account_deleted", "user@example.com"));
        let value = |key| mail.values.iter().find(|it| it.0 == key).map(|it| it.1.expose().to_owned()).unwrap();
        assert_eq!((TokenHash::of(&value("token")), value("erased_at").as_str()), (back.hash, "2026-01-24T12:00:00Z"));
        let entry = &unit.evidence.audit[0];
        assert_eq!((entry.action, entry.scope), ("user.deleted", Scope::User(nth(50))));
        assert_eq!(unit.evidence.events[0].kind, "user.deleted");
    }

    #[test]
    fn of_an_erased_account_nothing_personal_is_left() {
        let deleted = User { status: UserStatus::Deleted, deleted_at: Some(NOON), ..administrator() };
        let unit = erase(&act(), &deleted);
        let [Change::Erase { user, email, nobody: instead }, Change::User(Write::Save { expected, next })] =
            unit.changes.as_slice()
        else {
            panic!("{unit:?}")
        };
        assert_eq!((*user, email, expected), (nth(50), &john().email, &deleted));
        let nobody = User {
            email: next.email.clone(),
            username: next.username.clone(),
            name: None,
            avatar: None,
            password: None,
            verified_at: None,
            status: UserStatus::Erased,
            administrator: false,
            ..deleted.clone()
        };
        assert_eq!((next, instead), (&nobody, &next.email));
        assert!(next.email.as_str().ends_with("@erased.invalid") && next.username.as_str().starts_with("erased_"));
        assert_eq!((unit.evidence.mail.len(), unit.evidence.events.len()), (0, 0));
        let [entry] = unit.evidence.audit.as_slice() else { panic!("{unit:?}") };
        assert_eq!((entry.action, &entry.public, &entry.personal), ("user.erased", &vec![], &vec![]));
    }

    #[test]
    fn nobodys_names_are_well_formed_and_each_is_its_own() {
        let fresh = [50, 51].map(|n| nth::<UserId>(n).uuid());
        for fresh in fresh {
            let (name, email) = (Username::nobodys(fresh), EmailAddress::nobodys(fresh));
            assert_eq!(Username::parse(name.as_str()), Some(name.clone()));
            assert_eq!(EmailAddress::parse(email.as_str()), Some(email));
        }
        assert_ne!(Username::nobodys(fresh[0]), Username::nobodys(fresh[1]));
        assert_ne!(EmailAddress::nobodys(fresh[0]), EmailAddress::nobodys(fresh[1]));
    }
}
