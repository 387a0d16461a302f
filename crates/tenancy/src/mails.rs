use kernel::{Act, Mail, Token};

use crate::model::{Invitation, Organization};

/// The templates this domain fills.
pub const MAILS: &[&str] = &[INVITATION];

const INVITATION: &str = "invitation";

/// Asks somebody to join.
pub(crate) fn invitation(
    act: &Act,
    organization: &Organization,
    inviter: &str,
    invitation: &Invitation,
    token: &Token,
) -> Mail {
    Mail::new(act, &invitation.email, INVITATION)
        .with("organization", organization.name.as_str().to_owned())
        .with("inviter", inviter.to_owned())
        .with("role", invitation.role.as_str().to_owned())
        .with("token", token.secret().clone())
}
