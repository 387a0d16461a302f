use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use kernel::{
    Act, Decided, Ephemeral, Fault, OrganizationRef, Problems, Secret, SessionId, Store, Time, TokenHash, UnitOfWork,
    UserId, carry_out,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::{Provider, ProviderAccount};
use crate::ports::{AuthorizationRequest, AuthorizationResponse, Identities, ProviderError, Providers, Refused, Users};
use crate::{Action, Change, Error};

/// Of a mailed one, in characters.
const LONGEST_TOKEN: usize = 100;

/// The way through a provider and back: begun in one browser, finished in the same, once.
pub struct ProviderFlow {
    /// Where refusals are written.
    pub store: Arc<dyn Store<Change>>,
    /// The providers.
    pub providers: Arc<dyn Providers>,
    /// Where begun ways wait.
    pub ephemeral: Arc<dyn Ephemeral>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// Who is linked already.
    pub identities: Arc<dyn Identities>,
    /// Where a way may end beside our own pages; exactly these.
    pub redirect_uris: Vec<String>,
}

/// What somebody goes through a provider for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowPurpose {
    /// To sign in.
    SignIn {
        /// The mailed token of an invitation, for a new user.
        invitation: Option<Invitation>,
        /// `X-Tenant` as sent.
        organization: Option<String>,
    },
    /// To link the account there.
    Link {
        /// To whom.
        user: UserId,
        /// In which session.
        session: SessionId,
    },
    /// To prove anew who is there.
    StepUp {
        /// Who.
        user: UserId,
        /// In which session.
        session: SessionId,
    },
}

/// A mailed token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Invitation(#[serde(with = "kernel::exposed")] pub Secret);

/// Where a way ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowTarget {
    /// In this browser, with cookies.
    Browser,
    /// At an application, with a code that only whoever knows the verifier redeems (RFC 7636, S256).
    Application {
        /// Where.
        redirect_uri: String,
        /// What its `code_verifier` must hash to.
        code_challenge: String,
    },
}

/// A way begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowBegun {
    /// Where the browser is to go.
    pub url: String,
    /// What the browser keeps and shows again when it comes back.
    pub browser: Secret,
}

/// What the browser brings back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlowReturn {
    /// `state`.
    pub state: Option<Secret>,
    /// `code`; absent where the provider, or the person, said no.
    pub code: Option<Secret>,
    /// `iss` (RFC 9207).
    pub issuer: Option<String>,
    /// What the browser kept.
    pub browser: Option<Secret>,
}

/// Somebody whom a provider vouches for, and what for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrived {
    /// What for.
    pub purpose: FlowPurpose,
    /// Whereto.
    pub target: FlowTarget,
    /// Whom.
    pub account: ProviderAccount,
    /// SHA-256 of what the browser keeps.
    pub(crate) browser: [u8; 32],
}

/// Why a way ended before its end, and where whoever went it is to be told.
#[derive(Debug)]
pub struct Strayed {
    /// Where; absent where that is not known.
    pub target: Option<FlowTarget>,
    /// Why.
    pub error: Error,
}

#[derive(Serialize, Deserialize)]
struct Flow {
    provider: Provider,
    purpose: FlowPurpose,
    target: FlowTarget,
    #[serde(with = "kernel::exposed")]
    nonce: Secret,
    #[serde(with = "kernel::exposed")]
    verifier: Secret,
    browser: [u8; 32],
    begun_at: Time,
}

#[derive(Serialize, Deserialize)]
struct Held {
    arrived: Arrived,
    until: Time,
}

impl ProviderFlow {
    /// How long somebody may be on the way.
    pub const PATIENCE: Duration = Duration::from_mins(5);
    /// How long an application has to redeem its code.
    pub const CODE: TimeDelta = TimeDelta::seconds(60);
    /// How long a person has to give a second factor in the browser.
    pub const SECOND_FACTOR: TimeDelta = TimeDelta::seconds(300);
    /// How far a provider's clock may be from ours.
    const LEEWAY: TimeDelta = TimeDelta::seconds(60);

