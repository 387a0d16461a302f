use std::sync::Arc;

use kernel::{Act, Decided, IdentityId, PasskeyId, SessionId, Store, UnitOfWork, UserId, Write, carry_out};

use crate::model::{Factor, Factors, Provider, ProviderIdentity, Session, User, UserStatus};
use crate::ports::{Identities, Passkeys, Sessions, Standings, Totps, Users};
use crate::{Action, Change, CredentialDeed, Error, mails};

/// Closes other ways in than the password, for a user who has stepped up in this session: every other ends. The last one
/// stays open.
pub struct RemoveWayIn {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// Which sessions there are.
    pub sessions: Arc<dyn Sessions>,
    /// What makes codes.
    pub totps: Arc<dyn Totps>,
    /// Which passkeys there are.
    pub passkeys: Arc<dyn Passkeys>,
    /// Which identities there are.
    pub identities: Arc<dyn Identities>,
    /// Who demands more than one factor.
    pub standings: Arc<dyn Standings>,
}

/// An identity as its owner names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityRef {
    /// By its id.
    Id(IdentityId),
    /// By its provider: each user has at most one there.
    At(Provider),
}

impl IdentityRef {
    fn means(self, identity: &ProviderIdentity) -> bool {
        match self {
            Self::Id(id) => identity.id == id,
            Self::At(provider) => identity.provider == provider,
        }
    }
}

impl RemoveWayIn {
    /// Forgets a passkey. Not the last factor, as long as an organization of the user demands more than one. With the last
    /// passkey, the session that goes on has given none.
    pub async fn passkey(
        &self,
        act: &Act,
        (user, session): (UserId, SessionId),
        passkey: PasskeyId,
    ) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let user = self.user(user).await?;
            let passkeys = self.passkeys.of(user.id).await?;
            let passkey = passkeys.iter().find(|it| it.id == passkey).cloned().ok_or(Error::PasskeyNotFound)?;
            let is_last = passkeys.len() == 1;
            if is_last && user.password.is_none() && self.identities.of(user.id).await?.is_empty() {
                return Err(Error::LastWayIn);
            }
            let without = is_last && !self.totps.of(user.id).await?.is_some_and(|it| it.is_on());
            if without && self.standings.demand_mfa(user.id).await? {
                return Err(Error::MfaDemanded);
            }
            let notice = mails::notice(act, &user, "passkey_removed").with("name", passkey.name.as_str().to_owned());
            let unit = unit(act, &user, session, CredentialDeed::PasskeyRemoved);
            let unit = unit.change(Change::Passkey(Write::Remove { expected: passkey })).mail(notice);
            if !is_last {
                return Ok(Decided::Done(unit, ()));
            }
            let session = self.sessions.by_id(session).await?.filter(|it| it.ended_at.is_none());
            let session = session.ok_or(Error::TokenInvalid)?;
            let left = session.factors.iter().filter(|it| *it != Factor::Passkey);
            // Saved even where it is the same: a step-up by the passkey may be under way.
            let less = Session { factors: Factors::of(left), ..session.clone() };
            Ok(Decided::Done(unit.change(Change::Session(Write::Save { expected: session, next: less })), ()))
        })
        .await
    }

    /// Unlinks an account at a provider.
    pub async fn identity(
        &self,
        act: &Act,
        (user, session): (UserId, SessionId),
        wanted: IdentityRef,
    ) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let user = self.user(user).await?;
            let identities = self.identities.of(user.id).await?;
            let identity = identities.iter().find(|it| wanted.means(it)).cloned().ok_or(Error::IdentityNotFound)?;
            let is_last = identities.len() == 1;
            if is_last && user.password.is_none() && self.passkeys.of(user.id).await?.is_empty() {
                return Err(Error::LastWayIn);
            }
            let provider = identity.provider.as_str().to_owned();
            let notice = mails::notice(act, &user, "identity_unlinked").with("provider", provider);
            let unit = unit(act, &user, session, CredentialDeed::IdentityUnlinked);
            Ok(Decided::Done(unit.change(Change::Identity(Write::Remove { expected: identity })).mail(notice), ()))
        })
        .await
    }

    async fn user(&self, user: UserId) -> Result<User, Error> {
        let user = self.users.by_id(user).await?.filter(|it| it.status == UserStatus::Active);
        user.ok_or(Error::TokenInvalid)
    }
}

/// Every other session ends: one may have been begun by what goes. The user's version moves on, so that of two last ways in
/// that go at once one is decided on anew.
fn unit(act: &Act, user: &User, session: SessionId, deed: CredentialDeed) -> UnitOfWork<Change> {
    UnitOfWork::of(act, &Action::Credential { deed, user: user.id })
        .change(Change::User(Write::Save { expected: user.clone(), next: user.clone() }))
        .change(Change::EndSessions { user: user.id, except: Some(session), at: act.at })
}

#[cfg(test)]
mod tests;
