//! What the rules need of cryptography, time and chance: [`SystemClock`], [`RandomIds`], [`Argon2Hasher`],
//! [`JwtAccessTokens`], [`WebauthnCeremonies`], [`CheckpointSigner`] and [`AesSealer`], with [`MasterKey`] giving each that needs one a key of
//! its own.

mod checkpoints;
mod clock;
mod ids;
mod jwt;
mod keys;
mod leaves;
mod passkeys;
mod passwords;
mod seal;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use checkpoints::{CheckpointSigner, CheckpointVerifier};
pub use clock::SystemClock;
pub use ids::RandomIds;
pub use jwt::{JwtAccessTokens, NameMissing};
pub use keys::{Key, MasterKey, Purpose, WeakKey};
pub use leaves::HmacLeafSealer;
pub use passkeys::{BadPublicUrl, WebauthnCeremonies};
pub use passwords::{Argon2Hasher, Argon2Parameters, BadParameters, Calibration, HashingLoad, Measured, calibrate};
pub use seal::AesSealer;
