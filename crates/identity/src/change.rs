use kernel::{Detail, EmailAddress, SessionId, Signal, Time, UserId, Write};

use crate::model::{
    Key, MailRequest, MailedPurpose, MailedToken, Passkey, ProviderIdentity, RefreshToken, Session, SigningKey,
    StoredSettings, Totp, User, UserStatus,
};
use crate::ports::Guessed;

/// What this domain changes.
///
/// Besides aggregates there are sets that no reader could name for sure, because others add to them meanwhile, and a
/// counter that never waits for a version:
///
/// [`Change::EndSessions`]: SET-1 MUST end and signal every session of the user that lives when it is carried out, also one
/// begun by a unit that was committed while this one waited for the user.
/// [`Change::RevokeMailedTokens`]: SET-2 MUST leave none of the user's tokens of these purposes that was issued at `since`
/// or later.
/// `MailedToken(Write::Add)`: SET-3 MUST take the place of the user's earlier one with the same purpose and slot.
/// `User(Write::…)`: SET-6 MUST find an address taken that a way back from a change of address leads to, where it is another
/// user's way back, until that is removed.
/// [`Change::ForgetFailures`]: SET-4 MUST make the next attempt the first.
/// [`Change::RevokeCredentials`]: SET-7 MUST leave none of the user's passkeys, provider identities and personal tokens that
/// was made at `since` or later, also none made by a unit that was committed while this one waited for the user; and no
/// codes of the moment confirmed then, where `totp` says so. The nodes learn of every token that goes. Organizations' keys
/// are theirs: whoever takes one away says so there.
/// [`Change::Erase`]: SET-5 MUST leave nothing personal of the user but what the same unit saves of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A user.
    User(Write<User>),
    /// A session.
    Session(Write<Session>),
    /// A refresh token handed out.
    RefreshToken(Write<RefreshToken>),
    /// A token mailed.
    MailedToken(Write<MailedToken>),
    /// A wish for a mail.
    MailRequest(Write<MailRequest>),
    /// What stands above the configuration.
    Settings(Write<StoredSettings>),
    /// A key that signs access tokens.
    SigningKey(Write<SigningKey>),
    /// The user's sessions end.
    EndSessions {
        /// Whose.
        user: UserId,
        /// The one that goes on, if any.
        except: Option<SessionId>,
        /// When.
        at: Time,
    },
    /// Tokens mailed to the user are worth nothing any more.
    RevokeMailedTokens {
        /// Whose.
        user: UserId,
        /// For what.
        purposes: &'static [MailedPurpose],
        /// Issued from when on; absent: whenever.
        since: Option<Time>,
    },
    /// What makes codes of the moment.
    Totp(Write<Totp>),
    /// A passkey.
    Passkey(Write<Passkey>),
    /// An account at a provider.
    Identity(Write<ProviderIdentity>),
    /// A key or token.
    Key(Write<Key>),
    /// Other ways in than the password are closed.
    RevokeCredentials {
        /// Whose.
        user: UserId,
        /// Made from when on; absent: whenever.
        since: Option<Time>,
        /// Whether codes of the moment are not asked for any more, either.
        totp: bool,
    },
    /// No failed attempts at this are remembered: the lock, if any, is released.
    ForgetFailures(Guessed),
    /// What is stored of the user beyond itself: sessions, tokens, other ways in, failures, wishes, and the personal parts of
    /// the audit log and of settled invitations.
    Erase {
        /// Whose.
        user: UserId,
        /// The address it had.
        email: EmailAddress,
        /// The address that stands in its place.
        nobody: EmailAddress,
    },
}

impl kernel::Change for Change {
    fn diff(&self) -> Vec<Detail> {
        match self {
            Self::User(write) => write.diff(),
            Self::Session(write) => write.diff(),
            Self::RefreshToken(write) => write.diff(),
            Self::MailedToken(write) => write.diff(),
            Self::MailRequest(write) => write.diff(),
            Self::Settings(write) => write.diff(),
            Self::SigningKey(write) => write.diff(),
            Self::Totp(write) => write.diff(),
            Self::Passkey(write) => write.diff(),
            Self::Identity(write) => write.diff(),
            Self::Key(write) => write.diff(),
            Self::RevokeCredentials { .. } => vec![Detail::public("credentials_revoked", true)],
            Self::EndSessions { except, .. } => {
                vec![Detail::public("sessions_ended", if except.is_some() { "others" } else { "all" })]
            }
            Self::RevokeMailedTokens { .. } | Self::ForgetFailures(_) | Self::Erase { .. } => Vec::new(),
        }
    }

