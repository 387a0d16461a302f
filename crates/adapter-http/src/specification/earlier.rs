//! OpenAPI 3.0.3, for tools that do not know 3.1: the same document, as far as that can be said there.

use serde_json::{Map, Value, json};

/// What holds whatever somebody calls it, and is no schema word there.
const NAMES: [&str; 6] = ["properties", "schemas", "paths", "responses", "parameters", "securitySchemes"];

/// What holds values, and no schemas.
const VALUES: [&str; 5] = ["example", "examples", "default", "enum", "const"];

/// The same in OpenAPI 3.0.3.
pub(crate) fn openapi_3_0(document: &Value) -> Value {
    let mut earlier = document.clone();
    earlier["openapi"] = json!("3.0.3");
    // There a licence has an address or only a name.
    if let Some(license) = earlier["info"]["license"].as_object_mut() {
        license.remove("identifier");
    }
    step(&mut earlier);
    earlier
}

fn step(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("type") || fields.contains_key("oneOf") || fields.contains_key("$ref") {
                restate(fields);
            }
            for (key, it) in fields.iter_mut() {
                if NAMES.contains(&key.as_str()) {
                    it.as_object_mut().into_iter().flat_map(Map::values_mut).for_each(step);
                    it.as_array_mut().into_iter().flatten().for_each(step);
                } else if !VALUES.contains(&key.as_str()) {
                    step(it);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(step),
        _ => {}
    }
}

/// One schema: null is no type there, what stands beside a reference counts for nothing, and no bound is exclusive by number.
fn restate(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = schema.get("type").cloned() {
        let rest: Vec<_> = types.iter().filter(|it| *it != "null").cloned().collect();
        if rest.len() < types.len() {
            schema.insert("nullable".to_owned(), json!(true));
        }
        match <[Value; 1]>::try_from(rest) {
            Ok([one]) => schema.insert("type".to_owned(), one),
            Err(_) => schema.remove("type"),
        };
    }
    if let Some(Value::Array(forms)) = schema.get("oneOf").cloned() {
        let rest: Vec<_> = forms.iter().filter(|it| it["type"] != "null").cloned().collect();
        if rest.len() < forms.len() {
            schema.insert("nullable".to_owned(), json!(true));
            schema.remove("oneOf");
            let forms = if rest.len() == 1 { "allOf" } else { "oneOf" };
            schema.insert(forms.to_owned(), rest.into());
        }
    }
    if schema.len() > 1
        && let Some(reference) = schema.remove("$ref")
    {
        schema.insert("allOf".to_owned(), json!([{"$ref": reference}]));
    }
    if schema.get("type") == Some(&json!("null")) {
        schema.remove("type");
        schema.insert("nullable".to_owned(), json!(true));
        schema.insert("enum".to_owned(), json!([null]));
    }
    if let Some(value) = schema.remove("const") {
        schema.insert("enum".to_owned(), json!([value]));
    }
    for (bound, plain) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if let Some(Value::Number(number)) = schema.get(bound).cloned() {
            schema.insert(plain.to_owned(), number.into());
            schema.insert(bound.to_owned(), json!(true));
        }
    }
    schema.remove("propertyNames");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn earlier(schema: Value) -> Value {
        let mut document = json!({"openapi": "3.1.0", "info": {"license": {"name": "x", "identifier": "x"}}});
        document["components"]["schemas"]["it"] = schema;
        let earlier = openapi_3_0(&document);
        assert_eq!((&earlier["openapi"], &earlier["info"]), (&json!("3.0.3"), &json!({"license": {"name": "x"}})));
        earlier["components"]["schemas"]["it"].clone()
    }

    #[test]
    fn null_is_said_otherwise() {
        assert_eq!(earlier(json!({"type": ["string", "null"]})), json!({"type": "string", "nullable": true}));
        let reference = json!({"$ref": "#/components/schemas/x"});
        assert_eq!(
            earlier(json!({"oneOf": [reference, {"type": "null"}]})),
            json!({"allOf": [reference], "nullable": true})
        );
        assert_eq!(
            earlier(json!({"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]})),
            json!({"oneOf": [{"type": "string"}, {"type": "integer"}], "nullable": true})
        );
    }

    #[test]
    fn what_stands_beside_a_reference_counts() {
        let reference = json!({"$ref": "#/components/schemas/x"});
        assert_eq!(earlier(reference.clone()), reference);
        let described = json!({"$ref": "#/components/schemas/x", "description": "It."});
        assert_eq!(earlier(described), json!({"allOf": [reference], "description": "It."}));
    }

    #[test]
    fn a_field_may_be_called_as_a_word_of_schemas() {
        let object = json!({"type": "object", "properties": {"type": {"type": ["string", "null"]}, "example": {"type": "null"}},
            "example": {"type": ["a"]}});
        let expected = json!({"type": "object", "properties": {"type": {"type": "string", "nullable": true},
            "example": {"nullable": true, "enum": [null]}}, "example": {"type": ["a"]}});
        assert_eq!(earlier(object), expected);
    }

    #[test]
    fn bounds_and_constants_are_said_otherwise() {
        assert_eq!(
            earlier(json!({"type": "integer", "exclusiveMinimum": 0})),
            json!({"type": "integer", "minimum": 0, "exclusiveMinimum": true})
        );
        assert_eq!(earlier(json!({"type": "string", "const": "x"})), json!({"type": "string", "enum": ["x"]}));
    }
}
