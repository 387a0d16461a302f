use std::sync::Arc;
use std::time::Duration;

use kernel::{Act, Ephemeral, Fault, Secret};
use serde_json::Value;

use crate::Error;
use crate::model::Passkey;
use crate::ports::{Ceremonies, Ceremony, Passkeys, Refused};

/// Believes passkeys, each challenge once.
pub struct CheckPasskey {
    /// The ceremonies; absent where they can't be held: a relying party needs a domain.
    pub ceremonies: Option<Arc<dyn Ceremonies>>,
    /// Where begun ceremonies wait.
    pub ephemeral: Arc<dyn Ephemeral>,
    /// Which passkeys there are.
    pub passkeys: Arc<dyn Passkeys>,
}

/// What a passkey answered, with what it must be judged by.
#[derive(Clone, Debug, PartialEq)]
pub struct PresentedPasskey {
    state: Secret,
    credential: Vec<u8>,
    response: Value,
}

impl CheckPasskey {
    /// How long a ceremony may take.
    pub const PATIENCE: Duration = Duration::from_mins(5);

    /// Options to use a passkey, whichever the device has: to sign in, as second factor, or to step up.
    pub async fn begin(&self) -> Result<Value, Error> {
        let Ceremony { challenge, options, state } = self.ceremonies()?.begin_authentication()?;
        self.ephemeral.put(&place(&challenge), &state, Self::PATIENCE).await?;
        Ok(options)
    }

    pub(crate) fn ceremonies(&self) -> Result<&Arc<dyn Ceremonies>, Error> {
        self.ceremonies.as_ref().ok_or(Error::NotOffered)
    }

    /// Takes a response, once: its challenge is used up by it, believed or not.
    pub(crate) async fn present(&self, response: &Value) -> Result<Result<PresentedPasskey, Refused>, Fault> {
        let Some(ceremonies) = &self.ceremonies else { return Ok(Err(Refused("passkeys_not_offered"))) };
        let Some((challenge, credential)) = ceremonies.identify(response) else {
            return Ok(Err(Refused("malformed_passkey")));
        };
        let state = self.ephemeral.take(&place(&challenge)).await?;
        let presented = state.map(|state| PresentedPasskey { state, credential, response: response.clone() });
        Ok(presented.ok_or(Refused("unknown_challenge")))
    }

    /// Whose it is: the passkey as it was, and as it is kept from now on.
    pub(crate) async fn judge(
        &self,
        act: &Act,
        presented: &PresentedPasskey,
    ) -> Result<Result<(Passkey, Passkey), Refused>, Fault> {
        let Some(ceremonies) = &self.ceremonies else { return Ok(Err(Refused("passkeys_not_offered"))) };
        let Some(passkey) = self.passkeys.by_credential(&presented.credential).await? else {
            return Ok(Err(Refused("unknown_passkey")));
        };
        let kept = ceremonies.finish_authentication(&presented.state, &presented.response, &passkey);
        Ok(kept.map(|public| {
            let next = Passkey { public, last_used_at: Some(act.at), ..passkey.clone() };
            (passkey, next)
        }))
    }
}

fn place(challenge: &str) -> String {
    format!("passkey use {challenge}")
}
