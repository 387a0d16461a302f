//! Passwords are hashed with Argon2id; verified are those too that another program hashed, before its users came here.

mod argon2;
mod bcrypt;
mod calibrate;
mod pbkdf2;
mod pool;
mod scrypt;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;

use async_trait::async_trait;
use identity::PasswordHash;
use identity::ports::PasswordHasher;
use kernel::{Fault, Secret};

pub use self::argon2::{Argon2Parameters, BadParameters};
use self::argon2::{Memory, Today};
pub use self::calibrate::{Calibration, Measured, calibrate};
pub use self::pool::HashingLoad;
use self::pool::Pool;

/// Argon2id on a bounded pool: as many hashes at once as there are cores (more would only slow each other down), a short
/// queue, and [`Fault::Overloaded`] for the rest.
pub struct Argon2Hasher {
    pool: Pool,
    today: Arc<Today>,
    /// Stands in where there is no hash, so that an unknown account costs as much as a wrong password.
    nobodys: PasswordHash,
}

impl Argon2Hasher {
    const WAITING_PER_CORE: usize = 16;

    /// With threads of its own.
    pub fn new(parameters: Argon2Parameters) -> Result<Self, BadParameters> {
        let cores = available_parallelism().map_or(1, NonZero::get);
        Self::with_pool(parameters, cores, cores * Self::WAITING_PER_CORE)
    }

    /// How busy it is.
    #[must_use]
    pub fn load(&self) -> HashingLoad {
        self.pool.load()
    }

    fn with_pool(parameters: Argon2Parameters, cores: usize, waiting: usize) -> Result<Self, BadParameters> {
        let today = Today::new(parameters)?;
        let nobodys = today.nobodys()?;
        Ok(Self { pool: Pool::new(cores, waiting, today.blocks()), today: Arc::new(today), nobodys })
    }
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: &Secret) -> Result<PasswordHash, Fault> {
        let (password, today) = (password.clone(), Arc::clone(&self.today));
        self.pool.run(move |memory| today.hash(&password, memory)).await
    }

    async fn verify(&self, password: &Secret, hash: Option<PasswordHash>) -> Result<bool, Fault> {
        // Nobody's password is empty, whatever a hash that was taken over says.
        let (password, is_somebodys) = (password.clone(), hash.is_some() && !password.expose().is_empty());
        let hash = hash.unwrap_or_else(|| self.nobodys.clone());
        self.pool.run(move |memory| Ok(verify(&password, hash.0.expose(), memory)? && is_somebodys)).await
    }

    fn is_outdated(&self, hash: &PasswordHash) -> bool {
        self.today.differs(hash)
    }
}

fn verify(password: &Secret, hash: &str, memory: &mut Memory) -> Result<bool, Fault> {
    let algorithm = hash.strip_prefix('$').and_then(|it| it.split_once('$')).map(|(algorithm, _)| algorithm);
    let right = match algorithm {
        Some("argon2id" | "argon2i" | "argon2d") => return argon2::verify(password, hash, memory),
        Some("2a" | "2b" | "2y") => bcrypt::verify(password, hash),
        Some("scrypt") => scrypt::verify(password, hash),
        Some("pbkdf2-sha256" | "pbkdf2-sha512" | "pbkdf2-sha1" | "pbkdf2") => pbkdf2::verify(password, hash),
        _ => Err(Fault::defect("a password hash is of an unknown kind")),
    };
    // To these a NUL is padding: bcrypt takes "a\0a" for "a", HMAC under the others "a\0".
    Ok(right? && !password.expose().contains('\0'))
}
