use std::io;
use std::path::{Path, PathBuf};

/// Why there is no PostgreSQL of our own; in words for the operator.
#[derive(Debug, thiserror::Error)]
pub enum PrivateError {
    /// It is not installed.
    #[error(
        "PostgreSQL 15 or newer was not found. Install it (apt-get install postgresql) or set DATABASE_URL to a database"
    )]
    NotInstalled,
    /// The cluster was made by a version that is not here.
    #[error(
        "the database in {} was made by PostgreSQL {major}, which was not found. Install it (apt-get install \
         postgresql-{major})",
        cluster.display()
    )]
    WrongVersion {
        /// Where it is.
        cluster: PathBuf,
        /// Which version made it.
        major: u32,
    },
    /// PostgreSQL refuses to run as root, and there is nobody else.
    #[error("PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody")]
    NobodyToRunIt,
    /// Two servers can't share one data directory.
    #[error("another server is using the data directory {}", .0.display())]
    InUse(PathBuf),
    /// A file or directory is not as it should be.
    #[error("{path}: {1}", path = .0.display())]
    Files(PathBuf, #[source] io::Error),
    /// One of its programs failed.
    #[error("{program} failed: {output}")]
    Program {
        /// Which.
        program: String,
        /// What it said.
        output: String,
    },
    /// It was started and does not answer.
    #[error("PostgreSQL does not answer: {1} (see {log})", log = .0.display())]
    Silent(PathBuf, String),
    /// The program is ending.
    #[error("interrupted")]
    Interrupted,
}

impl PrivateError {
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Files(path, error)
    }
}
