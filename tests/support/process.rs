use std::ffi::OsStr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// The real `portcullis`, as a process that can be stopped and killed.
pub struct Process {
    pub url: String,
    child: Child,
}

/// Where nothing else is said, with a database of one's own.
pub const SECRET_KEY: &str = "9f2c1f0be3a7d45860712bd94c8e55aa61d0b3f7";

/// Beside what is set anyway.
pub type Variables<'a> = &'a [(&'a str, &'a str)];

/// A command of the real `portcullis`, on this data directory; with a private PostgreSQL unless one is named.
fn command(data_dir: &Path, database_url: Option<&str>, variables: Variables<'_>) -> Command {
    let program = OsStr::new(env!("CARGO_BIN_EXE_portcullis-under-test"));
    let mut command = command_of(program, data_dir, database_url);
    // A test asks more than anybody may.
    command.env("PORTCULLIS_RATE_LIMITS", "off").envs(variables.iter().copied());
    command
}

/// A command of any program that knows the settings of the first release.
fn command_of(program: &OsStr, data_dir: &Path, database_url: Option<&str>) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(data_dir)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("PORTCULLIS_LISTEN", "127.0.0.1:0")
        .env("PORTCULLIS_DATA_DIR", data_dir);
    if let Some(url) = database_url {
        command.env("DATABASE_URL", url).env("SECRET_KEY", SECRET_KEY);
    }
    command
}

/// Runs a command to its end with this on its standard input: whether it succeeded, and all that it said.
pub async fn run(data_dir: &Path, database_url: Option<&str>, arguments: &[&str], input: &str) -> (bool, String) {
    run_with(data_dir, database_url, &[], arguments, input).await
}

/// As [`run`], with these variables.
pub async fn run_with(
    data_dir: &Path,
    database_url: Option<&str>,
    variables: Variables<'_>,
    arguments: &[&str],
    input: &str,
) -> (bool, String) {
    let mut command = command(data_dir, database_url, variables);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().expect("the command starts");
    let mut stdin = child.stdin.take().expect("it has an input");
    // One that reads nothing may have ended before it is written.
    stdin.write_all(input.as_bytes()).await.ok();
    drop(stdin);
    let output = timeout(Duration::from_mins(1), child.wait_with_output()).await;
    let output = output.expect("it ends within a minute").expect("it ends");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

impl Process {
    /// Serves on a free port, from this data directory; with a private PostgreSQL unless one is named.
    pub async fn start(data_dir: &Path, database_url: Option<&str>) -> Self {
        Self::start_with(data_dir, database_url, &[]).await
    }

    /// As [`Process::start`], with these variables.
    pub async fn start_with(data_dir: &Path, database_url: Option<&str>, variables: Variables<'_>) -> Self {
        Self::begin(command(data_dir, database_url, variables)).await
    }

    /// As [`Process::start`], of another program than the one under test.
    pub async fn start_program(program: &OsStr, data_dir: &Path, database_url: &str) -> Self {
        Self::begin(command_of(program, data_dir, Some(database_url))).await
    }

    async fn begin(mut command: Command) -> Self {
        command.arg("serve");
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().expect("the server starts");
        let mut said = BufReader::new(child.stdout.take().expect("it has an output")).lines();
        let serving = async {
            loop {
                let line = said.next_line().await.expect("its output can be read").expect("it says where it serves");
                if let Some(url) = line.trim().strip_prefix("API") {
                    return url.trim().trim_end_matches("/api/v1").to_owned();
                }
            }
        };
        let url = timeout(Duration::from_mins(1), serving).await.expect("it serves within a minute");
        Self { url, child }
    }

    /// As [`Process::start_with`]; everything it says goes to two files.
    pub async fn start_logged(
        data_dir: &Path,
        database_url: &str,
        variables: Variables<'_>,
        [out, err]: [&Path; 2],
    ) -> Self {
        let file = |path: &Path| std::fs::File::create(path).expect("a file can be made");
        let mut command = command(data_dir, Some(database_url), variables);
        let command = command.arg("serve").stdout(file(out)).stderr(file(err));
        let child = command.kill_on_drop(true).spawn().expect("the server starts");
        let mut url = None;
        super::eventually("it serves", async || {
            let said = std::fs::read_to_string(out).expect("its output can be read");
            let line = said.lines().find_map(|line| line.trim().strip_prefix("API"));
            url = line.map(|it| it.trim().trim_end_matches("/api/v1").to_owned());
            url.is_some()
        })
        .await;
        Self { url: url.expect("it says where it serves"), child }
    }

    /// `kill -9`
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("the server can be killed");
    }

    /// SIGTERM, and how it ended.
    pub async fn terminate(&mut self) -> ExitStatus {
        self.begin_to_terminate().await;
        self.ended().await
    }

    /// SIGTERM.
    pub async fn begin_to_terminate(&self) {
        let pid = self.child.id().expect("it runs").to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().await.expect("kill can be called");
        assert!(told.success());
    }

    /// How it ended, once it does.
    pub async fn ended(&mut self) -> ExitStatus {
        timeout(Duration::from_mins(1), self.child.wait()).await.expect("it ends within a minute").expect("it ends")
    }
}
