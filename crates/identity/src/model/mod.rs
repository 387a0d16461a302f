mod claims;
mod factor;
mod guessing;
mod key;
mod lifetimes;
mod mail_request;
mod mailed_token;
mod passkey;
mod password;
mod person_name;
mod provider;
mod session;
mod settings;
mod signed_in;
mod signing_key;
mod totp;
mod user;
mod username;

pub use claims::Claims;
pub use factor::{Factor, Factors};
pub use key::{Key, KeyOwner, KeyPrefixes, Scopes};
pub use lifetimes::{Lifetimes, LifetimesPatch};
pub use mail_request::{MailRequest, MailRequestKind};
pub use mailed_token::{MailedPurpose, MailedToken};
pub use passkey::{Label, Passkey};
pub use password::{Password, PasswordHash};
pub use person_name::PersonName;
pub use provider::{Provider, ProviderAccount, ProviderIdentity};
pub use session::{RefreshToken, Session, Term, Worth};
pub use settings::{
    Limits, LimitsPatch, Lockout, LockoutPatch, Registration, RegistrationPatch, Settings, SettingsPatch,
    StoredSettings,
};
pub use signed_in::{Renewed, SignedIn, Standing, UserView};
pub use signing_key::{Algorithm, SigningKey};
pub use totp::{Code, Judged, Totp};
pub use user::{User, UserStatus};
pub use username::Username;
