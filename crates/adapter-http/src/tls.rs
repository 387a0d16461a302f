//! What this server shows to be who it is, and shows anew when its files change.

use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use sha2::{Digest, Sha256};

/// Where certificate chain and private key lie, in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and those that lead to its root.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// Why files are no certificate with its key. What is in them is never told.
#[derive(Debug, thiserror::Error)]
pub enum BadTls {
    /// It can't be read.
    #[error("{}: {problem}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// Each can be read, and they are none together.
    #[error("certificate and key can't be used together: {0}")]
    Unfit(#[from] rustls::Error),
}

/// A certificate as it is in its files.
pub struct Certificate {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    /// What was looked at last, whether it could be used or not.
    looked_at: RwLock<[u8; 32]>,
    current: RwLock<Arc<CertifiedKey>>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("files", &self.files).finish_non_exhaustive()
    }
}

impl Certificate {
    /// As it is in the files now.
    pub fn load(files: TlsFiles) -> Result<Self, BadTls> {
        let provider = Arc::new(default_provider());
        let texts = Texts::read(&files)?;
        let current = RwLock::new(Arc::new(texts.certified(&files, &provider)?));
        Ok(Self { looked_at: RwLock::new(texts.digest()), current, provider, files })
    }

    /// Takes over what has changed in the files, and says whether anything has. What can't be used leaves things as they
    /// are, and is told once. Connections go on as they began.
    pub fn look_again(&self) -> Result<bool, BadTls> {
        let read = Texts::read(&self.files);
        let digest = read.as_ref().map_or_else(|error| Sha256::digest(error.to_string()).into(), Texts::digest);
        if std::mem::replace(&mut *self.looked_at.write().unwrap_or_else(PoisonError::into_inner), digest) == digest {
            return Ok(false);
        }
        let next = Arc::new(read?.certified(&self.files, &self.provider)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(true)
    }

    pub(crate) fn config(self: Arc<Self>) -> Result<ServerConfig, rustls::Error> {
        let builder = ServerConfig::builder_with_provider(Arc::clone(&self.provider));
        Ok(builder.with_safe_default_protocol_versions()?.with_no_client_auth().with_cert_resolver(self))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

struct Texts {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Texts {
    fn read(files: &TlsFiles) -> Result<Self, BadTls> {
        let read = |path: &PathBuf| {
            let unreadable = |error: io::Error| BadTls::Unreadable { path: path.clone(), problem: error.to_string() };
            fs::read(path).map_err(unreadable)
        };
        Ok(Self { certificate: read(&files.certificate)?, key: read(&files.key)? })
    }

    fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(Sha256::digest(&self.certificate));
        hash.update(Sha256::digest(&self.key));
        hash.finalize().into()
    }

    fn certified(&self, files: &TlsFiles, provider: &CryptoProvider) -> Result<CertifiedKey, BadTls> {
        let unreadable =
            |path: &PathBuf, problem: &str| BadTls::Unreadable { path: path.clone(), problem: problem.to_owned() };
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&self.certificate).collect();
        let chain = chain.ok().filter(|it| !it.is_empty());
        let chain = chain.ok_or_else(|| unreadable(&files.certificate, "there is no certificate in PEM in it"))?;
        let key = PrivateKeyDer::from_pem_slice(&self.key);
        let key = key.map_err(|_| unreadable(&files.key, "there is no private key in PEM in it"))?;
        Ok(CertifiedKey::from_der(chain, key, provider)?)
    }
}

#[cfg(test)]
mod tests;
