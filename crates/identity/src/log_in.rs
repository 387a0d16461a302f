use std::sync::Arc;

use kernel::{Act, Decided, EmailAddress, Secret, Store, UnitOfWork, carry_out};

use crate::check_password::{CheckPassword, Proved};
use crate::doorway::Doorway;
use crate::model::{Factor, SignedIn, Term};
use crate::second_factor::{CheckSecondFactor, Given, SecondFactor};
use crate::start_session::Proof;
use crate::{Action, Change, Error};

/// Signs a user in by email and password, and a second factor where it is asked for.
pub struct LogIn {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// What compares passwords.
    pub check: Arc<CheckPassword>,
    /// What asks for a second factor.
    pub second: Arc<CheckSecondFactor>,
    /// Where it leads to.
    pub doorway: Arc<Doorway>,
}

/// What a person gives to sign in.
#[derive(Clone, Debug)]
pub struct LogInInput {
    /// The address.
    pub email: String,
    /// The password.
    pub password: Secret,
    /// What is given besides; ignored where it is not asked for.
    pub second: SecondFactor,
    /// For how long, and how.
    pub term: Term,
    /// `X-Tenant` as sent; judged after the factors.
    pub organization: Option<String>,
}

impl LogIn {
    /// One answer and one cost for an unknown address and a wrong password; both are written down. Between password and
    /// second factor there is nothing: both come together, or there is no session.
    pub async fn run(&self, act: &Act, input: LogInInput) -> Result<SignedIn, Error> {
        let Some(email) = EmailAddress::parse(&input.email) else {
            return Err(self.check.in_vain(&input.password).await?);
        };
        let proved = self.check.sign_in(act, &email, &input.password).await?;
        let outcome = self.enter(act, &proved, &input).await;
        self.check.settle(&proved, outcome).await
    }

    async fn enter(&self, act: &Act, proved: &Proved, input: &LogInInput) -> Result<SignedIn, Error> {
        let given = self.second.take(act, proved.user(), &input.second).await?;
        let outcome = carry_out(self.store.as_ref(), act, || self.decide(act, proved, &given, input)).await;
        self.second.settle(&given, outcome).await
    }

    async fn decide(
        &self,
        act: &Act,
        proved: &Proved,
        given: &Given,
        input: &LogInInput,
    ) -> Result<Decided<Change, SignedIn, Error>, Error> {
        let user = self.check.still(proved).await?;
        let approved = match self.second.judge(act, &user, given).await? {
            Ok(approved) => approved,
            Err(rejected) => return Ok(Decided::Refused(proved.welcome(rejected.unit, &user), rejected.error)),
        };
        let standing = match self.doorway.standing(&user, input.organization.as_deref()).await {
            Ok(standing) => standing,
            Err(Error::Fault(fault)) => return Err(fault.into()),
            Err(error) => {
                let (email, user_id) = (user.email.clone(), Some(user.id));
                let action = Action::LoginFailed { email, user: user_id, reason: "organization" };
                let unit = approved.spend(act, &user, UnitOfWork::of(act, &action));
                return Ok(Decided::Refused(proved.welcome(unit, &user), error));
            }
        };
        let proof = Proof::now(act, [Factor::Password].into_iter().chain(approved.factor()));
        let (unit, answer) = self.doorway.open(act, &user, standing.as_ref(), input.term, proof).await?;
        Ok(Decided::Done(proved.welcome(approved.spend(act, &user, unit), &user), answer))
    }
}

#[cfg(test)]
mod tests;
