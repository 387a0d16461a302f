use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::web::Query;
use kernel::Problems;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::shape::Shape;
use super::{Extract, Needs, body};
use crate::error::{ApiError, Kind};

/// A query that is a `T`, or else everything that is wrong with it.
pub(crate) struct QueryArgs<T>(pub T);

impl<T: DeserializeOwned + ToSchema + 'static> Extract for QueryArgs<T> {
    fn tell(needs: &mut Needs) {
        tell::<T>(needs);
    }

    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        read(pairs(request.query_string())?).map(Self).map_err(Into::into)
    }
}

pub(super) fn tell<T: ToSchema>(needs: &mut Needs) {
    needs.query.push(T::schema());
    T::schemas(&mut needs.schemas);
}

/// The query's names and texts.
pub(super) fn pairs(query: &str) -> Result<Vec<(String, String)>, ApiError> {
    let Query(pairs) = Query::from_query(query).map_err(|_| Kind::MALFORMED_REQUEST)?;
    Ok(pairs)
}

/// Them as a `T`, or else everything that is wrong with them.
pub(super) fn read<T: DeserializeOwned + ToSchema + 'static>(pairs: Vec<(String, String)>) -> Result<T, Problems> {
    let shape = Shape::of::<T>();
    let mut fields = Map::new();
    let mut problems = Problems::default();
    for (name, text) in pairs {
        let value = shape.field(&name).map_or_else(|| Value::from(text.as_str()), |it| it.read(&text));
        if fields.insert(name.clone(), value).is_some() {
            problems.add(name.clone(), format!("The {name} field must be given once."));
        }
    }
    match body::convert(&shape, Value::Object(fields)) {
        Ok(value) if problems.is_empty() => Ok(value),
        Ok(_) => Err(problems),
        Err(others) => {
            problems.add_all("", others);
            Err(problems)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, ToSchema, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Args {
        #[schema(minimum = 1, maximum = 100)]
        limit: Option<u8>,
        actor: Option<String>,
        explain: Option<bool>,
    }

    fn parse(query: &str) -> Result<Args, Problems> {
        read(pairs(query).unwrap())
    }

    #[test]
    fn values_are_read_by_their_type() {
        let args = parse("limit=7&actor=42&explain=true").unwrap();
        assert_eq!(args, Args { limit: Some(7), actor: Some("42".to_owned()), explain: Some(true) });
        assert_eq!(parse("").unwrap(), Args { limit: None, actor: None, explain: None });
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let problems = parse("limit=101&explain=yes&x=1&actor=a&actor=b").unwrap_err();
        let fields: Vec<&str> = problems.iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["actor", "explain", "limit", "x"]);
    }

    #[test]
    fn limits_outside_one_to_a_hundred_are_refused() {
        for bad in ["limit=0", "limit=-1", "limit=1e2", "limit=", "limit=9999999999999999999999"] {
            let problems = parse(bad).unwrap_err();
            assert_eq!(
                problems,
                Problems::one("limit", "The limit field must be a whole number from 1 to 100."),
                "{bad}"
            );
        }
    }
}
