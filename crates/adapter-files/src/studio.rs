use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kernel::{Fault, Picture, PictureError, Pictures};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::drawing;

/// How many uploads are drawn at a time: each may take some 150 MB for a moment.
const EASELS: usize = 2;
/// How many wait for their turn. Each of them holds an upload.
const WAITING: usize = 8;
/// How long somebody is asked to stay away when there is no place.
const BREATHER: Duration = Duration::from_secs(1);

/// Draws uploads anew, on threads that may block.
#[derive(Debug)]
pub struct Studio {
    /// Those who draw and those who wait.
    places: Arc<Semaphore>,
    easels: Arc<Semaphore>,
}

impl Default for Studio {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(EASELS + WAITING)), easels: Arc::new(Semaphore::new(EASELS)) }
    }
}

#[async_trait]
impl Pictures for Studio {
    async fn redraw(&self, upload: Vec<u8>) -> Result<Picture, PictureError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Fault::Overloaded(BREATHER))?;
        let easel = Arc::clone(&self.easels).acquire_owned().await.map_err(|e| Fault::Failed(e.into()))?;
        let draw = move || {
            // A caller that goes away stops nothing: the place is given up with the work.
            let _held = (place, easel);
            drawing::redraw(&upload)
        };
        // What makes a decoder panic is no picture; the panic hook has told where.
        spawn_blocking(draw).await.unwrap_or_else(|e| {
            if e.is_panic() { Err(PictureError::Broken) } else { Err(Fault::Failed(e.into()).into()) }
        })
    }
}