    /// Begins. Linking wants a proved address, and nobody linked there yet.
    pub async fn begin(
        &self,
        act: &Act,
        provider: Provider,
        purpose: FlowPurpose,
        target: FlowTarget,
    ) -> Result<FlowBegun, Error> {
        if !self.providers.offers(provider) {
            return Err(Error::NotOffered);
        }
        self.check_target(&target)?;
        check_purpose(&purpose)?;
        if let FlowPurpose::Link { user, .. } = purpose {
            let known = self.users.by_id(user).await?.ok_or(Error::TokenInvalid)?;
            known.verified_at.ok_or(Error::EmailNotVerified)?;
            if self.identities.of(user).await?.iter().any(|it| it.provider == provider) {
                return Err(Error::IdentityTaken);
            }
        }
        let [state, nonce, verifier, browser] = [(); 4].map(|()| act.token());
        let request = AuthorizationRequest {
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
            verifier: verifier.secret().clone(),
            fresh: matches!(purpose, FlowPurpose::StepUp { .. }),
        };
        let flow = Flow {
            provider,
            purpose,
            target,
            nonce: nonce.secret().clone(),
            verifier: verifier.secret().clone(),
            browser: *browser.hash().as_bytes(),
            begun_at: act.at,
        };
        let url = self.providers.authorization_url(provider, request).await?;
        self.ephemeral.put(&state_place(state.secret()), &write(&flow)?, Self::PATIENCE).await?;
        Ok(FlowBegun { url, browser: browser.secret().clone() })
    }

    fn check_target(&self, target: &FlowTarget) -> Result<(), Problems> {
        let FlowTarget::Application { redirect_uri, code_challenge } = target else { return Ok(()) };
        let mut problems = Problems::default();
        if !self.redirect_uris.contains(redirect_uri) {
            problems.add("redirect_uri", "This redirect_uri is not among those that are allowed.");
        }
        if URL_SAFE_NO_PAD.decode(code_challenge).is_ok_and(|it| it.len() == 32) {
            return if problems.is_empty() { Ok(()) } else { Err(problems) };
        }
        problems.add(
            "code_challenge",
            "The code_challenge field must be a SHA-256 in base64url, as RFC 7636 says for S256.",
        );
        Err(problems)
    }

    /// Comes back from the provider: believed or not, this way can't be gone again. What is not believed is written down.
    pub async fn arrive(&self, act: &Act, provider: Provider, back: FlowReturn) -> Result<Arrived, Strayed> {
        let lost = |error: Error| Strayed { target: None, error };
        if !self.providers.offers(provider) {
            return Err(lost(Error::NotOffered));
        }
        let Some(state) = &back.state else { return Err(lost(Error::StateInvalid)) };
        let taken = self.ephemeral.take(&state_place(state)).await.map_err(|it| lost(it.into()))?;
        let flow: Flow = taken.and_then(|it| read(&it)).ok_or_else(|| lost(Error::StateInvalid))?;
        let browser = back.browser.as_ref().map(|it| TokenHash::of(it.expose()));
        if flow.provider != provider || browser != Some(TokenHash::from_bytes(flow.browser)) {
            return Err(lost(Error::StateInvalid));
        }
        let strayed = |error: Error| Strayed { target: Some(flow.target.clone()), error };
        let account = match self.redeem(act, &flow, back).await {
            Ok(account) => account,
            Err(ProviderError::Fault(fault)) => return Err(strayed(fault.into())),
            Err(ProviderError::Refused(Refused(reason))) => {
                let refused = self.refuse(act, provider, &flow.purpose, reason).await;
                return Err(strayed(refused.err().unwrap_or(Error::ProofInvalid)));
            }
        };
        Ok(Arrived { purpose: flow.purpose, target: flow.target, account, browser: flow.browser })
    }

    async fn redeem(&self, act: &Act, flow: &Flow, back: FlowReturn) -> Result<ProviderAccount, ProviderError> {
        let refused = |reason| Err(ProviderError::Refused(Refused(reason)));
        let Some(code) = back.code else { return refused("denied") };
        let response = AuthorizationResponse {
            code,
            issuer: back.issuer,
            nonce: flow.nonce.clone(),
            verifier: flow.verifier.clone(),
            at: act.at,
        };
        let account = self.providers.redeem(flow.provider, response).await?;
        let is_fresh = account.auth_time.is_some_and(|it| it >= flow.begun_at - Self::LEEWAY);
        if matches!(flow.purpose, FlowPurpose::StepUp { .. }) && !is_fresh {
            return refused("stale_auth_time");
        }
        Ok(account)
    }

