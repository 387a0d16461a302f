//! What endpoints that take passwords have in common.

use identity::Error;
use kernel::{Problems, Secret};

use crate::App;
use crate::answer::Hidden;
use crate::error::ApiError;

/// A refusal where a password was given: who is locked out learns after what time the lock has ended at the latest, where it
/// ends by itself.
pub(super) async fn refused(app: &App, error: Error) -> ApiError {
    let is_locked = matches!(error, Error::AccountLocked);
    let refusal = ApiError::from(error);
    if !is_locked {
        return refusal;
    }
    match app.settings.current().await.map(|it| it.lockout.release_after) {
        Ok(Some(pause)) => refusal.retry_after(pause.num_seconds()),
        Ok(None) | Err(_) => refusal,
    }
}

/// A password that may be given under either of two names, and the name it was given under; anything else than one of
/// them is a problem.
pub(super) fn either(
    problems: &mut Problems,
    (name, value): (&'static str, Option<Hidden>),
    (other, other_value): (&'static str, Option<Hidden>),
) -> Option<(&'static str, Secret)> {
    match (value, other_value) {
        (Some(given), None) => Some((name, given.0)),
        (None, Some(given)) => Some((other, given.0)),
        (None, None) => {
            problems.add(name, format!("The {name} field is required."));
            None
        }
        (Some(_), Some(_)) => {
            problems.add(other, format!("The {other} field must not stand beside {name}."));
            None
        }
    }
}
