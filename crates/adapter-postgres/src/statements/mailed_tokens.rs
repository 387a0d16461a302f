use std::borrow::Cow;
use std::collections::BTreeSet;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use identity::ports::MailedTokens;
use identity::rules::witness_verification;
use identity::{Claim, MailedPurpose, User, UserStatus};
use kernel::{Act, Evidence, Fault, Scope, Time};
use uuid::Uuid;

use crate::refusal::Refusal;
use crate::rows::UserRow;
use crate::schema::{mailed_tokens, users};
use crate::scope;
use crate::store::PgStore;
use crate::transaction::{Done, Transaction};
use crate::turns::Turn;

#[async_trait]
impl MailedTokens for PgStore {
    async fn verify_email(&self, act: &Act, claim: Claim) -> Result<Option<User>, Fault> {
        Ok(self.carry(Verify { act: act.clone(), claim }).await?)
    }
}

struct Verify {
    act: Act,
    claim: Claim,
}

impl Transaction for Verify {
    type Answer = Option<User>;

    fn scope(&self) -> Scope {
        scope::of_act(&self.act)
    }

    fn turns(&self) -> BTreeSet<Turn> {
        BTreeSet::from([Turn::Token(self.claim.presented)])
    }

    async fn run<'a>(
        &'a self,
        _: &'a PgStore,
        connection: &mut AsyncPgConnection,
    ) -> Result<Done<'a, Option<User>>, Refusal> {
        let user = match self.hold_user(connection).await? {
            Some(user) if self.claim(connection).await? => Some(verify(connection, user, self.act.at).await?),
            _ => None,
        };
        let evidence = user.as_ref().map_or_else(Evidence::default, |user| witness_verification(&self.act, user));
        Ok(Done { answer: user, evidence: Cow::Owned(evidence), signals: Vec::new() })
    }
}

impl Verify {
    /// The token's user, where it is active and still has the address; nobody changes it from here on.
    async fn hold_user(&self, connection: &mut AsyncPgConnection) -> Result<Option<User>, Refusal> {
        let token: Option<(Uuid, String)> = mailed_tokens::table
            .find(self.claim.presented.as_bytes().as_slice())
            .select((mailed_tokens::user_id, mailed_tokens::email_key))
            .first(connection)
            .await
            .optional()?;
        let Some((user, email_key)) = token else { return Ok(None) };
        let row: Option<UserRow> = users::table
            .filter(users::id.eq(user))
            .filter(users::email_key.eq(email_key))
            .filter(users::status.eq(UserStatus::Active.as_str()))
            .select(UserRow::as_select())
            .for_no_key_update()
            .first(connection)
            .await
            .optional()?;
        Ok(row.map(User::try_from).transpose()?)
    }

    /// Of all who present the token, the one whose statement finds it unused.
    async fn claim(&self, connection: &mut AsyncPgConnection) -> Result<bool, Refusal> {
        let unused = mailed_tokens::table
            .find(self.claim.presented.as_bytes().as_slice())
            .filter(mailed_tokens::purpose.eq(MailedPurpose::VerifyEmail.as_str()))
            .filter(mailed_tokens::used_at.is_null())
            .filter(mailed_tokens::expires_at.gt(self.act.at));
        let claimed = diesel::update(unused).set(mailed_tokens::used_at.eq(self.act.at)).execute(connection).await?;
        Ok(claimed == 1)
    }
}

async fn verify(connection: &mut AsyncPgConnection, user: User, at: Time) -> Result<User, Refusal> {
    if user.verified_at.is_some() {
        return Ok(user);
    }
    let verified = User { verified_at: Some(at), version: user.version + 1, ..user };
    let row = UserRow::from(&verified);
    diesel::update(users::table.find(row.id)).set(row).execute(connection).await?;
    Ok(verified)
}
