use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use kernel::Problems;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What a type wants its JSON to look like, taken from the schema the specification shows.
pub(super) enum Shape {
    Anything,
    Text { choices: Vec<String> },
    Whole { least: Option<i64>, most: Option<i64> },
    Flag,
    List { item: Box<Shape>, fewest: u64, most: u64 },
    Record { fields: Vec<Field>, closed: bool },
    Optional(Box<Shape>),
    Either(Vec<Shape>),
}

pub(super) struct Field {
    name: String,
    required: bool,
    shape: Shape,
}

/// A body of a thousand unknown fields is told of the first few.
const MOST_UNKNOWN: usize = 20;

impl Shape {
    /// A type's shape, compiled on first use.
    pub fn of<T: ToSchema + 'static>() -> Arc<Self> {
        static SHAPES: LazyLock<RwLock<HashMap<TypeId, Arc<Shape>>>> = LazyLock::new(RwLock::default);
        let id = TypeId::of::<T>();
        if let Some(shape) = SHAPES.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Arc::clone(shape);
        }
        let mut named = Vec::new();
        T::schemas(&mut named);
        let json = |schema| serde_json::to_value(schema).unwrap_or_default();
        let named = named.into_iter().map(|(name, schema)| (name, json(schema))).collect();
        let shape = Arc::new(Self::compile(&json(T::schema()), &named));
        SHAPES.write().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&shape));
        shape
    }

    fn compile(schema: &Value, named: &Map<String, Value>) -> Self {
        if let Some(name) = schema["$ref"].as_str().and_then(|it| it.rsplit('/').next()) {
            return named.get(name).map_or(Self::Anything, |it| Self::compile(it, named));
        }
        if let Some(variants) = schema["oneOf"].as_array() {
            let is_null = |it: &&Value| it["type"] == "null";
            let mut shapes: Vec<Self> =
                variants.iter().filter(|it| !is_null(it)).map(|it| Self::compile(it, named)).collect();
            let shape = if shapes.len() == 1 { shapes.remove(0) } else { Self::Either(shapes) };
            return if variants.iter().any(|it| is_null(&it)) { Self::Optional(Box::new(shape)) } else { shape };
        }
        if let Some(types) = schema["type"].as_array() {
            let mut single = schema.clone();
            single["type"] = types.iter().find(|it| *it != "null").cloned().unwrap_or_default();
            return Self::Optional(Box::new(Self::compile(&single, named)));
        }
        let texts = |key: &str| -> Vec<String> {
            schema[key].as_array().into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned)).collect()
        };
        match schema["type"].as_str() {
            Some("string") => Self::Text { choices: texts("enum") },
            Some("integer") => Self::Whole { least: schema["minimum"].as_i64(), most: schema["maximum"].as_i64() },
            Some("boolean") => Self::Flag,
            Some("array") => Self::List {
                item: Box::new(Self::compile(&schema["items"], named)),
                fewest: schema["minItems"].as_u64().unwrap_or(0),
                most: schema["maxItems"].as_u64().unwrap_or(u64::MAX),
            },
            Some("object") => {
                let required = texts("required");
                let properties = schema["properties"].as_object().into_iter().flatten();
                let fields = properties.map(|(name, it)| Field {
                    name: name.clone(),
                    required: required.contains(name),
                    shape: Self::compile(it, named),
                });
                Self::Record { fields: fields.collect(), closed: schema["additionalProperties"] == false }
            }
            _ => Self::Anything,
        }
    }

    /// The shape of a record's field.
    pub fn field(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Record { fields, .. } => fields.iter().find(|it| it.name == name).map(|it| &it.shape),
            _ => None,
        }
    }

    /// A query's text as the JSON it stands for; where it stands for none, it stays text, and is a problem later.
    pub fn read(&self, text: &str) -> Value {
        match self {
            Self::Optional(shape) => shape.read(text),
            Self::Whole { .. } => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
            Self::Flag => text.parse::<bool>().map_or_else(|_| text.into(), Value::from),
            _ => text.into(),
        }
    }

    /// Everything that is wrong with the value.
    pub fn problems(&self, value: &Value) -> Problems {
        let mut problems = Problems::default();
        if let (Self::Record { .. } | Self::Either(_), false) = (self, value.is_object()) {
            problems.add("body", "The body must be an object.");
        } else {
            self.check("", value, &mut problems);
        }
        problems
    }

    fn check(&self, at: &str, value: &Value, problems: &mut Problems) {
        let mut wrong = |what: &str| problems.add(at.to_owned(), format!("The {at} field must be {what}."));
        match (self, value) {
            (Self::Anything, _) | (Self::Optional(_), Value::Null) | (Self::Flag, Value::Bool(_)) => {}
            (Self::Optional(shape), value) => shape.check(at, value, problems),
            (Self::Text { .. }, Value::String(text)) if text.contains('\0') => wrong("without NUL characters"),
            (Self::Text { choices }, Value::String(text)) => {
                if !choices.is_empty() && !choices.contains(text) {
                    wrong(&format!("one of: {}", choices.join(", ")));
                }
            }
            (Self::Text { .. }, _) => wrong("a string"),
            (Self::Whole { least, most }, value) => {
                let fits = |it: i64| least.is_none_or(|least| least <= it) && most.is_none_or(|most| it <= most);
                if !value.as_i64().is_some_and(fits) {
                    wrong(&whole_number(*least, *most));
                }
            }
            (Self::Flag, _) => wrong("true or false"),
            (Self::List { item, fewest, most }, Value::Array(items)) => {
                let count = u64::try_from(items.len()).unwrap_or(u64::MAX);
                if count < *fewest || *most < count {
                    return wrong(&format!("a list of {fewest} to {most} items"));
                }
                for (i, value) in items.iter().enumerate() {
                    item.check(&format!("{at}.{i}"), value, problems);
                }
            }
            (Self::List { .. }, _) => wrong("a list"),
            (Self::Record { fields, closed }, Value::Object(object)) => {
                check_record(fields, *closed, at, object, problems);
            }
            (Self::Record { .. }, _) => wrong("an object"),
            (Self::Either(shapes), value) => {
                // The one it comes closest to; the first of equals.
                let closest = shapes.iter().rev().max_by_key(|it| it.likeness(value));
                if let Some(shape) = closest {
                    shape.check(at, value, problems);
                }
            }
        }
    }

    /// Whether the value says that it is of this kind, and how many of the required fields are there.
    fn likeness(&self, value: &Value) -> (bool, usize) {
        let Self::Record { fields, .. } = self else { return (false, 0) };
        let there = |it: &&Field| it.required && !value[it.name.as_str()].is_null();
        let says = |it: &Field| matches!(&it.shape, Self::Text { choices } if choices.len() == 1 && value[it.name.as_str()] == *choices[0]);
        (fields.iter().any(says), fields.iter().filter(there).count())
    }
}

fn check_record(fields: &[Field], closed: bool, at: &str, object: &Map<String, Value>, problems: &mut Problems) {
    let below = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    for Field { name, required, shape } in fields {
        let field = below(name);
        match object.get(name) {
            Some(Value::Null) | None if *required => {
                problems.add(field.clone(), format!("The {field} field is required."));
            }
            Some(value) => shape.check(&field, value, problems),
            None => {}
        }
    }
    if closed {
        let unknown = object.keys().filter(|name| !fields.iter().any(|it| it.name == **name));
        for name in unknown.take(MOST_UNKNOWN) {
            let field = below(&name.chars().take(100).collect::<String>());
            problems.add(field.clone(), format!("The {field} field is unknown."));
        }
    }
}

fn whole_number(least: Option<i64>, most: Option<i64>) -> String {
    match (least, most) {
        (Some(least), Some(most)) => format!("a whole number from {least} to {most}"),
        (Some(least), None) => format!("a whole number, at least {least}"),
        (None, Some(most)) => format!("a whole number, at most {most}"),
        (None, None) => "a whole number".to_owned(),
    }
}

#[cfg(test)]
mod tests;
