//! Where a data directory's cluster is: within it, or where the user that runs PostgreSQL can't reach it there, in a place
//! outside. A note in the data directory names that place, and moves and ends with it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::PrivateError;
use super::owner::Owner;

const NOTE: &str = "postgres_home";

/// The cluster's directory, made now where there is none.
pub(super) fn find(owner: Owner, data_dir: &Path, outside: &Path) -> Result<PathBuf, PrivateError> {
    let (within, note) = (data_dir.join("postgres"), data_dir.join(NOTE));
    let home = match fs::read_to_string(&note) {
        Ok(noted) => existing(PathBuf::from(noted.trim_end()))?,
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(PrivateError::Files(note, error)),
        Err(_) if within.exists() || owner.may_enter(data_dir) => within,
        Err(_) => {
            let home = claim(owner, outside, data_dir)?;
            write_down(&note, &home).map_err(PrivateError::at(&note))?;
            home
        }
    };
    owner.make_directory(&home)?;
    Ok(home)
}

/// An empty database in the place of one that is gone would be a bad surprise.
fn existing(home: PathBuf) -> Result<PathBuf, PrivateError> {
    if home.exists() {
        return Ok(home);
    }
    let why = format!("the database is gone; to begin with an empty one, remove the file {NOTE} in the data directory");
    Err(PrivateError::Files(home, io::Error::new(io::ErrorKind::NotFound, why)))
}

/// A place that was not there before: what an earlier data directory of this name left behind is not ours.
fn claim(owner: Owner, outside: &Path, data_dir: &Path) -> Result<PathBuf, PrivateError> {
    let name = format!("portcullis-{}", name_of(data_dir));
    let mut home = outside.join(&name);
    let mut taken = 1;
    loop {
        match owner.create_directory(&home) {
            Ok(()) => return Ok(home),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                taken += 1;
                home = outside.join(format!("{name}-{taken}"));
            }
            Err(error) => return Err(PrivateError::Files(home, error)),
        }
    }
}

/// Whole or not at all.
fn write_down(note: &Path, home: &Path) -> io::Result<()> {
    let unfinished = note.with_extension("new");
    let mut file = File::create(&unfinished)?;
    writeln!(file, "{}", home.display())?;
    file.sync_all()?;
    fs::rename(unfinished, note)
}

/// A short name for a path, the same on every start: FNV-1a, 64 bits.
pub(super) fn name_of(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let hash = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::super::owner::tests::Place;
    use super::*;

    /// A data directory whose cluster must stand outside, as far as the note goes.
    fn noted(place: &Place, name: &str) -> (PathBuf, PathBuf) {
        let data_dir = place.0.join(name);
        fs::create_dir(&data_dir).unwrap();
        let home = claim(Owner::ourselves(), &place.0, &data_dir).unwrap();
        write_down(&data_dir.join(NOTE), &home).unwrap();
        (data_dir, home)
    }

    fn found(place: &Place, data_dir: &Path) -> Result<PathBuf, PrivateError> {
        find(Owner::ourselves(), data_dir, &place.0)
    }

    #[test]
    fn whoever_may_enter_has_it_within() {
        let place = Place::new("within");
        assert_eq!(found(&place, &place.0).unwrap(), place.0.join("postgres"));
        let mode = fs::metadata(place.0.join("postgres")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn a_moved_data_directory_finds_its_own_and_a_new_one_of_its_name_does_not() {
        let place = Place::new("moved");
        let (data_dir, home) = noted(&place, "data");
        assert_eq!(found(&place, &data_dir).unwrap(), home);
        let moved = place.0.join("moved");
        fs::rename(&data_dir, &moved).unwrap();
        assert_eq!(found(&place, &moved).unwrap(), home);
        let (_, other) = noted(&place, "data");
        assert_ne!(other, home);
    }

    #[test]
    fn a_database_that_is_gone_is_not_begun_anew_unasked() {
        let place = Place::new("gone");
        let (data_dir, home) = noted(&place, "data");
        fs::remove_dir(&home).unwrap();
        assert!(matches!(found(&place, &data_dir), Err(PrivateError::Files(path, _)) if path == home));
        fs::remove_file(data_dir.join(NOTE)).unwrap();
        assert_eq!(found(&place, &data_dir).unwrap(), data_dir.join("postgres"));
    }

    #[test]
    fn a_path_has_one_name() {
        assert_eq!(name_of(Path::new("/a")), name_of(Path::new("/a")));
        assert_ne!(name_of(Path::new("/a")), name_of(Path::new("/b")));
        // What is found again after an upgrade of the compiler, too.
        assert_eq!(name_of(Path::new("")), "cbf29ce484222325");
    }
}
