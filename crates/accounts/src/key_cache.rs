use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use identity::ports::Keys;
use identity::{Key, KeyPrefixes};
use kernel::{Fault, KeyId, Tally, TokenHash, UserId};

/// The keys and tokens that are in use, each loaded when it is first presented.
pub struct KeyCache {
    keys: Arc<dyn Keys>,
    prefixes: KeyPrefixes,
    held: Mutex<Held>,
    most: usize,
    lookups: Tally,
}

#[derive(Default)]
struct Held {
    by_hash: HashMap<TokenHash, Arc<Key>>,
    /// Those that were forgotten since: of one that comes again and is not there any more it is known whose it was.
    former: HashMap<TokenHash, Arc<Key>>,
    /// Moves on with all that is heard: what was asked for before may be out of date when it comes.
    heard: u64,
}

impl KeyCache {
    /// At most `most` at a time.
    #[must_use]
    pub fn new(keys: Arc<dyn Keys>, prefixes: KeyPrefixes, most: usize) -> Self {
        Self { keys, prefixes, held: Mutex::default(), most, lookups: Tally::default() }
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
            let known = held.by_hash.get(hash);
            self.lookups.count(known.is_some());
            if let Some(key) = known {
                return Ok(Some(Arc::clone(key)));
            }
            held.heard
        };
        let key = self.certain(hash).await?;
        if let Some(key) = &key {
            let mut held = self.held();
            if held.heard == heard {
                put(&mut held.by_hash, *hash, Arc::clone(key), self.most);
                held.former.remove(hash);
            }
        }
        Ok(key)
    }

    /// How often a key was held, and how often not.
    #[must_use]
    pub fn lookups(&self) -> (u64, u64) {
        self.lookups.read()
    }

    /// As it is now.
    pub(crate) async fn certain(&self, hash: &TokenHash) -> Result<Option<Arc<Key>>, Fault> {
        Ok(self.keys.by_hash(hash).await?.map(Arc::new))
    }

    /// The one that had this hash when it was in use here; gone since, where it is not there now.
    pub(crate) fn former(&self, hash: &TokenHash) -> Option<Arc<Key>> {
        self.held().former.get(hash).cloned()
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
        let forgotten: Vec<_> = held.by_hash.extract_if(|_, key| is_meant(key)).collect();
        for (hash, key) in forgotten {
            put(&mut held.former, hash, key, self.most);
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Another makes room where there are so many already.
fn put(keys: &mut HashMap<TokenHash, Arc<Key>>, hash: TokenHash, key: Arc<Key>, most: usize) {
    if keys.len() >= most
        && let Some(&victim) = keys.keys().next()
    {
        keys.remove(&victim);
    }
    keys.insert(hash, key);
}

#[cfg(test)]
mod tests;
