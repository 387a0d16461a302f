use identity::Passkey;
use kernel::Id;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::Moment;

/// A passkey, as told to its owner.
#[derive(Serialize, ToSchema)]
pub(in crate::routes::me) struct MyPasskey {
    id: Uuid,
    #[schema(example = "My laptop")]
    name: String,
    created_at: Moment,
    #[schema(required)]
    last_used_at: Option<Moment>,
}

impl From<Passkey> for MyPasskey {
    fn from(passkey: Passkey) -> Self {
        Self {
            id: passkey.id.uuid(),
            name: passkey.name.as_str().to_owned(),
            created_at: Moment(passkey.created_at),
            last_used_at: passkey.last_used_at.map(Moment),
        }
    }
}
