use std::net::IpAddr;

use accounts::views::{Export, InvitationRow, MailedRow};
use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, ContentType};
use actix_web::web::{Bytes, Data};
use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use futures::stream::{self, Stream, StreamExt};
use identity::ports::SeenSession;
use identity::{Factor, PersonName, ProviderIdentity, User};
use kernel::{Cursor, Fault, Id, PageRequest, PictureKind, Shown, Time, UserId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::mfa::MfaStatus;
use super::passkeys::MyPasskey;
use super::tokens::MyToken;
use crate::App;
use crate::answer::Moment;
use crate::error::{ApiError, Kind, chain};
use crate::extract::SteppedUp;
use crate::routes::audit_logs::AuditEntry;
use crate::routes::views::MyTenant;

/// All that is stored about a user.
#[derive(Serialize, ToSchema)]
pub(super) struct PersonalData {
    exported_at: Moment,
    user: StoredUser,
    /// The picture, as a `data:` URL; null where there is none.
    #[schema(required, example = "data:image/png;base64,iVBORw0KGgo=")]
    avatar: Option<String>,
    /// Ended ones too, the newest first.
    sessions: Vec<StoredSession>,
    organizations: Vec<MyTenant>,
    /// What was given or denied to the user there directly.
    grants: Vec<StoredGrant>,
    /// To the user's address.
    invitations: Vec<StoredInvitation>,
    /// What was mailed and can still be used.
    mailed: Vec<StoredMailed>,
    mfa: MfaStatus,
    /// The oldest first.
    passkeys: Vec<MyPasskey>,
    /// Accounts at providers, the oldest first.
    identities: Vec<StoredIdentity>,
    /// Personal tokens, the newest first; themselves they are not known.
    tokens: Vec<MyToken>,
    // The last field: the entries follow page by page.
    /// What the user did, and what is said of them elsewhere; the newest first.
    audit_entries: Vec<AuditEntry>,
}

/// A permission given or denied directly.
#[derive(Serialize, ToSchema)]
pub(super) struct StoredGrant {
    organization_id: Uuid,
    #[schema(example = "audit.view")]
    permission: String,
    /// `allow` or `deny`.
    #[schema(example = "allow")]
    effect: &'static str,
    #[schema(required)]
    expires_at: Option<Moment>,
    created_at: Moment,
}

impl From<rbac::Grant> for StoredGrant {
    fn from(grant: rbac::Grant) -> Self {
        Self {
            organization_id: grant.organization.uuid(),
            permission: grant.permission.to_string(),
            effect: grant.effect.as_str(),
            expires_at: grant.expires_at.map(Moment),
            created_at: Moment(grant.created_at),
        }
    }
}

/// The account.
#[derive(Serialize, ToSchema)]
pub(super) struct StoredUser {
    id: Uuid,
    #[schema(example = "user@example.com")]
    email: String,
    #[schema(example = "johndoe")]
    username: String,
    #[schema(required, example = "John Doe")]
    name: Option<String>,
    /// `active`, `suspended` or `deleted`.
    #[schema(example = "active")]
    status: &'static str,
    /// Whether there is a password; itself it is not known.
    has_password: bool,
    is_administrator: bool,
    created_at: Moment,
    #[schema(required)]
    verified_at: Option<Moment>,
    #[schema(required)]
    deleted_at: Option<Moment>,
}

impl From<User> for StoredUser {
    fn from(user: User) -> Self {
        Self {
            id: user.id.uuid(),
            email: user.email.to_string(),
            username: user.username.to_string(),
            name: user.name.as_ref().map(PersonName::to_string),
            status: user.status.as_str(),
            has_password: user.password.is_some(),
            is_administrator: user.administrator,
            created_at: Moment(user.created_at),
            verified_at: user.verified_at.map(Moment),
            deleted_at: user.deleted_at.map(Moment),
        }
    }
}

/// A sign-in.
#[derive(Serialize, ToSchema)]
pub(super) struct StoredSession {
    id: Uuid,
    #[schema(required)]
    organization: Option<Uuid>,
    #[schema(required, example = "curl/8.5.0")]
    user_agent: Option<String>,
    #[schema(required, example = "203.0.113.7")]
    address: Option<String>,
    #[schema(required, example = "203.0.113.7")]
    last_address: Option<String>,
    created_at: Moment,
    /// When a factor was last given.
    auth_time: Moment,
    /// What was given then.
    #[schema(example = json!(["pwd", "otp"]))]
    factors: Vec<&'static str>,
    last_seen_at: Moment,
    expires_at: Moment,
    #[schema(required)]
    ended_at: Option<Moment>,
}

impl From<SeenSession> for StoredSession {
    fn from(SeenSession { session, last_seen_at, last_address }: SeenSession) -> Self {
        Self {
            id: session.id.uuid(),
            organization: session.organization.map(Id::uuid),
            user_agent: session.agent,
            address: session.address.as_ref().map(IpAddr::to_string),
            last_address: last_address.as_ref().map(IpAddr::to_string),
            created_at: Moment(session.created_at),
            auth_time: Moment(session.auth_time),
            factors: session.factors.iter().map(Factor::as_str).collect(),
            last_seen_at: Moment(last_seen_at),
            expires_at: Moment(session.expires_at),
            ended_at: session.ended_at.map(Moment),
        }
    }
}

/// An invitation.
#[derive(Serialize, ToSchema)]
pub(super) struct StoredInvitation {
    /// The organization's name.
    #[schema(example = "Acme")]
    organization: String,
    #[schema(example = "member")]
    role: String,
    /// `pending`, `accepted` or `cancelled`.
    #[schema(example = "pending")]
    status: String,
    created_at: Moment,
}

impl From<InvitationRow> for StoredInvitation {
    fn from(row: InvitationRow) -> Self {
        let InvitationRow { organization, role, status, created_at } = row;
        Self { organization, role, status, created_at: Moment(created_at) }
    }
}

/// A mailed link or temporary password; itself it is not known.
#[derive(Serialize, ToSchema)]
pub(super) struct StoredMailed {
    /// What it is good for.
    #[schema(example = "verify_email")]
    purpose: String,
    #[schema(example = "user@example.com")]
    email: String,
    expires_at: Moment,
}

impl From<MailedRow> for StoredMailed {
    fn from(row: MailedRow) -> Self {
        Self { purpose: row.purpose, email: row.email, expires_at: Moment(row.expires_at) }
    }
}

/// An account at a provider.
#[derive(Serialize, ToSchema)]
pub(super) struct StoredIdentity {
    id: Uuid,
    #[schema(example = "google")]
    provider: &'static str,
    #[schema(example = "https://accounts.google.com")]
    issuer: String,
    /// What the provider calls the account.
    #[schema(example = "110169484474386276334")]
    subject: String,
    #[schema(required, example = "user@example.com")]
    email: Option<String>,
    created_at: Moment,
}

impl From<ProviderIdentity> for StoredIdentity {
    fn from(identity: ProviderIdentity) -> Self {
        Self {
            id: identity.id.uuid(),
            provider: identity.provider.as_str(),
            issuer: identity.issuer,
            subject: identity.subject,
            email: identity.email.map(|it| it.to_string()),
            created_at: Moment(identity.created_at),
        }
    }
}

impl PersonalData {
    fn of(export: Export, avatar: Option<String>, at: Time) -> Self {
        Self {
            exported_at: Moment(at),
            user: export.user.into(),
            avatar,
            sessions: export.sessions.into_iter().map(Into::into).collect(),
            organizations: export.memberships.into_iter().map(Into::into).collect(),
            grants: export.grants.into_iter().map(Into::into).collect(),
            invitations: export.invitations.into_iter().map(Into::into).collect(),
            mailed: export.mailed.into_iter().map(Into::into).collect(),
            mfa: MfaStatus::of(export.recovery_codes_left, export.passkeys.len()),
            passkeys: export.passkeys.into_iter().map(Into::into).collect(),
            identities: export.identities.into_iter().map(Into::into).collect(),
            tokens: export.tokens.into_iter().map(Into::into).collect(),
            audit_entries: Vec::new(),
        }
    }
}

/// All that is stored about oneself, as a file
///
/// It comes as it is read; one that is cut off was not finished.
#[utoipa::path(get, path = "/me/export", tag = "me", responses(
    (status = 200, description = "The data.", body = PersonalData, headers(("Content-Disposition" = String, description = "What the file is called."))),
))]
pub(super) async fn export(door: SteppedUp, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let user = door.caller.user;
    app.record_data_export.run(&door.act, user).await?;
    let export = app.exports.of(user).await?.ok_or(Kind::TOKEN_INVALID)?;
    let avatar = app.read_avatar.run(user, user, |_| false).await?;
    let whole = to_json(&PersonalData::of(export, avatar.map(data_url).transpose()?, door.act.at))?;
    let head = whole.strip_suffix(END).ok_or_else(|| Fault::defect("the entries do not stand last"))?.to_owned();
    let text =
        stream::once(async { Ok(head) }).chain(entries(app, user)).chain(stream::once(async { Ok(END.to_owned()) }));
    Ok(HttpResponse::Ok()
        .content_type(ContentType::json())
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"personal-data.json\""))
        .streaming(text.map(|it| it.map(Bytes::from))))
}

