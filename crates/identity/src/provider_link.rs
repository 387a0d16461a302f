//! What a provider's word is good for: pure rules, for the use case that spans domains.

use kernel::{Act, UnitOfWork, Write};

use crate::model::{ProviderAccount, ProviderIdentity, User};
use crate::{Action, Change, CredentialDeed, mails};

/// Links an account at a provider to a user. Where the user existed before they are told, and the unit wants the user's guard.
#[must_use]
pub fn link(act: &Act, user: &User, account: &ProviderAccount) -> UnitOfWork<Change> {
    let identity = ProviderIdentity {
        id: act.id(),
        user: user.id,
        provider: account.provider,
        issuer: account.issuer.clone(),
        subject: account.subject.clone(),
        email: account.email.clone(),
        created_at: act.at,
        version: 0,
    };
    let notice = mails::notice(act, user, "identity_linked").with("provider", account.provider.as_str().to_owned());
    UnitOfWork::of(act, &Action::Credential { deed: CredentialDeed::IdentityLinked, user: user.id })
        .change(Change::Identity(Write::Add(identity)))
        .mail(notice)
}
