//! Errors as the API answers them: one shape, whatever went wrong.

mod domains;
mod envelope;
mod kinds;

use std::borrow::Cow;
use std::fmt;

use actix_web::http::header::{ALLOW, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse};
use kernel::{Fault, Problems};
use serde_json::{Map, Value};

pub(crate) use envelope::Envelope;
pub(crate) use kinds::Kind;

use crate::middleware::request_id;
use crate::signed_out::forget_shown;

/// Why a request is not answered as wished.
#[derive(Debug)]
pub(crate) struct ApiError(Box<Parts>);

#[derive(Debug)]
struct Parts {
    kind: Kind,
    message: Cow<'static, str>,
    problems: Problems,
    required_permission: Option<String>,
    status: Option<&'static str>,
    more: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    is_parting: bool,
    fault: Option<Fault>,
}

impl From<Kind> for ApiError {
    fn from(kind: Kind) -> Self {
        Self(Box::new(Parts {
            kind,
            message: kind.message.into(),
            problems: Problems::default(),
            required_permission: None,
            status: None,
            more: Map::new(),
            headers: challenge(kind).into_iter().collect(),
            is_parting: false,
            fault: None,
        }))
    }
}

/// RFC 6750 section 3: bare where nothing was presented, with the error where a token was no good.
pub(crate) fn challenge(kind: Kind) -> Option<(HeaderName, HeaderValue)> {
    let challenge = match kind {
        Kind::TOKEN_MISSING
        | Kind::INVALID_CREDENTIALS
        | Kind::MFA_REQUIRED
        | Kind::MFA_INVALID
        | Kind::PROOF_INVALID => "Bearer",
        Kind::TOKEN_INVALID | Kind::TOKEN_EXPIRED => "Bearer error=\"invalid_token\"",
        Kind::PERMISSION_DENIED | Kind::PERSON_REQUIRED => "Bearer error=\"insufficient_scope\"",
        _ => return None,
    };
    Some((WWW_AUTHENTICATE, HeaderValue::from_static(challenge)))
}

impl ApiError {
    /// A permission is needed, or what a role would give: a wildcard too.
    pub fn permission_denied(permission: impl fmt::Display) -> Self {
        let mut error = Self::from(Kind::PERMISSION_DENIED);
        error.0.required_permission = Some(permission.to_string());
        error
    }

    pub fn member_suspended() -> Self {
        let mut error = Self::from(Kind::MEMBER_SUSPENDED);
        error.0.status = Some("suspended");
        error
    }

    /// Not in this state.
    pub fn illegal_in(status: &'static str) -> Self {
        let mut error = Self::from(Kind::ILLEGAL_STATE);
        error.0.status = Some(status);
        error
    }

    pub fn method_not_allowed(allowed: &str) -> Self {
        let mut error = Self::from(Kind::METHOD_NOT_ALLOWED);
        error.0.headers.extend(HeaderValue::from_str(allowed).ok().map(|it| (ALLOW, it)));
        error
    }

    /// The same error in other words.
    pub fn saying(mut self, message: String) -> Self {
        self.0.message = message.into();
        self
    }

    /// The same error with a further field.
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.0.more.insert(field.to_owned(), value.into());
        self
    }

    /// The same error, to be tried again after so many seconds.
    pub fn retry_after(mut self, seconds: i64) -> Self {
        self.0.headers.push((RETRY_AFTER, seconds.max(1).into()));
        self
    }

    /// The same error, at the end of a sign-in: a browser need not keep what was refused so.
    pub fn parting(mut self) -> Self {
        self.0.is_parting = true;
        self
    }

    /// The same error, its fields under other names: as the request wrote them.
    pub fn naming(mut self, name: impl Fn(&str) -> String) -> Self {
        let mut problems = Problems::default();
        for (field, sentences) in self.0.problems.iter() {
            let told = name(field);
            for sentence in sentences {
                problems
                    .add(told.clone(), sentence.replace(&format!("The {field} field"), &format!("The {told} field")));
            }
        }
        self.0.problems = problems;
        self
    }

    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    #[cfg(test)]
    pub fn problems(&self) -> &Problems {
        &self.0.problems
    }

    /// What is behind a fault goes to the log, and nowhere else.
    pub fn log(&self) {
        match &self.0.fault {
            None => {}
            // Anybody can cause it, and it says nothing but that there were many.
            Some(Fault::Overloaded(_)) => tracing::debug!("answered {}: overloaded", self.0.kind.status.as_u16()),
            Some(fault) => tracing::error!(fault = %chain(fault), "answered {}", self.0.kind.status.as_u16()),
        }
    }

    /// The body.
    pub fn envelope(&self, request_id: &str) -> Envelope {
        self.log();
        let kind = self.0.kind;
        Envelope {
            code: kind.code,
            r#type: kind.name,
            message: self.0.message.clone(),
            request_id: request_id.to_owned(),
            errors: self.0.problems.iter().map(|(field, it)| (field.to_owned(), it.to_vec())).collect(),
            required_permission: self.0.required_permission.clone(),
            status: self.0.status,
            more: self.0.more.clone(),
        }
    }

    pub fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::build(self.0.kind.status);
        for header in &self.0.headers {
            response.append_header(header.clone());
        }
        let mut answer = response.json(self.envelope(&request_id(request)));
        if self.0.is_parting {
            forget_shown(request, &mut answer);
        }
        answer
    }
}

impl From<Problems> for ApiError {
    fn from(problems: Problems) -> Self {
        let mut error = Self::from(Kind::INVALID);
        error.0.problems = problems;
        error
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        let mut error = match &fault {
            Fault::KeyReused => return Kind::KEY_REUSED.into(),
            Fault::Failed(_) => Self::from(Kind::INTERNAL),
            Fault::Unavailable(_) => Self::from(Kind::UNAVAILABLE).retry_after(5),
            Fault::Contended => Self::from(Kind::UNAVAILABLE).retry_after(1),
            Fault::Overloaded(pause) => {
                Self::from(Kind::UNAVAILABLE).retry_after(i64::try_from(pause.as_secs()).unwrap_or(i64::MAX))
            }
        };
        error.0.fault = Some(fault);
        error
    }
}

/// The error with everything that led to it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |it| it.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(test)]
mod tests;
