use actix_web::web::{Data, Json};
use audit::verify::Finding;
use audit::{Checked, Head};
use kernel::Id;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;
use crate::error::ApiError;
use crate::extract::needed::AuditView;
use crate::extract::{Allowed, Asked, Listing};

/// What was found in a stretch of the log.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditVerification {
    /// Whether nothing is wrong with it.
    good: bool,
    /// How many entries were looked at.
    entries: u64,
    /// How many of them were old enough to go: of these only the hash is left.
    dropped: u64,
    /// How many details about people were erased: of these only the commitment is left.
    erased: u64,
    /// How many wait to be taken up: nothing proves them yet.
    waiting: u64,
    findings: Vec<AuditFinding>,
    /// What it was held to; null while nothing was taken up.
    #[schema(required)]
    held_to: Option<AuditHead>,
    /// Where it goes on; null at the end.
    #[schema(example = "MDE4OTBhNWQ")]
    next_cursor: Option<String>,
}

/// How much the log held, and what it came to.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditHead {
    size: u64,
    #[schema(example = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")]
    root: String,
}

/// Something that is wrong.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditFinding {
    /// `edited`, `removed`, `reordered`, `inserted`, `cut`, `rewritten` or `forged`.
    #[schema(example = "edited")]
    code: &'static str,
    /// Where in the log, from 0.
    #[schema(required)]
    index: Option<u64>,
    #[schema(required)]
    entry_id: Option<Uuid>,
    /// In words.
    #[schema(example = "entry 01890a5d-ac96-774b-bcce-b302099a8057 at 41 is not what the log took up")]
    message: String,
}

impl From<Finding> for AuditFinding {
    fn from(finding: Finding) -> Self {
        Self {
            code: finding.code(),
            index: finding.index(),
            entry_id: finding.entry().map(Id::uuid),
            message: finding.to_string(),
        }
    }
}

/// Whether the organization's entries are what the log took up
///
/// Each is held to its leaf, and each leaf to what was signed, a few thousand in an answer. Whether the log as a whole was cut
/// or written anew, `portcullis audit verify` says.
#[utoipa::path(get, path = "/audit-logs/verify", tag = "audit", responses(
    (status = 200, description = "What was found.", body = AuditVerification),
))]
pub(super) async fn verify_audit_logs(
    door: Allowed<AuditView>,
    app: Data<App>,
    listing: Listing,
) -> Result<Json<AuditVerification>, ApiError> {
    let Asked { page, cursors, .. } = listing.by(&door.act)?;
    let Checked { report, head, next } = app.check_organization.run(door.organization(), page.after).await?;
    Ok(Json(AuditVerification {
        good: report.is_good(),
        entries: report.entries,
        dropped: report.dropped,
        erased: report.erased,
        waiting: report.waiting,
        findings: report.findings.into_iter().map(AuditFinding::from).collect(),
        held_to: head.map(|Head { size, root, .. }| AuditHead { size, root: root.to_string() }),
        next_cursor: next.map(|it| cursors.sign(&it)),
    }))
}
