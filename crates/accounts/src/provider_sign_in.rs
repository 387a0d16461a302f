use std::sync::Arc;

use identity::ports::{CurrentSettings, Identities, Users};
use identity::rules::{NewUser, Proof, link_identity, session_guard};
use identity::{
    Action, Arrived, CheckSecondFactor, Doorway, Factor, FlowPurpose, Given, Invitation, ProviderAccount, Renewal,
    Renewed, SecondFactor, SignedIn, Term, User, UserStatus, Username,
};
use kernel::{Act, Actor, Decided, SessionId, Store, TokenHash, UnitOfWork, UserId, carry_out};
use serde::{Deserialize, Serialize};

use crate::joining::{Joining, Open};
use crate::{Change, Error};

/// What somebody whom a provider vouches for came for: to sign in, to be linked, or to step up. The account is found by
/// issuer and subject alone; a second factor is asked for as after a password.
pub struct ProviderSignIn {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// Who is linked.
    pub identities: Arc<dyn Identities>,
    /// What asks for a second factor.
    pub second: Arc<CheckSecondFactor>,
    /// Where it leads to.
    pub doorway: Arc<Doorway>,
    /// What goes on.
    pub renewal: Arc<Renewal>,
    /// What finds a new user's invitation.
    pub joining: Arc<Joining>,
    /// How long what lives.
    pub settings: Arc<dyn CurrentSettings>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderOutcome {
    /// They are signed in.
    SignedIn(Box<SignedIn>),
    /// The account there is theirs.
    Linked,
    /// Their session goes on.
    SteppedUp(Renewed),
}

type Decision = Result<Decided<Change, ProviderOutcome, Error>, Error>;

/// Whom an account at a provider leads to.
enum Found {
    /// Somebody who is linked.
    Linked(User),
    /// Somebody who is linked from now on: both sides prove the address.
    ByAddress(User),
    /// Somebody new, with an invitation.
    New(Box<Open>),
}

impl ProviderSignIn {
    /// `second` is looked at where it is asked for; without it [`identity::Error::MfaRequired`].
    pub async fn run(&self, act: &Act, arrived: &Arrived, second: &SecondFactor) -> Result<ProviderOutcome, Error> {
        let account = &arrived.account;
        match &arrived.purpose {
            FlowPurpose::SignIn { invitation, organization } => {
                self.sign_in(act, account, invitation.as_ref(), organization.as_deref(), second).await
            }
            FlowPurpose::Link { user, session } => {
                carry_out(self.store.as_ref(), act, || self.link(act, account, *user, *session)).await
            }
            FlowPurpose::StepUp { user, session } => self.step_up(act, account, *user, *session, second).await,
        }
    }

    async fn sign_in(
        &self,
        act: &Act,
        account: &ProviderAccount,
        invitation: Option<&Invitation>,
        organization: Option<&str>,
        second: &SecondFactor,
    ) -> Result<ProviderOutcome, Error> {
        let found = match self.find(act, account, invitation).await {
            Ok(found) => found,
            Err(error) => return self.refuse(act, account, error).await,
        };
        match found {
            Found::New(_) => self.join(act, account, invitation).await,
            Found::Linked(user) | Found::ByAddress(user) => {
                let given = self.second.take(act, &user, second).await?;
                let decide = || self.enter(act, account, organization, &given);
                self.settle(&given, carry_out(self.store.as_ref(), act, decide).await).await
            }
        }
    }

    /// Nobody here is whom the provider vouches for, or they may not come in: that is written down.
    async fn refuse(&self, act: &Act, account: &ProviderAccount, error: Error) -> Result<ProviderOutcome, Error> {
        let reason = match &error {
            Error::Identity(identity::Error::ProofInvalid) => "user_not_active",
            Error::Identity(identity::Error::NotLinked) => "not_linked",
            Error::Identity(identity::Error::RegistrationClosed) => "not_invited",
            Error::Tenancy(tenancy::Error::InvitationInvalid) => "invitation_invalid",
            _ => return Err(error),
        };
        let action = Action::ProofRejected { by: account.provider.as_str(), user: None, reason };
        let unit: UnitOfWork<Change> = UnitOfWork::of(act, &action);
        let written = carry_out(self.store.as_ref(), act, || std::future::ready(Ok(Decided::Done(unit.clone(), ()))));
        written.await.and(Err(error))
    }

