use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};
use audit::Filter;
use futures::stream::{self, Stream};
use kernel::{Cursor, Fault, OrganizationId, PageRequest};
use serde::Deserialize;
use utoipa::ToSchema;

use super::checkpoint::newest;
use super::filter::Wanted;
use super::writer::Writer;
use crate::App;
use crate::error::{ApiError, Kind, chain};
use crate::extract::needed::AuditExport;
use crate::extract::{Allowed, QueryArgs};

/// How entries are written: `csv` for spreadsheets, `jsonl` with proofs, `ocsf` as events of OCSF 1.3.0, a line each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = AuditExportFormat)]
pub(super) enum Format {
    Csv,
    Jsonl,
    Ocsf,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Chosen {
    format: Format,
    /// The id of who did it.
    actor: Option<String>,
    /// What was done, such as `invitation.created`.
    action: Option<String>,
    /// The id of what it was done to.
    target: Option<String>,
    /// At or after; RFC 3339.
    #[schema(format = DateTime)]
    from: Option<String>,
    /// Before; RFC 3339.
    #[schema(format = DateTime)]
    to: Option<String>,
}

/// The entries as a file, newest first
///
/// It comes as it is read, however long it is; one that is cut off was not finished. `jsonl` holds what the log has taken up,
/// each entry with its proof, and says at its end how many there are: `portcullis audit verify --export` looks at it without a
/// server.
#[utoipa::path(get, path = "/audit-logs/export", tag = "audit", responses(
    (status = 200, description = "The entries.", headers(("Content-Disposition" = String, description = "What the file is called.")), content(
        (String = "text/csv"),
        (String = "application/jsonl"),
    )),
))]
pub(super) async fn export_audit_logs(
    door: Allowed<AuditExport>,
    app: Data<App>,
    query: QueryArgs<Chosen>,
) -> Result<HttpResponse, ApiError> {
    let Chosen { format, actor, action, target, from, to } = query.0;
    let filter = Wanted { actor, action, target, from, to }.read()?;
    let organization = door.organization();
    let (writer, name, kind) = match format {
        Format::Csv => (Writer::Csv, "audit-logs.csv", "text/csv; charset=utf-8; header=present"),
        Format::Ocsf => (Writer::Ocsf, "audit-logs.ocsf.jsonl", "application/jsonl"),
        Format::Jsonl => {
            let (checkpoint, head) =
                newest(&app).await?.ok_or_else(|| ApiError::from(Kind::UNAVAILABLE).retry_after(1))?;
            (Writer::proving(checkpoint, head), "audit-logs.jsonl", "application/jsonl")
        }
    };
    app.record_export.run(&door.act, organization, name, &filter).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .streaming(text(app, organization, filter, writer)))
}

/// How far it is read.
enum Reading {
    Start,
    After(Cursor),
    End,
}

/// Written page by page as the client takes it.
fn text(
    app: Data<App>,
    organization: OrganizationId,
    filter: Filter,
    writer: Writer,
) -> impl Stream<Item = Result<Bytes, Fault>> {
    stream::try_unfold((Reading::Start, writer), move |(reading, mut writer)| {
        let (app, filter) = (app.clone(), filter.clone());
        async move {
            let (mut text, after) = match reading {
                Reading::Start => (writer.begin(&app)?, None),
                Reading::After(cursor) => (String::new(), Some(cursor)),
                Reading::End => return Ok(None),
            };
            let wanted = PageRequest { limit: PageRequest::MAX, after };
            let read = async {
                let page = app.trail.list(organization, filter.clone(), wanted).await?;
                text.push_str(&writer.write(&app, page.data).await?);
                Ok(page.next)
            };
            let next =
                read.await.inspect_err(|fault| tracing::error!(fault = %chain(fault), "an export was cut off"))?;
            if next.is_none() {
                text.push_str(&writer.end(&app, organization, &filter)?);
            }
            Ok(Some((Bytes::from(text), (next.map_or(Reading::End, Reading::After), writer))))
        }
    })
}
