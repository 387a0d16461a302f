//! The ceremonies of passkeys, over `webauthn-rs`.

mod refusal;
mod said;
#[cfg(test)]
mod tests;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::ports::{Ceremonies, Ceremony, Credential, Refused};
use identity::{Passkey, PersonName, User};
use kernel::{Fault, Id, Secret};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey as Stored, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use self::refusal::{MALFORMED, refusal};
use self::said::Said;

/// Ceremonies for one origin, the public URL's, and its host as relying party.
#[derive(Debug)]
pub struct WebauthnCeremonies {
    library: Webauthn,
    /// As browsers write it.
    origin: String,
}

/// No `http` or `https` URL with a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("passkeys need a public URL of http or https with a host")]
pub struct BadPublicUrl;

impl WebauthnCeremonies {
    const NAME: &str = "Portcullis";

    /// `None` where the host is an IP address: a relying party is a domain. A loopback address stands for `localhost`,
    /// and there the browser has to come by that name.
    pub fn new(public_url: &str) -> Result<Option<Self>, BadPublicUrl> {
        let mut url = Url::parse(public_url).map_err(|_| BadPublicUrl)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(BadPublicUrl);
        }
        if url.domain().is_none() {
            let host = url.host_str().unwrap_or_default();
            if !["127.0.0.1", "[::1]"].contains(&host) {
                return Ok(None);
            }
            url.set_host(Some("localhost")).map_err(|_| BadPublicUrl)?;
        }
        let origin = url.origin().ascii_serialization();
        let url = Url::parse(&origin).map_err(|_| BadPublicUrl)?;
        let host = url.domain().ok_or(BadPublicUrl)?;
        let library = WebauthnBuilder::new(host, &url).and_then(|it| it.rp_name(Self::NAME).build());
        Ok(Some(Self { library: library.map_err(|_| BadPublicUrl)?, origin }))
    }

    /// A response in the library's words. The library itself would take any URL of the origin for the origin and, when a
    /// passkey is used, a page that is embedded in another's.
    fn read<T: DeserializeOwned>(&self, response: &Value) -> Result<T, Refused> {
        let said = Said::of(response).ok_or(MALFORMED)?;
        if said.origin != self.origin || said.cross_origin {
            return Err(Refused("origin"));
        }
        T::deserialize(response).map_err(|_| MALFORMED)
    }
}

impl Ceremonies for WebauthnCeremonies {
    fn begin_registration(&self, user: &User, existing: &[Passkey]) -> Result<Ceremony, Fault> {
        let display = user.name.as_ref().map_or(user.username.as_str(), PersonName::as_str);
        let existing = existing.iter().map(|it| it.credential.clone()).collect();
        let begun =
            self.library.start_passkey_registration(user.id.uuid(), user.email.as_str(), display, Some(existing));
        let (told, state) = begun.map_err(failed)?;
        let mut ceremony = ceremony(&told.public_key.challenge, &told, &state)?;
        // The library asks for keys that are found by their id only; ours must be found without it.
        let selection = &mut ceremony.options["publicKey"]["authenticatorSelection"];
        selection["residentKey"] = json!("required");
        selection["requireResidentKey"] = json!(true);
        Ok(ceremony)
    }

    fn finish_registration(&self, state: &Secret, response: &Value) -> Result<Credential, Refused> {
        let given: RegisterPublicKeyCredential = self.read(response)?;
        let state: PasskeyRegistration = recalled(state)?;
        let made = self.library.finish_passkey_registration(&given, &state).map_err(|e| refusal(&e))?;
        if *made.cred_id() != given.raw_id {
            return Err(MALFORMED);
        }
        let public = serde_json::to_value(&made).map_err(|_| MALFORMED)?;
        Ok(Credential { id: given.raw_id, public })
    }

    fn begin_authentication(&self) -> Result<Ceremony, Fault> {
        let (mut told, state) = self.library.start_discoverable_authentication().map_err(failed)?;
        // Whether it waits in a form or behind a button is the page's choice.
        told.mediation = None;
        ceremony(&told.public_key.challenge, &told, &state)
    }

    fn identify(&self, response: &Value) -> Option<(String, Vec<u8>)> {
        Said::of(response).map(|it| (it.challenge, it.credential))
    }

    fn finish_authentication(&self, state: &Secret, response: &Value, passkey: &Passkey) -> Result<Value, Refused> {
        let given: PublicKeyCredential = self.read(response)?;
        let state: DiscoverableAuthentication = recalled(state)?;
        let mut stored = serde_json::from_value::<Stored>(passkey.public.clone()).map_err(|_| UNREADABLE)?;
        let result = self.library.finish_discoverable_authentication_v2(&given, state, &stored);
        let result = result.map_err(|e| refusal(&e))?;
        if given.get_user_unique_id().is_some_and(|it| it != passkey.user.uuid().as_bytes()) {
            return Err(Refused("another_user"));
        }
        stored.update_credential(&result);
        serde_json::to_value(&stored).map_err(|_| UNREADABLE)
    }
}

/// What we kept is not what this version of the library keeps.
const UNREADABLE: Refused = Refused("unreadable");

fn ceremony(challenge: &[u8], told: &impl Serialize, state: &impl Serialize) -> Result<Ceremony, Fault> {
    Ok(Ceremony {
        challenge: URL_SAFE_NO_PAD.encode(challenge),
        options: serde_json::to_value(told).map_err(failed)?,
        state: serde_json::to_string(state).map_err(failed)?.into(),
    })
}

fn recalled<T: DeserializeOwned>(state: &Secret) -> Result<T, Refused> {
    serde_json::from_str(state.expose()).map_err(|_| UNREADABLE)
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Fault {
    Fault::Failed(error.into())
}
