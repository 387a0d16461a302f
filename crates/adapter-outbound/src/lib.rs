//! Outgoing HTTP to addresses that others choose, behind one guard against server-side request forgery:
//! [`WebhookSender`].

mod guard;
mod webhook_sender;

pub use webhook_sender::WebhookSender;
