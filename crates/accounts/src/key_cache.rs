use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use identity::ports::Keys;
use identity::{Key, KeyPrefixes};
use kernel::{Fault, KeyId, TokenHash, UserId};

/// The keys and tokens that are in use, each loaded when it is first presented.
pub struct KeyCache {
    keys: Arc<dyn Keys>,
    prefixes: KeyPrefixes,
    held: Mutex<Held>,
    most: usize,
}

#[derive(Default)]
struct Held {
    by_hash: HashMap<TokenHash, Arc<Key>>,
    /// Moves on with all that is heard: what was asked for before may be out of date when it comes.
    heard: u64,
}

impl KeyCache {
    /// At most `most` at a time.
    #[must_use]
    pub fn new(keys: Arc<dyn Keys>, prefixes: KeyPrefixes, most: usize) -> Self {
        Self { keys, prefixes, held: Mutex::default(), most }
    }

    /// Whether this is meant to be a key and not an access token.
    #[must_use]
    pub fn claims(&self, presented: &str) -> bool {
        self.prefixes.claims(presented)
    }

    /// The hash to look for; `None` costs no query.
    pub(crate) fn read(&self, presented: &str) -> Option<TokenHash> {
        self.prefixes.read(presented)
    }

    /// As held, else as it is now.
    pub(crate) async fn get(&self, hash: &TokenHash) -> Result<Option<Arc<Key>>, Fault> {
        let heard = {
            let held = self.held();
            if let Some(key) = held.by_hash.get(hash) {
                return Ok(Some(Arc::clone(key)));
            }
            held.heard
        };
        let key = self.certain(hash).await?;
        if let Some(key) = &key {
            let mut held = self.held();
            if held.heard == heard {
                if held.by_hash.len() >= self.most
                    && let Some(&victim) = held.by_hash.keys().next()
                {
                    held.by_hash.remove(&victim);
                }
                held.by_hash.insert(*hash, Arc::clone(key));
            }
        }
        Ok(key)
    }

    /// As it is now.
    pub(crate) async fn certain(&self, hash: &TokenHash) -> Result<Option<Arc<Key>>, Fault> {
        Ok(self.keys.by_hash(hash).await?.map(Arc::new))
    }

    /// This one is another than it was, or gone.
    pub(crate) fn forget(&self, key: KeyId) {
        self.forget_where(|it| it.id == key);
    }

    /// What acts by this user's rights acts no more.
    pub(crate) fn forget_of(&self, user: UserId) {
        self.forget_where(|it| it.maker == user);
    }

    pub(crate) fn forget_all(&self) {
        self.forget_where(|_| true);
    }

    fn forget_where(&self, is_meant: impl Fn(&Key) -> bool) {
        let mut held = self.held();
        held.heard += 1;
        held.by_hash.retain(|_, key| !is_meant(key));
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
