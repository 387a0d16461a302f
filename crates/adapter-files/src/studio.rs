use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use async_trait::async_trait;
use kernel::{Fault, Picture, PictureError, Pictures, UserId};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::drawing;

/// How many uploads are drawn at a time: each may take some 150 MB for a moment.
const EASELS: usize = 2;
/// How many wait for their turn. Each of them holds an upload.
const WAITING: usize = 8;
/// How many of the same user wait for each other.
const OF_ONE: usize = 2;
/// How long somebody is asked to stay away when there is no place.
const BREATHER: Duration = Duration::from_secs(1);

/// Draws uploads anew, on threads that may block.
#[derive(Debug)]
pub struct Studio {
    /// Those who draw and those who wait.
    places: Arc<Semaphore>,
    easels: Arc<Semaphore>,
    /// The turns of users who have an upload here.
    turns: Mutex<HashMap<UserId, Weak<Semaphore>>>,
}

impl Default for Studio {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(EASELS + WAITING)),
            easels: Arc::new(Semaphore::new(EASELS)),
            turns: Mutex::default(),
        }
    }
}

impl Studio {
    /// What the user's uploads take turns by; none where enough of them are here.
    fn turns_of(&self, user: UserId) -> Result<Arc<Semaphore>, Fault> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, it| it.strong_count() > 0);
        let known = turns.get(&user).and_then(Weak::upgrade);
        let own = known.unwrap_or_else(|| Arc::new(Semaphore::new(1)));
        turns.insert(user, Arc::downgrade(&own));
        // Each that draws or waits holds it, this one too.
        if Arc::strong_count(&own) > 1 + OF_ONE { Err(Fault::Overloaded(BREATHER)) } else { Ok(own) }
    }
}

#[async_trait]
impl Pictures for Studio {
    async fn redraw(&self, whose: Option<UserId>, upload: Vec<u8>) -> Result<Picture, PictureError> {
        let own = whose.map(|user| self.turns_of(user)).transpose()?;
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Fault::Overloaded(BREATHER))?;
        let turn = match own {
            Some(own) => Some(own.acquire_owned().await.map_err(|e| Fault::Failed(e.into()))?),
            None => None,
        };
        let easel = Arc::clone(&self.easels).acquire_owned().await.map_err(|e| Fault::Failed(e.into()))?;
        let draw = move || {
            // A caller that goes away stops nothing: the place is given up with the work.
            let _held = (place, easel, turn);
            drawing::redraw(&upload)
        };
        // What makes a decoder panic is no picture; the panic hook has told where.
        spawn_blocking(draw).await.unwrap_or_else(|e| {
            if e.is_panic() { Err(PictureError::Broken) } else { Err(Fault::Failed(e.into()).into()) }
        })
    }
}
