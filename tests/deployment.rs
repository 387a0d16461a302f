//! What can be said of `deploy/` without an engine: who runs what, that no secret is in it, and that it and the documentation
//! name settings there are.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::process::run_with;

const UNIT: &str = include_str!("../deploy/portcullis.service");
const DOCKERFILE: &str = include_str!("../deploy/Dockerfile");
const IGNORED: &str = include_str!("../deploy/Dockerfile.dockerignore");

/// What must not be in a file that everybody reads.
const SECRETS: [&str; 7] = ["SECRET", "PASSWORD", "TOKEN", "DATABASE_URL", "SMTP_URL", "REDIS_URL", "_KEY"];

/// The instructions of a Dockerfile, with their words on one line each.
fn instructions() -> Vec<(String, String)> {
    let text = DOCKERFILE.replace("\\\n", " ");
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let instruction = |line: &str| {
        let (word, rest) = line.split_once(' ').expect("an instruction has an argument");
        (word.to_owned(), rest.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    lines.map(instruction).collect()
}

/// Those of the image that is made in the end.
fn of_the_image() -> Vec<(String, String)> {
    let all = instructions();
    let last = all.iter().rposition(|(word, _)| word == "FROM").expect("it is made from something");
    all[last..].to_vec()
}

/// `NAME=value` as `ENV` or `Environment=` have them.
fn settings() -> Vec<(String, String)> {
    let image = of_the_image().into_iter().filter(|(word, _)| word == "ENV").map(|(_, rest)| rest);
    let unit = UNIT.lines().filter_map(|line| line.strip_prefix("Environment=")).map(str::to_owned);
    let pairs = image.chain(unit).flat_map(|it| it.split(' ').map(str::to_owned).collect::<Vec<_>>());
    pairs.map(|it| it.split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned())).expect("a name and a value")).collect()
}

fn unit(key: &str) -> Vec<&str> {
    UNIT.lines().filter_map(|line| line.split_once('=').filter(|(it, _)| *it == key).map(|(_, value)| value)).collect()
}

#[test]
fn the_image_holds_one_program_run_by_nobody_in_particular() {
    let image = of_the_image();
    let one = |wanted: &str| {
        let found: Vec<&str> = image.iter().filter(|(word, _)| word == wanted).map(|(_, it)| it.as_str()).collect();
        assert_eq!(found.len(), 1, "{wanted}: {found:?}");
        found[0].to_owned()
    };
    assert_eq!(one("FROM"), "${RUNTIME_IMAGE}");
    assert!(instructions().contains(&("ARG".to_owned(), "RUNTIME_IMAGE".to_owned())), "it has no address of its own");
    let user = one("USER");
    let (user, group) = user.split_once(':').expect("user and group by number");
    assert!(user.parse::<u32>().expect("a number") > 0 && group.parse::<u32>().expect("a number") > 0);
    assert_eq!(one("ENTRYPOINT"), "[\"/usr/local/bin/portcullis\"]", "without a shell, which it has not");
    assert_eq!((one("CMD"), one("STOPSIGNAL")), ("[\"serve\"]".to_owned(), "SIGTERM".to_owned()));
    let data = one("VOLUME");
    assert!(settings().contains(&("PORTCULLIS_DATA_DIR".to_owned(), data.clone())));
    let copied: Vec<&str> = image.iter().filter(|(word, _)| word == "COPY").map(|(_, it)| it.as_str()).collect();
    assert_eq!(copied.len(), 2, "{copied:?}");
    assert!(copied.iter().any(|it| it.contains("--chown=0:0") && it.ends_with("/usr/local/bin/portcullis")));
    assert!(image.iter().all(|(word, _)| !["RUN", "ADD", "ARG"].contains(&word.as_str())));
}

#[test]
fn nothing_of_this_directory_gets_in_but_what_is_built_from() {
    let lines: Vec<&str> = IGNORED.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    assert_eq!(lines[0], "*");
    for needed in lines[1..].iter().map(|it| it.strip_prefix('!').expect("a name that is let in")) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").join(needed);
        assert!(path.exists(), "{needed}");
        assert!(!needed.starts_with('.') && needed != "portcullis.toml" && needed != "target");
    }
    for member in ["Cargo.lock", "crates", "tests", "migrations", "docs", "CHANGELOG.md"] {
        assert!(lines.contains(&format!("!{member}").as_str()), "{member} is built from");
    }
}

#[test]
fn no_secret_is_written_down() {
    for (name, value) in settings() {
        assert!(SECRETS.iter().all(|it| !name.contains(it)), "{name}={value}");
    }
    let arguments = instructions().into_iter().filter(|(word, _)| ["ARG", "ENV"].contains(&word.as_str()));
    for (word, rest) in arguments {
        assert!(SECRETS.iter().all(|it| !rest.contains(it)), "{word} {rest}");
    }
    assert_eq!(unit("EnvironmentFile"), ["/etc/portcullis/environment"]);
}

#[test]
fn the_service_may_do_little() {
    for (key, value) in [
        ("DynamicUser", "yes"),
        ("NoNewPrivileges", "yes"),
        ("CapabilityBoundingSet", ""),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("PrivateTmp", "yes"),
        ("PrivateDevices", "yes"),
        ("MemoryDenyWriteExecute", "yes"),
        ("RestrictSUIDSGID", "yes"),
        ("UMask", "0077"),
        ("LimitCORE", "0"),
        ("StateDirectory", "portcullis"),
    ] {
        assert_eq!(unit(key), [value], "{key}");
    }
    assert!(unit("SystemCallFilter").contains(&"@system-service"));
    let data = ("PORTCULLIS_DATA_DIR".to_owned(), "/var/lib/portcullis".to_owned());
    assert!(settings().contains(&data), "the one directory it may write");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_run_and_set_there_is_known() {
    let settings = settings();
    assert!(settings.len() >= 5, "{settings:?}");
    let mut variables: Vec<(&str, &str)> = settings.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    variables.extend([("PORTCULLIS_REQUIRE_HTTPS", "off"), ("PORTCULLIS_PUBLIC_URL", "https://id.example.com")]);
    let dir = std::env::temp_dir();
    let (good, said) =
        run_with(&dir, Some("postgres://db.example/portcullis"), &variables, &["config", "check"], "").await;
    assert!(good, "{said}");
    for line in unit("ExecStart").into_iter().chain(unit("ExecStartPre")) {
        let mut words: Vec<&str> = line.split(' ').skip(1).collect();
        words.push("--help");
        let (known, said) = run_with(&dir, None, &[], &words, "").await;
        assert!(known, "{line}: {said}");
    }
}

/// Every name of ours that the documentation writes.
#[tokio::test(flavor = "multi_thread")]
async fn the_documentation_names_settings_there_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let docs =
        std::fs::read_dir(root.join("docs")).expect("there are documents").map(|it| it.expect("an entry").path());
    let mut names = BTreeSet::new();
    for path in docs.chain([root.join("README.md")]) {
        let text = std::fs::read_to_string(&path).expect("a document can be read");
        let words = text.split(|c: char| !(c.is_ascii_uppercase() || c == '_'));
        let ours = words.filter(|it| it.starts_with("PORTCULLIS_") && !it.ends_with('_') && *it != "PORTCULLIS_LISTNE");
        names.extend(ours.map(str::to_owned));
    }
    assert!(names.len() > 10, "{names:?}");
    let variables: Vec<(&str, &str)> = names.iter().map(|it| (it.as_str(), "")).collect();
    let (_, said) = run_with(&std::env::temp_dir(), None, &variables, &["config", "check"], "").await;
    assert!(!said.contains("is not a setting"), "{said}");
}
