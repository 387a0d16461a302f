use std::sync::Arc;

use identity::ports::{CurrentSettings, PasswordHasher, Sessions, Users};
use identity::rules::{NewUser, Proof};
use identity::{Factor, PasswordHash, RegisterInput, UserStatus, Username};
use kernel::{Act, Actor, Decided, EmailAddress, Problems, Secret, Store, TokenHash, carry_out, recall};

use crate::joining::{Joining, Open};
use crate::{Change, Error, Joined, Person};

/// Joins an organization by a mailed invitation: as a new user, or as the signed-in one it was sent to.
pub struct AcceptInvitation {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// What finds invitations.
    pub joining: Arc<Joining>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// Which sessions there are.
    pub sessions: Arc<dyn Sessions>,
    /// What hashes a new user's password.
    pub hasher: Arc<dyn PasswordHasher>,
    /// How long what lives.
    pub settings: Arc<dyn CurrentSettings>,
}

/// What is given.
#[derive(Clone, Debug)]
pub struct AcceptInput {
    /// From the mail.
    pub token: Secret,
    /// A new user's name.
    pub username: Option<String>,
    /// A new user's password.
    pub password: Option<Secret>,
    /// Who accepts, where they are signed in.
    pub caller: Option<Person>,
}

impl AcceptInvitation {
    /// Once; of two at the same time one joins and the other finds the invitation used.
    pub async fn run(&self, act: &Act, input: AcceptInput) -> Result<Joined, Error> {
        let token = TokenHash::of(input.token.expose());
        if let Some(caller) = input.caller {
            return carry_out(self.store.as_ref(), act, || self.join(act, &token, caller)).await;
        }
        if let Some(answer) = recall(self.store.as_ref(), act).await? {
            return Ok(answer);
        }
        let open = self.joining.by_token(act, &token).await?;
        let (username, hash) = self.prepare(&open, input.username, input.password).await?;
        let new = NewUser {
            id: act.id(),
            email: open.invitation.email,
            username,
            password: Some(hash),
            // Whoever holds the mailed token reads the mailbox.
            verified: true,
            administrator: false,
        };
        carry_out(self.store.as_ref(), act, || self.register(act, &token, new.clone())).await
    }

    /// The signed-in user joins. No factor is given here: the new session is as good as the one they are in.
    async fn join(
        &self,
        act: &Act,
        token: &TokenHash,
        caller: Person,
    ) -> Result<Decided<Change, Joined, Error>, Error> {
        let open = self.joining.by_token(act, token).await?;
        let user = self.users.by_id(caller.user).await?.filter(|it| it.status == UserStatus::Active);
        let user = user.ok_or(Error::TokenInvalid)?;
        let current = self.sessions.by_id(caller.session).await?.filter(|it| it.ended_at.is_none());
        let current = current.ok_or(Error::TokenInvalid)?;
        if user.email.key() != open.invitation.email.key() {
            return Err(tenancy::Error::AnotherAddress.into());
        }
        if user.verified_at.is_none() {
            return Err(Error::EmailNotVerified);
        }
        if open.snapshot.member(user.id).is_some() {
            return Err(tenancy::Error::AlreadyMember.into());
        }
        let session = act.id();
        let act = act.by(Actor::User { id: user.id, session }).within(open.organization.id);
        let settings = self.settings.current().await?;
        let (unit, joined) =
            self.joining.enter(&act, session, &open, &user, Proof::of(&current), &settings.lifetimes)?;
        Ok(Decided::Done(unit.expect(identity::rules::session_guard(&user)), joined))
    }

    /// A new user registers and joins.
    async fn register(
        &self,
        act: &Act,
        token: &TokenHash,
        new: NewUser,
    ) -> Result<Decided<Change, Joined, Error>, Error> {
        let open = self.joining.by_token(act, token).await?;
        let session = act.id();
        let act = act.by(Actor::User { id: new.id, session }).within(open.organization.id);
        let settings = self.settings.current().await?;
        let (registration, user) = identity::rules::register(&act, new, &settings.lifetimes);
        let proof = Proof::now(&act, [Factor::Password]);
        let (unit, joined) = self.joining.enter(&act, session, &open, &user, proof, &settings.lifetimes)?;
        Ok(Decided::Done(registration.widen::<Change>().and(unit), joined))
    }

    /// Everything a new user must give, checked at once; then the slow hash, outside of any decision.
    async fn prepare(
        &self,
        open: &Open,
        username: Option<String>,
        password: Option<Secret>,
    ) -> Result<(Username, PasswordHash), Error> {
        if self.users.by_email(&open.invitation.email).await?.is_some() {
            return Err(identity::Error::EmailTaken.into());
        }
        let mut missing = Problems::default();
        let username = missing.check("username", username, "The username field is required.");
        let password = missing.check("password", password, "The password field is required.");
        let (Some(username), Some(password)) = (username, password) else { return Err(missing.into()) };
        let email: &EmailAddress = &open.invitation.email;
        let input = RegisterInput { email: email.as_str().to_owned(), username, password };
        let (_, username, password) = identity::rules::check_registration(
            &input,
            &[open.organization.name.as_str(), open.organization.slug.as_str()],
        )?;
        Ok((username, self.hasher.hash(password.secret()).await?))
    }
}

#[cfg(test)]
mod tests;
