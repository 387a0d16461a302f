//! What several endpoints answer.

use accounts::OrganizationView;
use accounts::views::MembershipRow;
use identity::{Key, Renewed, Scopes, SignedIn, UserView};
use kernel::Id;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::{Hidden, Moment};

/// A user, as told to themselves.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct User {
    pub id: Uuid,
    #[schema(example = "u1@example.com")]
    pub email: String,
    #[schema(example = "johndoe")]
    pub username: String,
    /// Whether the address was proved.
    pub is_verified: bool,
    pub is_active: bool,
    /// In the organization of the sign-in; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "admin")]
    pub role: Option<String>,
}

impl From<UserView> for User {
    fn from(user: UserView) -> Self {
        Self {
            id: user.id.uuid(),
            email: user.email.to_string(),
            username: user.username.to_string(),
            is_verified: user.is_verified,
            is_active: user.is_active,
            role: user.role.map(|it| it.to_string()),
        }
    }
}

/// What a browser is told to make or use a passkey (W3C Web Authentication, Level 3).
#[derive(Debug, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(example = json!({"publicKey": {"challenge": "…"}}))]
pub(crate) struct PasskeyOptions(pub Value);

/// An organization.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Organization {
    pub id: Uuid,
    #[schema(example = "Acme")]
    pub name: String,
    #[schema(example = "acme")]
    pub slug: String,
    pub created_at: Moment,
}

impl From<OrganizationView> for Organization {
    fn from(organization: OrganizationView) -> Self {
        Self {
            id: organization.id.uuid(),
            name: organization.name.as_str().to_owned(),
            slug: organization.slug.to_string(),
            created_at: Moment(organization.created_at),
        }
    }
}

/// What a key may at most; `None` for what the admin role may.
pub(crate) fn scopes(key: &Key) -> Option<Vec<String>> {
    match &key.scopes {
        Scopes::Admin => None,
        Scopes::Only(permissions) => Some(permissions.iter().map(ToString::to_string).collect()),
    }
}

/// A sign-in. What a browser keeps in cookies is not told besides.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tokens {
    /// A JWT, for `Authorization: Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub access_token: Option<Hidden>,
    /// Good once, at `/auth/refresh`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub refresh_token: Option<Hidden>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "bearer")]
    pub token_type: Option<&'static str>,
    /// Seconds until the access token ends.
    #[schema(example = 900)]
    pub expires_in: i64,
    /// Seconds until the refresh token ends.
    #[schema(example = 2_592_000)]
    pub refresh_expires_in: i64,
    pub user: User,
}

impl Tokens {
    /// As told to a browser that keeps them.
    pub fn kept(self) -> Self {
        Self { access_token: None, refresh_token: None, token_type: None, ..self }
    }
}

impl From<SignedIn> for Tokens {
    fn from(signed_in: SignedIn) -> Self {
        Self {
            access_token: Some(Hidden(signed_in.access_token)),
            refresh_token: Some(Hidden(signed_in.refresh_token)),
            token_type: Some("bearer"),
            expires_in: signed_in.expires_in,
            refresh_expires_in: signed_in.refresh_expires_in,
            user: signed_in.user.into(),
        }
    }
}

/// A new access token for a sign-in that goes on. What a browser keeps in a cookie is not told besides.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "it is called so on the wire")]
pub(crate) struct AccessToken {
    /// A JWT, for `Authorization: Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub access_token: Option<Hidden>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "bearer")]
    pub token_type: Option<&'static str>,
    /// Seconds until it ends.
    #[schema(example = 900)]
    pub expires_in: i64,
}

impl AccessToken {
    /// As told to a browser that keeps it.
    pub fn kept(self) -> Self {
        Self { access_token: None, token_type: None, ..self }
    }
}

impl From<Renewed> for AccessToken {
    fn from(renewed: Renewed) -> Self {
        let token_type = Some("bearer");
        Self { access_token: Some(Hidden(renewed.access_token)), token_type, expires_in: renewed.expires_in }
    }
}

/// A sign-in to an organization just founded or joined.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Membership {
    pub organization: Organization,
    #[serde(flatten)]
    pub tokens: Tokens,
}

/// One's place in an organization.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MyTenant {
    pub organization: MyOrganization,
    #[schema(example = "member")]
    pub role: String,
    /// `active` or `suspended`.
    #[schema(example = "active")]
    pub status: String,
}

/// An organization one belongs to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MyOrganization {
    pub id: Uuid,
    #[schema(example = "Acme")]
    pub name: String,
    #[schema(example = "acme")]
    pub slug: String,
}

impl From<MembershipRow> for MyTenant {
    fn from(row: MembershipRow) -> Self {
        let organization = MyOrganization { id: row.organization.uuid(), name: row.name, slug: row.slug };
        Self { organization, role: row.role, status: row.status }
    }
}
