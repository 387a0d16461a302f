use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How much of a name is told, in characters.
const LONGEST_TOLD: usize = 100;

/// JSON as RFC 8259 wants it: UTF-8, nothing behind the value, and no name twice in an object, which readers
/// would take differently: that one is an error of data, not of syntax, and is for people.
pub(super) fn parse(body: &[u8]) -> serde_json::Result<Value> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let Strict(value) = Strict::deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Strict(value)) = list.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            if fields.contains_key(&name) {
                let name: String = name.chars().take(LONGEST_TOLD).collect();
                return Err(A::Error::custom(format_args!("The key {name:?} stands twice in an object")));
            }
            let Strict(value) = object.next_value()?;
            fields.insert(name, value);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_read_as_it_stands() {
        let text = r#"{"a":[1,-2,1.5,true,null,"\u00fc"],"b":{"a":{}}}"#;
        assert_eq!(parse(text.as_bytes()).unwrap(), json!({"a": [1, -2, 1.5, true, null, "ü"], "b": {"a": {}}}));
    }

    #[test]
    fn what_two_readers_could_take_differently_is_refused() {
        let deep = "[".repeat(10_000);
        for bad in
            ["", "{", r#"{"a":1,"a":1}"#, r#"[{"a":{"b":1,"b":2}}]"#, "1 2", r#""\ud800""#, "1e400", "NaN", &deep]
        {
            assert!(parse(bad.as_bytes()).is_err(), "{bad:.40}");
        }
        assert!(parse(b"\"\xff\"").is_err());
    }

    #[test]
    fn a_key_that_stands_twice_is_named() {
        let error = parse(br#"[{"a":{"b":1,"b":2}}]"#).unwrap_err();
        assert!(error.is_data());
        assert_eq!(error.to_string(), r#"The key "b" stands twice in an object at line 1 column 16"#);
        assert!(!parse(b"{").unwrap_err().is_data());
    }
}
