//! Outgoing HTTP: to addresses that others choose, behind one guard against server-side request forgery
//! ([`WebhookSender`]), and to OpenID providers that the operator chose ([`OidcProviders`]).

mod client;
mod guard;
mod providers;
mod webhook_sender;

pub use providers::{OidcProviders, ProviderSettings, Unusable};
pub use webhook_sender::WebhookSender;
