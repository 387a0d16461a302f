use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use adapter_crypto::MasterKey;
use kernel::{Ids, Secret};

use crate::config::BadConfig;

/// The installation's secret: as configured, else the one kept in the data directory, made on the first start.
pub fn load(configured: Option<&Secret>, data_dir: &Path, ids: &dyn Ids) -> Result<MasterKey, BadConfig> {
    if let Some(secret) = configured {
        let bad =
            |error: adapter_crypto::WeakKey| BadConfig::Bad { name: "SECRET_KEY".into(), problem: error.to_string() };
        return MasterKey::parse(secret).map_err(bad);
    }
    let path = data_dir.join("secret_key");
    let bad = |problem: String| BadConfig::File { path: path.clone(), problem };
    let text = match fs::read_to_string(&path) {
        Ok(text) => Secret::new(text),
        Err(error) if error.kind() == ErrorKind::NotFound => make(&path, ids).map_err(|e| bad(e.to_string()))?,
        Err(error) => return Err(bad(error.to_string())),
    };
    MasterKey::parse(&text).map_err(|error| bad(error.to_string()))
}

/// The one before it: what it sealed is still opened.
pub fn previous(configured: &Secret) -> Result<MasterKey, BadConfig> {
    MasterKey::parse(configured)
        .map_err(|error| BadConfig::Bad { name: "PORTCULLIS_PREVIOUS_SECRET_KEY".into(), problem: error.to_string() })
}

/// Whole or not at all: a start cut short must not leave half a secret behind.
fn make(path: &Path, ids: &dyn Ids) -> std::io::Result<Secret> {
    let secret = MasterKey::generate(ids);
    let unfinished = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(secret.expose().as_bytes())?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use adapter_crypto::{Purpose, RandomIds};

    use super::*;

    #[test]
    fn it_is_made_once_and_for_its_owner_only() {
        let dir = std::env::temp_dir().join(format!("portcullis-secret-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let ids = RandomIds::default();
        let first = load(None, &dir, &ids).unwrap();
        let second = load(None, &dir, &ids).unwrap();
        assert_eq!(first.derive(Purpose::Sealing).expose(), second.derive(Purpose::Sealing).expose());
        assert_eq!(fs::metadata(dir.join("secret_key")).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(dir.join("secret_key"), "").unwrap();
        assert!(load(None, &dir, &ids).unwrap_err().to_string().contains("secret_key"));
        fs::remove_dir_all(&dir).unwrap();
    }
}
