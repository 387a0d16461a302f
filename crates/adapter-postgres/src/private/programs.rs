use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use super::PrivateError;

const OLDEST: u32 = 15;

/// The directory that holds one version's programs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Programs {
    major: u32,
    directory: PathBuf,
}

impl Programs {
    /// The newest, or the version that made the cluster where there is one.
    pub(super) fn find(cluster: &Path) -> Result<Self, PrivateError> {
        let wanted = fs::read_to_string(cluster.join("PG_VERSION")).ok().and_then(|it| it.trim().parse().ok());
        let mut found = Self::all();
        found.sort();
        match wanted {
            None => found.pop().ok_or(PrivateError::NotInstalled),
            Some(major) => found
                .into_iter()
                .find(|it| it.major == major)
                .ok_or_else(|| PrivateError::WrongVersion { cluster: cluster.to_owned(), major }),
        }
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    fn all() -> Vec<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        let packaged = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        env::split_paths(&path)
            .chain(packaged.map(|it| it.path().join("bin")))
            .filter_map(Self::at)
            .filter(|it| it.major >= OLDEST)
            .collect()
    }

    fn at(directory: PathBuf) -> Option<Self> {
        if !["initdb", "pg_ctl"].iter().all(|it| directory.join(it).is_file()) {
            return None;
        }
        let output = Command::new(directory.join("postgres")).arg("--version").output().ok()?;
        let major = major(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { major, directory })
    }
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`
fn major(text: &str) -> Option<u32> {
    let version = text.split_once("(PostgreSQL) ")?.1;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_is_what_stands_before_the_dot() {
        assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major("something else"), None);
    }
}
