use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};

use super::home::{self, name_of};
use super::owner::Owner;
use super::programs::Programs;
use super::{PrivateError, USER};

/// Where a cluster stands that can't stand in its data directory.
const OUTSIDE: &str = "/var/lib";
/// One that is still being made, beside its place.
const UNFINISHED: &str = "data.new";

/// Where a cluster is, and what starts and stops it.
#[derive(Clone, Debug)]
pub(super) struct Cluster {
    owner: Owner,
    programs: Programs,
    home: PathBuf,
    socket_dir: PathBuf,
}

impl Cluster {
    /// A cluster ready to start, made now where there is none.
    pub(super) fn prepare(data_dir: &Path) -> Result<Self, PrivateError> {
        let cluster = Self::find(data_dir)?;
        cluster.make()?;
        Ok(cluster)
    }

    /// The data directory's cluster, whatever state it is in.
    pub(super) fn find(data_dir: &Path) -> Result<Self, PrivateError> {
        let owner = Owner::find()?;
        let home = home::find(owner, data_dir, Path::new(OUTSIDE))?;
        let programs = Programs::find(&home.join("data"))?;
        let socket_dir = socket_dir(&home);
        owner.make_directory(&socket_dir)?;
        Ok(Self { owner, programs, home, socket_dir })
    }

    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    pub(super) fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.socket_dir.join(".s.PGSQL.5432")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.home.join("postgres.log")
    }

    /// Makes it beside its place and moves it there whole, so that one killed half-way is begun anew. Each attempt has a
    /// place of its own: what a killed server began may still be going on.
    fn make(&self) -> Result<(), PrivateError> {
        self.remove_unfinished();
        let (data, unfinished) = (self.data(), self.home.join(format!("{UNFINISHED}.{}", process::id())));
        if data.exists() {
            return Ok(());
        }
        let mut initdb = self.owner.command(self.programs.program("initdb"));
        initdb.arg("-D").arg(&unfinished).args(["-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C"]);
        run(initdb.args(["--no-instructions", "--data-checksums"]))?;
        fs::rename(&unfinished, &data).map_err(PrivateError::at(&data))
    }

    /// As far as it can: what is being written at this moment stays for the next start.
    fn remove_unfinished(&self) {
        let entries = fs::read_dir(&self.home).into_iter().flatten().flatten();
        for unfinished in entries.filter(|it| it.file_name().to_string_lossy().starts_with(UNFINISHED)) {
            if let Err(error) = fs::remove_dir_all(unfinished.path()) {
                tracing::warn!(%error, directory = %unfinished.path().display(), "an unfinished database stays");
            }
        }
    }

    /// Returns when it takes connections, or has not within a minute. `pg_ctl` puts it into a process group of its own: Ctrl-C is for us to handle.
    pub(super) fn start(&self) -> Result<(), PrivateError> {
        let socket_dir = self.socket_dir.display();
        // Terse: its log must not collect what people are called.
        let settings = format!(
            "-c listen_addresses='' -c port=5432 -c unix_socket_directories='{socket_dir}' -c max_connections=200 \
             -c lc_messages=C -c log_error_verbosity=terse -c log_min_error_statement=panic"
        );
        self.forget_stale_pid();
        run(self.pg_ctl("start").arg("-l").arg("postgres.log").args(["-t", "60", "-o", &settings])).map_err(|error| {
            match error {
                PrivateError::Program { program, output } => {
                    PrivateError::Program { program, output: format!("{output} (see {})", self.log().display()) }
                }
                other => other,
            }
        })
    }

    /// A killed PostgreSQL leaves its number behind, which may be anybody's by now (in a container it usually is), and
    /// then it would not start for fear of itself. What the system says it is, decides; where nothing does, PostgreSQL.
    fn forget_stale_pid(&self) {
        let file = self.data().join("postmaster.pid");
        let is_stale = || {
            let text = fs::read_to_string(&file).ok()?;
            let pid: u32 = text.lines().next()?.trim().parse().ok()?;
            let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
            Some(!status.starts_with("Name:\tpostgres\n") || status.contains("\nState:\tZ"))
        };
        if is_stale() == Some(true)
            && let Err(error) = fs::remove_file(&file)
        {
            tracing::warn!(%error, file = %file.display(), "a stale file could not be removed");
        }
    }

    pub(super) fn stop(&self) -> Result<(), PrivateError> {
        // One that is gone already would be waited for.
        self.forget_stale_pid();
        if !self.data().join("postmaster.pid").exists() {
            return Ok(());
        }
        run(self.pg_ctl("stop").args(["-m", "fast", "-t", "60"]))
    }

    /// The path goes by the environment, for `pg_ctl` hands its arguments to a shell.
    fn pg_ctl(&self, what: &str) -> Command {
        let mut pg_ctl = self.owner.command(self.programs.program("pg_ctl"));
        pg_ctl.arg(what).args(["-w", "-s"]).env("PGDATA", self.data()).current_dir(&self.home);
        pg_ctl
    }

    fn data(&self) -> PathBuf {
        self.home.join("data")
    }
}

/// A socket's path has room for 107 bytes, and no need of what a shell or the setting's list would read differently.
fn socket_dir(home: &Path) -> PathBuf {
    let near = home.join("socket");
    let plain = |text: &str| text.len() < 80 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b));
    if near.to_str().is_some_and(plain) { near } else { PathBuf::from(format!("/tmp/portcullis-{}", name_of(home))) }
}

/// Runs to the end. What a program leaves running must not keep its output open, so that goes to the program's own log.
fn run(command: &mut Command) -> Result<(), PrivateError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    match output {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            Err(PrivateError::Program { program, output: String::from_utf8_lossy(&said).trim().to_owned() })
        }
        Err(error) => Err(PrivateError::Program { program, output: error.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_stays_near_where_its_path_is_short_and_plain() {
        assert_eq!(socket_dir(Path::new("/srv/portcullis/postgres")), Path::new("/srv/portcullis/postgres/socket"));
        for odd in ["/srv/it's/postgres".to_owned(), "/srv/a b/postgres".to_owned(), format!("/srv/{}", "x".repeat(90))]
        {
            assert!(socket_dir(Path::new(&odd)).starts_with("/tmp"), "{odd}");
        }
    }
}
