use serde::Deserialize;
use serde_json::json;

use super::*;
use crate::answer::Hidden;
use crate::extract::body::parse;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Founding {
    #[expect(dead_code, reason = "only its shape is looked at")]
    name: String,
    owner: Owner,
    seats: Option<i64>,
    is_trial: Option<bool>,
    #[schema(min_items = 1, max_items = 2)]
    tags: Option<Vec<String>>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Owner {
    email: String,
    #[expect(dead_code, reason = "only its shape is looked at")]
    password: Hidden,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
enum Invite {
    One(Owner),
    #[expect(dead_code, reason = "only its shape is looked at")]
    Many(Owners),
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Owners {
    #[expect(dead_code, reason = "only its shape is looked at")]
    owners: Vec<Owner>,
}

fn told<T: serde::de::DeserializeOwned + ToSchema + std::fmt::Debug + 'static>(body: &Value) -> Vec<(String, String)> {
    let error = parse::<T>(body.to_string().as_bytes()).unwrap_err();
    error.problems().iter().flat_map(|(field, all)| all.iter().map(move |it| (field.to_owned(), it.clone()))).collect()
}

fn line(field: &str, sentence: &str) -> (String, String) {
    (field.to_owned(), sentence.to_owned())
}

#[test]
fn every_problem_is_told_at_once_in_the_seeds_words() {
    let body =
        json!({"owner": {"email": 5, "x": 1}, "seats": "3", "is_trial": "yes", "tags": ["a", 7], "plan": "free"});
    assert_eq!(
        told::<Founding>(&body),
        [
            line("is_trial", "The is_trial field must be true or false."),
            line("name", "The name field is required."),
            line("owner.email", "The owner.email field must be a string."),
            line("owner.password", "The owner.password field is required."),
            line("owner.x", "The owner.x field is unknown."),
            line("plan", "The plan field is unknown."),
            line("seats", "The seats field must be a whole number."),
            line("tags.1", "The tags.1 field must be a string."),
        ]
    );
}

#[test]
fn null_is_absence() {
    let body = json!({"name": "Acme", "owner": {"email": "a", "password": null}, "seats": null});
    assert_eq!(told::<Founding>(&body), [line("owner.password", "The owner.password field is required.")]);
    let body = json!({"name": "Acme", "owner": {"email": "a", "password": "p"}, "seats": null, "tags": null});
    let founding: Founding = parse(body.to_string().as_bytes()).unwrap();
    assert_eq!((founding.seats, founding.is_trial, founding.tags), (None, None, None));
    assert_eq!(founding.owner.email, "a");
}

#[test]
fn lists_have_a_length_and_are_not_records() {
    let with = |owner: Value, tags: Value| json!({"name": "Acme", "owner": owner, "tags": tags});
    let owner = json!({"email": "a", "password": "p"});
    let sentence = "The tags field must be a list of 1 to 2 items.";
    assert_eq!(told::<Founding>(&with(owner.clone(), json!([]))), [line("tags", sentence)]);
    assert_eq!(told::<Founding>(&with(owner.clone(), json!(["a", "b", "c"]))), [line("tags", sentence)]);
    assert_eq!(told::<Founding>(&with(owner, json!("a"))), [line("tags", "The tags field must be a list.")]);
    let positional = with(json!(["a", "p"]), json!(["a"]));
    assert_eq!(told::<Founding>(&positional), [line("owner", "The owner field must be an object.")]);
    assert_eq!(told::<Founding>(&json!([])), [line("body", "The body must be an object.")]);
}

#[test]
fn text_the_database_cannot_hold_is_a_problem() {
    let body = json!({"name": "a\0b", "owner": {"email": "a", "password": "p"}});
    assert_eq!(told::<Founding>(&body), [line("name", "The name field must be without NUL characters.")]);
}

#[test]
fn numbers_the_type_cannot_hold_are_a_problem() {
    let body = json!({"name": "a", "owner": {"email": "a", "password": "p"}, "seats": u64::MAX});
    assert_eq!(told::<Founding>(&body), [line("seats", "The seats field must be a whole number.")]);
}

#[test]
fn of_two_forms_the_closer_one_is_meant() {
    let required = |field: &str| line(field, &format!("The {field} field is required."));
    assert_eq!(told::<Invite>(&json!({})), [required("email"), required("password")]);
    assert_eq!(told::<Invite>(&json!({"owners": [{"email": "a"}]})), [required("owners.0.password")]);
    let body = json!({"email": "a", "password": "p"});
    let Invite::One(owner) = parse(body.to_string().as_bytes()).unwrap() else { panic!("the other form") };
    assert_eq!(owner.email, "a");
}

#[test]
fn many_unknown_fields_are_told_of_briefly() {
    let body: Value = (0..1000).map(|i| (format!("x{i}"), json!(1))).collect::<Map<_, _>>().into();
    assert_eq!(told::<Owners>(&body).len(), 1 + MOST_UNKNOWN);
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
enum Setting {
    #[expect(dead_code, reason = "only its shape is looked at")]
    Flag(Flag),
    #[expect(dead_code, reason = "only its shape is looked at")]
    Text(Text),
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its shape is looked at")]
struct Flag {
    key: String,
    #[schema(inline)]
    kind: FlagKind,
    value: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum FlagKind {
    Flag,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its shape is looked at")]
struct Text {
    key: String,
    #[schema(inline)]
    kind: TextKind,
    value: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum TextKind {
    Text,
}

#[test]
fn what_says_which_kind_it_is_is_told_by_that_kind() {
    assert!(parse::<Setting>(br#"{"kind": "text", "key": "a", "value": "b"}"#).is_ok());
    let text = json!({"kind": "text", "key": "a", "value": true});
    assert_eq!(told::<Setting>(&text), [line("value", "The value field must be a string.")]);
    let flag = json!({"kind": "flag", "value": "b"});
    assert_eq!(
        told::<Setting>(&flag),
        [line("key", "The key field is required."), line("value", "The value field must be true or false.")]
    );
    let unknown = json!({"kind": "text", "key": "a", "value": "b", "x": 1});
    assert_eq!(told::<Setting>(&unknown), [line("x", "The x field is unknown.")]);
    let none = told::<Setting>(&json!({"kind": "list", "key": "a", "value": "b"}));
    assert_eq!(none[0], line("kind", "The kind field must be one of: flag."), "{none:?}");
}
