use std::sync::Arc;

use kernel::{Act, Fault, Secret, Turn, UnitOfWork, UserId, Write};
use serde_json::Value;

use crate::check_passkey::{CheckPasskey, PresentedPasskey};
use crate::gate::Gate;
use crate::model::{Code, Factor, Judged, Passkey, Totp, User};
use crate::ports::{Admission, Attempts, Guessed, Refused, Totps};
use crate::{Action, Change, CredentialDeed, Error, mails};

/// What every door asks at which more than a password, or a provider's word, is wanted.
///
/// Codes are counted before they are looked at, of either kind and at all doors together. A code is used up by the unit it
/// lets through, under the version of what it was judged by: of any number at once, one goes through.
pub struct CheckSecondFactor {
    /// What makes codes of the moment.
    pub totps: Arc<dyn Totps>,
    /// How often was guessed.
    pub attempts: Arc<dyn Attempts>,
    /// What believes passkeys.
    pub passkeys: Arc<CheckPasskey>,
    /// Where codes of one user wait for each other.
    pub gate: Gate,
}

/// What somebody gives besides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SecondFactor {
    /// A code of the moment.
    pub totp_code: Option<Secret>,
    /// A code that stands in for it; looked at where no code of the moment is given.
    pub recovery_code: Option<Secret>,
    /// What a passkey answered; then no code is looked at.
    pub passkey: Option<Value>,
}

/// What was given: counted, and not judged yet.
pub struct Given {
    user: UserId,
    what: What,
}

enum What {
    Nothing,
    Blocked,
    Code { code: Code, number: u32, _turn: Turn },
    Passkey(Result<PresentedPasskey, Refused>),
}

/// Something that lets through what was decided, and is used up by it.
#[derive(Clone, Debug, PartialEq)]
pub enum Approved {
    /// None is asked for.
    Unasked,
    /// A code: from what it was judged by to what is left.
    Code(Factor, Box<(Totp, Totp)>),
    /// A passkey: as it was, and as it is kept from now on.
    Passkey(Box<(Passkey, Passkey)>),
}

/// Why not, and what is to be written of it.
#[derive(Debug)]
pub struct Rejected {
    /// What is answered.
    pub error: Error,
    /// What is written.
    pub unit: UnitOfWork<Change>,
}

impl CheckSecondFactor {
    /// Takes what is given, once a request: what is a guess is counted now. Nothing is counted where none is asked for.
    pub async fn take(&self, act: &Act, user: &User, given: &SecondFactor) -> Result<Given, Fault> {
        let is_on = self.totps.of(user.id).await?.is_some_and(|it| it.is_on());
        let code = given.totp_code.clone().map(Code::Totp);
        let code = code.or_else(|| given.recovery_code.clone().map(Code::Recovery));
        let what = match (&given.passkey, code) {
            _ if !is_on => What::Nothing,
            (Some(response), _) => What::Passkey(self.passkeys.present(response).await?),
            (None, Some(code)) => self.count(act, user, code).await?,
            (None, None) => What::Nothing,
        };
        Ok(Given { user: user.id, what })
    }

    /// As [`CheckSecondFactor::take`], of the code that confirms what is not asked for yet.
    pub(crate) async fn take_first(&self, act: &Act, user: &User, code: &Secret) -> Result<Given, Fault> {
        Ok(Given { user: user.id, what: self.count(act, user, Code::Totp(code.clone())).await? })
    }

    async fn count(&self, act: &Act, user: &User, code: Code) -> Result<What, Fault> {
        let guessed = Guessed::Code(user.id);
        let turn = self.gate.enter(guessed.key()).await?;
        Ok(match self.attempts.begin(&guessed, Totp::LOCKOUT, act.at).await? {
            Admission::Locked => What::Blocked,
            Admission::Counted(number) => What::Code { code, number, _turn: turn },
        })
    }

    /// Whether it lets this user through at this moment: asked within every decision anew.
    pub async fn judge(&self, act: &Act, user: &User, given: &Given) -> Result<Result<Approved, Box<Rejected>>, Fault> {
        match self.totps.of(user.id).await?.filter(Totp::is_on) {
            None => Ok(Ok(Approved::Unasked)),
            Some(totp) => self.judge_by(act, user, given, totp).await,
        }
    }