fn data_url(avatar: Shown) -> Result<String, Fault> {
    let Shown::Picture(file, bytes) = avatar else { return Err(Fault::defect("nobody knows it already")) };
    let kind = PictureKind::of(&file).ok_or_else(|| Fault::defect(format!("not a picture: {file}")))?;
    Ok(format!("data:{};base64,{}", kind.media_type(), BASE64.encode(bytes)))
}

/// What follows the last entry.
const END: &str = "]}";

/// How far it is read.
enum Reading {
    Start,
    After(Cursor),
    End,
}

/// The entries, with commas between them, read page by page as the client takes them.
fn entries(app: Data<App>, user: UserId) -> impl Stream<Item = Result<String, Fault>> {
    stream::try_unfold(Reading::Start, move |reading| {
        let app = app.clone();
        async move {
            let (after, mut is_first) = match reading {
                Reading::Start => (None, true),
                Reading::After(cursor) => (Some(cursor), false),
                Reading::End => return Ok(None),
            };
            let read = app.exports.trail(user, PageRequest { limit: PageRequest::MAX, after }).await;
            let page = read.inspect_err(|fault| tracing::error!(fault = %chain(fault), "an export was cut off"))?;
            let mut text = String::new();
            for entry in page.data {
                text.push_str(if is_first { "" } else { "," });
                text.push_str(&to_json(&AuditEntry::from(entry))?);
                is_first = false;
            }
            Ok(Some((text, page.next.map_or(Reading::End, Reading::After))))
        }
    })
}

fn to_json(value: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::Failed(error.into()))
}
