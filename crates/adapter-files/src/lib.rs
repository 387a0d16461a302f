//! Files that are kept, in a directory or a bucket, and uploads that become pictures.

mod bucket;
mod drawing;
mod packed;
mod stored_files;
mod studio;
mod wire;

pub use bucket::Bucket;
pub use stored_files::StoredFiles;
pub use studio::Studio;
