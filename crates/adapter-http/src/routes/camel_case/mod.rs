//! Seed 004's own paths at the root, in camelCase: a thin translation onto the same use cases. Wrong credentials are 400
//! here, and the refresh token of a sign-in does not rotate.

mod change_password;
mod confirm_forgot_password;
mod forgot_password;
mod refresh_access_token;
mod refresh_token;
mod revoke_refresh_token;
mod signin;

use identity::Error;

use super::passwords;
use crate::App;
use crate::error::{ApiError, Kind};
use crate::registry::{Place, Routes};

pub(super) fn routes(routes: &mut Routes) {
    let at = Place::Root;
    routes.add_at(at, signin::__path_signin, signin::signin);
    routes.add_at(at, refresh_access_token::__path_refresh_access_token, refresh_access_token::refresh_access_token);
    routes.add_at(at, revoke_refresh_token::__path_revoke_refresh_token, revoke_refresh_token::revoke_refresh_token);
    routes.add_at(at, change_password::__path_change_password, change_password::change_password);
    routes.add_at(at, forgot_password::__path_forgot_password, forgot_password::forgot_password);
    routes.add_at(
        at,
        confirm_forgot_password::__path_confirm_forgot_password,
        confirm_forgot_password::confirm_forgot_password,
    );
}

/// A refusal as it is told here.
async fn refused(app: &App, error: Error) -> ApiError {
    match error {
        Error::InvalidCredentials => Kind::CREDENTIALS_REFUSED.into(),
        other => passwords::refused(app, other).await.naming(in_camel_case),
    }
}

fn in_camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let (initial, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        text + &initial.to_uppercase() + rest
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_in_camel_case() {
        for (name, told) in
            [("email", "email"), ("new_password", "newPassword"), ("a_bc_d", "aBcD"), ("", ""), ("a_", "a")]
        {
            assert_eq!(in_camel_case(name), told);
        }
    }
}