    /// As [`CheckSecondFactor::judge`], by what may not be confirmed yet.
    pub(crate) async fn judge_by(
        &self,
        act: &Act,
        user: &User,
        given: &Given,
        totp: Totp,
    ) -> Result<Result<Approved, Box<Rejected>>, Fault> {
        let no = |error, reason| Err(Box::new(Rejected { error, unit: refusal(act, user, reason) }));
        Ok(match &given.what {
            // What was counted for another is nothing here.
            _ if given.user != user.id => no(Error::MfaRequired, "mfa_required"),
            What::Nothing => no(Error::MfaRequired, "mfa_required"),
            What::Blocked => no(Error::TooManyCodes, "blocked"),
            What::Code { code, number, .. } => match totp.judge(code, act.at) {
                Judged::Right(left) => {
                    let factor = if matches!(code, Code::Totp(_)) { Factor::Totp } else { Factor::RecoveryCode };
                    Ok(Approved::Code(factor, Box::new((totp, left))))
                }
                Judged::Used => no(Error::MfaUsed, "used_code"),
                Judged::Wrong if *number >= Totp::LOCKOUT.threshold => {
                    let blocked = Action::Credential { deed: CredentialDeed::CodesBlocked, user: user.id };
                    let blocked: UnitOfWork<Change> =
                        UnitOfWork::of(act, &blocked).mail(mails::notice(act, user, "mfa_blocked"));
                    let unit = refusal(act, user, "wrong_code").and(blocked);
                    Err(Box::new(Rejected { error: Error::MfaInvalid, unit }))
                }
                Judged::Wrong => no(Error::MfaInvalid, "wrong_code"),
            },
            What::Passkey(Err(Refused(reason))) => no(Error::MfaInvalid, *reason),
            What::Passkey(Ok(presented)) => match self.passkeys.judge(act, presented).await? {
                Ok(pair) if pair.0.user == user.id => Ok(Approved::Passkey(Box::new(pair))),
                Ok(_) => no(Error::MfaInvalid, "another_user"),
                Err(Refused(reason)) => no(Error::MfaInvalid, reason),
            },
        })
    }

    /// Takes a guess back that was none: it was hindered by a fault, or right once and used.
    pub async fn settle<T>(&self, given: &Given, outcome: Result<T, Error>) -> Result<T, Error> {
        if let Err(Error::Fault(_) | Error::MfaUsed) = outcome {
            self.withdraw(given).await?;
        }
        outcome
    }

    /// Takes a guess back.
    pub async fn withdraw(&self, given: &Given) -> Result<(), Fault> {
        match given.what {
            What::Code { .. } => self.attempts.withdraw(&Guessed::Code(given.user)).await,
            What::Nothing | What::Blocked | What::Passkey(_) => Ok(()),
        }
    }
}

impl Approved {
    /// Which factor it was, where one was asked for.
    #[must_use]
    pub const fn factor(&self) -> Option<Factor> {
        match self {
            Self::Unasked => None,
            Self::Code(factor, _) => Some(*factor),
            Self::Passkey(_) => Some(Factor::Passkey),
        }
    }

    /// Lets a unit through, and is used up by it.
    #[must_use]
    pub fn spend(self, act: &Act, user: &User, unit: UnitOfWork<Change>) -> UnitOfWork<Change> {
        match self {
            Self::Unasked => unit,
            Self::Passkey(pair) => {
                let (expected, next) = *pair;
                unit.change(Change::Passkey(Write::Save { expected, next }))
            }
            Self::Code(factor, pair) => {
                let (expected, next) = *pair;
                let unit = unit.change(Change::ForgetFailures(Guessed::Code(user.id)));
                if factor == Factor::Totp {
                    return unit.change(Change::Totp(Write::Save { expected, next }));
                }
                let left = next.recovery_codes.len().to_string();
                let action = Action::Credential { deed: CredentialDeed::RecoveryCodeUsed, user: user.id };
                let spent: UnitOfWork<Change> = UnitOfWork::of(act, &action)
                    .change(Change::Totp(Write::Save { expected, next }))
                    .mail(mails::notice(act, user, "recovery_code_used").with("left", left));
                unit.and(spent)
            }
        }
    }
}

fn refusal(act: &Act, user: &User, reason: &'static str) -> UnitOfWork<Change> {
    UnitOfWork::of(act, &Action::CodeRefused { user: user.id, reason })
}

#[cfg(test)]
mod tests;
