use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match server::command::run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("portcullis: {}", server::command::chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}
