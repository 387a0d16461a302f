use kernel::Problems;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::routes::lengths::at_most;

/// An email address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Address {
    #[schema(format = Email, max_length = 254, example = "user@example.com")]
    email: String,
}

impl Address {
    /// What it says. Whether that is an address is told nobody who asks for a mail.
    pub fn read(self) -> Result<String, Problems> {
        at_most(254, "email", self.email)
    }
}
