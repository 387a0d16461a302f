use chrono::TimeDelta;
use kernel::{Act, Actor, Fault, Guard, Secret, SessionId, Time, Token, TokenHash, UnitOfWork, Write};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::{
    Claims, Factor, Factors, Lifetimes, RefreshToken, Renewed, Session, SignedIn, Standing, Term, User, UserView,
};
use crate::ports::AccessTokens;
use crate::{Action, Change, SessionDeed};

/// A session just begun, with its first refresh token.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The session.
    pub session: Session,
    /// Shown once.
    pub refresh_token: Token,
}

/// When who is there was last proved, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// When.
    pub at: Time,
    /// By which factors.
    pub factors: Factors,
}

impl Proof {
    /// By these, just now.
    pub fn now(act: &Act, factors: impl IntoIterator<Item = Factor>) -> Self {
        Self { at: act.at, factors: Factors::of(factors) }
    }

    /// As it was proved in that session.
    #[must_use]
    pub fn of(session: &Session) -> Self {
        Self { at: session.auth_time, factors: session.factors.clone() }
    }
}

/// A new session of a user who has proved who they are. Where the user existed before, the unit wants [`guard`].
#[must_use]
pub fn decide(
    proof: Proof,
    act: &Act,
    id: SessionId,
    user: &User,
    standing: Option<&Standing>,
    term: Term,
    lifetimes: &Lifetimes,
) -> (UnitOfWork<Change>, Opened) {
    let session = Session {
        id,
        user: user.id,
        organization: standing.map(|it| it.organization),
        auth_time: proof.at,
        factors: proof.factors,
        created_at: act.at,
        expires_at: act.at + if term == Term::Steady { lifetimes.refresh_short } else { lifetimes.session },
        access_lifetime: if term == Term::Long { lifetimes.access_remembered } else { lifetimes.access },
        refresh_lifetime: match term {
            Term::Usual | Term::Long => lifetimes.refresh,
            Term::Short | Term::Steady => lifetimes.refresh_short,
        },
        rotates: term != Term::Steady,
        address: act.address,
        agent: act.agent.clone(),
        ended_at: None,
        version: 0,
    };
    let refresh_token = act.token();
    let act = act.by(Actor::User { id: user.id, session: session.id });
    let action = Action::of_session(SessionDeed::Started, &session);
    let unit = UnitOfWork::of(&act, &action)
        .change(Change::Session(Write::Add(session.clone())))
        .change(Change::RefreshToken(Write::Add(next_refresh_token(act.at, &session, refresh_token.hash()))));
    (unit, Opened { session, refresh_token })
}

/// The user must still be as it was when it proved itself: not suspended, not with another password.
#[must_use]
pub fn guard(user: &User) -> Guard {
    Guard::User { user: user.id, version: user.version }
}

/// The stored form of a session's next refresh token.
#[must_use]
pub fn next_refresh_token(at: Time, session: &Session, hash: TokenHash) -> RefreshToken {
    RefreshToken {
        hash,
        session: session.id,
        issued_at: at,
        expires_at: (at + session.refresh_lifetime).min(session.expires_at),
    }
}

/// The answer to a sign-in or a refresh: a fresh access token beside the refresh token.
pub fn issue(
    act: &Act,
    tokens: &dyn AccessTokens,
    session: &Session,
    user: &User,
    standing: Option<&Standing>,
    refresh_token: &Token,
) -> Result<SignedIn, Fault> {
    issue_as(Stamp::of(act), tokens, session, user, standing, refresh_token.secret().clone())
}

/// What makes one access token another than the next: with the same stamp comes the same token.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Stamp {
    id: Uuid,
    at: Time,
}

impl Stamp {
    /// A fresh one.
    pub fn of(act: &Act) -> Self {
        Self { id: act.ids.uuid(act.at), at: act.at }
    }
}

/// As [`issue`], with a stamp of one's own.
pub fn issue_as(
    stamp: Stamp,
    tokens: &dyn AccessTokens,
    session: &Session,
    user: &User,
    standing: Option<&Standing>,
    refresh_token: Secret,
) -> Result<SignedIn, Fault> {
    let Renewed { access_token, expires_in } = renew(stamp, tokens, session, user, standing)?;
    let until = |lifetime: TimeDelta| lifetime.min(session.expires_at - stamp.at).num_seconds();
    Ok(SignedIn {
        session: session.id,
        access_token,
        refresh_token,
        expires_in,
        refresh_expires_in: until(session.refresh_lifetime),
        user: UserView::of(user, standing.map(|it| it.role.clone())),
    })
}

