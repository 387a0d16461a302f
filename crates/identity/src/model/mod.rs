mod claims;
mod guessing;
mod mailed_token;
mod password;
mod session;
mod signed_in;
mod user;
mod username;

pub use claims::Claims;
pub use mailed_token::{MailedPurpose, MailedToken};
pub use password::{Password, PasswordHash};
pub use session::{Lifetimes, RefreshToken, Session};
pub use signed_in::{SignedIn, Standing, UserView};
pub use user::{User, UserStatus};
pub use username::Username;
