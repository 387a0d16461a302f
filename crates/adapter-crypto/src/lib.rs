//! What the rules need of cryptography, time and chance: [`SystemClock`], [`RandomIds`], [`Argon2Hasher`],
//! [`JwtAccessTokens`] and [`AesSealer`], with [`MasterKey`] giving each of them a key of its own.

mod argon2;
mod clock;
mod ids;
mod jwt;
mod keys;
mod seal;

pub use argon2::{Argon2Hasher, Argon2Parameters, BadParameters};
pub use clock::SystemClock;
pub use ids::RandomIds;
pub use jwt::{JwtAccessTokens, NameMissing};
pub use keys::{Key, MasterKey, Purpose, WeakKey};
pub use seal::AesSealer;