/// A fresh access token alone; it never outlives its session.
pub fn renew(
    stamp: Stamp,
    tokens: &dyn AccessTokens,
    session: &Session,
    user: &User,
    standing: Option<&Standing>,
) -> Result<Renewed, Fault> {
    let lifetime = session.access_lifetime.min(Lifetimes::LONGEST_ACCESS);
    let expires_at = (stamp.at + lifetime).min(session.expires_at);
    let claims = Claims {
        user: user.id,
        email: user.email.clone(),
        username: user.username.clone(),
        is_verified: user.verified_at.is_some(),
        organization: standing.map(|it| it.organization),
        role: standing.map(|it| it.role.clone()),
        session: session.id,
        issued_at: stamp.at,
        expires_at,
        auth_time: session.auth_time,
        factors: session.factors.clone(),
        id: stamp.id,
    };
    Ok(Renewed { access_token: tokens.issue(&claims)?, expires_in: (expires_at - stamp.at).num_seconds() })
}

#[cfg(test)]
mod tests {
    use kernel::TokenHash;
    use kernel::testing::{NOON, act, nth};

    use super::*;
    use crate::testing::{johndoe, session};

    #[test]
    fn a_session_remembers_from_where_it_began() {
        let act = Act { address: "192.0.2.7".parse().ok(), agent: Some("curl/8".into()), ..act() };
        let proof = Proof::now(&act, [Factor::Password]);
        let lifetimes = Lifetimes::default();
        let (unit, opened) = decide(proof, &act, nth(51), &johndoe(nth(50)), None, Term::Usual, &lifetimes);
        assert_eq!((opened.session.address, opened.session.agent.as_deref()), (act.address, Some("curl/8")));
        // The person has just proved who they are: their address is their own to be erased.
        assert!(unit.evidence.audit[0].personal.iter().all(|it| it.subject == Some(nth(50))));
        assert_eq!(unit.evidence.audit[0].personal.len(), 2);
    }

    #[test]
    fn a_refresh_token_never_outlives_its_session() {
        let expires_at = NOON + TimeDelta::days(3);
        let ending = Session { expires_at, ..session(nth(51), nth(50)) };
        let token = act().token();
        let stored = next_refresh_token(NOON, &ending, token.hash());
        assert_eq!(stored.expires_at, expires_at);
        assert_eq!(stored.hash, TokenHash::of(token.secret().expose()));
        let young = next_refresh_token(NOON, &session(nth(51), nth(50)), token.hash());
        assert_eq!(young.expires_at, NOON + TimeDelta::days(30));
    }

    #[test]
    fn an_access_token_never_outlives_its_session() {
        let ending = Session { expires_at: NOON + TimeDelta::minutes(2), ..session(nth(51), nth(50)) };
        let mut tokens = crate::ports::MockAccessTokens::new();
        tokens
            .expect_issue()
            .times(1)
            .withf(|it| it.expires_at == NOON + TimeDelta::minutes(2) && it.issued_at == NOON)
            .returning(|_| Ok(Secret::new("signed")));
        let renewed = renew(Stamp::of(&act()), &tokens, &ending, &johndoe(nth(50)), None).unwrap();
        assert_eq!(renewed.expires_in, 120);
    }

    #[test]
    fn who_gives_no_factor_has_given_none_just_now() {
        let open = |proof| decide(proof, &act(), nth(52), &johndoe(nth(50)), None, Term::Usual, &Lifetimes::default());
        let factors = Factors::of([Factor::Password, Factor::Totp]);
        let auth_time = NOON - TimeDelta::hours(3);
        let current = Session { auth_time, factors: factors.clone(), ..session(nth(51), nth(50)) };
        let (_, opened) = open(Proof::of(&current));
        assert_eq!((opened.session.auth_time, opened.session.created_at), (auth_time, NOON));
        assert_eq!(opened.session.factors, factors, "as good as the session it comes from");
        assert!(!opened.session.is_recent(NOON));
        let (_, opened) = open(Proof::now(&act(), [Factor::Passkey]));
        assert!(opened.session.is_recent(NOON));
        assert_eq!(opened.session.factors, Factors::of([Factor::Passkey]));
    }
}
