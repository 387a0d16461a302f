use std::error::Error;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash as Phc, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use identity::PasswordHash;
use kernel::{Fault, Secret};
use zeroize::Zeroizing;

/// How much one hash costs. The defaults are OWASP's for Argon2id: 19 MiB, two passes, one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argon2Parameters {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes, computed one after the other.
    pub lanes: u32,
}

impl Default for Argon2Parameters {
    fn default() -> Self {
        Self { memory: 19_456, passes: 2, lanes: 1 }
    }
}

/// Parameters Argon2 does not know, or that nobody should wait for.
#[derive(Debug, thiserror::Error)]
#[error("these are no parameters for Argon2: {0}")]
pub struct BadParameters(String);

impl Argon2Parameters {
    /// The most memory in KiB, of our own hashes and of those that others made: 1 GiB.
    pub const MOST_MEMORY: u32 = 1 << 20;
    /// The most memory times passes in KiB: some seconds.
    pub const MOST_WORK: u64 = 16 << 20;

    pub(super) fn argon2(self) -> Result<Argon2<'static>, BadParameters> {
        let params = Params::new(self.memory, self.passes, self.lanes, None);
        let params = params.map_err(|e| BadParameters(e.to_string()))?;
        if !is_affordable(&params) {
            return Err(BadParameters(format!(
                "memory must be at most {} KiB, and memory times passes at most {}",
                Self::MOST_MEMORY,
                Self::MOST_WORK
            )));
        }
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }
}

fn is_affordable(params: &Params) -> bool {
    params.m_cost() <= Argon2Parameters::MOST_MEMORY
        && u64::from(params.m_cost()) * u64::from(params.t_cost()) <= Argon2Parameters::MOST_WORK
}

/// What a thread hashes in, kept from hash to hash: freed and taken again, it would stay with the allocator and grow. Each
/// hash overwrites what the one before left.
pub(super) struct Memory {
    blocks: Vec<Block>,
    kept: usize,
}

impl Memory {
    /// Taken with the first hash. What needs more than `kept` blocks has it for itself, and gives it back.
    pub fn new(kept: usize) -> Self {
        Self { blocks: Vec::new(), kept }
    }

    fn lend<T>(&mut self, count: usize, to: impl FnOnce(&mut [Block]) -> T) -> Result<T, Fault> {
        let mut own = Vec::new();
        let (blocks, count) = if count > self.kept { (&mut own, count) } else { (&mut self.blocks, self.kept) };
        blocks.try_reserve_exact(count.saturating_sub(blocks.len())).map_err(|e| Fault::Unavailable(e.into()))?;
        blocks.resize(count, Block::new());
        Ok(to(blocks))
    }
}

/// How hashes are made now.
pub(super) struct Today {
    argon2: Argon2<'static>,
    params: ParamsString,
}

impl Today {
    pub fn new(parameters: Argon2Parameters) -> Result<Self, BadParameters> {
        let argon2 = parameters.argon2()?;
        let params =
            argon2.params().try_into().map_err(|e: argon2::password_hash::Error| BadParameters(e.to_string()))?;
        Ok(Self { argon2, params })
    }

    /// How many blocks of memory a hash takes.
    pub fn blocks(&self) -> usize {
        self.argon2.params().block_count()
    }

    /// As a PHC string, under a fresh salt.
    pub fn hash(&self, password: &Secret, memory: &mut Memory) -> Result<PasswordHash, Fault> {
        let salt = Salt::generate();
        let output = compute(&self.argon2, password, &salt, Params::DEFAULT_OUTPUT_LEN, memory)?;
        Ok(self.phc(salt, output))
    }

    /// A hash that is no password's and costs as much as any.
    pub fn nobodys(&self) -> Result<PasswordHash, BadParameters> {
        let bad = |e: argon2::password_hash::phc::Error| BadParameters(e.to_string());
        let salt = Salt::new(&[0; Salt::RECOMMENDED_LENGTH]).map_err(bad)?;
        Ok(self.phc(salt, Output::new(&[0; Params::DEFAULT_OUTPUT_LEN]).map_err(bad)?))
    }

    /// Whether a hash was made otherwise.
    pub fn differs(&self, hash: &PasswordHash) -> bool {
        !Phc::new(hash.0.expose()).is_ok_and(|it| {
            it.algorithm == ARGON2ID_IDENT
                && it.version == Some(Version::V0x13.into())
                && it.params == self.params
                && it.salt.is_some_and(|salt| salt.len() >= Salt::RECOMMENDED_LENGTH)
                && it.hash.is_some_and(|output| output.len() >= Params::DEFAULT_OUTPUT_LEN)
        })
    }

    fn phc(&self, salt: Salt, output: Output) -> PasswordHash {
        let phc = Phc {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: self.params.clone(),
            salt: Some(salt),
            hash: Some(output),
        };
        PasswordHash(Secret::new(phc.to_string()))
    }
}

/// Any variant and version, by the hash's own parameters.
pub(super) fn verify(password: &Secret, hash: &str, memory: &mut Memory) -> Result<bool, Fault> {
    let hash = Phc::new(hash).map_err(unreadable)?;
    let (Some(salt), Some(expected)) = (&hash.salt, &hash.hash) else {
        return Err(Fault::defect("a password hash is cut off"));
    };
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).map_err(unreadable)?;
    // The first version did not name itself.
    let version = hash.version.map_or(Ok(Version::V0x10), Version::try_from).map_err(unreadable)?;
    let params = Params::try_from(&hash).map_err(unreadable)?;
    if !is_affordable(&params) {
        return Err(Fault::defect("a password hash costs too much"));
    }
    let output = compute(&Argon2::new(algorithm, version, params), password, salt, expected.len(), memory)?;
    // In constant time.
    Ok(output == *expected)
}

/// The hash itself.
pub(super) fn compute(
    argon2: &Argon2<'_>,
    password: &Secret,
    salt: &[u8],
    length: usize,
    memory: &mut Memory,
) -> Result<Output, Fault> {
    let mut output = Zeroizing::new(vec![0; length]);
    memory
        .lend(argon2.params().block_count(), |blocks| {
            argon2.hash_password_into_with_memory(password.expose().as_bytes(), salt, &mut output, blocks)
        })?
        .map_err(unreadable)?;
    Output::new(&output).map_err(unreadable)
}

/// What is stored is broken, or was never ours to read.
pub(super) fn unreadable(error: impl Into<Box<dyn Error + Send + Sync>>) -> Fault {
    Fault::Failed(error.into())
}
