use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::Data;
use audit::Head;
use audit::note::VerifierKey;
use kernel::Fault;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;
use crate::error::{ApiError, Kind};
use crate::extract::needed::AuditView;
use crate::extract::{Accepts, Allowed, QueryArgs};

/// How much the log of this installation holds, and what it comes to.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditCheckpoint {
    #[schema(example = "accounts.example.com/audit")]
    origin: String,
    /// How many entries, of all organizations.
    #[schema(example = 20_852_163)]
    size: u64,
    /// The root of their Merkle tree (RFC 6962), in base64.
    #[schema(example = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")]
    root: String,
    /// The checkpoint as signed (C2SP tlog-checkpoint): what to keep.
    #[schema(
        example = "id.example.com/audit\n41\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— id.example.com/audit Az3grlgt…\n"
    )]
    checkpoint: String,
    /// What it is checked with (C2SP signed-note).
    #[schema(example = "accounts.example.com/audit+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")]
    key: String,
    /// Where `since` was asked for: proof that the log begins with the log of that size, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    consistency: Option<Vec<String>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Since {
    /// The size of an earlier checkpoint; the answer is JSON then, and proves that nothing before it has changed.
    #[schema(minimum = 1)]
    since: Option<u64>,
}

/// What the log comes to, signed
///
/// A text as C2SP's tlog-checkpoint has it, or JSON where that is accepted. Keep it elsewhere: the log can be held to it.
/// 404 until the first entry was taken up, which is within a second.
#[utoipa::path(get, path = "/audit-logs/checkpoint", tag = "audit", responses(
    (status = 200, description = "The newest checkpoint.", content(
        (AuditCheckpoint = "application/json"),
        (String = "text/plain"),
    )),
    (status = 404, description = "No such organization, or nothing was taken up yet."),
))]
pub(super) async fn get_audit_checkpoint(
    _door: Allowed<AuditView>,
    app: Data<App>,
    accepts: Accepts,
    query: QueryArgs<Since>,
) -> Result<HttpResponse, ApiError> {
    let (checkpoint, head) = newest(&app).await?.ok_or(Kind::NOT_FOUND)?;
    let since = query.0.since;
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "no-store"));
    if since.is_none() && accepts.choose(&[Accepts::TEXT, Accepts::JSON]) == Accepts::TEXT {
        return Ok(response.insert_header((CONTENT_TYPE, "text/plain; charset=utf-8")).body(checkpoint));
    }
    let consistency = match since {
        Some(before) if before > head.size => return Err(Kind::NOT_FOUND.into()),
        Some(before) => {
            let proof = app.log.consistency(before, head.size).await?;
            Some(proof.iter().map(ToString::to_string).collect())
        }
        None => None,
    };
    let key = app.notary.signatories().key_of(&head.origin);
    Ok(response.json(AuditCheckpoint {
        size: head.size,
        root: head.root.to_string(),
        key: VerifierKey::to_string(&key),
        origin: head.origin,
        checkpoint,
        consistency,
    }))
}

/// The newest checkpoint, where it is ours; absent while there is none.
pub(super) async fn newest(app: &App) -> Result<Option<(String, Head)>, Fault> {
    let Some(checkpoint) = app.log.checkpoint().await? else { return Ok(None) };
    let head = app.notary.open(&checkpoint)?;
    Ok(Some((checkpoint, head)))
}
