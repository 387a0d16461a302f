//! The `portcullis` command, built beside the tests that start, kill and restart it.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    server::command::main().await
}
