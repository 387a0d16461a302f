//! The specification as it is served: what the code says of its routes, with examples, in two versions of OpenAPI.

mod earlier;
mod examples;

use serde_json::{Value, json};

pub(crate) use earlier::openapi_3_0;

use crate::routes;

/// OpenAPI 3.1.
pub(crate) fn openapi_3_1(support_email: &str) -> Value {
    let mut document = serde_json::to_value(routes::all().document(support_email)).unwrap_or_default();
    loosen(&mut document);
    examples::add(&mut document);
    document
}

/// What is flattened into an object and may be absent is written as that or null; it is an object without it. What stands where
/// it is used is written beside an object that has only a description; that is its own.
fn loosen(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::Array(parts)) = fields.get_mut("allOf") {
                for part in parts.iter_mut() {
                    let Some(Value::Array(choices)) = part.get("oneOf").cloned() else { continue };
                    let is_null = |it: &Value| it["type"] == "null";
                    if choices.iter().any(is_null) {
                        let rest = choices.into_iter().filter(|it| !is_null(it));
                        *part = json!({"anyOf": rest.chain([json!({"type": "object"})]).collect::<Value>()});
                    }
                }
                if let [Value::Object(it), beside] = parts.as_slice()
                    && it.get("type").is_some_and(|it| it != "object")
                    && beside["description"].is_string()
                    && beside.as_object().is_some_and(|it| it.keys().all(|key| key == "type" || key == "description"))
                {
                    let (mut it, description) = (it.clone(), beside["description"].clone());
                    it.insert("description".to_owned(), description);
                    fields.remove("allOf");
                    fields.extend(it);
                }
            }
            fields.values_mut().for_each(loosen);
        }
        Value::Array(items) => items.iter_mut().for_each(loosen),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_absent_is_no_null() {
        let some = json!({"type": "object", "required": ["x"]});
        let mut schema =
            json!({"allOf": [{"oneOf": [some, {"type": "null"}], "description": "x"}, {"type": "object"}]});
        loosen(&mut schema);
        assert_eq!(schema, json!({"allOf": [{"anyOf": [some, {"type": "object"}]}, {"type": "object"}]}));
    }

    #[test]
    fn what_is_written_where_it_is_used_is_no_object_besides() {
        let word = json!({"type": "string", "enum": ["now", "later"]});
        let mut schema = json!({"allOf": [word, {"type": "object", "description": "When."}]});
        loosen(&mut schema);
        assert_eq!(schema, json!({"type": "string", "enum": ["now", "later"], "description": "When."}));
        let object = json!({"allOf": [{"$ref": "#/x"}, {"type": "object", "description": "It."}]});
        let mut same = object.clone();
        loosen(&mut same);
        assert_eq!(same, object);
    }
}
