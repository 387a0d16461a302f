//! Outgoing HTTP: to addresses that others choose, behind one guard against server-side request forgery
//! ([`WebhookSender`]), and to OpenID providers and a collector of traces that the operator chose ([`OidcProviders`],
//! [`Collector`]).

mod client;
mod collector;
mod guard;
mod providers;
mod webhook_sender;

pub use collector::Collector;
pub use providers::{OidcProviders, ProviderSettings, Unusable};
pub use webhook_sender::WebhookSender;
