use std::sync::Arc;

use kernel::{Act, Decided, EmailAddress, Store, UnitOfWork, Write, carry_out};

use crate::model::{MailRequest, MailRequestKind};
use crate::{Action, Change, Error};

/// Takes a wish for a mail: a temporary password, or a new verification link. It does the same for every address, whoever
/// has it; [`crate::AnswerMailRequests`] looks at it afterwards.
pub struct RequestMail {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
}

impl RequestMail {
    /// What is no address at all is nobody's, and told no more than that.
    pub async fn run(&self, act: &Act, kind: MailRequestKind, email: &str) -> Result<(), Error> {
        let Some(email) = EmailAddress::parse(email) else { return Ok(()) };
        let request = MailRequest { id: act.id(), kind, email: email.clone(), asked_at: act.at };
        let unit = UnitOfWork::of(act, &Action::MailRequested { kind, email })
            .change(Change::MailRequest(Write::Add(request)));
        carry_out(self.store.as_ref(), act, || std::future::ready(Ok(Decided::Done(unit.clone(), ())))).await
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, Units, act};
    use kernel::{Outcome, Scope};

    use super::*;

    async fn request(kind: MailRequestKind, email: &str) -> (Result<(), Error>, Vec<UnitOfWork<Change>>) {
        let store: Arc<Units<Change>> = Arc::default();
        let request = RequestMail { store: Arc::<Units<Change>>::clone(&store) };
        (request.run(&act(), kind, email).await, store.all())
    }

    #[tokio::test]
    async fn a_wish_is_written_for_whatever_address_and_nothing_else_is_looked_at() {
        for kind in [MailRequestKind::TemporaryPassword, MailRequestKind::Verification] {
            let (outcome, units) = request(kind, " User@Example.com ").await;
            assert!(outcome.is_ok());
            let [unit] = units.as_slice() else { panic!("{units:?}") };
            let email = EmailAddress::parse("User@Example.com").unwrap();
            let wish = MailRequest { id: act().id(), kind, email, asked_at: NOON };
            assert_eq!(unit.changes, [Change::MailRequest(Write::Add(wish))]);
            assert_eq!((unit.guards.len(), unit.evidence.mail.len(), unit.evidence.events.len()), (0, 0, 0));
            let [entry] = unit.evidence.audit.as_slice() else { panic!("{unit:?}") };
            assert_eq!((entry.action, entry.outcome), ("user.mail_requested", Outcome::Done));
            assert_eq!((entry.scope, entry.public[0].after.as_str()), (Scope::Installation, Some(kind.as_str())));
            assert_eq!(entry.personal[0].after, "User@Example.com");
        }
    }

    #[tokio::test]
    async fn what_is_no_address_is_nobodys() {
        let (outcome, units) = request(MailRequestKind::Verification, "nobody").await;
        assert!(outcome.is_ok());
        assert_eq!(units, []);
    }
}