    fn signal(&self) -> Option<Signal> {
        match self {
            Self::Session(write) => {
                let session = write.subject();
                session.ended_at.map(|at| Signal::SessionEnded { session: session.id, until: session.silent_after(at) })
            }
            Self::Settings(_) => Some(Signal::Settings),
            Self::Key(Write::Save { next: key, .. } | Write::Remove { expected: key }) => {
                Some(Signal::KeyChanged { key: key.id })
            }
            Self::User(Write::Save { next, .. }) if next.status != UserStatus::Active => {
                Some(Signal::UserBlocked { user: next.id })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::Change as _;
    use kernel::testing::{NOON, nth};

    use super::*;
    use crate::model::{MailRequestKind, SettingsPatch};
    use crate::testing::PlainHasher;
    use crate::world::{john, johns_session};

    fn told(change: &Change) -> Vec<String> {
        change.diff().iter().map(|it| format!("{} {} {}", it.key, it.before, it.after)).collect()
    }

    #[test]
    fn an_ended_session_is_signalled_until_its_last_token_is_over() {
        let session = johns_session();
        let ended = Session { ended_at: Some(NOON), ..session.clone() };
        let until = NOON + session.access_lifetime + chrono::TimeDelta::minutes(1);
        let save = |next: &Session| Change::Session(Write::Save { expected: session.clone(), next: next.clone() });
        assert_eq!(save(&ended).signal(), Some(Signal::SessionEnded { session: nth(51), until }));
        assert_eq!(save(&session).signal(), None);
        assert_eq!(Change::Session(Write::Add(session.clone())).signal(), None);
    }

    #[test]
    fn changed_settings_are_signalled_and_nothing_else_is() {
        let stored = |version| StoredSettings { patch: SettingsPatch::default(), version };
        let save = Change::Settings(Write::Save { expected: stored(0), next: stored(0) });
        assert_eq!(save.signal(), Some(Signal::Settings));
        for other in [
            Change::User(Write::Add(john())),
            Change::ForgetFailures(Guessed::Password(john().email)),
            Change::EndSessions { user: nth(50), except: None, at: NOON },
        ] {
            assert_eq!((other.signal(), other.authorization()), (None, None));
        }
    }

    #[test]
    fn nodes_learn_of_keys_that_change_and_of_users_who_may_act_no_more() {
        use crate::model::{KeyOwner, KeyPrefixes, Label, Scopes};
        let new = crate::rules::NewKey {
            owner: KeyOwner::User(nth(50)),
            organization: None,
            name: Label::parse("CI").unwrap(),
            scopes: Scopes::Admin,
            multi_factor: false,
            expires_at: None,
        };
        let (_, key, _) = crate::rules::make_key(&kernel::testing::act(), &KeyPrefixes::default(), &john(), new);
        let changed = Some(Signal::KeyChanged { key: key.id });
        let save = Write::Save { expected: key.clone(), next: key.clone() };
        for (write, signal) in
            [(save, changed.clone()), (Write::Remove { expected: key.clone() }, changed), (Write::Add(key), None)]
        {
            assert_eq!(Change::Key(write).signal(), signal);
        }
        for status in UserStatus::ALL {
            let save = Change::User(Write::Save { expected: john(), next: User { status: *status, ..john() } });
            let blocked = (*status != UserStatus::Active).then_some(Signal::UserBlocked { user: nth(50) });
            assert_eq!(save.signal(), blocked, "{status:?}");
        }
    }

    #[test]
    fn what_changes_in_a_user_is_told_without_secrets_and_what_is_personal_as_such() {
        let next = User {
            name: crate::PersonName::parse("John"),
            password: Some(PlainHasher::of("other")),
            verified_at: None,
            administrator: true,
            ..john()
        };
        let save = Change::User(Write::Save { expected: john(), next });
        assert_eq!(told(&save), [r#"name null "John""#, "is_verified true false", "administrator null true"]);
        let personal: Vec<_> = save.diff().into_iter().map(|it| it.personal).collect();
        assert_eq!(personal, [Some(Some(nth(50))), None, None]);
        let added = Change::User(Write::Add(john()));
        assert!(!format!("{:?}", added.diff()).contains("plain:"));
    }

    #[test]
    fn which_sessions_end_is_told_and_what_is_mailed_is_not() {
        let end = |except| told(&Change::EndSessions { user: nth(50), except, at: NOON });
        assert_eq!(
            (end(None), end(Some(nth(51)))),
            (vec![r#"sessions_ended null "all""#.to_owned()], { vec![r#"sessions_ended null "others""#.to_owned()] })
        );
        let email = john().email;
        let wish =
            MailRequest { id: nth(1), kind: MailRequestKind::Verification, email: email.clone(), asked_at: NOON };
        for silent in [
            Change::MailRequest(Write::Add(wish)),
            Change::RevokeMailedTokens { user: nth(50), purposes: MailedPurpose::ALL, since: None },
            Change::ForgetFailures(Guessed::Password(email.clone())),
            Change::Erase { user: nth(50), nobody: email.clone(), email },
        ] {
            assert_eq!(told(&silent), [] as [&str; 0]);
        }
    }
}
