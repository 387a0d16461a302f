use accounts::{AccessReport, AccessRow};
use actix_web::HttpResponse;
use actix_web::web::Data;
use audit::Filter;
use kernel::{Id, Permission, Problems, rfc3339};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::sheet::{Format, sheet};
use crate::App;
use crate::answer::Moment;
use crate::error::{ApiError, Kind};
use crate::extract::needed::AuditView;
use crate::extract::{Allowed, QueryArgs};
use crate::routes::times::time;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Of which moment; RFC 3339. Without it now.
    #[schema(format = DateTime)]
    at: Option<String>,
    format: Option<Format>,
}

/// Who may do what.
#[derive(Serialize, ToSchema)]
#[schema(as = AccessReport)]
pub(super) struct Report {
    at: Moment,
    /// Every permission there was.
    #[schema(example = json!(["team.view"]))]
    permissions: Vec<String>,
    /// By id.
    members: Vec<Member>,
}

/// Who was a member.
#[derive(Serialize, ToSchema)]
#[schema(as = AccessReportMember)]
struct Member {
    user_id: Uuid,
    /// Null for who is no member any more.
    #[schema(required, example = "user@example.com")]
    email: Option<String>,
    #[schema(required, example = "johndoe")]
    username: Option<String>,
    #[schema(example = "member")]
    role: String,
    /// `active` or `suspended`.
    #[schema(example = "active")]
    status: &'static str,
    /// What they may, by role and by grant.
    #[schema(example = json!(["team.view"]))]
    permissions: Vec<String>,
}

impl From<AccessRow> for Member {
    fn from(row: AccessRow) -> Self {
        let (email, username) = row.known_as.map(|it| (it.email, it.username)).unzip();
        Self {
            user_id: row.user.uuid(),
            email,
            username,
            role: row.role,
            status: if row.active { "active" } else { "suspended" },
            permissions: row.permissions.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Who may do what, or could at an earlier moment
///
/// How it was comes from the audit log; 409 where that does not reach back to the organization's beginning any more.
#[utoipa::path(get, path = "/compliance/reports/access", tag = "audit", responses(
    (status = 200, description = "The report.", headers(("Content-Disposition" = String, description = "What the file is called.")), content(
        (Report = "application/json"),
        (String = "text/csv"),
    )),
    (status = 409, description = "The log does not reach back that far any more (`illegal_state`)."),
))]
pub(super) async fn report_access(
    door: Allowed<AuditView>,
    app: Data<App>,
    query: QueryArgs<Wanted>,
) -> Result<HttpResponse, ApiError> {
    let Wanted { at, format } = query.0;
    let mut problems = Problems::default();
    let at = time(&mut problems, "at", at.as_deref());
    if !problems.is_empty() {
        return Err(problems.into());
    }
    let report = app.report_access.run(&door.act, door.organization(), at).await?.ok_or(Kind::ILLEGAL_STATE)?;
    match format.unwrap_or_default() {
        Format::Json => Ok(HttpResponse::Ok().json(Report {
            at: Moment(report.at),
            permissions: report.permissions.iter().map(ToString::to_string).collect(),
            members: report.members.into_iter().map(Member::from).collect(),
        })),
        Format::Csv => {
            let filter = Filter { to: Some(report.at), ..Filter::default() };
            sheet(&app, &door, "access.csv", &filter, rows(report)).await
        }
    }
}

/// A column for each permission.
fn rows(report: AccessReport) -> Vec<Vec<String>> {
    let words = ["at", "user_id", "email", "username", "role", "status"].map(str::to_owned);
    let header = words.into_iter().chain(report.permissions.iter().map(ToString::to_string)).collect();
    let (at, all) = (rfc3339(report.at), report.permissions);
    let row = |it: AccessRow| {
        let held = |permission: &Permission| if it.permissions.contains(permission) { "yes" } else { "no" }.to_owned();
        let cells: Vec<String> = all.iter().map(held).collect();
        let Member { user_id, email, username, role, status, .. } = it.into();
        let who = [
            at.clone(),
            user_id.to_string(),
            email.unwrap_or_default(),
            username.unwrap_or_default(),
            role,
            status.to_owned(),
        ];
        who.into_iter().chain(cells).collect()
    };
    std::iter::once(header).chain(report.members.into_iter().map(row)).collect()
}
