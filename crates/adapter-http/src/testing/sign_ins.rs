use identity::ports::{MockAccessTokens, TokenError};
use identity::{Claims, Factor, Factors, Username};
use kernel::testing::NOON;
use kernel::{EmailAddress, RoleKey};
use rbac::ports::MockAuthorizations;
use rbac::{Facts, MemberFact, Rules};
use serde_json::Value;

use super::{acme, caller, umbrella};

/// Reads the names of people as their access tokens, and `signed`, which is what it issues, as the owner's; `expired-` stands
/// before an old one.
pub(super) fn tokens(public_keys: Value) -> MockAccessTokens {
    let mut tokens = MockAccessTokens::new();
    tokens.expect_public_keys().returning(move |_| public_keys.clone());
    tokens.expect_issue().returning(|_| Ok("signed".to_owned().into()));
    tokens.expect_read().returning(|token, _| {
        let (token, expired) = token.strip_prefix("expired-").map_or((token, false), |it| (it, true));
        let token = if token == "signed" { "owner" } else { token };
        let Some(caller) = caller(token) else { return Err(TokenError::Invalid) };
        let claims = Claims {
            user: caller.user,
            email: EmailAddress::parse("u1@x.test").unwrap(),
            username: Username::parse("u_1").unwrap(),
            is_verified: true,
            organization: caller.organization,
            role: None,
            session: caller.session,
            issued_at: NOON,
            expires_at: NOON,
            auth_time: NOON,
            factors: Factors::of([Factor::Password]),
            id: uuid::Uuid::nil(),
        };
        if expired { Err(TokenError::Expired(Box::new(claims))) } else { Ok(claims) }
    });
    tokens
}

/// Who is what in acme; in umbrella they are the same.
pub(super) fn authorizations(require_mfa: bool) -> MockAuthorizations {
    let mut authorizations = MockAuthorizations::new();
    let member = |token: &str, role: RoleKey| MemberFact {
        user: caller(token).unwrap().user,
        role,
        active: token != "suspended",
        grants: vec![],
    };
    let members =
        vec![member("owner", RoleKey::OWNER), member("member", RoleKey::MEMBER), member("suspended", RoleKey::MEMBER)];
    authorizations.expect_version().returning(|it| Ok([acme(), umbrella()].contains(&it).then_some(1)));
    authorizations.expect_load().returning(move |organization| {
        let facts = Facts {
            organization,
            version: 1,
            rules: Rules { require_mfa, ..Rules::default() },
            members: members.clone(),
        };
        Ok([acme(), umbrella()].contains(&organization).then_some(facts))
    });
    authorizations
}
