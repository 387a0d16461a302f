use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use kernel::{Act, Decided, Store, Token, UnitOfWork, Write, carry_out};

use crate::model::{MailRequest, MailRequestKind, MailedPurpose, MailedToken, Settings, User, UserStatus};
use crate::ports::{CurrentSettings, MailAllowances, MailRequests, Users};
use crate::start_session::guard;
use crate::{Action, Change, Error, mails};

/// Looks at wishes for mails, one after the other, and sends what may be sent.
pub struct AnswerMailRequests {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// What waits.
    pub requests: Arc<dyn MailRequests>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// How many mails an address is sent.
    pub allowances: Arc<dyn MailAllowances>,
    /// How long what is mailed is good.
    pub settings: Arc<dyn CurrentSettings>,
}

impl AnswerMailRequests {
    const AT_ONCE: u8 = 20;
    const MOST_TRIES: u32 = 3;

    /// Whether there were any. What can't be answered now is answered later, and holds up no other.
    pub async fn run(&self, act: impl Fn() -> Act + Send) -> Result<bool, Error> {
        let claimed = self.requests.claim(act().at, Self::AT_ONCE).await?;
        let some = !claimed.is_empty();
        let mut outcome = Ok(some);
        for request in claimed {
            if let Err(error) = self.answer(&act(), request).await {
                outcome = Err(error);
            }
        }
        outcome
    }

    async fn answer(&self, act: &Act, request: MailRequest) -> Result<(), Error> {
        let settings = self.settings.current().await?;
        let whom = request.email.key();
        let allowed =
            self.allowances.spend(request.kind.as_str(), &whom, settings.limits.mails_per_hour, act.at).await?;
        let tries = AtomicU32::new(0);
        carry_out(self.store.as_ref(), act, || async {
            if tries.fetch_add(1, Ordering::Relaxed) == Self::MOST_TRIES {
                // It is gone, or it comes again.
                return Ok(Decided::Nothing(()));
            }
            let user = self.users.by_email(&request.email).await?;
            let refused = refusal(&request, user.as_ref(), allowed);
            Ok(Decided::Done(answer(act, &request, user.as_ref(), refused, &settings), ()))
        })
        .await
    }
}

fn refusal(request: &MailRequest, user: Option<&User>, allowed: bool) -> Option<&'static str> {
    let Some(user) = user else { return Some("unknown_email") };
    if user.status != UserStatus::Active {
        return Some("user_not_active");
    }
    if request.kind == MailRequestKind::Verification && user.verified_at.is_some() {
        return Some("verified_already");
    }
    (!allowed).then_some("too_many_mails")
}

fn answer(
    act: &Act,
    request: &MailRequest,
    user: Option<&User>,
    refused: Option<&'static str>,
    settings: &Settings,
) -> UnitOfWork<Change> {
    let action = Action::MailRequestAnswered {
        kind: request.kind,
        email: request.email.clone(),
        user: user.map(|it| it.id),
        refused,
    };
    let unit = UnitOfWork::of(act, &action).change(Change::MailRequest(Write::Remove { expected: request.clone() }));
    let (Some(user), None) = (user, refused) else { return unit };
    let unit = unit.expect(guard(user));
    let (token, purpose, lifetime, mail) = match request.kind {
        MailRequestKind::TemporaryPassword => {
            let token = Token::readable(act.ids.as_ref());
            let mail = mails::temporary_password(act, user, &token);
            (token, MailedPurpose::ResetPassword, settings.lifetimes.temporary_password, mail)
        }
        MailRequestKind::Verification => {
            let token = act.token();
            let mail = mails::verify_email(act, user, &token);
            (token, MailedPurpose::VerifyEmail, settings.lifetimes.verification, mail)
        }
    };
    let mailed = MailedToken {
        hash: token.hash(),
        purpose,
        user: user.id,
        email: user.email.clone(),
        issued_at: act.at,
        expires_at: act.at + lifetime,
        tries: 0,
    };
    unit.change(Change::MailedToken(Write::Add(mailed))).mail(mail)
}

#[cfg(test)]
mod tests;
