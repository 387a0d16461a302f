use adapter_crypto::JwtAccessTokens;
use entitlements::InstallCatalogue;
use identity::ports::SigningKeys;

use crate::config::{Administrator, Config};
use crate::foundation::Foundation;
use crate::serve::Trouble;

/// What must be there before anybody is served: the catalogue, a key to sign with, and the administrator that was named.
pub async fn first_start(config: &Config, foundation: &Foundation, signer: &JwtAccessTokens) -> Result<(), Trouble> {
    let install = InstallCatalogue { store: foundation.store.clone(), catalogue: foundation.database.clone() };
    install.run(&foundation.act()).await?;
    foundation.rotate_keys(config).ensure(&foundation.act()).await.map_err(|error| match error {
        identity::Error::SigningKeySealed => {
            format!("SECRET_KEY: {error}; where it was replaced on purpose, run portcullis keys rotate --at-once")
                .into()
        }
        error => Trouble::from(error),
    })?;
    let keys: &dyn SigningKeys = foundation.store.as_ref();
    signer.set_keys(&keys.counting(foundation.clock.now()).await?)?;
    if let Some(Administrator { email, password }) = &config.administrator {
        let username = Administrator::username(email);
        let create = foundation.create_administrator();
        let act = foundation.act();
        match create.first(&act, email.clone(), username, password.clone()).await {
            Ok(()) => {}
            Err(error @ identity::Error::IllegalState) => {
                tracing::warn!(%error, "the account of PORTCULLIS_ADMIN_EMAIL is no administrator and is not made one");
            }
            Err(error) => return Err(format!("PORTCULLIS_ADMIN_EMAIL: {error}").into()),
        }
    }
    Ok(())
}
