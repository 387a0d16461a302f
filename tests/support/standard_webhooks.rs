use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

use super::receiver::Received;

/// What the reference libraries of Standard Webhooks say of deliveries, by name.
pub async fn verdicts(deliveries: &[(&Received, &str)]) -> Vec<(&'static str, Vec<String>)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("standard_webhooks");
    let python = dir.join("venv/bin/python");
    assert!(python.exists(), "scripts/need-standard-webhooks fetches what it needs");
    let mut all = Vec::new();
    for (name, program, script) in [("npm", Path::new("node"), "verify.js"), ("PyPI", python.as_path(), "verify.py")] {
        let mut command = Command::new(program);
        command.arg(script).current_dir(&dir).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("the library starts");
        let mut stdin = child.stdin.take().expect("it has an input");
        for (received, secret) in deliveries {
            let headers: serde_json::Map<_, _> =
                received.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            let line = json!({"secret": secret, "headers": headers, "body": received.body});
            stdin.write_all(format!("{line}\n").as_bytes()).await.expect("it reads");
        }
        drop(stdin);
        let output = timeout(Duration::from_mins(1), child.wait_with_output()).await;
        let output = output.expect("it ends within a minute").expect("it ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8_lossy(&output.stdout);
        all.push((name, said.lines().map(str::to_owned).collect()));
    }
    all
}
