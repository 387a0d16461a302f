use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::PrivateError;

/// Who runs PostgreSQL: ourselves, or where we are root, which it refuses, an ordinary user.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner {
    uid: u32,
    /// The group to change to; absent where we stay who we are.
    gid: Option<u32>,
}

impl Owner {
    pub(super) fn find() -> Result<Self, PrivateError> {
        let uid = id(&["-u"]).ok_or(PrivateError::NobodyToRunIt)?;
        if uid != 0 {
            return Ok(Self { uid, gid: None });
        }
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| Some(Self { uid: id(&["-u", name])?, gid: Some(id(&["-g", name])?) }))
            .ok_or(PrivateError::NobodyToRunIt)
    }

    /// A command that runs as this user, in a directory it may enter, with nothing of our own environment that could
    /// lead it elsewhere.
    pub(super) fn command(self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.current_dir("/").env_clear().env("LC_ALL", "C.UTF-8").env("PATH", "/usr/bin:/bin");
        if let Some(gid) = self.gid {
            command.uid(self.uid).gid(gid);
        }
        command
    }

    /// Whether this user may enter the directory.
    pub(super) fn may_enter(self, directory: &Path) -> bool {
        self.gid.is_none() || self.command("test").arg("-x").arg(directory).status().is_ok_and(|it| it.success())
    }

    /// A directory nobody but this user may open. One that is there must be so already: in a place where others write too,
    /// it could be theirs.
    pub(super) fn make_directory(self, directory: &Path) -> Result<(), PrivateError> {
        match self.create_directory(directory) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let found = fs::symlink_metadata(directory).map_err(PrivateError::at(directory))?;
                if found.is_dir() && found.uid() == self.uid && found.mode() & 0o777 == 0o700 {
                    Ok(())
                } else {
                    let why = "is there, and not a directory that only the user who runs PostgreSQL may open";
                    Err(PrivateError::Files(directory.to_owned(), io::Error::other(why)))
                }
            }
            Err(error) => Err(PrivateError::Files(directory.to_owned(), error)),
        }
    }

    /// A directory nobody but this user may open, that was not there before.
    pub(super) fn create_directory(self, directory: &Path) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(directory)?;
        chown(directory, Some(self.uid), self.gid)
    }
}

fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().ok().filter(|it| it.status.success())?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

#[cfg(test)]
pub(super) mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::PathBuf;
    use std::{env, process};

    use super::*;

    /// A directory of one test, gone when the test is.
    pub(crate) struct Place(pub(crate) PathBuf);

    impl Place {
        pub(crate) fn new(name: &str) -> Self {
            let path = env::temp_dir().join(format!("portcullis-{name}-{}", process::id()));
            fs::remove_dir_all(&path).ok();
            fs::create_dir(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).ok();
        }
    }

    impl Owner {
        /// Whoever runs the tests.
        pub(crate) fn ourselves() -> Self {
            Self { uid: id(&["-u"]).unwrap(), gid: None }
        }
    }

    #[test]
    fn a_directory_is_made_once_and_found_again() {
        let place = Place::new("owned");
        let (owner, directory) = (Owner::ourselves(), place.0.join("socket"));
        owner.make_directory(&directory).unwrap();
        owner.make_directory(&directory).unwrap();
        assert!(owner.create_directory(&directory).is_err());
    }

    #[test]
    fn what_could_be_somebody_elses_is_refused() {
        let place = Place::new("refused");
        let owner = Owner::ourselves();
        let (own, link, open, file) =
            (place.0.join("own"), place.0.join("link"), place.0.join("open"), place.0.join("file"));
        owner.make_directory(&own).unwrap();
        let other = Owner { uid: owner.uid + 1, gid: None };
        assert!(other.make_directory(&own).is_err(), "another's directory");
        symlink(&own, &link).unwrap();
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(&file, "").unwrap();
        for refused in [link, open, file] {
            assert!(owner.make_directory(&refused).is_err(), "{}", refused.display());
        }
    }
}
