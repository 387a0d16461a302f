use accounts::{Checked, Entered};
use actix_web::web::{Data, Json};
use kernel::{Permission, Problems, UserId};
use rbac::{Because, system};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;
use crate::answer::Moment;
use crate::error::{ApiError, Kind};
use crate::extract::{Inside, JsonBody, QueryArgs};

/// A question, or up to 50 at once.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Questions {
    One(Question),
    Many(BulkQuestion),
}

/// May they?
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    #[schema(example = "team.view")]
    permission: String,
    /// Another member, which needs team.view; without it, oneself.
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    user_id: Option<String>,
}

/// Which of these may they?
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BulkQuestion {
    #[schema(min_items = 1, max_items = 50, example = json!(["team.view"]))]
    permissions: Vec<String>,
    /// Another member, which needs team.view; without it, oneself.
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    user_id: Option<String>,
}

/// How to answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Manner {
    /// Say what decided.
    explain: Option<bool>,
    /// `full` asks the database whether what this node knows still holds.
    #[schema(inline)]
    consistency: Option<Consistency>,
}

/// How certain the answer must be.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Consistency {
    Full,
}

/// The answer to one question, or to many.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Answered {
    One(Answer),
    Many(Answers),
}

/// An answer.
#[derive(Serialize, ToSchema)]
pub(super) struct Answer {
    #[schema(example = "team.view")]
    permission: String,
    allowed: bool,
    /// `held_by_role`, `granted`, `denied`, `not_granted`, `unknown_permission`, `member_suspended`, `not_a_member` or
    /// `not_in_scopes`.
    #[schema(example = "held_by_role")]
    reason: &'static str,
    /// What bears on it, what decided first, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<Vec<Decisive>>,
}

/// Something that bears on the answer.
#[derive(Serialize, ToSchema)]
pub(super) struct Decisive {
    /// `grant`, `role`, `membership` or `scopes`.
    #[schema(example = "role")]
    kind: &'static str,
    /// Which role: the member's own, or one it inherits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "member")]
    role: Option<String>,
    /// Which of its permissions, wildcards as they stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "team.view")]
    permission: Option<String>,
    /// What the grant does: `allow` or `deny`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "allow")]
    effect: Option<&'static str>,
    /// Until when the grant counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Moment>,
    /// In which state the membership is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "suspended")]
    status: Option<&'static str>,
}

impl Decisive {
    const fn of_kind(kind: &'static str) -> Self {
        Self { kind, role: None, permission: None, effect: None, expires_at: None, status: None }
    }
}

impl From<Because> for Decisive {
    fn from(because: Because) -> Self {
        match because {
            Because::Role { role, pattern } => {
                Self { role: Some(role.to_string()), permission: Some(pattern.to_string()), ..Self::of_kind("role") }
            }
            Because::Grant { effect, expires_at } => {
                Self { effect: Some(effect.as_str()), expires_at: expires_at.map(Moment), ..Self::of_kind("grant") }
            }
            Because::Suspended => Self { status: Some("suspended"), ..Self::of_kind("membership") },
            Because::Scopes => Self::of_kind("scopes"),
        }
    }
}

/// Answers, in order.
#[derive(Serialize, ToSchema)]
pub(super) struct Answers {
    results: Vec<Answer>,
}

impl From<Checked> for Answer {
    fn from(checked: Checked) -> Self {
        Self {
            permission: checked.permission.to_string(),
            allowed: checked.verdict.allowed,
            reason: checked.verdict.reason.as_str(),
            because: checked.because.map(|it| it.into_iter().map(Decisive::from).collect()),
        }
    }
}

/// Ask whether one, or another member, may
#[utoipa::path(post, path = "/permissions/check", tag = "permissions", request_body = Questions, responses(
    (status = 200, description = "The answer, or the answers under `results`.", body = Answered),
    (status = 403, description = "To ask about somebody else needs team.view (`permission_denied`)."),
))]
pub(super) async fn check_permissions(
    door: Inside,
    app: Data<App>,
    query: QueryArgs<Manner>,
    body: JsonBody<Questions>,
) -> Result<Json<Answered>, ApiError> {
    let Inside { caller, mut entered, act } = door;
    if query.0.consistency == Some(Consistency::Full) {
        let certain = app.access.node.certain_snapshot(entered.organization).await?;
        entered = Entered { snapshot: certain.ok_or(Kind::NOT_FOUND)?, ..entered };
    }
    let (asked, about, is_one) = match body.0 {
        Questions::One(it) => (vec![("permission".to_owned(), it.permission)], it.user_id, true),
        Questions::Many(it) => {
            let fields = it.permissions.into_iter().enumerate();
            (fields.map(|(i, key)| (format!("permissions.{i}"), key)).collect(), it.user_id, false)
        }
    };
    let (permissions, about) = read(asked, about)?;
    if about.is_some_and(|it| it != caller.principal()) {
        app.access.authorize(&act, &caller, &entered, &system::TEAM_VIEW).await?;
    }
    let explain = query.0.explain.unwrap_or(false);
    let checked = accounts::check_permissions(&entered.snapshot, caller.holder(act.at), about, permissions, explain)?;
    let mut results: Vec<Answer> = checked.into_iter().map(Answer::from).collect();
    match results.pop() {
        Some(answer) if is_one => Ok(Json(Answered::One(answer))),
        last => {
            results.extend(last);
            Ok(Json(Answered::Many(Answers { results })))
        }
    }
}

fn read(asked: Vec<(String, String)>, about: Option<String>) -> Result<(Vec<Permission>, Option<UserId>), Problems> {
    let mut problems = Problems::default();
    let mut permissions = Vec::with_capacity(asked.len());
    for (field, key) in asked {
        if let Some(permission) = Permission::parse(&key) {
            permissions.push(permission);
        } else {
            let sentence = format!("The {field} field must be a permission, such as team.view.");
            problems.add(field, sentence);
        }
    }
    let about = about.map(|it| it.parse().ok());
    if about == Some(None) {
        problems.add("user_id", "The user_id field must be an id.");
    }
    if problems.is_empty() { Ok((permissions, about.flatten())) } else { Err(problems) }
}
