use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use identity::{
    Change, Key, MailRequest, MailedToken, Passkey, ProviderIdentity, Session, SigningKey, StoredSettings, Totp, User,
};
use kernel::{Fault, Id, Sealer, Signal, UserId, Write};

use super::{Apply, of_user, one, write_row};
use crate::refusal::Refusal;
use crate::rows::{
    IdentityRow, KeyRow, MailRequestRow, MailedTokenRow, PasskeyRow, RefreshTokenRow, SessionRow, SigningKeyRow,
    TotpRow, UserRow,
};
use crate::schema::{
    keys, login_failures, mail_requests, mailed_tokens, passkeys, provider_identities, refresh_tokens, sessions,
    settings, signing_keys, totps, users,
};

impl Apply for Change {
    fn adds_user(&self) -> Option<UserId> {
        match self {
            Self::User(Write::Add(user)) => Some(user.id),
            _ => None,
        }
    }

    fn holds_user(&self) -> Option<UserId> {
        match self {
            Self::User(write) => Some(write.subject().id),
            Self::MailedToken(write) => Some(write.subject().user),
            Self::EndSessions { user, .. }
            | Self::RevokeMailedTokens { user, .. }
            | Self::RevokeCredentials { user, .. }
            | Self::Erase { user, .. } => Some(*user),
            _ => None,
        }
    }

    async fn apply(
        &self,
        connection: &mut AsyncPgConnection,
        sealer: &dyn Sealer,
        signals: &mut Vec<Signal>,
    ) -> Result<(), Refusal> {
        match self {
            Self::User(write) => {
                let this = |it: &User| users::id.eq(it.id.uuid());
                let written: Result<(), Refusal> = write_row!(connection, write, users, |it| UserRow::from(it), this);
                written?;
                of_user::keep_ways_back(connection, write).await
            }
            Self::Session(write) => {
                let this = |it: &Session| sessions::id.eq(it.id.uuid());
                write_row!(connection, write, sessions, |it| SessionRow::from(it), this)
            }
            Self::SigningKey(write) => apply_signing_key(connection, write, sealer).await,
            Self::Totp(write) => apply_totp(connection, write, sealer).await,
            Self::Passkey(write) => {
                let this = |it: &Passkey| passkeys::id.eq(it.id.uuid());
                write_row!(connection, write, passkeys, |it| PasskeyRow::from(it), this)
            }
            Self::Identity(write) => {
                let this = |it: &ProviderIdentity| provider_identities::id.eq(it.id.uuid());
                write_row!(connection, write, provider_identities, |it| IdentityRow::from(it), this)
            }
            Self::Key(write) => {
                let this = |it: &Key| keys::id.eq(it.id.uuid());
                write_row!(connection, write, keys, |it| KeyRow::from(it), this)
            }
            Self::RefreshToken(Write::Add(token)) => {
                let row = RefreshTokenRow::from(token);
                diesel::insert_into(refresh_tokens::table).values(row).execute(connection).await?;
                Ok(())
            }
            Self::MailedToken(Write::Add(token)) => mail_token(connection, token).await,
            Self::MailRequest(write) => apply_request(connection, write).await,
            Self::Settings(Write::Save { expected, next }) => save_settings(connection, expected, next).await,
            Self::EndSessions { user, except, at } => {
                signals.extend(of_user::end_sessions(connection, *user, *except, *at).await?);
                Ok(())
            }
            Self::RevokeMailedTokens { user, purposes, since } => {
                of_user::revoke_mailed_tokens(connection, *user, purposes, *since).await
            }
            Self::RevokeCredentials { user, since, totp } => {
                signals.extend(of_user::revoke_credentials(connection, *user, *since, *totp).await?);
                Ok(())
            }
            Self::ForgetFailures(guessed) => {
                diesel::delete(login_failures::table.find(guessed.key())).execute(connection).await?;
                Ok(())
            }
            Self::Erase { user, email, nobody } => {
                signals.extend(of_user::revoke_credentials(connection, *user, None, true).await?);
                of_user::erase(connection, *user, email, nobody).await
            }
            Self::RefreshToken(_) | Self::MailedToken(_) => {
                Err(Fault::defect("a token is used up by its own statement, never by a change").into())
            }
            Self::Settings(_) => Err(Fault::defect("settings are saved, never added or removed").into()),
        }
    }
}

/// In the place of the one before it, where there is one.
async fn mail_token(connection: &mut AsyncPgConnection, token: &MailedToken) -> Result<(), Refusal> {
    let (row, same) = (MailedTokenRow::from(token), MailedTokenRow::from(token));
    diesel::insert_into(mailed_tokens::table)
        .values(row)
        .on_conflict((mailed_tokens::user_id, mailed_tokens::purpose, mailed_tokens::slot))
        .do_update()
        .set(same)
        .execute(connection)
        .await?;
    Ok(())
}

async fn apply_request(connection: &mut AsyncPgConnection, write: &Write<MailRequest>) -> Result<(), Refusal> {
    match write {
        Write::Add(request) => {
            let row = MailRequestRow::from(request);
            diesel::insert_into(mail_requests::table).values(row).execute(connection).await?;
            Ok(())
        }
        Write::Remove { expected } => {
            let row = mail_requests::table.find(expected.id.uuid());
            one(diesel::delete(row).execute(connection).await?)
        }
        Write::Save { .. } => Err(Fault::defect("a wish for a mail is answered, never changed").into()),
    }
}

/// Only its end ever changes.
async fn apply_signing_key(
    connection: &mut AsyncPgConnection,
    write: &Write<SigningKey>,
    sealer: &dyn Sealer,
) -> Result<(), Refusal> {
    match write {
        Write::Add(key) => {
            let row = SigningKeyRow::of(key, sealer).ok_or_else(|| Fault::defect("a new signing key has no secret"))?;
            diesel::insert_into(signing_keys::table).values(row).execute(connection).await?;
            Ok(())
        }
        Write::Save { expected, next } => {
            let old = signing_keys::table.find(expected.id.uuid()).filter(signing_keys::version.eq(expected.version));
            let set = (signing_keys::retires_at.eq(next.retires_at), signing_keys::version.eq(expected.version + 1));
            one(diesel::update(old).set(set).execute(connection).await?)
        }
        Write::Remove { .. } => Err(Fault::defect("a signing key retires, it is never removed").into()),
    }
}

/// Of two first ones one is decided on anew.
async fn apply_totp(
    connection: &mut AsyncPgConnection,
    write: &Write<Totp>,
    sealer: &dyn Sealer,
) -> Result<(), Refusal> {
    if let Write::Add(totp) = write {
        let row = TotpRow::of(totp, sealer);
        let add = diesel::insert_into(totps::table).values(row).on_conflict_do_nothing();
        return one(add.execute(connection).await?);
    }
    let this = |it: &Totp| totps::user_id.eq(it.user.uuid());
    write_row!(connection, write, totps, |it| TotpRow::of(it, sealer), this)
}

/// There is no row before the first change.
async fn save_settings(
    connection: &mut AsyncPgConnection,
    expected: &StoredSettings,
    next: &StoredSettings,
) -> Result<(), Refusal> {
    let patch = serde_json::to_value(&next.patch).map_err(|e| Fault::Failed(e.into()))?;
    let row = (settings::patch.eq(patch), settings::version.eq(expected.version + 1));
    let saved = if expected.version == 0 {
        diesel::insert_into(settings::table).values(row).on_conflict_do_nothing().execute(connection).await?
    } else {
        let old = settings::table.filter(settings::version.eq(expected.version));
        diesel::update(old).set(row).execute(connection).await?
    };
    one(saved)
}
