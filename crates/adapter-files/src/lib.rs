//! Files that are kept, in a directory, and uploads that become pictures.

mod drawing;
mod stored_files;
mod studio;

pub use stored_files::StoredFiles;
pub use studio::Studio;
