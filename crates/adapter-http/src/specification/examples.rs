//! Examples of whole bodies, put together of those of their fields.

use serde_json::{Map, Value, json};

/// So many references are followed; what contains itself ends there.
const DEEPEST: usize = 6;

/// What fields hold whose schema gives no example, by their names.
const NAMED: [(&str, &str); 37] = [
    ("access_token", ACCESS_TOKEN),
    ("accessToken", ACCESS_TOKEN),
    ("authorization_url", "https://accounts.example/authorize?response_type=code&state=3q2-7w"),
    ("changes", "Sign in by passkey."),
    ("code", "123456"),
    ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
    ("confirm_password", PASSWORD),
    ("consistency", HASH),
    ("csrf_token", TOKEN),
    ("current_password", PASSWORD),
    ("currentPassword", PASSWORD),
    ("description", "Messages to phones."),
    ("event_types", "member.added"),
    ("expires_at", "2030-01-15T12:00:00Z"),
    ("hashes", HASH),
    ("key", "hbx_6qVnYc1T0f8vZ3mXk2sR9bWgLhJpUaEd"),
    ("new_password", NEW_PASSWORD),
    ("newPassword", NEW_PASSWORD),
    ("next_cursor", TOKEN),
    ("otpauth_url", "otpauth://totp/Portcullis:ada@example.com?secret=JBSWY3DPEHPK3PXP&issuer=Portcullis"),
    ("password", PASSWORD),
    ("previous_password", PASSWORD),
    ("previousPassword", PASSWORD),
    ("proposed_password", NEW_PASSWORD),
    ("proposedPassword", NEW_PASSWORD),
    ("qr_svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
    ("recovery_code", RECOVERY_CODE),
    ("recoveryCode", RECOVERY_CODE),
    ("refresh_token", TOKEN),
    ("refreshToken", TOKEN),
    ("secret", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"),
    ("temporary_password", TEMPORARY),
    ("temporaryPassword", TEMPORARY),
    ("to", "2026-01-16T12:00:00Z"),
    ("token", TOKEN),
    ("totp_code", "123456"),
    ("totpCode", "123456"),
];

const ACCESS_TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwMTg5MGE1ZCJ9.c2lnbmF0dXJl";
const PASSWORD: &str = "SecurePass123!";
const NEW_PASSWORD: &str = "Safer-Horse-42!";
const HASH: &str = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=";
const RECOVERY_CODE: &str = "abcd-efgh-ijkl-mnop";
const TEMPORARY: &str = "mK3vT9xQ2bN7wR5yH8jL4p";
const TOKEN: &str = "3q2-7wYh0zv1mXkT9sR4bWgLhJpUaEd6VnYc1T0f8vZ";

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// Gives every JSON body of every operation an example, unless it has one.
pub(super) fn add(document: &mut Value) {
    let schemas = document["components"]["schemas"].clone();
    let Some(paths) = document["paths"].as_object_mut() else { return };
    for path in paths.values_mut().filter_map(Value::as_object_mut) {
        for operation in
            METHODS.iter().filter_map(|it| path.remove(*it).map(|operation| (*it, operation))).collect::<Vec<_>>()
        {
            let (method, mut operation) = operation;
            complete(&mut operation["requestBody"], &schemas);
            if let Some(responses) = operation["responses"].as_object_mut() {
                responses.values_mut().for_each(|response| complete(response, &schemas));
            }
            if operation["requestBody"].is_null()
                && let Some(operation) = operation.as_object_mut()
            {
                operation.remove("requestBody");
            }
            path.insert(method.to_owned(), operation);
        }
    }
}

fn complete(body: &mut Value, schemas: &Value) {
    let Some(content) = body.get_mut("content").and_then(|it| it.get_mut("application/json")) else { return };
    if content.get("example").is_none()
        && content.get("examples").is_none()
        && let Some(example) = example(&content["schema"], schemas, 0)
    {
        content["example"] = example;
    }
}

/// What a schema describes, as far as it says so; of several forms the first.
fn example(schema: &Value, schemas: &Value, depth: usize) -> Option<Value> {
    let next = |schema: &Value| example(schema, schemas, depth);
    if let Some(name) = schema["$ref"].as_str() {
        let referred = &schemas[name.rsplit('/').next()?];
        return if depth < DEEPEST { example(referred, schemas, depth + 1) } else { None };
    }
    if let Some(told) = schema.get("example").or_else(|| schema["enum"].get(0)) {
        return Some(told.clone());
    }
    for forms in ["oneOf", "anyOf"] {
        if let Some(forms) = schema[forms].as_array() {
            return forms.iter().filter(|it| it["type"] != "null").find_map(next);
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let objects = parts.iter().filter_map(next).filter_map(|it| it.as_object().cloned());
        return Some(Value::Object(objects.flatten().collect()));
    }
    match kind(schema) {
        "array" => Some(Value::Array(next(&schema["items"]).into_iter().collect())),
        "object" => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            let of_field =
                |(key, it): (&String, &Value)| Some((key.clone(), named(key, it, schemas).or_else(|| next(it))?));
            let mut object: Map<String, Value> = fields.filter_map(of_field).collect();
            if let Some(value) = schema.get("additionalProperties").filter(|it| it.is_object()).and_then(next) {
                object.insert("name".to_owned(), value);
            }
            Some(Value::Object(object))
        }
        "string" => Some(json!(match schema["format"].as_str() {
            Some("date-time") => "2026-01-15T12:00:00Z",
            Some("uuid") => "01890a5d-ac96-774b-bcce-b302099a8057",
            _ => "text",
        })),
        "integer" | "number" => Some(schema.get("minimum").cloned().unwrap_or(json!(1))),
        "boolean" => Some(json!(true)),
        _ => None,
    }
}

/// What a field of this name holds, where its schema gives no example.
fn named(key: &str, schema: &Value, schemas: &Value) -> Option<Value> {
    let says = |word| schema.get(word).is_some();
    if says("example") || says("enum") || says("allOf") {
        return None;
    }
    if let Some(name) = schema["$ref"].as_str() {
        return named(key, &schemas[name.rsplit('/').next()?], schemas);
    }
    if let Some(forms) = schema["oneOf"].as_array() {
        return named(key, forms.iter().find(|it| it["type"] != "null")?, schemas);
    }
    match (kind(schema), key) {
        ("", "before") => Some(json!("member")),
        ("", "after") => Some(json!("admin")),
        ("", "credential") => Some(json!({"id": "3q2-7w", "rawId": "3q2-7w", "type": "public-key", "response": {}})),
        ("array", _) => named(key, &schema["items"], schemas).map(|it| json!([it])),
        ("string", _) => NAMED.iter().find(|it| it.0 == key).map(|it| json!(it.1)),
        _ => None,
    }
}

/// The type, of several that which is not null.
fn kind(schema: &Value) -> &str {
    let types = schema["type"].as_array().into_iter().flatten().chain([&schema["type"]]);
    types.filter_map(Value::as_str).find(|it| *it != "null").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_put_together_of_those_of_its_fields() {
        let schemas = json!({
            "Person": {"type": "object", "properties": {
                "name": {"type": ["string", "null"], "example": "Ada"},
                "age": {"type": "integer", "minimum": 0},
                "friends": {"type": "array", "items": {"$ref": "#/components/schemas/Person"}},
                "since": {"type": "string", "format": "date-time"},
                "password": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Hidden"}]},
                "key": {"type": "string", "example": "acme"},
                "motto": {"type": "string"},
            }},
            "Hidden": {"type": "string", "format": "password"},
        });
        let of = |schema: Value| example(&schema, &schemas, DEEPEST - 1);
        let person = json!({"name": "Ada", "age": 0, "friends": [], "since": "2026-01-15T12:00:00Z",
            "password": PASSWORD, "key": "acme", "motto": "text"});
        assert_eq!(of(json!({"$ref": "#/components/schemas/Person"})), Some(person.clone()));
        let wrapped = json!({"allOf": [{"$ref": "#/components/schemas/Person"}]});
        assert!(example(&wrapped, &schemas, 0).is_some_and(|it| it["friends"][0]["name"] == "Ada"));
        assert_eq!(of(json!({"oneOf": [{"type": "null"}, {"enum": ["a", "b"]}]})), Some(json!("a")));
    }
}
