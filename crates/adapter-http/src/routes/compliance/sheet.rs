use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use audit::Filter;
use audit::export::csv;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;
use crate::error::ApiError;
use crate::extract::Inside;
use crate::extract::needed::{AuditExport, Needed};

/// How a report is written; `csv` is a file, and needs `audit.export`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ReportFormat)]
pub(super) enum Format {
    #[default]
    Json,
    Csv,
}

/// A report as a file, which leaves the house: who takes it needs to hold that too, and it is written down.
pub(super) async fn sheet(
    app: &App,
    door: &Inside,
    name: &str,
    filter: &Filter,
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Result<HttpResponse, ApiError> {
    app.access.authorize(&door.act, &door.caller, &door.entered, &AuditExport::PERMISSION).await?;
    app.record_export.run(&door.act, door.organization(), name, filter).await?;
    let text: String = rows.into_iter().map(|it| csv::row(&it)).collect();
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8; header=present"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(text))
}
