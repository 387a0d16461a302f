//! What tests of passkeys are made of.

mod cbor;
mod soft_authenticator;

pub use soft_authenticator::{Lies, SoftAuthenticator};
