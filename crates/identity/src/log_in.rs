use std::sync::Arc;

use kernel::{Act, Decided, EmailAddress, OrganizationRef, Secret, Store, UnitOfWork, Write, carry_out};

use crate::check_password::{CheckPassword, Proved};
use crate::model::{Session, SignedIn, Standing, Term, User};
use crate::ports::{AccessTokens, CurrentSettings, Sessions, Standings};
use crate::{Action, Change, Error, start_session};

/// Signs a user in by email and password.
pub struct LogIn {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// What compares passwords.
    pub check: Arc<CheckPassword>,
    /// Where users belong.
    pub standings: Arc<dyn Standings>,
    /// Which sessions there are.
    pub sessions: Arc<dyn Sessions>,
    /// What signs access tokens.
    pub tokens: Arc<dyn AccessTokens>,
    /// How long what lives, and how many.
    pub settings: Arc<dyn CurrentSettings>,
}

/// What a person gives to sign in.
#[derive(Clone, Debug)]
pub struct LogInInput {
    /// The address.
    pub email: String,
    /// The password.
    pub password: Secret,
    /// For how long, and how.
    pub term: Term,
    /// `X-Tenant` as sent; judged after the password.
    pub organization: Option<String>,
}

impl LogIn {
    /// One answer and one cost for an unknown address and a wrong password; both are written down.
    pub async fn run(&self, act: &Act, input: LogInInput) -> Result<SignedIn, Error> {
        let Some(email) = EmailAddress::parse(&input.email) else {
            return Err(self.check.in_vain(&input.password).await?);
        };
        let proved = self.check.sign_in(act, &email, &input.password).await?;
        let outcome = carry_out(self.store.as_ref(), act, || self.decide(act, &proved, &input)).await;
        self.check.settle(&proved, outcome).await
    }

    async fn decide(
        &self,
        act: &Act,
        proved: &Proved,
        input: &LogInInput,
    ) -> Result<Decided<Change, SignedIn, Error>, Error> {
        let user = self.check.still(proved).await?;
        let standing = match self.standing(&user, input.organization.as_deref()).await {
            Ok(standing) => standing,
            Err(Error::Fault(fault)) => return Err(fault.into()),
            Err(error) => {
                let (email, user_id) = (user.email.clone(), Some(user.id));
                let action = Action::LoginFailed { email, user: user_id, reason: "organization" };
                return Ok(Decided::Refused(proved.welcome(UnitOfWork::of(act, &action), &user), error));
            }
        };
        let settings = self.settings.current().await?;
        let (unit, opened) =
            start_session::decide(act, act.id(), &user, standing.as_ref(), input.term, &settings.lifetimes);
        let keep = settings.limits.sessions_per_user.saturating_sub(1);
        let surplus = self.sessions.beyond(user.id, keep, act.at).await?;
        let unit = surplus.into_iter().fold(unit, |unit, oldest| {
            let next = Session { ended_at: Some(act.at), ..oldest.clone() };
            unit.change(Change::Session(Write::Save { expected: oldest, next }))
        });
        let answer = start_session::issue(
            act,
            self.tokens.as_ref(),
            &opened.session,
            &user,
            standing.as_ref(),
            &opened.refresh_token,
        )?;
        Ok(Decided::Done(proved.welcome(unit, &user), answer))
    }

    async fn standing(&self, user: &User, wanted: Option<&str>) -> Result<Option<Standing>, Error> {
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
}

#[cfg(test)]
mod tests;
