//! What the documentation shows is what happens: its shell blocks are run against a real server, one after the other in one
//! shell, and what each prints is what the block below it says.

use std::process::{Output, Stdio};

use serde_json::Value;
use tokio::process::Command;

use crate::support::World;
use crate::support::process::SECRET_KEY;

/// A command, and what is said of its output.
struct Step<'a> {
    shell: &'a str,
    expected: Option<(&'a str, &'a str)>,
}

/// The fenced blocks of a document: language and text.
fn blocks(document: &str) -> Vec<(&str, &str)> {
    let mut parts = document.split("\n```");
    let _before = parts.next();
    let mut blocks = Vec::new();
    // Every other part stands between two fences.
    while let Some(inside) = parts.next() {
        let (language, text) = inside.split_once('\n').expect("a block has a first line");
        blocks.push((language, text));
        parts.next();
    }
    blocks
}

fn steps(document: &str) -> Vec<Step<'_>> {
    let blocks = blocks(document);
    let expected = |i: usize| blocks.get(i + 1).copied().filter(|(language, _)| ["json", "text"].contains(language));
    let commands = blocks.iter().enumerate().filter(|(_, (language, _))| *language == "sh");
    commands.map(|(i, (_, shell))| Step { shell, expected: expected(i) }).collect()
}

/// Whether the answer says all that is expected; `…` stands for anything.
fn says(answer: &Value, expected: &Value) -> bool {
    match (answer, expected) {
        (_, Value::String(any)) if any == "…" => true,
        (Value::Object(answer), Value::Object(expected)) => {
            expected.iter().all(|(key, value)| answer.get(key).is_some_and(|it| says(it, value)))
        }
        (Value::Array(answer), Value::Array(expected)) => {
            answer.len() == expected.len() && answer.iter().zip(expected).all(|(it, value)| says(it, value))
        }
        _ => answer == expected,
    }
}

/// Where programs are, our own before all others.
fn path(world: &World) -> String {
    let ours = world.data_dir.join("bin");
    std::fs::create_dir_all(&ours).expect("a directory can be made");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_portcullis-under-test"), ours.join("portcullis")).expect("a link");
    format!("{}:{}", ours.display(), std::env::var("PATH").unwrap_or_default())
}

const MARK: &str = "=== the next block ===";

/// What a shell says to this, beside this server.
async fn shell(world: &World, script: &str, root: &str) -> Output {
    Command::new("bash")
        .args(["-euo", "pipefail", "-c", script])
        .env("API", world.url(""))
        .env("ROOT", root)
        .env("OUTBOX", world.data_dir.join("outbox"))
        .env("PATH", path(world))
        .env("DATABASE_URL", &world.database.url)
        .env("SECRET_KEY", SECRET_KEY)
        .env("PORTCULLIS_DATA_DIR", &world.data_dir)
        .env("PORTCULLIS_PUBLIC_URL", world.base())
        .current_dir(&world.data_dir)
        .stdin(Stdio::null())
        .output()
        .await
        .expect("bash and curl are there")
}

async fn happens(document: &str) {
    let world = World::administered().await;
    let root = world.administrator().await;
    let steps = steps(document);
    assert!(steps.len() > 5 && steps.iter().any(|it| it.expected.is_some()), "the blocks were not found");
    let end = format!("\necho\necho '{MARK}'\n");
    let script: String = steps.iter().flat_map(|it| [it.shell, &end]).collect();
    let output = shell(&world, &script, &root).await;
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    let printed: Vec<&str> = printed.split(MARK).collect();
    assert_eq!(printed.len(), steps.len() + 1);
    for (step, printed) in steps.iter().zip(printed) {
        match step.expected {
            Some(("json", expected)) => {
                let expected: Value = serde_json::from_str(expected).expect("a JSON block holds JSON");
                let answer = serde_json::from_str(printed.trim()).unwrap_or_else(|error| panic!("{error}: {printed}"));
                assert!(says(&answer, &expected), "{}\nanswered {answer}\nand not {expected}", step.shell);
            }
            Some((_, expected)) => assert_eq!(printed.trim(), expected.trim(), "{}", step.shell),
            None => {}
        }
    }
}

/// With this server where the tour says `make run`, and its data directory where that keeps its own.
#[tokio::test(flavor = "multi_thread")]
async fn the_tour_of_the_readme_goes_all_the_way() {
    let world = World::new().await;
    std::os::unix::fs::symlink(&world.data_dir, world.data_dir.join(".portcullis")).expect("a link");
    let tour =
        steps(include_str!("../README.md")).into_iter().find(|it| it.shell.starts_with("API=")).expect("a tour").shell;
    let tour = tour
        .replace("http://127.0.0.1:8080", world.base())
        .replace("cargo run -q -p portcullis-server --", "portcullis");
    let output = shell(&world, &tour, "").await;
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    for (words, times) in [
        ("\"slug\":\"acme-bees\"", 2),
        ("\"status\":\"pending\"", 1),
        ("\"allowed\":false", 1),
        ("\"accepted\":true", 2),
        ("\"code\":\"QUOTA_EXCEEDED\"", 1),
        ("\"remaining\":40", 4),
        ("\"action\":\"organization.created\"", 1),
        ("\"code\":\"UNAUTHORIZED\"", 1),
        ("\"release_after\":900", 1),
        ("\"type\":\"organization\"", 1),
        ("\"required_permission\":\"audit.view\"", 1),
        ("otpauth://totp/", 1),
    ] {
        assert_eq!(printed.matches(words).count(), times, "{words} in {printed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn authorization_md_shows_what_happens() {
    happens(include_str!("../docs/authorization.md")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entitlements_md_shows_what_happens() {
    happens(include_str!("../docs/entitlements.md")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_md_shows_what_happens() {
    happens(include_str!("../docs/webhooks.md")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_md_shows_what_happens() {
    happens(include_str!("../docs/audit.md")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quickstart_md_shows_what_happens() {
    happens(include_str!("../docs/quickstart.md")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn authentication_md_shows_what_happens() {
    happens(include_str!("../docs/authentication.md")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn best_practices_md_shows_what_happens() {
    happens(include_str!("../docs/best-practices.md")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_md_shows_what_happens() {
    happens(include_str!("../docs/operations.md")).await;
}
