use actix_web::web::{Data, Json};
use audit::Entry;
use audit::tree::is_included;
use audit::verify::Placed;
use kernel::{AuditId, Fault};
use serde::Serialize;
use utoipa::ToSchema;

use super::checkpoint::newest;
use crate::App;
use crate::error::{ApiError, Kind};
use crate::extract::needed::AuditView;
use crate::extract::{Allowed, Named};

/// Proof that an entry stands in the log.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditProof {
    /// Where it stands, from 0.
    #[schema(example = 41)]
    index: u64,
    /// How many entries the log has.
    #[schema(example = 20_852_163)]
    size: u64,
    /// The leaf: the entry's facts in canonical JSON, with commitments in the place of what is about people. Null where the
    /// entry was old enough to go.
    #[schema(required, example = "{\"action\":\"member.added\",…}")]
    leaf: Option<String>,
    /// SHA-256 of a zero byte and the leaf, in base64.
    #[schema(example = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")]
    leaf_hash: String,
    /// The inclusion proof (RFC 6962, section 2.1.1), in base64.
    hashes: Vec<String>,
    /// What it is proved against (C2SP tlog-checkpoint).
    #[schema(
        example = "id.example.com/audit\n41\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— id.example.com/audit Az3grlgt…\n"
    )]
    checkpoint: String,
}

/// Proof that an entry stands in the log
///
/// 409 while the entry waits to be taken up, which is within a second.
#[utoipa::path(get, path = "/audit-logs/{id}/proof", tag = "audit",
    params(("id" = String, Path, description = "The entry's id.")),
    responses(
        (status = 200, description = "The proof.", body = AuditProof),
        (status = 409, description = "It waits to be taken up (`illegal_state`)."),
    ),
)]
pub(super) async fn prove_audit_log(
    door: Allowed<AuditView>,
    app: Data<App>,
    id: Named<AuditId>,
) -> Result<Json<AuditProof>, ApiError> {
    let organization = door.organization();
    let newest = newest(&app).await?;
    if let Some((checkpoint, head)) = newest
        && let Some(Placed { leaf, proof, entry }) = app.log.placed(organization, id.0, head.size).await?
    {
        let hash = leaf.hashes.first().copied().ok_or_else(damaged)?;
        if !is_included(hash, leaf.index, head.size, head.root, &proof) {
            return Err(damaged().into());
        }
        return Ok(Json(AuditProof {
            index: leaf.index,
            size: head.size,
            leaf: entry.as_ref().map(Entry::leaf),
            leaf_hash: hash.to_string(),
            hashes: proof.iter().map(ToString::to_string).collect(),
            checkpoint,
        }));
    }
    // Taken up since, it is so too.
    let waits =
        app.log.waits(organization, id.0).await? || app.log.placed(organization, id.0, u64::MAX >> 1).await?.is_some();
    Err(if waits { Kind::ILLEGAL_STATE } else { Kind::NOT_FOUND }.into())
}

fn damaged() -> Fault {
    Fault::defect("the audit log does not prove an entry: run `portcullis audit verify`")
}
