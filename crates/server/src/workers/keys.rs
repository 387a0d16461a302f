use std::sync::Arc;

use adapter_crypto::JwtAccessTokens;
use identity::ports::SigningKeys;
use kernel::{Clock, Fault};

/// Takes over the keys that count now.
pub async fn keys(
    keys: Arc<dyn SigningKeys>,
    tokens: Arc<JwtAccessTokens>,
    clock: Arc<dyn Clock>,
) -> Result<bool, Fault> {
    tokens.set_keys(&keys.counting(clock.now()).await?)?;
    Ok(false)
}
