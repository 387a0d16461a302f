//! Mails: templates filled with a queued mail's values by a [`Composer`], and two ways out, [`SmtpMailer`] to a mail
//! server and [`FileMailer`] to a directory of `.eml` files.

mod files;
mod message;
mod render;
mod smtp;
mod templates;

pub use files::FileMailer;
pub use message::{BadSetting, Composer};
pub use smtp::{BadSmtpUrl, SmtpMailer};
pub use templates::has_template;
