use std::sync::Arc;

use chrono::TimeDelta;
use kernel::{Act, Actor, Evidence, Secret, Token, TokenHash};

use crate::model::{Session, SignedIn, Standing, User};
use crate::ports::{AccessTokens, RefreshTokens};
use crate::{Action, Error, mails, start_session};

/// Gives a new pair of tokens for a refresh token, once.
pub struct Refresh {
    /// What uses tokens up.
    pub refresh_tokens: Arc<dyn RefreshTokens>,
    /// What signs access tokens.
    pub tokens: Arc<dyn AccessTokens>,
}

/// One token for the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// SHA-256 of what was presented.
    pub presented: TokenHash,
    /// SHA-256 of what takes its place; it lives for the session's refresh lifetime, at most until the session ends.
    pub successor: TokenHash,
}

impl Rotation {
    /// How long after its rotation a token may come again without being taken for stolen: two tabs, one race.
    pub const GRACE: TimeDelta = TimeDelta::seconds(10);
}

/// What became of a rotation.
#[derive(Clone, Debug, PartialEq)]
pub enum RefreshOutcome {
    /// The successor is good now.
    Rotated {
        /// The session.
        session: Session,
        /// Whose.
        user: User,
        /// The user's place in the session's organization, where it has one and the membership counts.
        standing: Option<Standing>,
    },
    /// Another call has just rotated it.
    Lost,
    /// It came again too late; the session is ended.
    Reused {
        /// The session, as it was before.
        session: Session,
        /// Whose.
        user: User,
    },
    /// It is worth nothing.
    Refused,
}

impl Refresh {
    /// Rotates; of concurrent calls exactly one wins, to the others the token is invalid.
    pub async fn run(&self, act: &Act, presented: &Secret) -> Result<SignedIn, Error> {
        let successor: Token = act.token();
        let rotation = Rotation { presented: TokenHash::of(presented.expose()), successor: successor.hash() };
        let RefreshOutcome::Rotated { session, user, standing } = self.refresh_tokens.rotate(act, rotation).await?
        else {
            return Err(Error::TokenInvalid);
        };
        Ok(start_session::issue(act, self.tokens.as_ref(), &session, &user, standing.as_ref(), &successor)?)
    }
}

/// What a rotation leaves behind, by its outcome.
#[must_use]
pub fn witness(act: &Act, outcome: &RefreshOutcome) -> Evidence {
    match outcome {
        RefreshOutcome::Lost | RefreshOutcome::Refused => Evidence::default(),
        RefreshOutcome::Rotated { session, .. } => {
            let act = act.by(Actor::User { id: session.user, session: session.id });
            Evidence::of(
                &act,
                &Action::SessionRefreshed {
                    session: session.id,
                    user: session.user,
                    organization: session.organization,
                },
            )
        }
        RefreshOutcome::Reused { session, user } => Evidence::of(
            act,
            &Action::RefreshReused { session: session.id, user: session.user, organization: session.organization },
        )
        .send(mails::session_ended(act, user)),
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, act, nth};
    use kernel::{OrganizationId, Outcome, RoleKey, Scope};

    use super::*;
    use crate::model::Standing;
    use crate::ports::{MockAccessTokens, MockRefreshTokens};
    use crate::testing::{johndoe, session};

    fn organization() -> OrganizationId {
        nth(60)
    }

    fn bound() -> Session {
        Session { organization: Some(organization()), ..session(nth(51), nth(50)) }
    }

    async fn refresh(outcome: RefreshOutcome) -> Result<SignedIn, Error> {
        let mut refresh_tokens = MockRefreshTokens::new();
        let rotation = Rotation { presented: TokenHash::of("old"), successor: act().token().hash() };
        refresh_tokens
            .expect_rotate()
            .times(1)
            .withf(move |_, given| *given == rotation)
            .return_once(move |_, _| Ok(outcome));
        let mut tokens = MockAccessTokens::new();
        tokens
            .expect_issue()
            .returning(|claims| Ok(Secret::new(format!("{:?} {:?}", claims.organization, claims.role))));
        Refresh { refresh_tokens: Arc::new(refresh_tokens), tokens: Arc::new(tokens) }
            .run(&act(), &Secret::new("old"))
            .await
    }

    fn rotated(session: Session, standing: Option<Standing>) -> RefreshOutcome {
        RefreshOutcome::Rotated { session, user: johndoe(nth(50)), standing }
    }

    fn member() -> Standing {
        Standing { organization: organization(), role: RoleKey::MEMBER, active: true }
    }

    #[tokio::test]
    async fn the_winner_gets_the_successor() {
        let signed_in = refresh(rotated(bound(), Some(member()))).await.unwrap();
        assert_eq!(&signed_in.refresh_token, act().token().secret());
        assert_eq!((signed_in.session, signed_in.user.role), (nth(51), Some(RoleKey::MEMBER)));
        assert_eq!((signed_in.expires_in, signed_in.refresh_expires_in), (900, 30 * 86_400));
    }

    #[tokio::test]
    async fn who_does_not_belong_there_any_more_acts_nowhere() {
        let signed_in = refresh(rotated(bound(), None)).await.unwrap();
        assert_eq!(signed_in.access_token.expose(), "None None");
        assert_eq!(signed_in.user.role, None);
    }

    #[tokio::test]
    async fn a_session_near_its_end_says_so() {
        let session = Session { expires_at: NOON + TimeDelta::days(2), ..session(nth(51), nth(50)) };
        assert_eq!(refresh(rotated(session, None)).await.unwrap().refresh_expires_in, 2 * 86_400);
    }

    #[tokio::test]
    async fn to_all_others_the_token_is_invalid() {
        let reused = RefreshOutcome::Reused { session: bound(), user: johndoe(nth(50)) };
        for outcome in [RefreshOutcome::Lost, RefreshOutcome::Refused, reused] {
            assert!(matches!(refresh(outcome).await, Err(Error::TokenInvalid)));
        }
    }

    #[test]
    fn a_rotation_is_written_as_the_sessions_own() {
        let evidence = witness(&act(), &rotated(bound(), None));
        let [entry] = evidence.audit.as_slice() else { panic!("{evidence:?}") };
        assert_eq!((entry.action, entry.outcome), ("session.refreshed", Outcome::Done));
        assert_eq!(entry.actor, Actor::User { id: nth(50), session: nth(51) });
        assert_eq!(entry.scope, Scope::Organization(organization()));
        assert_eq!(evidence.mail, []);
    }

    #[test]
    fn a_reuse_is_written_as_nobodys_and_told_by_mail() {
        let evidence = witness(&act(), &RefreshOutcome::Reused { session: bound(), user: johndoe(nth(50)) });
        let [entry] = evidence.audit.as_slice() else { panic!("{evidence:?}") };
        assert_eq!((entry.action, entry.outcome), ("session.refresh_reused", Outcome::Refused("refresh_reused")));
        assert_eq!(entry.actor, Actor::Nobody);
        let [mail] = evidence.mail.as_slice() else { panic!("{evidence:?}") };
        assert_eq!((mail.template, mail.to.as_str()), ("session_ended", "user@example.com"));
    }

    #[test]
    fn what_changed_nothing_leaves_nothing() {
        for outcome in [RefreshOutcome::Lost, RefreshOutcome::Refused] {
            assert_eq!(witness(&act(), &outcome), Evidence::default());
        }
    }
}
