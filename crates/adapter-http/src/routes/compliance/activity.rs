use accounts::views::{ActionCount, ActorCount, Counts};
use actix_web::HttpResponse;
use actix_web::web::Data;
use kernel::{Time, rfc3339};
use serde::Serialize;
use utoipa::ToSchema;

use super::sheet::{Format, sheet};
use super::span::Span;
use crate::App;
use crate::answer::Moment;
use crate::error::ApiError;
use crate::extract::needed::AuditView;
use crate::extract::{Allowed, QueryArgs};

/// How much went on.
#[derive(Serialize, ToSchema)]
#[schema(as = ActivityReport)]
pub(super) struct Report {
    from: Moment,
    to: Moment,
    /// How many entries in all.
    entries: u64,
    actions: Vec<Deed>,
    /// The busiest first.
    actors: Vec<Actor>,
    days: Vec<Day>,
}

/// How often something was done, or refused.
#[derive(Serialize, ToSchema)]
#[schema(as = ActionCount)]
pub(super) struct Deed {
    #[schema(example = "invitation.created")]
    action: String,
    /// `done` or `refused`.
    #[schema(example = "done")]
    outcome: &'static str,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "permission_denied")]
    reason: Option<String>,
    entries: u64,
}

/// How much somebody did.
#[derive(Serialize, ToSchema)]
#[schema(as = ActorCount)]
struct Actor {
    /// `user`, `token`, `key`, `system` or `nobody`.
    #[schema(example = "user")]
    kind: String,
    #[schema(required, example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    id: Option<String>,
    entries: u64,
}

/// How much went on in a day, in UTC.
#[derive(Serialize, ToSchema)]
#[schema(as = DayCount)]
struct Day {
    #[schema(format = Date, example = "2026-01-15")]
    day: String,
    entries: u64,
}

impl From<ActionCount> for Deed {
    fn from(ActionCount { action, refused, entries }: ActionCount) -> Self {
        Self { action, outcome: if refused.is_some() { "refused" } else { "done" }, reason: refused, entries }
    }
}

impl Deed {
    /// As cells.
    pub fn cells(self) -> [String; 4] {
        [self.action, self.outcome.to_owned(), self.reason.unwrap_or_default(), self.entries.to_string()]
    }
}

fn day(at: Time) -> String {
    at.date_naive().to_string()
}

/// How much went on, by what, by whom, by day
#[utoipa::path(get, path = "/compliance/reports/activity", tag = "audit", responses(
    (status = 200, description = "The report.", headers(("Content-Disposition" = String, description = "What the file is called.")), content(
        (Report = "application/json"),
        (String = "text/csv"),
    )),
))]
pub(super) async fn report_activity(
    door: Allowed<AuditView>,
    app: Data<App>,
    query: QueryArgs<Span>,
) -> Result<HttpResponse, ApiError> {
    let span = query.0.read(door.act.at)?;
    let counts = app.history.counts(door.organization(), span.from, span.to).await?;
    match query.0.format.unwrap_or_default() {
        Format::Json => Ok(HttpResponse::Ok().json(Report {
            from: Moment(span.from),
            to: Moment(span.to),
            entries: counts.entries(),
            actions: counts.actions.into_iter().map(Deed::from).collect(),
            actors: counts
                .actors
                .into_iter()
                .map(|ActorCount { kind, id, entries }| Actor { kind, id, entries })
                .collect(),
            days: counts.days.into_iter().map(|(at, entries)| Day { day: day(at), entries }).collect(),
        })),
        Format::Csv => {
            let rows = rows(&rfc3339(span.from), &rfc3339(span.to), counts);
            sheet(&app, &door, "activity.csv", &span.filter(), rows).await
        }
    }
}

/// What it was counted by stands first.
fn rows(from: &str, to: &str, counts: Counts) -> Vec<Vec<String>> {
    let row = |by: &str, value: String, outcome: String, reason: String, entries: String| {
        vec![from.to_owned(), to.to_owned(), by.to_owned(), value, outcome, reason, entries]
    };
    let header = ["from", "to", "by", "value", "outcome", "reason", "entries"].map(str::to_owned).to_vec();
    let actions = counts.actions.into_iter().map(|it| {
        let [action, outcome, reason, entries] = Deed::from(it).cells();
        row("action", action, outcome, reason, entries)
    });
    let actors = counts.actors.into_iter().map(|it| {
        let who = it.id.map_or(it.kind.clone(), |id| format!("{} {id}", it.kind));
        row("actor", who, String::new(), String::new(), it.entries.to_string())
    });
    let days = counts
        .days
        .into_iter()
        .map(|(at, entries)| row("day", day(at), String::new(), String::new(), entries.to_string()));
    std::iter::once(header).chain(actions).chain(actors).chain(days).collect()
}
