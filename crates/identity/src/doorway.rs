use std::sync::Arc;

use kernel::{Act, OrganizationRef, UnitOfWork, Write};

use crate::model::{Session, SignedIn, Standing, Term, User};
use crate::ports::{AccessTokens, CurrentSettings, Sessions, Standings};
use crate::start_session::{self, Proof};
use crate::{Change, Error};

/// Where every sign-in ends: a session in the right organization, and no more of them than there may be.
pub struct Doorway {
    /// Where users belong.
    pub standings: Arc<dyn Standings>,
    /// Which sessions there are.
    pub sessions: Arc<dyn Sessions>,
    /// What signs access tokens.
    pub tokens: Arc<dyn AccessTokens>,
    /// How long what lives, and how many.
    pub settings: Arc<dyn CurrentSettings>,
}

impl Doorway {
    /// The user's standing in the organization they wish for (`X-Tenant` as sent), else in their only one.
    pub async fn standing(&self, user: &User, wanted: Option<&str>) -> Result<Option<Standing>, Error> {
        let wanted = match wanted {
            Some(text) => Some(OrganizationRef::parse(text).ok_or(Error::OrganizationNotFound)?),
            None => None,
        };
        let chosen = wanted.is_some();
        match self.standings.of(user.id, wanted).await? {
            None if chosen => Err(Error::OrganizationNotFound),
            Some(it) if !it.active => Err(Error::MemberSuspended),
            standing => Ok(standing),
        }
    }

    /// A session of this user; their oldest ones beyond the limit end.
    pub async fn open(
        &self,
        act: &Act,
        user: &User,
        standing: Option<&Standing>,
        term: Term,
        proof: Proof,
    ) -> Result<(UnitOfWork<Change>, SignedIn), Error> {
        let settings = self.settings.current().await?;
        let (unit, opened) = start_session::decide(proof, act, act.id(), user, standing, term, &settings.lifetimes);
        let keep = settings.limits.sessions_per_user.saturating_sub(1);
        let surplus = self.sessions.beyond(user.id, keep, act.at).await?;
        let unit = surplus.into_iter().fold(unit, |unit, oldest| {
            let next = Session { ended_at: Some(act.at), ..oldest.clone() };
            unit.change(Change::Session(Write::Save { expected: oldest, next }))
        });
        let token = &opened.refresh_token;
        let answer = start_session::issue(act, self.tokens.as_ref(), &opened.session, user, standing, token)?;
        Ok((unit.expect(start_session::guard(user)), answer))
    }
}
