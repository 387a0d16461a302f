use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use kernel::{Ephemeral, Fault, Secret};

/// Keeps what waits, for ever.
#[derive(Default)]
pub(crate) struct Waiting(Mutex<HashMap<String, Secret>>);

#[async_trait]
impl Ephemeral for Waiting {
    async fn put(&self, key: &str, value: &Secret, _: Duration) -> Result<(), Fault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), value.clone());
        Ok(())
    }

    async fn take(&self, key: &str) -> Result<Option<Secret>, Fault> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key))
    }
}
