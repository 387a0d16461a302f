use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use kernel::{Fault, FileName, FileStore};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Location;
use object_store::prefix::PrefixStore;
use object_store::{Error, ObjectStore, ObjectStoreExt};

use crate::Bucket;

/// Keeps files in a directory, which several nodes must share, or in a bucket.
#[derive(Clone, Debug)]
pub struct StoredFiles(Arc<dyn ObjectStore>);

impl StoredFiles {
    /// Makes the directory where there is none; only its owner may look into it.
    pub fn in_directory(directory: &Path) -> Result<Self, Fault> {
        make(directory).map_err(|e| Fault::Unavailable(e.into()))?;
        // What is committed with a file's name must not outlive the file when the power goes.
        let store = LocalFileSystem::new_with_prefix(directory).map_err(fault)?.with_fsync(true);
        Ok(Self(Arc::new(store)))
    }

    /// The bucket is not asked for anything yet.
    pub fn in_bucket(bucket: &Bucket) -> Result<Self, Fault> {
        let store = bucket.open()?;
        Ok(if bucket.prefix.is_empty() {
            Self(Arc::new(store))
        } else {
            Self(Arc::new(PrefixStore::new(store, Location::from(bucket.prefix.as_str()))))
        })
    }
}

fn make(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

fn fault(error: Error) -> Fault {
    Fault::Unavailable(error.into())
}

fn location(name: &FileName) -> Location {
    Location::from(name.as_str())
}

/// What is not there is no error.
fn found<T>(answer: Result<T, Error>) -> Result<Option<T>, Fault> {
    match answer {
        Ok(it) => Ok(Some(it)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(fault(error)),
    }
}

#[async_trait]
impl FileStore for StoredFiles {
    async fn put(&self, name: &FileName, bytes: Vec<u8>) -> Result<(), Fault> {
        self.0.put(&location(name), bytes.into()).await.map(drop).map_err(fault)
    }

    async fn get(&self, name: &FileName) -> Result<Option<Vec<u8>>, Fault> {
        let Some(file) = found(self.0.get(&location(name)).await)? else { return Ok(None) };
        found(file.bytes().await).map(|it| it.map(Into::into))
    }

    async fn remove(&self, name: &FileName) -> Result<(), Fault> {
        found(self.0.delete(&location(name)).await).map(drop)
    }
}
