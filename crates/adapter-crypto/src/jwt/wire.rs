use identity::{Claims, Factor, Factors, Username};
use kernel::{EmailAddress, OrganizationId, RoleKey, SessionId, Time, UserId};
use serde::{Deserialize, Serialize, Serializer};
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
    /// Absent from tokens that an earlier version signed.
    #[serde(default)]
    amr: Amr,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Access,
}

/// Authentication methods (RFC 8176); a word that is none of ours does not read.
#[derive(Default, Deserialize)]
#[serde(try_from = "Vec<String>")]
struct Amr(Factors);

impl Amr {
    /// It says nothing that the others don't.
    const MULTIPLE: &str = "mfa";
}

impl Serialize for Amr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let multiple = self.0.are_multiple().then_some(Self::MULTIPLE);
        serializer.collect_seq(self.0.iter().map(Factor::as_str).chain(multiple))
    }
}

impl TryFrom<Vec<String>> for Amr {
    type Error = &'static str;

    fn try_from(words: Vec<String>) -> Result<Self, Self::Error> {
        let factors = words.iter().filter(|it| *it != Self::MULTIPLE).map(|it| Factor::parse(it));
        factors.collect::<Option<Vec<_>>>().map(|it| Self(Factors::of(it))).ok_or("an unknown method")
    }
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
            amr: Amr(claims.factors.clone()),
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
            factors: self.amr.0,
            id: self.jti,
        }
    }
}
