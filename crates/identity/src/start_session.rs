use chrono::TimeDelta;
use kernel::{Act, Actor, Fault, Guard, SessionId, Token, UnitOfWork, Write};

use crate::model::{Claims, Lifetimes, RefreshToken, Session, SignedIn, Standing, User, UserView};
use crate::ports::AccessTokens;
use crate::{Action, Change};

/// A session just begun, with its first refresh token.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The session.
    pub session: Session,
    /// Shown once.
    pub refresh_token: Token,
}

/// A new session of a user who has just proved who they are. `remember_me` is seed 002's: absent, seeds 000 and 001
/// hold. Where the user existed before, the unit wants [`guard`].
#[must_use]
pub fn decide(
    act: &Act,
    id: SessionId,
    user: &User,
    standing: Option<&Standing>,
    remember_me: Option<bool>,
    lifetimes: &Lifetimes,
) -> (UnitOfWork<Change>, Opened) {
    let session = Session {
        id,
        user: user.id,
        organization: standing.map(|it| it.organization),
        auth_time: act.at,
        created_at: act.at,
        expires_at: act.at + lifetimes.session,
        access_lifetime: if remember_me == Some(true) { lifetimes.access_remembered } else { lifetimes.access },
        refresh_lifetime: if remember_me == Some(false) { lifetimes.refresh_short } else { lifetimes.refresh },
        address: act.address,
        agent: act.agent.clone(),
        ended_at: None,
        version: 0,
    };
    let refresh_token = act.token();
    let act = act.by(Actor::User { id: user.id, session: session.id });
    let action = Action::SessionStarted { session: session.id, user: user.id, organization: session.organization };
    let unit = UnitOfWork::of(&act, &action)
        .change(Change::Session(Write::Add(session.clone())))
        .change(Change::RefreshToken(Write::Add(next_refresh_token(&act, &session, &refresh_token))));
    (unit, Opened { session, refresh_token })
}

/// The user must still be as it was when it proved itself: not suspended, not with another password.
#[must_use]
pub fn guard(user: &User) -> Guard {
    Guard::User { user: user.id, version: user.version }
}

/// The stored form of a session's next refresh token.
#[must_use]
pub fn next_refresh_token(act: &Act, session: &Session, token: &Token) -> RefreshToken {
    RefreshToken {
        hash: token.hash(),
        session: session.id,
        issued_at: act.at,
        expires_at: (act.at + session.refresh_lifetime).min(session.expires_at),
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
    let role = standing.map(|it| it.role.clone());
    let claims = Claims {
        user: user.id,
        email: user.email.clone(),
        username: user.username.clone(),
        is_verified: user.verified_at.is_some(),
        organization: standing.map(|it| it.organization),
        role: role.clone(),
        session: session.id,
        issued_at: act.at,
        expires_at: act.at + session.access_lifetime,
        auth_time: session.auth_time,
        id: act.ids.uuid(act.at),
    };
    let until = |lifetime: TimeDelta| lifetime.min(session.expires_at - act.at).num_seconds();
    Ok(SignedIn {
        session: session.id,
        access_token: tokens.issue(&claims)?,
        refresh_token: refresh_token.secret().clone(),
        expires_in: session.access_lifetime.num_seconds(),
        refresh_expires_in: until(session.refresh_lifetime),
        user: UserView::of(user, role),
    })
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
        let (unit, opened) = decide(&act, nth(51), &johndoe(nth(50)), None, None, &Lifetimes::default());
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
        let stored = next_refresh_token(&act(), &ending, &token);
        assert_eq!(stored.expires_at, expires_at);
        assert_eq!(stored.hash, TokenHash::of(token.secret().expose()));
        let young = next_refresh_token(&act(), &session(nth(51), nth(50)), &token);
        assert_eq!(young.expires_at, NOON + TimeDelta::days(30));
    }
}
