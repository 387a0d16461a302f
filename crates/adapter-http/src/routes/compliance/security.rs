use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::activity::Deed;
use super::sheet::{Format, sheet};
use super::span::Span;
use crate::App;
use crate::answer::Moment;
use crate::error::ApiError;
use crate::extract::needed::AuditView;
use crate::extract::{Allowed, QueryArgs};

/// What concerns security.
#[derive(Serialize, ToSchema)]
#[schema(as = SecurityReport)]
pub(super) struct Report {
    from: Moment,
    to: Moment,
    /// How much was refused.
    refused: u64,
    /// What was refused, and what changed who can get in.
    actions: Vec<Deed>,
}

/// What was refused, and what changed who can get in
#[utoipa::path(get, path = "/compliance/reports/security", tag = "audit", responses(
    (status = 200, description = "The report.", headers(("Content-Disposition" = String, description = "What the file is called.")), content(
        (Report = "application/json"),
        (String = "text/csv"),
    )),
))]
pub(super) async fn report_security(
    door: Allowed<AuditView>,
    app: Data<App>,
    query: QueryArgs<Span>,
) -> Result<HttpResponse, ApiError> {
    let span = query.0.read(door.act.at)?;
    let counts = app.history.counts(door.organization(), span.from, span.to).await?;
    let refused = counts.actions.iter().filter(|it| it.refused.is_some()).map(|it| it.entries).sum();
    let actions = counts.of_security().cloned().map(Deed::from);
    match query.0.format.unwrap_or_default() {
        Format::Json => Ok(HttpResponse::Ok().json(Report {
            from: Moment(span.from),
            to: Moment(span.to),
            refused,
            actions: actions.collect(),
        })),
        Format::Csv => {
            let header = ["action", "outcome", "reason", "entries"].map(str::to_owned).to_vec();
            let rows = std::iter::once(header).chain(actions.map(|it| it.cells().to_vec()));
            sheet(&app, &door, "security.csv", &span.filter(), rows).await
        }
    }
}
