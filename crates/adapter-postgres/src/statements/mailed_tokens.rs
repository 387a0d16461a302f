use std::borrow::Cow;
use std::collections::BTreeSet;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use identity::ports::{MailedTokens, Redeemed};
use identity::{Key, MailedToken, Presented, Redemption, User, Word, rules};
use kernel::{Act, Evidence, Fault, Id, Scope};
use uuid::Uuid;

use crate::apply::apply_all;
use crate::refusal::Refusal;
use crate::rows::{KeyRow, MailedTokenRow, UserRow};
use crate::schema::{keys, mailed_tokens, users};
use crate::scope;
use crate::store::PgStore;
use crate::transaction::{Done, Transaction};
use crate::turns::Turn;

#[async_trait]
impl MailedTokens for PgStore {
    async fn redeem(&self, act: &Act, redemption: Redemption) -> Result<Redeemed, Fault> {
        match self.carry(Redeem { act: act.clone(), redemption }).await {
            Err(Refusal::Taken(taken)) => Ok(Redeemed::Taken(taken)),
            outcome => Ok(outcome?),
        }
    }
}

struct Redeem {
    act: Act,
    redemption: Redemption,
}

impl Transaction for Redeem {
    type Answer = Redeemed;

    fn scope(&self) -> Scope {
        scope::of_act(&self.act)
    }

    fn turns(&self) -> BTreeSet<Turn> {
        BTreeSet::from([match self.redemption.presented() {
            Presented::Token(hash) => Turn::Token(*hash),
            Presented::Address(email) => Turn::Address(email.key()),
        }])
    }

    async fn run<'a>(
        &'a self,
        store: &'a PgStore,
        connection: &mut AsyncPgConnection,
    ) -> Result<Done<'a, Redeemed>, Refusal> {
        let user = self.hold_user(connection).await?;
        let token = match &user {
            Some(user) => self.hold_token(connection, user).await?,
            None => None,
        };
        let keys = match &user {
            Some(user) if self.redemption.asks_for_keys() => hold_keys(connection, user).await?,
            _ => Vec::new(),
        };
        let left = |answer, evidence| Done { answer, evidence: Cow::Owned(evidence), signals: Vec::new() };
        match rules::redeem(&self.act, &self.redemption, token.as_ref().zip(user.as_ref()), &keys) {
            Word::Refused(evidence) => Ok(left(Redeemed::Worthless, evidence)),
            Word::PasswordUnfit => {
                if let Some(token) = token {
                    // It was right: not one of the wrong tries.
                    let row = mailed_tokens::table.find(token.hash.as_bytes().as_slice());
                    diesel::update(row)
                        .set(mailed_tokens::tries.eq(mailed_tokens::tries - 1))
                        .execute(connection)
                        .await?;
                }
                Ok(left(Redeemed::PasswordUnfit, Evidence::default()))
            }
            Word::Granted(granted) => {
                let (unit, user) = *granted;
                if let Some(token) = token {
                    let row = mailed_tokens::table.find(token.hash.as_bytes().as_slice());
                    diesel::delete(row).execute(connection).await?;
                }
                // It is about this user alone, who is held already, and about keys that are held, too.
                let mut signals = Vec::new();
                apply_all(&unit.changes, connection, store.sealer.as_ref(), &mut signals).await?;
                let answer = Redeemed::Done(Box::new(user));
                Ok(Done { answer, evidence: Cow::Owned(unit.evidence), signals })
            }
        }
    }
}

impl Redeem {
    /// The one who may redeem it, held before the token is, as everybody does who writes tokens.
    async fn hold_user(&self, connection: &mut AsyncPgConnection) -> Result<Option<User>, Refusal> {
        let found: Option<Uuid> = match self.redemption.presented() {
            Presented::Address(email) => {
                let owner = users::table.filter(users::email_key.eq(email.key())).select(users::id);
                owner.first(connection).await.optional()?
            }
            Presented::Token(hash) => {
                let token = mailed_tokens::table.find(hash.as_bytes().as_slice()).select(mailed_tokens::user_id);
                token.first(connection).await.optional()?
            }
        };
        let Some(id) = found else { return Ok(None) };
        let row = users::table.find(id).select(UserRow::as_select()).for_no_key_update();
        let row: Option<UserRow> = row.first(connection).await.optional()?;
        let user = row.map(User::try_from).transpose()?;
        Ok(user.filter(|user| match self.redemption.presented() {
            // It may have got another address meanwhile.
            Presented::Address(email) => user.email.key() == email.key(),
            Presented::Token(_) => true,
        }))
    }

    /// Looked for again now that nobody else changes it. Where it is found by its owner, this is a try.
    async fn hold_token(
        &self,
        connection: &mut AsyncPgConnection,
        user: &User,
    ) -> Result<Option<MailedToken>, Refusal> {
        let unused = mailed_tokens::purpose
            .eq(self.redemption.purpose().as_str())
            .and(mailed_tokens::user_id.eq(user.id.uuid()))
            .and(mailed_tokens::used_at.is_null());
        let row: Option<MailedTokenRow> = match self.redemption.presented() {
            Presented::Token(hash) => mailed_tokens::table
                .find(hash.as_bytes().as_slice())
                .filter(unused)
                .select(MailedTokenRow::as_select())
                .for_update()
                .first(connection)
                .await
                .optional()?,
            Presented::Address(_) => diesel::update(mailed_tokens::table.filter(unused))
                .set(mailed_tokens::tries.eq(mailed_tokens::tries + 1))
                .returning(MailedTokenRow::as_returning())
                .get_result(connection)
                .await
                .optional()?,
        };
        Ok(row.map(MailedToken::try_from).transpose()?)
    }
}

/// Whoever makes or rotates a key holds its maker, who is held: none is added meanwhile.
async fn hold_keys(connection: &mut AsyncPgConnection, user: &User) -> Result<Vec<Key>, Refusal> {
    let rows: Vec<KeyRow> = keys::table
        .filter(keys::maker_id.eq(user.id.uuid()).and(keys::organization_id.is_not_null()))
        .order(keys::id)
        .select(KeyRow::as_select())
        .for_update()
        .load(connection)
        .await?;
    rows.into_iter().map(|it| Ok(it.try_into()?)).collect()
}
