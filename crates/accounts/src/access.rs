use std::sync::Arc;

use identity::UserStatus;
use identity::ports::{AccessTokens, Passkeys, Sessions, TokenError, Totps, Used, Users};
use identity::{Session, Totp};
use kernel::{Act, OrganizationId, OrganizationRef, Permission, RoleKey, UserId};
use rbac::{Reason, Snapshot};
use tenancy::ports::Organizations;

use crate::{Caller, Denials, Error, LastSeen, Node, Person};

/// What every door asks: who is this, where do they act, may they.
pub struct Access {
    /// What reads access tokens.
    pub tokens: Arc<dyn AccessTokens>,
    /// Which organizations there are.
    pub organizations: Arc<dyn Organizations>,
    /// What this node knows by heart.
    pub node: Arc<Node>,
    /// Where refusals are written.
    pub denials: Arc<Denials>,
    /// Which sessions there are.
    pub sessions: Arc<dyn Sessions>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// Who is asked for a second factor.
    pub totps: Arc<dyn Totps>,
    /// Who has one beside.
    pub passkeys: Arc<dyn Passkeys>,
    /// Where it is noted that something is used.
    pub last_seen: Arc<LastSeen>,
}

/// What platform administrators may, and nobody else: it belongs to no organization.
pub const ADMINISTER: Permission = Permission::known("platform.administer");

/// What a refused step-up is written down as.
const STEP_UP: Permission = Permission::known("session.step_up");

/// And why.
const STEP_UP_REQUIRED: &str = "step_up_required";

/// What a refused key or token is written down as.
const USE: Permission = Permission::known("credential.use");

/// What it is written down as that somebody was not let into an organization.
const ENTER: Permission = Permission::known("organization.enter");

/// A caller within an organization they belong to.
#[derive(Clone, Debug)]
pub struct Entered {
    /// Which.
    pub organization: OrganizationId,
    /// As what.
    pub role: RoleKey,
    /// Who may do what in it.
    pub snapshot: Arc<Snapshot>,
}

impl Access {
    /// Who presents this: an access token whose session has not ended, or a key or token.
    pub async fn authenticate(&self, act: &Act, presented: &str) -> Result<Caller, Error> {
        if self.node.keys.claims(presented) {
            // What no key ever was says nothing of anybody, and there is no end of it: that is not written down.
            let (key, refused) = self.node.key(presented, act.at).await?.ok_or(Error::TokenInvalid)?;
            let id = key.id;
            let caller = Caller::program(key);
            if let Some(reason) = refused {
                self.denials.refuse(&act.by(caller.actor()), caller.acts_as(), &USE, reason).await?;
                return Err(Error::TokenInvalid);
            }
            self.last_seen.note(act, Used::Key(id));
            return Ok(caller);
        }
        let claims = self.tokens.read(presented, act.at).map_err(|error| match error {
            TokenError::Invalid => Error::TokenInvalid,
            TokenError::Expired(_) => Error::TokenExpired,
        })?;
        let person = self.live(Person::of(&claims)).await?;
        self.last_seen.note(act, Used::Session(person.session));
        Ok(person.into())
    }

    /// As [`Access::authenticate`], where no program may act.
    pub async fn authenticate_person(&self, act: &Act, presented: &str) -> Result<Person, Error> {
        let caller = self.authenticate(act, presented).await?;
        self.require_person(&act.by(caller.actor()), &caller).await.copied()
    }

