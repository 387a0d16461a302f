use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::*;
use crate::error::Kind;
use crate::extract::{Charge, Credential};
use crate::routes;

fn document() -> Value {
    serde_json::to_value(routes::all().document("support@example.com")).unwrap()
}

fn operations(document: &Value) -> Vec<(String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let methods = item.as_object().unwrap().iter().filter(|(_, it)| it.get("responses").is_some());
        methods.map(|(method, it)| (format!("{method} {path}"), it.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

fn resolved<'a>(it: &'a Value, document: &'a Value) -> &'a Value {
    it["$ref"].as_str().map_or(it, |path| document.pointer(&path[1..]).unwrap())
}

#[test]
fn the_table_says_what_the_signatures_say() {
    let table = routes::all().table();
    let row = |method, path: &str| table.iter().find(|it| it.method == method && it.path == path).unwrap().clone();
    let invite = row("POST", "/api/v1/team/invite");
    assert_eq!((invite.credential, invite.permission.as_deref()), (Credential::Any, Some("team.invite")));
    assert_eq!(row("POST", "/api/v1/tenants").credential, Credential::None);
    assert_eq!(row("POST", "/api/v1/invitations/accept").credential, Credential::Optional);
    assert_eq!(row("POST", "/api/v1/auth/logout").credential, Credential::EvenExpired);
    let keys = row("GET", "/api/v1/api-keys");
    assert_eq!(
        (keys.credential, keys.permission.as_deref(), keys.step_up),
        (Credential::Person, Some("api_keys.view"), false)
    );
    let deletion = row("POST", "/api/v1/me/deletion");
    assert_eq!((deletion.credential, deletion.permission, deletion.step_up), (Credential::Person, None, true));
    let people = row("GET", "/api/v1/admin/users");
    assert_eq!((people.permission.as_deref(), people.step_up), (Some("platform.administer"), false));
    let suspend = row("POST", "/api/v1/admin/users/{id}/suspend");
    assert_eq!((suspend.permission.as_deref(), suspend.step_up), (Some("platform.administer"), true));
    assert_eq!(row("POST", "/auth/change-password").credential, Credential::Person);
    assert_eq!(row("POST", "/auth/signin").credential, Credential::None);
    let check = row("POST", "/api/v1/permissions/check");
    assert_eq!((check.credential, check.permission), (Credential::Any, None));
    assert_eq!(row("GET", "/livez").credential, Credential::None);
}

#[test]
fn no_endpoint_is_there_twice() {
    let table = routes::all().table();
    let distinct: BTreeSet<_> = table.iter().map(|it| (it.method, &it.path)).collect();
    assert_eq!(distinct.len(), table.len());
}

#[test]
fn the_specification_says_what_the_signatures_say() {
    let document = document();
    let operation = |method: &str, path: &str| document["paths"][["/api/v1", path].concat()][method].clone();
    let invite = operation("post", "/team/invite");
    assert_eq!(invite["x-permission"], "team.invite");
    assert_eq!(invite["security"], json!([{"access_token": []}, {"cookie": []}, {"key": []}]));
    let person = json!([{"access_token": []}, {"cookie": []}]);
    assert_eq!(operation("post", "/me/mfa/setup")["security"], person);
    let key = operation("post", "/api-keys");
    assert_eq!(
        (&key["x-permission"], &key["x-step-up"], &key["security"]),
        (&json!("api_keys.manage"), &json!(true), &person)
    );
    assert_eq!(operation("post", "/api-keys/{id}/rotate")["requestBody"]["required"], false);
    let parameters: Vec<&str> =
        invite["parameters"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(parameters, ["X-Tenant", "Idempotency-Key"]);
    assert_eq!(invite.get("x-step-up"), None);
    let suspend = operation("post", "/admin/users/{id}/suspend");
    assert_eq!((&suspend["x-permission"], &suspend["x-step-up"]), (&json!("platform.administer"), &json!(true)));
    assert!(suspend["responses"]["403"]["description"].as_str().unwrap().contains("`step_up_required`"));
    let refresh = &operation("post", "/auth/refresh")["parameters"][0];
    assert_eq!((&refresh["name"], &refresh["in"]), (&json!("Idempotency-Key"), &json!("header")));
    assert!(document["paths"]["/auth/change-password"]["post"].is_object());
    assert_eq!(operation("post", "/invitations/accept")["security"], json!([{}, {"access_token": []}, {"cookie": []}]));
    assert_eq!(operation("post", "/auth/login")["security"], json!([]));
    let team = operation("get", "/team")["parameters"].as_array().unwrap().clone();
    let limit = team.iter().find(|it| it["name"] == "limit").unwrap();
    assert_eq!(
        (&limit["name"], &limit["in"], &limit["schema"]["maximum"]),
        (&json!("limit"), &json!("query"), &json!(100))
    );
}

#[test]
fn every_operation_is_whole() {
    let document = document();
    let operations = operations(&document);
    assert_eq!(operations.len(), routes::all().table().len());
    let tags: Vec<&Value> = document["tags"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    let mut ids = BTreeSet::new();
    for (name, operation) in operations {
        assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{name}");
        assert!(operation["summary"].as_str().is_some_and(|it| !it.is_empty()), "{name}");
        assert!(tags.contains(&&operation["tags"][0]), "{name}");
        for (status, response) in operation["responses"].as_object().unwrap() {
            let response = resolved(response, &document);
            assert!(response["description"].as_str().is_some_and(|it| !it.is_empty()), "{name} {status}");
            assert!(response["headers"]["X-Request-Id"].is_object(), "{name} {status}");
            if status.as_str() >= "400" {
                let parts = &response["content"]["application/json"]["schema"]["allOf"];
                assert_eq!(parts[0]["$ref"], "#/components/schemas/Error", "{name} {status}");
                let kinds = parts[1]["properties"]["type"]["enum"].as_array().unwrap();
                assert!(!kinds.is_empty(), "{name} {status} names no error");
            }
        }
        for status in ["500", "503"] {
            assert!(operation["responses"].get(status).is_some(), "{name} {status}");
        }
    }
}

/// What a description sets in backticks is a type of that status, or a field of the answer.
#[test]
fn errors_are_called_by_their_names() {
    let fields = ["parts", "status", "error", "Retry-After"];
    let document = document();
    for (name, operation) in operations(&document) {
        for (status, response) in operation["responses"].as_object().unwrap().iter().filter(|it| **it.0 >= *"400") {
            let description = resolved(response, &document)["description"].as_str().unwrap().to_owned();
            for word in description.split('`').skip(1).step_by(2) {
                let is_kind = Kind::ALL.iter().any(|it| it.name == word && it.status.as_str() == status);
                assert!(is_kind || fields.contains(&word), "{name} {status}: {word}");
            }
        }
    }
}

#[test]
fn request_bodies_are_closed() {
    fn closed(schema: &Value, document: &Value, name: &str) {
        if let Some(path) = schema["$ref"].as_str() {
            return closed(document.pointer(&path[1..]).unwrap(), document, path);
        }
        if let Some(variants) = schema["oneOf"].as_array() {
            return variants.iter().for_each(|it| closed(it, document, name));
        }
        if schema["type"] == "object" {
            assert_eq!(schema["additionalProperties"], false, "{name}");
            schema["properties"].as_object().unwrap().values().for_each(|it| closed(it, document, name));
        }
        if schema["type"] == "array" {
            closed(&schema["items"], document, name);
        }
    }
    let document = document();
    let bodies: Vec<(String, Value)> =
        operations(&document).into_iter().filter(|(_, it)| it.get("requestBody").is_some()).collect();
    assert!(bodies.len() > 5);
    for (name, operation) in bodies {
        closed(&operation["requestBody"]["content"]["application/json"]["schema"], &document, &name);
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(object) => {
                found.extend(object.get("$ref").and_then(Value::as_str));
                object.values().for_each(|it| references(it, found));
            }
            Value::Array(items) => items.iter().for_each(|it| references(it, found)),
            _ => {}
        }
    }
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for path in found {
        assert!(document.pointer(&path[1..]).is_some(), "{path}");
    }
}

#[test]
fn no_two_schemas_share_a_name() {
    let mut known: BTreeMap<String, Value> = BTreeMap::new();
    for entry in routes::all().entries {
        for (name, schema) in entry.schemas {
            let schema = serde_json::to_value(schema).unwrap();
            let first = known.entry(name.clone()).or_insert_with(|| schema.clone());
            assert_eq!(*first, schema, "{name}");
        }
    }
}

#[test]
fn a_mount_is_taken_off_whole() {
    assert_eq!(within_mount("/api/v1/team"), "/team");
    assert_eq!(within_mount("/v1/team"), "/team");
    assert_eq!(within_mount("/v1team"), "/v1team");
    assert_eq!(within_mount("/livez"), "/livez");
}

/// Where a limit of its own stands is decided here, and nowhere by accident.
#[test]
fn what_is_counted_apart_is_written_down() {
    let routes = routes::all();
    let under = |charge| {
        let entries = routes.entries.iter().filter(|it| it.needs.charge == charge);
        entries.map(Entry::whole_path).collect::<BTreeSet<_>>()
    };
    let paths = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(
        under(Charge::LogIn),
        paths(&["/api/v1/auth/login", "/api/v1/auth/passkey/verify", "/api/v1/auth/sso/exchange", "/auth/signin",])
    );
    // Any page can make its visitors' browsers read: nobody's tries are used up by that.
    let is_try = |it: &&Entry| matches!(it.needs.charge, Charge::LogIn | Charge::SignUp);
    assert!(routes.entries.iter().filter(is_try).all(|it| it.method != HttpMethod::Get));
    assert_eq!(under(Charge::SignUp), paths(&["/api/v1/auth/register", "/api/v1/tenants"]));
    assert_eq!(
        under(Charge::Renewal),
        paths(&["/api/v1/auth/refresh", "/auth/refresh-access-token", "/auth/revoke-refresh-token"])
    );
    assert_eq!(under(Charge::Free), paths(&["/livez", "/metrics", "/readyz", "/status"]));
    let document = document();
    let login = &document["paths"]["/api/v1/auth/login"]["post"];
    assert_eq!((&login["x-rate-limit"], login["responses"]["429"].is_object()), (&json!("login"), true));
    let alive = &document["paths"]["/livez"]["get"];
    assert_eq!((alive.get("x-rate-limit"), alive["responses"].get("429")), (None, None));
}
