//! The walls: which crate may know which, that every MUST of a port has a contract test, and every
//! mail of a domain a template.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

/// Every arrow there may be. `docs/architecture.md` draws them.
const ARROWS: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("identity", &["kernel"]),
    ("tenancy", &["kernel"]),
    ("rbac", &["kernel"]),
    ("rbac-benches", &["rbac"]),
    ("entitlements", &["kernel"]),
    ("audit", &["kernel"]),
    ("webhooks", &["kernel"]),
    ("accounts", &["kernel", "identity", "tenancy", "rbac", "entitlements", "audit", "webhooks"]),
    ("adapter-postgres", &["kernel", "identity", "tenancy", "rbac", "entitlements", "audit", "webhooks", "accounts"]),
    ("adapter-http", &["kernel", "identity", "tenancy", "rbac", "entitlements", "audit", "webhooks", "accounts"]),
    ("adapter-postgres-benches", &["kernel", "entitlements", "adapter-crypto", "adapter-postgres"]),
    ("adapter-email", &["kernel"]),
    ("adapter-crypto", &["kernel", "identity", "audit"]),
    ("adapter-outbound", &["kernel", "identity", "webhooks"]),
    ("adapter-shortlived", &["kernel"]),
    ("adapter-files", &["kernel"]),
    (
        "server",
        &[
            "kernel",
            "identity",
            "tenancy",
            "rbac",
            "entitlements",
            "audit",
            "webhooks",
            "accounts",
            "adapter-postgres",
            "adapter-http",
            "adapter-email",
            "adapter-crypto",
            "adapter-outbound",
            "adapter-shortlived",
            "adapter-files",
        ],
    ),
];

/// The world, which nothing below an adapter knows.
const WORLD: &[&str] = &[
    "diesel",
    "diesel-async",
    "tokio-postgres",
    "actix-web",
    "actix-http",
    "reqwest",
    "hyper",
    "lettre",
    "redis",
    "rustls",
    "jsonwebtoken",
    "openidconnect",
    "argon2",
    "object_store",
    "image",
    "opentelemetry",
    "opentelemetry_sdk",
    "opentelemetry-otlp",
    "tracing-opentelemetry",
    "pulldown-cmark",
    "tracing-subscriber",
];

const PURE: &[&str] = &["kernel", "identity", "tenancy", "rbac", "entitlements", "audit", "webhooks", "accounts"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests stand in the workspace").to_owned()
}

fn metadata() -> Metadata {
    // What this platform builds is here already; the rest would have to be fetched.
    let rustc = Command::new("rustc").arg("-vV").output().expect("rustc answers");
    let rustc = String::from_utf8(rustc.stdout).expect("rustc speaks UTF-8");
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host");
    let mut command = MetadataCommand::new();
    let options = ["--offline", "--locked", "--all-features", "--filter-platform", host];
    command.manifest_path(root().join("Cargo.toml")).other_options(options.map(str::to_owned));
    command.exec().expect("cargo metadata answers")
}

#[test]
fn crates_know_only_whom_they_may() {
    let metadata = metadata();
    let allowed: HashMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    for package in metadata.workspace_packages() {
        let Some(name) = package.name.strip_prefix("portcullis-").filter(|name| *name != "tests") else { continue };
        let allowed = allowed.get(name).unwrap_or_else(|| panic!("{name} has no row in ARROWS"));
        for dependency in &package.dependencies {
            let Some(other) = dependency.name.strip_prefix("portcullis-") else { continue };
            assert!(allowed.contains(&other), "{name} must not know {other}");
        }
    }
}

#[test]
fn nothing_below_an_adapter_knows_the_world() {
    let metadata = metadata();
    let resolve = metadata.resolve.as_ref().expect("the graph is resolved");
    let nodes: HashMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    for name in PURE {
        let package = metadata.packages.iter().find(|it| *it.name == format!("portcullis-{name}"));
        let package = package.unwrap_or_else(|| panic!("there is no crate {name}"));
        let mut seen: HashSet<&PackageId> = HashSet::new();
        let mut open = vec![&package.id];
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let own = *id == package.id;
            // A crate's own tests count too: `cargo test` of a domain crate builds neither database nor web server.
            let counts =
                |kind: DependencyKind| kind == DependencyKind::Normal || (own && kind == DependencyKind::Development);
            let wanted = nodes[id].deps.iter().filter(|dep| dep.dep_kinds.iter().any(|it| counts(it.kind)));
            open.extend(wanted.map(|dep| &dep.pkg));
        }
        let known: BTreeSet<&str> = seen.iter().map(|id| metadata[*id].name.as_str()).collect();
        for foreign in WORLD {
            assert!(!known.contains(foreign), "{name} must not know {foreign}");
        }
    }
}

/// `STORE-1` to the file that promises it.
fn promises() -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    for name in PURE {
        for file in sources(&root().join("crates").join(name).join("src")) {
            let text = std::fs::read_to_string(&file).expect("a source can be read");
            for (at, _) in text.match_indices(" MUST ") {
                let id =
                    text[..at].rsplit(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-')).next();
                let id = id.unwrap_or_default();
                let numbered = id.split_once('-').is_some_and(|(port, n)| !port.is_empty() && n.parse::<u32>().is_ok());
                assert!(numbered, "a MUST without a number in {}", file.display());
                let before = found.insert(id.to_owned(), file.clone());
                assert!(before.is_none(), "{id} is promised twice");
            }
        }
    }
    found
}

fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).expect("a source directory can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            files.push(path);
        }
    }
    files
}

#[test]
fn every_must_has_a_test_named_after_it() {
    let promises = promises();
    assert!(promises.len() > 20, "the promises were not found");
    let mut tests = String::new();
    let mut dirs = vec![root().join("tests/contracts")];
    let adapters = ["adapter-crypto", "adapter-email", "adapter-outbound"];
    dirs.extend(adapters.map(|name| root().join("crates").join(name).join("src")));
    for dir in dirs {
        for file in sources(&dir) {
            tests.push_str(&std::fs::read_to_string(&file).expect("a source can be read"));
        }
    }
    let missing: Vec<&String> =
        promises.keys().filter(|id| !tests.contains(&format!("fn {}_", id.to_lowercase().replace('-', "_")))).collect();
    assert!(missing.is_empty(), "without a test named after them: {missing:?}");
}

#[test]
fn every_mail_has_a_template() {
    let mails = accounts::MAILS.concat();
    assert!(mails.len() > 10, "the mails were not found");
    for mail in mails {
        assert!(adapter_email::has_template(mail), "{mail}");
    }
}