    async fn refuse(
        &self,
        act: &Act,
        provider: Provider,
        purpose: &FlowPurpose,
        reason: &'static str,
    ) -> Result<(), Error> {
        let user = match purpose {
            FlowPurpose::SignIn { .. } => None,
            FlowPurpose::Link { user, .. } | FlowPurpose::StepUp { user, .. } => Some(*user),
        };
        let unit = UnitOfWork::of(act, &Action::ProofRejected { by: provider.as_str(), user, reason });
        // A refusal is no answer to remember.
        let act = Act { idempotency: None, ..act.clone() };
        carry_out(self.store.as_ref(), &act, || std::future::ready(Ok(Decided::Done(unit.clone(), ())))).await
    }

    /// Keeps somebody who arrived for whoever redeems the code: an application, or the browser where a second factor is
    /// asked for.
    pub async fn hold(&self, act: &Act, arrived: Arrived) -> Result<Secret, Error> {
        let lifetime = match arrived.target {
            FlowTarget::Application { .. } => Self::CODE,
            FlowTarget::Browser => Self::SECOND_FACTOR,
        };
        let code = act.token();
        self.keep(act, code.secret(), &Held { arrived, until: act.at + lifetime }).await?;
        Ok(code.secret().clone())
    }

    async fn keep(&self, act: &Act, code: &Secret, held: &Held) -> Result<(), Error> {
        let left = (held.until - act.at).to_std().unwrap_or_default();
        Ok(self.ephemeral.put(&code_place(code), &write(held)?, left).await?)
    }

    /// Redeems a code: it is used up, unless it is [put back](Self::put_back). An application shows its verifier, the browser what
    /// it keeps.
    pub async fn claim(&self, code: &Secret, shown: Shown<'_>, at: Time) -> Result<Claimed, Error> {
        let taken = self.ephemeral.take(&code_place(code)).await?;
        let held: Held = taken.and_then(|it| read(&it)).ok_or(Error::TokenInvalid)?;
        let is_theirs = match (&held.arrived.target, shown) {
            (FlowTarget::Application { code_challenge, .. }, Shown::Verifier(verifier)) => {
                let hashed = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose().as_bytes()));
                Secret::new(hashed) == Secret::new(code_challenge.clone())
            }
            (FlowTarget::Browser, Shown::Browser(kept)) => {
                TokenHash::of(kept.expose()) == TokenHash::from_bytes(held.arrived.browser)
            }
            _ => false,
        };
        if !is_theirs || at >= held.until {
            return Err(Error::TokenInvalid);
        }
        Ok(Claimed { code: code.clone(), held })
    }

    /// Keeps the code for another try: what was missing was a second factor.
    pub async fn put_back(&self, act: &Act, claimed: Claimed) -> Result<(), Error> {
        self.keep(act, &claimed.code, &claimed.held).await
    }
}

/// What shows whose a code is.
#[derive(Clone, Copy, Debug)]
pub enum Shown<'a> {
    /// An application's `code_verifier`.
    Verifier(&'a Secret),
    /// What the browser keeps.
    Browser(&'a Secret),
}

/// A code in somebody's hand.
pub struct Claimed {
    code: Secret,
    held: Held,
}

impl Claimed {
    /// Who arrived.
    #[must_use]
    pub const fn arrived(&self) -> &Arrived {
        &self.held.arrived
    }
}

/// What strangers may have kept is small.
fn check_purpose(purpose: &FlowPurpose) -> Result<(), Error> {
    let FlowPurpose::SignIn { invitation, organization } = purpose else { return Ok(()) };
    if invitation.as_ref().is_some_and(|it| it.0.expose().len() > LONGEST_TOKEN) {
        return Err(Problems::one("invitation", "The invitation field is longer than any invitation.").into());
    }
    match organization.as_deref().map(OrganizationRef::parse) {
        Some(None) => Err(Error::OrganizationNotFound),
        _ => Ok(()),
    }
}

fn state_place(state: &Secret) -> String {
    format!("provider state {}", state.expose())
}

fn code_place(code: &Secret) -> String {
    format!("provider code {}", code.expose())
}

fn write(value: &impl Serialize) -> Result<Secret, Fault> {
    serde_json::to_string(value).map(Secret::new).map_err(|error| Fault::Failed(error.into()))
}

fn read<T: DeserializeOwned>(text: &Secret) -> Option<T> {
    serde_json::from_str(text.expose()).ok()
}

#[cfg(test)]
mod tests;
