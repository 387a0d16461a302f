use actix_web::HttpResponse;
use actix_web::web::Data;
use kernel::rfc3339;
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::error::ApiError;
use crate::extract::{Accepts, Unlimited};
use crate::pages::{html_of, reading_page};

/// How the installation is.
#[derive(Serialize, ToSchema)]
pub(super) struct ServiceStatus {
    status: ServiceState,
    #[schema(format = "date-time")]
    checked_at: String,
    /// The API itself, and what it stands on.
    parts: Vec<PartStatus>,
}

#[derive(Serialize, ToSchema)]
struct PartStatus {
    #[schema(example = "database")]
    name: &'static str,
    status: ServiceState,
}

#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ServiceState {
    Operational,
    Unavailable,
}

impl ServiceState {
    const fn of(answers: bool) -> Self {
        if answers { Self::Operational } else { Self::Unavailable }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Operational => "operational",
            Self::Unavailable => "unavailable",
        }
    }
}

/// Whether the service works
///
/// For people and their programs, without a credential: JSON, or a page where a browser asks. 200 whatever it says;
/// `/readyz` is for load balancers.
#[utoipa::path(get, path = "/status", tag = "operations", responses(
    (status = 200, description = "How it is.", content((ServiceStatus = "application/json"), (String = "text/html"))),
))]
pub(super) async fn status(_: Unlimited, app: Data<App>, accepts: Accepts) -> Result<HttpResponse, ApiError> {
    let look = app.parts.look(app.clock.as_ref()).await;
    let asked = look.parts.iter().map(|it| (it.name, it.answers));
    let parts = [("api", true)].into_iter().chain(asked);
    let parts: Vec<_> = parts.map(|(name, answers)| PartStatus { name, status: ServiceState::of(answers) }).collect();
    let works = parts.iter().all(|it| matches!(it.status, ServiceState::Operational));
    let status = ServiceStatus { status: ServiceState::of(works), checked_at: rfc3339(look.at), parts };
    if accepts.choose(&[Accepts::JSON, Accepts::HTML]) == Accepts::HTML {
        return Ok(reading_page(page(&status)));
    }
    Ok(HttpResponse::Ok().json(status))
}

fn page(status: &ServiceStatus) -> String {
    let sentence = match status.status {
        ServiceState::Operational => "Everything works.",
        ServiceState::Unavailable => "Something does not work at the moment.",
    };
    let row = |it: &PartStatus| format!("<tr><td>{}</td><td>{}</td></tr>\n", it.name, it.status.word());
    let rows: String = status.parts.iter().map(row).collect();
    let at = &status.checked_at;
    let inside = format!("<h1>Status</h1>\n<p>{sentence}</p>\n<table>\n{rows}</table>\n<p>Checked at {at}.</p>");
    html_of("Status", &inside)
}
