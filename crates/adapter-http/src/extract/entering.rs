//! Doors anybody may knock at, but not as often as they like.

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use kernel::Act;

use super::needs::Charge;
use super::{Anybody, Extract, Needs};
use crate::error::ApiError;

macro_rules! doors {
    ($($(#[$text:meta])* $name:ident = $charge:ident;)*) => {$(
        $(#[$text])*
        pub(crate) struct $name {
            pub act: Act,
        }

        impl Extract for $name {
            fn tell(needs: &mut Needs) {
                needs.charge = Charge::$charge;
            }

            async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
                let Anybody { act } = Anybody::extract(request, payload).await?;
                Ok(Self { act })
            }
        }
    )*};
}

doors! {
    /// Somebody who wants to sign in.
    SigningIn = LogIn;
    /// Somebody who wants an account.
    SigningUp = SignUp;
    /// Somebody whose credential is the refresh token in the body.
    Renewing = Renewal;
}

/// An operator's program, which asks as often as it likes.
pub(crate) struct Unlimited;

impl Extract for Unlimited {
    fn tell(needs: &mut Needs) {
        needs.charge = Charge::Free;
    }

    async fn extract(_: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        Ok(Self)
    }
}
