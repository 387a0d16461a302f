use identity::{Claims, Username};
use kernel::{EmailAddress, OrganizationId, RoleKey, SessionId, Time, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The claims on the wire. What is missing or of another type does not read.
#[derive(Serialize, Deserialize)]
pub(super) struct Wire {
    sub: UserId,
    email: EmailAddress,
    username: Username,
    is_verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cid: Option<OrganizationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<RoleKey>,
    sid: SessionId,
    r#type: Kind,
    #[serde(with = "chrono::serde::ts_seconds")]
    iat: Time,
    #[serde(with = "chrono::serde::ts_seconds")]
    pub nbf: Time,
    #[serde(with = "chrono::serde::ts_seconds")]
    exp: Time,
    iss: String,
    aud: String,
    jti: Uuid,
    #[serde(with = "chrono::serde::ts_seconds")]
    auth_time: Time,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Access,
}

impl Wire {
    pub fn of(claims: &Claims, issuer: &str, audience: &str) -> Self {
        Self {
            sub: claims.user,
            email: claims.email.clone(),
            username: claims.username.clone(),
            is_verified: claims.is_verified,
            cid: claims.organization,
            role: claims.role.clone(),
            sid: claims.session,
            r#type: Kind::Access,
            iat: claims.issued_at,
            nbf: claims.issued_at,
            exp: claims.expires_at,
            iss: issuer.to_owned(),
            aud: audience.to_owned(),
            jti: claims.id,
            auth_time: claims.auth_time,
        }
    }

    pub fn claims(self) -> Claims {
        Claims {
            user: self.sub,
            email: self.email,
            username: self.username,
            is_verified: self.is_verified,
            organization: self.cid,
            role: self.role,
            session: self.sid,
            issued_at: self.iat,
            expires_at: self.exp,
            auth_time: self.auth_time,
            id: self.jti,
        }
    }
}
