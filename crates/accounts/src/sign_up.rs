use std::sync::Arc;

use identity::ports::{AccessTokens, CurrentSettings, PasswordHasher};
use identity::rules::{NewUser, Proof};
use identity::{Factor, Lifetimes, RegisterInput, SignedIn, Standing, Term};
use kernel::{Act, Actor, Decided, OrganizationId, Slug, Store, Time, UnitOfWork, carry_out, recall};
use serde::{Deserialize, Serialize};
use tenancy::{Organization, OrganizationName};

use crate::{Change, Error};

/// Founds an organization with its owner, signed in: all of it or nothing.
pub struct SignUp {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// What hashes the password.
    pub hasher: Arc<dyn PasswordHasher>,
    /// What signs access tokens.
    pub tokens: Arc<dyn AccessTokens>,
    /// How long what lives.
    pub settings: Arc<dyn CurrentSettings>,
}

/// What is given.
#[derive(Clone, Debug)]
pub struct SignUpInput {
    /// What people call the organization.
    pub name: String,
    /// Its name in addresses.
    pub slug: String,
    /// Its first owner.
    pub owner: RegisterInput,
}

/// What is told of an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationView {
    /// Its id.
    pub id: OrganizationId,
    /// What people call it.
    pub name: OrganizationName,
    /// Its name in addresses.
    pub slug: Slug,
    /// When it was founded.
    pub created_at: Time,
}

impl OrganizationView {
    /// The organization as it is told.
    #[must_use]
    pub fn of(organization: &Organization) -> Self {
        Self {
            id: organization.id,
            name: organization.name.clone(),
            slug: organization.slug.clone(),
            created_at: organization.created_at,
        }
    }
}

/// A user signed in to the organization they now belong to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// The organization.
    pub organization: OrganizationView,
    /// The sign-in.
    pub signed_in: SignedIn,
}

impl SignUp {
    /// Checks everything, hashes, and writes organization, owner, session, mail and evidence as one.
    pub async fn run(&self, act: &Act, input: SignUpInput) -> Result<Joined, Error> {
        if let Some(answer) = recall(self.store.as_ref(), act).await? {
            return Ok(answer);
        }
        let settings = self.settings.current().await?;
        if !settings.registration.open {
            return Err(identity::Error::RegistrationClosed.into());
        }
        let founding = tenancy::rules::check_founding(&input.name, &input.slug);
        let owner = identity::rules::check_registration(&input.owner, &[&input.name, &input.slug]);
        let ((name, slug), (email, username, password)) = match (founding, owner) {
            (Ok(founding), Ok(owner)) => (founding, owner),
            (founding, owner) => {
                let mut problems = founding.err().unwrap_or_default();
                problems.add_all("owner", owner.err().unwrap_or_default());
                return Err(problems.into());
            }
        };
        let hash = self.hasher.hash(password.secret()).await?;
        let new =
            NewUser { id: act.id(), email, username, password: Some(hash), verified: false, administrator: false };
        carry_out(self.store.as_ref(), act, || {
            let decided = self.decide(act, name.clone(), slug.clone(), new.clone(), &settings.lifetimes);
            async move { decided }
        })
        .await
    }

    fn decide(
        &self,
        act: &Act,
        name: OrganizationName,
        slug: Slug,
        new: NewUser,
        lifetimes: &Lifetimes,
    ) -> Result<Decided<Change, Joined, Error>, Error> {
        let session = act.id();
        let act = act.by(Actor::User { id: new.id, session });
        let (founding, founded) = tenancy::rules::found(&act, name, slug, new.id);
        let act = act.within(founded.organization.id);
        let (registration, user) = identity::rules::register(&act, new, lifetimes);
        let standing =
            Standing { organization: founded.organization.id, role: founded.owner.role.clone(), active: true };
        let proof = Proof::now(&act, [Factor::Password]);
        let (opening, opened) =
            identity::rules::start_session(proof, &act, session, &user, Some(&standing), Term::Usual, lifetimes);
        let signed_in = identity::rules::issue(
            &act,
            self.tokens.as_ref(),
            &opened.session,
            &user,
            Some(&standing),
            &opened.refresh_token,
        )?;
        let unit: UnitOfWork<Change> = registration.widen();
        let joined = Joined { organization: OrganizationView::of(&founded.organization), signed_in };
        Ok(Decided::Done(unit.and(founding).and(opening), joined))
    }
}

#[cfg(test)]
mod tests;
