use serde_json::{Map, Value};

/// Which events of its types an endpoint wants: those whose `data` holds all that stands here. Empty, it wants all.
///
/// ```
/// use serde_json::json;
/// use webhooks::Filters;
///
/// assert!(Filters::parse(&json!({"member": {"role": "admin"}})).is_ok());
/// assert!(Filters::parse(&json!({"member": ["admin"]})).is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filters(Map<String, Value>);

const WRONG: &str = "The filters field must be an object of at most 20 texts, numbers, booleans or nulls, nested at most 3 deep, and 4096 bytes in all.";

impl Filters {
    const MOST: usize = 20;
    /// All of it, in bytes.
    const LARGEST: usize = 4_096;
    const DEEPEST: usize = 3;
    /// The longest text or name in it, in bytes.
    const LONGEST: usize = 500;

    /// What is right about it, or a sentence about what is wrong.
    pub fn parse(value: &Value) -> Result<Self, &'static str> {
        match value {
            Value::Object(fields)
                if leaves(value, Self::DEEPEST).is_some_and(|it| it <= Self::MOST)
                    && value.to_string().len() <= Self::LARGEST =>
            {
                Ok(Self(fields.clone()))
            }
            _ => Err(WRONG),
        }
    }

    /// From storage, where it was checked; `None` where it is none.
    #[must_use]
    pub fn stored(value: Value) -> Option<Self> {
        if let Value::Object(fields) = value { Some(Self(fields)) } else { None }
    }

    /// As told and stored.
    #[must_use]
    pub fn value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// Which fields it looks at: `member.role`.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        fn add(names: &mut Vec<String>, before: &str, fields: &Map<String, Value>) {
            for (name, value) in fields {
                let name = format!("{before}{name}");
                match value {
                    Value::Object(fields) if !fields.is_empty() => add(names, &format!("{name}."), fields),
                    _ => names.push(name),
                }
            }
        }
        let mut names = Vec::new();
        add(&mut names, "", &self.0);
        names
    }
}

/// How many values stand in it, an object that holds none being one; `None` where something is no plain value, or lies too deep.
fn leaves(value: &Value, depth: usize) -> Option<usize> {
    // The database holds no NUL.
    let is_good = |text: &str| text.len() <= Filters::LONGEST && !text.contains('\0');
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => Some(1),
        Value::String(text) => is_good(text).then_some(1),
        Value::Array(_) => None,
        Value::Object(fields) => {
            let depth = depth.checked_sub(1)?;
            let each = fields.iter().map(|(name, it)| if is_good(name) { leaves(it, depth) } else { None });
            each.sum::<Option<usize>>().map(|it| it.max(1))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_values_up_to_three_deep() {
        for good in [
            json!({}),
            json!({"user_id": "x", "n": 1, "b": true, "nothing": null}),
            json!({"a": {"b": {"c": "d"}}}),
            json!({"a": {}}),
        ] {
            assert_eq!(Filters::parse(&good).unwrap().value(), good);
        }
        for bad in [
            json!([]),
            json!("x"),
            json!(null),
            json!({"a": ["b"]}),
            json!({"a": {"b": {"c": {"d": "e"}}}}),
            json!({"a": "x".repeat(501)}),
            json!({"a": "\0"}),
            json!({"\0": "a"}),
            Value::Object((0..21).map(|i| (i.to_string(), json!(i))).collect()),
            Value::Object((0..21).map(|i| (i.to_string(), json!({}))).collect()),
            Value::Object((0..9).map(|i| (i.to_string(), json!("x".repeat(500)))).collect()),
        ] {
            assert_eq!(Filters::parse(&bad), Err(WRONG), "{bad}");
        }
    }

    #[test]
    fn what_they_look_at_has_names() {
        let filters = Filters::parse(&json!({"a": {"b": "x", "c": {"d": 1}}, "e": {}, "f": null})).unwrap();
        assert_eq!(filters.names(), ["a.b", "a.c.d", "e", "f"]);
        assert!(Filters::default().names().is_empty());
    }
}
