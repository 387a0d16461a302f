use kernel::{EmailAddress, Fault, Id, Mail, MailId, Sealer, Secret};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Serialize)]
struct Closing<'a> {
    to: &'a EmailAddress,
    template: &'static str,
    values: Vec<(&'static str, &'a str)>,
}

/// What a mail says, opened.
#[derive(Deserialize)]
pub(crate) struct Opened {
    pub(crate) to: EmailAddress,
    pub(crate) template: String,
    pub(crate) values: Vec<(String, Value)>,
}

#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Value(#[serde(with = "kernel::exposed")] pub(crate) Secret);

pub(crate) fn seal(mail: &Mail, sealer: &dyn Sealer) -> Result<Vec<u8>, Fault> {
    let values = mail.values.iter().map(|(key, value)| (*key, value.expose())).collect();
    let closing = Closing { to: &mail.to, template: mail.template, values };
    let text = serde_json::to_string(&closing).map_err(|e| Fault::Failed(e.into()))?;
    Ok(sealer.seal(&place_of(mail.id.uuid()), &Secret::new(text)))
}

pub(crate) fn open(id: MailId, stored: &[u8], sealer: &dyn Sealer) -> Result<Opened, Fault> {
    let text = sealer.open(&place_of(id.uuid()), stored)?;
    serde_json::from_str(text.expose()).map_err(|e| Fault::Failed(e.into()))
}

/// Where a mail opens.
pub(crate) fn place_of(mail: Uuid) -> String {
    format!("mail/{mail}")
}
