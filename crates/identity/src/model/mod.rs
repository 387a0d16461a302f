mod claims;
mod guessing;
mod lifetimes;
mod mail_request;
mod mailed_token;
mod password;
mod person_name;
mod session;
mod settings;
mod signed_in;
mod signing_key;
mod user;
mod username;

pub use claims::Claims;
pub use lifetimes::{Lifetimes, LifetimesPatch};
pub use mail_request::{MailRequest, MailRequestKind};
pub use mailed_token::{MailedPurpose, MailedToken};
pub use password::{Password, PasswordHash};
pub use person_name::PersonName;
pub use session::{RefreshToken, Session, Term};
pub use settings::{
    Limits, LimitsPatch, Lockout, LockoutPatch, Registration, RegistrationPatch, Settings, SettingsPatch,
    StoredSettings,
};
pub use signed_in::{Renewed, SignedIn, Standing, UserView};
pub use signing_key::{Algorithm, SigningKey};
pub use user::{User, UserStatus};
pub use username::Username;
