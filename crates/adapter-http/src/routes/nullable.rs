//! Fields that may be absent, null, or have a value: three things.

use serde::{Deserialize, Deserializer};

/// Tells null from absent.
#[expect(clippy::option_option, reason = "absent, null and a value are three things")]
pub(super) fn null_or_value<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
