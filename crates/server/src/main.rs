use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    server::command::main().await
}
