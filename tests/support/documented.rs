//! Every answer that tests see is one the specification knows: the status, and of an error the type.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use reqwest::Method;
use serde_json::Value;

/// The statuses of an operation, with the types of errors.
type Answers = BTreeMap<String, BTreeSet<String>>;

/// The operations of each path, by method.
static PATHS: LazyLock<Vec<(String, BTreeMap<String, Answers>)>> = LazyLock::new(|| {
    let document = adapter_http::openapi("support@example.com");
    let paths = document["paths"].as_object().expect("there are paths");
    let operations = |item: &Value| {
        let operations = item.as_object().into_iter().flatten();
        operations.map(|(method, operation)| (method.to_uppercase(), answers(operation, &document))).collect()
    };
    let mut paths: Vec<_> = paths.iter().map(|(path, item)| (path.clone(), operations(item))).collect();
    // As they are routed: a word stands before what stands for any word.
    paths.sort_by_key(|it| it.0.contains('{'));
    paths
});

fn answers(operation: &Value, document: &Value) -> Answers {
    let mut answers = Answers::new();
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let place = response["$ref"].as_str().map(|it| &it[1..]);
        let response = place.map_or(response, |place| document.pointer(place).expect("a reference leads somewhere"));
        let names = response.pointer("/content/application~1json/schema/allOf/1/properties/type/enum");
        let names = names.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        answers.entry(status.clone()).or_default().extend(names.map(str::to_owned));
    }
    answers
}

fn matches(path: &str, asked: &str) -> bool {
    let (mut words, mut asked) = (path.split('/'), asked.split('/'));
    loop {
        match (words.next(), asked.next()) {
            (None, None) => return true,
            (Some(word), Some(it)) if word == it || (word.starts_with('{') && !it.is_empty()) => {}
            _ => return false,
        }
    }
}

/// Fails where a path of the specification answered what the specification does not say of its operation; of any of its
/// operations, where it is not told by which method it was asked.
pub fn check(method: Option<&Method>, path: &str, status: u16, body: &Value) {
    let asked = path.strip_prefix("/v1/").map_or_else(|| path.to_owned(), |rest| format!("/api/v1/{rest}"));
    let Some((path, operations)) = PATHS.iter().find(|it| matches(&it.0, &asked)) else { return };
    // A method that the path does not know is no operation's.
    if status == 405 {
        return;
    }
    let meant = operations.iter().filter(|(known, _)| method.is_none_or(|it| it.as_str() == known.as_str()));
    let meant: Vec<_> = meant.filter_map(|(_, answers)| answers.get(&status.to_string())).collect();
    let of = format!("{} {path} answered {status}", method.map_or("", Method::as_str));
    assert!(!meant.is_empty(), "{of}, which the specification does not say: {body}");
    if let Some(kind) = body["type"].as_str().filter(|_| status >= 400) {
        assert!(meant.iter().any(|it| it.contains(kind)), "{of} {kind}, which the specification does not say");
    }
}
