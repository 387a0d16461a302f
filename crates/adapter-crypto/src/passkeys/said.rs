use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

/// What a response says of itself, before anything is believed.
pub(super) struct Said {
    pub challenge: String,
    pub origin: String,
    pub cross_origin: bool,
    pub credential: Vec<u8>,
}

#[derive(Deserialize)]
struct Outside {
    id: String,
    #[serde(rename = "rawId")]
    raw_id: String,
    r#type: Kind,
    response: Inside,
}

#[derive(Deserialize)]
enum Kind {
    #[serde(rename = "public-key")]
    PublicKey,
}

#[derive(Deserialize)]
struct Inside {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

impl Said {
    /// Bytes of JSON; attestations with certificates stay far below.
    const MOST: usize = 64 * 1024;
    /// W3C Web Authentication, Level 3, section 6.5.1.
    const LONGEST_ID: usize = 1_023;
    const CHALLENGE: usize = 32;

    /// Of a response of either kind; `None` where it has not the form of one.
    pub fn of(response: &Value) -> Option<Self> {
        if serde_json::to_vec(response).ok()?.len() > Self::MOST {
            return None;
        }
        let Outside { id, raw_id, r#type: Kind::PublicKey, response } = Outside::deserialize(response).ok()?;
        let credential = URL_SAFE_NO_PAD.decode(&raw_id).ok()?;
        let data = URL_SAFE_NO_PAD.decode(response.client_data).ok()?;
        let data: ClientData = serde_json::from_slice(&data).ok()?;
        let fits = id == raw_id
            && (1..=Self::LONGEST_ID).contains(&credential.len())
            && URL_SAFE_NO_PAD.decode(&data.challenge).is_ok_and(|it| it.len() == Self::CHALLENGE);
        let ClientData { challenge, origin, cross_origin } = data;
        fits.then_some(Self { challenge, origin, cross_origin, credential })
    }
}
