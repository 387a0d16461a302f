//! Tools that know OpenAPI read the specification, and hold the server to it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::process::Command;
use tokio::time::timeout;

use crate::support::Reply;
use crate::support::world::World;

/// One of the tools; `scripts/need-specification-tools` fetches them.
fn tool(name: &str) -> PathBuf {
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("specification_tools/venv/bin").join(name);
    assert!(tool.exists(), "scripts/need-specification-tools fetches what it needs");
    tool
}

/// What it says, and whether it is content.
async fn run(name: &str, arguments: &[&str], dir: &Path) -> (bool, String) {
    let mut command = Command::new(tool(name));
    command.args(arguments).current_dir(dir).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.kill_on_drop(true).spawn().expect("the tool starts");
    let output = timeout(Duration::from_mins(10), child.wait_with_output()).await;
    let output = output.expect("it ends within ten minutes").expect("it ends");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

async fn document(world: &World, path: &str) -> String {
    let answer = reqwest::get(format!("{}{path}", world.base())).await.expect("it answers");
    Reply::of(answer).await.expect(200).text
}

#[tokio::test(flavor = "multi_thread")]
async fn both_documents_are_valid() {
    let world = World::new().await;
    for path in ["/openapi.json", "/openapi-3.0.json"] {
        let file = world.data_dir.join("document.json");
        std::fs::write(&file, document(&world, path).await).expect("a file can be written");
        let (valid, said) = run("openapi-spec-validator", &["document.json"], &world.data_dir).await;
        assert!(valid, "{path}: {said}");
    }
}

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance,unsupported_method,allow_header_conformance";

#[tokio::test(flavor = "multi_thread")]
async fn every_example_is_one() {
    let world = World::new().await;
    let file = world.data_dir.join("document.json");
    std::fs::write(&file, document(&world, "/openapi.json").await).expect("a file can be written");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("specification_tools/examples.py");
    let arguments = [script.to_str().expect("a path of text"), "document.json"];
    let (valid, said) = run("python", &arguments, &world.data_dir).await;
    assert!(valid, "{said}");
}

/// What ends the sign-in that asks is left out: the rest would be asked by nobody.
const ENDS: &str = "/auth/logout|/me/sessions|/me/deletion|/admin/users/.*/suspend";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_answered_that_is_not_said() {
    let world = World::administered().await;
    let owner = json!({"email": "ada@bees.example", "username": "ada_bee", "password": "Correct-Horse-42"});
    let founded = world.post("/tenants", "", json!({"name": "Bees", "slug": "bees", "owner": owner})).await.expect(201);
    let token = world.mailed_token("ada@bees.example", "verify-email").await;
    world.post("/auth/verify-email", "", json!({"token": token})).await.expect(204);
    let root = world.administrator().await;
    std::fs::write(world.data_dir.join("document.json"), document(&world, "/openapi.json").await)
        .expect("a file can be written");
    // By itself it would sign up, which the anonymous run is not to.
    std::fs::write(world.data_dir.join("schemathesis.toml"), "[auth]\nauto-signup = false\n")
        .expect("a file can be written");
    let bearer = |token: &str| format!("Authorization: Bearer {token}");
    for caller in [Some(bearer(&founded.text_of("/access_token"))), Some(bearer(&root)), None] {
        let mut arguments = vec![
            "run",
            "document.json",
            "--url",
            world.base(),
            "--phases",
            "examples,coverage,fuzzing",
            "--max-examples",
            "2",
            "--seed",
            "7",
            "--checks",
            CHECKS,
            "--continue-on-failure",
            "--suppress-health-check",
            "all",
            "--no-color",
        ];
        if let Some(header) = &caller {
            arguments.extend(["--exclude-path-regex", ENDS, "-H", header]);
        }
        let (content, said) = run("schemathesis", &arguments, &world.data_dir).await;
        assert!(content, "{said}");
    }
}