    /// Whom it leads to at this moment. A provider's address picks nobody whose own is not proved: somebody else may have
    /// prepared that account.
    async fn find(
        &self,
        act: &Act,
        account: &ProviderAccount,
        invitation: Option<&Invitation>,
    ) -> Result<Found, Error> {
        if let Some(identity) = self.identities.by_subject(&account.issuer, &account.subject).await? {
            let user = self.users.by_id(identity.user).await?.filter(|it| it.status == UserStatus::Active);
            // Unlinked before the user was read, it would not make the user's version stale.
            let again = self.identities.by_subject(&account.issuer, &account.subject).await?;
            let user = user.filter(|_| again.is_some_and(|it| it.id == identity.id));
            return user.map(Found::Linked).ok_or(identity::Error::ProofInvalid.into());
        }
        if let Some(email) = account.proven_email()
            && let Some(user) = self.users.by_email(email).await?
        {
            let is_free = self.identities.of(user.id).await?.iter().all(|it| it.provider != account.provider);
            let may = user.status == UserStatus::Active && user.verified_at.is_some() && is_free;
            return if may { Ok(Found::ByAddress(user)) } else { Err(identity::Error::NotLinked.into()) };
        }
        let open = match (invitation, account.proven_email()) {
            (Some(invitation), _) => Some(self.joining.by_token(act, &TokenHash::of(invitation.0.expose())).await?),
            (None, Some(email)) => self.joining.by_email(act, email).await?,
            (None, None) => None,
        };
        let open = open.ok_or(identity::Error::RegistrationClosed)?;
        match self.users.by_email(&open.invitation.email).await? {
            Some(_) => Err(identity::Error::NotLinked.into()),
            None => Ok(Found::New(Box::new(open))),
        }
    }

    async fn enter(&self, act: &Act, account: &ProviderAccount, organization: Option<&str>, given: &Given) -> Decision {
        let (user, linking) = match self.find(act, account, None).await? {
            Found::Linked(user) => (user, None),
            Found::ByAddress(user) => {
                let linking = link_identity(act, &user, account);
                (user, Some(linking))
            }
            Found::New(_) => return Err(identity::Error::ProofInvalid.into()),
        };
        let approved = match self.second.judge(act, &user, given).await? {
            Ok(approved) => approved,
            Err(rejected) => return Ok(Decided::Refused(rejected.unit.widen(), rejected.error.into())),
        };
        let standing = self.doorway.standing(&user, organization).await?;
        let proof = proof(act, account, &user, approved.factor());
        let (unit, answer) = self.doorway.open(act, &user, standing.as_ref(), Term::Usual, proof).await?;
        let unit = approved.spend(act, &user, unit).widen::<Change>();
        let unit = linking.into_iter().fold(unit, UnitOfWork::and);
        Ok(Decided::Done(unit, ProviderOutcome::SignedIn(Box::new(answer))))
    }

    /// Somebody new: whoever holds the mailed token, or whom the provider proves the address of, reads the mailbox.
    async fn join(
        &self,
        act: &Act,
        account: &ProviderAccount,
        invitation: Option<&Invitation>,
    ) -> Result<ProviderOutcome, Error> {
        let plain = carry_out(self.store.as_ref(), act, || self.register(act, account, invitation, false)).await;
        match plain {
            Err(Error::Identity(identity::Error::UsernameTaken)) => {
                carry_out(self.store.as_ref(), act, || self.register(act, account, invitation, true)).await
            }
            outcome => outcome,
        }
    }

    async fn register(
        &self,
        act: &Act,
        account: &ProviderAccount,
        invitation: Option<&Invitation>,
        suffixed: bool,
    ) -> Decision {
        let Found::New(open) = self.find(act, account, invitation).await? else {
            return Err(identity::Error::NotLinked.into());
        };
        let (user, session) = (act.id(), act.id());
        let email = open.invitation.email.clone();
        let suffix = suffixed.then(|| act.ids.uuid(act.at));
        let username = Username::derived(&email, suffix);
        let new = NewUser { id: user, email, username, password: None, verified: true, administrator: false };
        let act = act.by(Actor::User { id: user, session }).within(open.organization.id);
        let settings = self.settings.current().await?;
        let (registration, user) = identity::rules::register(&act, new, &settings.lifetimes);
        let linking = link_identity(&act, &user, account);
        // Older than the account nothing is that was proved for it.
        let proof = Proof::now(&act, [Factor::Provider]);
        let (unit, joined) = self.joining.enter(&act, session, &open, &user, proof, &settings.lifetimes)?;
        let unit = registration.widen::<Change>().and(linking).and(unit);
        Ok(Decided::Done(unit, ProviderOutcome::SignedIn(Box::new(joined.signed_in))))
    }