    /// The person who calls. A program is refused, and that is written down.
    pub async fn require_person<'a>(&self, act: &Act, caller: &'a Caller) -> Result<&'a Person, Error> {
        if let Caller::Person(person) = caller {
            return Ok(person);
        }
        self.denials.refuse(act, caller.acts_as(), &USE, "person_required").await?;
        Err(Error::PersonRequired)
    }

    /// As [`Access::authenticate_person`], for signing out: too old a token still says which session is meant.
    pub async fn authenticate_to_leave(&self, act: &Act, token: &str) -> Result<Person, Error> {
        if self.node.keys.claims(token) {
            return self.authenticate_person(act, token).await;
        }
        let claims = match self.tokens.read(token, act.at) {
            Ok(claims) => claims,
            Err(TokenError::Expired(claims)) => *claims,
            Err(TokenError::Invalid) => return Err(Error::TokenInvalid),
        };
        self.live(Person::of(&claims)).await
    }

    /// Whether the caller has given a factor recently enough for what is sensitive, and more than one where that is asked of
    /// them: the session decides, not the token. A refusal is written down, in an organization's log where they act in one.
    pub async fn require_step_up(&self, act: &Act, person: &Person) -> Result<(), Error> {
        let session = self.session(person).await?;
        if session.is_recent(act.at) && (session.factors.are_multiple() || !self.has_mfa(person.user).await?) {
            return Ok(());
        }
        self.denials.refuse(act, act.organization, &STEP_UP, STEP_UP_REQUIRED).await?;
        Err(Error::StepUpRequired)
    }

    async fn has_mfa(&self, user: UserId) -> Result<bool, Error> {
        Ok(self.totps.of(user).await?.is_some_and(|it: Totp| it.is_on()))
    }

    async fn session(&self, person: &Person) -> Result<Session, Error> {
        let session = self.sessions.by_id(person.session).await?.filter(|it| it.ended_at.is_none());
        session.ok_or(Error::TokenInvalid)
    }

    /// Whether the caller administers the installation, at this moment; a refusal is written down.
    pub async fn administer(&self, act: &Act, person: &Person) -> Result<(), Error> {
        let user = self.users.by_id(person.user).await?;
        if user.is_some_and(|it| it.administrator && it.status == UserStatus::Active) {
            return Ok(());
        }
        self.denials.note(act, None, &ADMINISTER).await?;
        Err(Error::PermissionDenied(ADMINISTER))
    }

    async fn live(&self, person: Person) -> Result<Person, Error> {
        if self.node.is_live(person.session).await? { Ok(person) } else { Err(Error::TokenInvalid) }
    }

    /// Into the organization the request names (slug or id), else the one the credential is bound to. Unknown, deleted and
    /// foreign ones are one answer. Where the organization demands more than one factor, who has given one alone stays out.
    pub async fn enter(&self, caller: &Caller, wanted: Option<&str>) -> Result<Entered, Error> {
        let organization = self.named(caller, wanted).await?;
        self.enter_named(caller, organization).await
    }

    /// As [`Access::enter`]; who is not let in is written down.
    pub async fn admit(&self, act: &Act, caller: &Caller, wanted: Option<&str>) -> Result<Entered, Error> {
        let (named, entered) = match self.named(caller, wanted).await {
            Ok(organization) => (Some(organization), self.enter_named(caller, organization).await),
            Err(error) => (None, Err(error)),
        };
        match &entered {
            Err(Error::NotFound) if wanted.is_some() => self.note_foreign(act).await?,
            Err(Error::MemberSuspended) => self.denials.refuse(act, named, &ENTER, "member_suspended").await?,
            Err(Error::MfaEnrolmentRequired) => {
                self.denials.refuse(act, named, &ENTER, "mfa_enrolment_required").await?;
            }
            Err(Error::StepUpRequired) => self.denials.refuse(act, named, &ENTER, STEP_UP_REQUIRED).await?,
            Err(Error::TokenInvalid) if caller.acts_as().is_some() => {
                self.denials.refuse(act, named, &USE, "maker_gone").await?;
            }
            _ => {}
        }
        entered
    }

    /// Somebody named an organization that is not theirs, or none at all. It is not told which, and it is not in that one's
    /// log: who does not belong there writes nothing into it, and waits as long whether it is there or not.
    pub async fn note_foreign(&self, act: &Act) -> Result<(), Error> {
        Ok(self.denials.refuse(act, None, &ENTER, "not_found").await?)
    }

    async fn named(&self, caller: &Caller, wanted: Option<&str>) -> Result<OrganizationId, Error> {
        let Some(text) = wanted else { return caller.organization().ok_or(Error::TenantRequired) };
        match OrganizationRef::parse(text).ok_or(Error::NotFound)? {
            OrganizationRef::Id(id) => Ok(id),
            by_slug @ OrganizationRef::Slug(_) => {
                Ok(self.organizations.find(&by_slug).await?.ok_or(Error::NotFound)?.id)
            }
        }
    }

    async fn enter_named(&self, caller: &Caller, organization: OrganizationId) -> Result<Entered, Error> {
        let own = caller.acts_as();
        if own.is_some_and(|it| it != organization) {
            return Err(Error::NotFound);
        }
        let snapshot = self.node.snapshot(organization).await?.ok_or(Error::NotFound)?;
        let role = match snapshot.member(caller.principal()) {
            Some((role, true)) => role.clone(),
            // A key is worth what its maker is.
            _ if own.is_some() => return Err(Error::TokenInvalid),
            None => return Err(Error::NotFound),
            Some((_, false)) => return Err(Error::MemberSuspended),
        };
        if snapshot.requires_mfa() {
            self.prove_mfa(caller).await?;
        }
        Ok(Entered { organization, role, snapshot })
    }

    /// Whether the caller has given more than one factor; asked of whoever enters where that is demanded, and of whoever
    /// demands it: they are the first to keep to it. The session is asked and not the token, which may be older or younger
    /// than the factor; and of a key also whether its maker still has one to give.
    pub async fn prove_mfa(&self, caller: &Caller) -> Result<(), Error> {
        let user = caller.principal();
        let proves = match caller {
            Caller::Person(person) => self.session(person).await?.factors.are_multiple(),
            Caller::Program { key, .. } => key.multi_factor && self.has_second_factor(user).await?,
        };
        match caller {
            _ if proves => Ok(()),
            Caller::Person(_) if self.has_second_factor(user).await? => Err(Error::StepUpRequired),
            _ => Err(Error::MfaEnrolmentRequired),
        }
    }

    async fn has_second_factor(&self, user: UserId) -> Result<bool, Error> {
        Ok(self.has_mfa(user).await? || !self.passkeys.of(user).await?.is_empty())
    }

    /// Whether the caller may, there; a refusal is written down.
    pub async fn authorize(
        &self,
        act: &Act,
        caller: &Caller,
        entered: &Entered,
        permission: &Permission,
    ) -> Result<(), Error> {
        let verdict = entered.snapshot.check(caller.holder(act.at), permission);
        if verdict.allowed {
            return Ok(());
        }
        debug_assert_ne!(verdict.reason, Reason::UnknownPermission, "doors ask for permissions that exist");
        self.denials.note(act, Some(entered.organization), permission).await?;
        Err(Error::PermissionDenied(permission.clone()))
    }
}

#[cfg(test)]
mod tests;