    async fn link(&self, act: &Act, account: &ProviderAccount, user: UserId, session: SessionId) -> Decision {
        let user = self.living(user, session).await?;
        if user.verified_at.is_none() {
            return Err(Error::EmailNotVerified);
        }
        match self.identities.by_subject(&account.issuer, &account.subject).await? {
            Some(identity) if identity.user == user.id => return Ok(Decided::Nothing(ProviderOutcome::Linked)),
            Some(_) => return Err(identity::Error::IdentityTaken.into()),
            None => {}
        }
        let act = act.by(Actor::User { id: user.id, session });
        let unit = link_identity(&act, &user, account).expect(session_guard(&user));
        Ok(Decided::Done(unit.widen(), ProviderOutcome::Linked))
    }

    async fn step_up(
        &self,
        act: &Act,
        account: &ProviderAccount,
        user: UserId,
        session: SessionId,
        second: &SecondFactor,
    ) -> Result<ProviderOutcome, Error> {
        let known = self.living(user, session).await?;
        let is_theirs = async || {
            let identity = self.identities.by_subject(&account.issuer, &account.subject).await?;
            Ok::<_, Error>(identity.is_some_and(|it| it.user == user))
        };
        // Else a stranger to the account could have its codes counted.
        let second = if is_theirs().await? { second } else { &SecondFactor::default() };
        let given = self.second.take(act, &known, second).await?;
        let outcome = carry_out(self.store.as_ref(), act, || async {
            let user = self.living(user, session).await?;
            let act = act.by(Actor::User { id: user.id, session });
            if !is_theirs().await? {
                let by = account.provider.as_str();
                let action = Action::ProofRejected { by, user: Some(user.id), reason: "another_user" };
                return Ok(Decided::Refused(UnitOfWork::of(&act, &action), identity::Error::ProofInvalid.into()));
            }
            let approved = match self.second.judge(&act, &user, &given).await? {
                Ok(approved) => approved,
                Err(rejected) => return Ok(Decided::Refused(rejected.unit.widen(), rejected.error.into())),
            };
            let proof = proof(&act, account, &user, approved.factor());
            let (unit, renewed) = self.renewal.prove(&act, &user, session, proof).await?;
            let unit = approved.spend(&act, &user, unit).expect(session_guard(&user));
            Ok(Decided::Done(unit.widen(), ProviderOutcome::SteppedUp(renewed)))
        })
        .await;
        self.settle(&given, outcome).await
    }

    /// Who began, as long as they and their session live.
    async fn living(&self, user: UserId, session: SessionId) -> Result<User, Error> {
        let session = self.renewal.sessions.by_id(session).await?.filter(|it| it.ended_at.is_none());
        session.ok_or(Error::TokenInvalid)?;
        let user = self.users.by_id(user).await?.filter(|it| it.status == UserStatus::Active);
        user.ok_or(Error::TokenInvalid)
    }

    /// Takes a guess back that was none.
    async fn settle<T>(&self, given: &Given, outcome: Result<T, Error>) -> Result<T, Error> {
        if let Err(Error::Fault(_) | Error::Identity(identity::Error::Fault(_) | identity::Error::MfaUsed)) = outcome {
            self.second.withdraw(given).await?;
        }
        outcome
    }
}

/// A second factor is given now. The provider's own may have been given long ago: it says when, or it is not known to be
/// recent.
fn proof(act: &Act, account: &ProviderAccount, user: &User, second: Option<Factor>) -> Proof {
    let proof = Proof::now(act, [Factor::Provider].into_iter().chain(second));
    match second {
        Some(_) => proof,
        None => Proof { at: account.auth_time.unwrap_or(user.created_at).min(act.at), ..proof },
    }
}

#[cfg(test)]
mod tests;
