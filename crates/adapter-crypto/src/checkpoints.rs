use audit::ports::{Signer, Verifier};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use kernel::Fault;

use crate::Key;

/// Signs what the audit log comes to, with Ed25519 (RFC 8032). The key is derived from the installation's secret: whoever has
/// the database alone can't sign.
pub struct CheckpointSigner {
    pair: Ed25519KeyPair,
    former: Vec<[u8; 32]>,
}

impl CheckpointSigner {
    /// Signs with this key; what those before it signed is still believed.
    pub fn new(key: &Key, former: &[Key]) -> Result<Self, Fault> {
        let former = former.iter().map(|it| Ok(public(&pair(it)?)));
        Ok(Self { pair: pair(key)?, former: former.collect::<Result<_, Fault>>()? })
    }
}

impl Signer for CheckpointSigner {
    fn key(&self) -> [u8; 32] {
        public(&self.pair)
    }

    fn former_keys(&self) -> Vec<[u8; 32]> {
        self.former.clone()
    }

    fn sign(&self, text: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        signature.copy_from_slice(self.pair.sign(text).as_ref());
        signature
    }
}

impl Verifier for CheckpointSigner {
    fn has_signed(&self, key: &[u8; 32], text: &[u8], signature: &[u8; 64]) -> bool {
        CheckpointVerifier.has_signed(key, text, signature)
    }
}

/// Checks what others signed; it has no key.
#[derive(Clone, Copy, Debug)]
pub struct CheckpointVerifier;

impl Verifier for CheckpointVerifier {
    fn has_signed(&self, key: &[u8; 32], text: &[u8], signature: &[u8; 64]) -> bool {
        UnparsedPublicKey::new(&ED25519, key).verify(text, signature).is_ok()
    }
}

fn pair(key: &Key) -> Result<Ed25519KeyPair, Fault> {
    Ed25519KeyPair::from_seed_unchecked(key.expose()).map_err(|error| Fault::Failed(error.to_string().into()))
}

fn public(pair: &Ed25519KeyPair) -> [u8; 32] {
    let mut key = [0; 32];
    key.copy_from_slice(pair.public_key().as_ref());
    key
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use audit::note::{Standing, VerifierKey, standing};
    use audit::{Hash, Head, Notary};
    use kernel::Secret;

    use super::*;
    use crate::{MasterKey, Purpose};

    fn key(text: &str) -> Key {
        MasterKey::parse(&Secret::new(text)).unwrap().derive(Purpose::Checkpoints)
    }

    fn signer(former: &[Key]) -> CheckpointSigner {
        CheckpointSigner::new(&key("b1946ac92492d2347c6235b4d2611184"), former).unwrap()
    }

    /// The example of golang.org/x/mod/sumdb/note.
    #[test]
    fn a_note_that_another_program_signed_is_believed() {
        let note = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
            — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        let peter = VerifierKey::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").unwrap();
        let believed = |note: &str| standing(note, std::slice::from_ref(&peter), &CheckpointVerifier);
        assert_eq!(believed(note), Standing::Signed);
        assert_eq!(believed(&note.replace("is the answer", "is not the answer")), Standing::Forged);
    }

    #[test]
    fn what_an_earlier_secret_signed_is_believed_while_it_is_known() {
        let old = key("5891b5b522d5df086d0ff0b110fbd9d2");
        let head = Head::new("here", 3, Hash::of_nothing());
        let notary = |signer| Notary { origin: "here".to_owned(), signer: Arc::new(signer) };
        let checkpoint = notary(CheckpointSigner::new(&old, &[]).unwrap()).sign(&head);
        assert!(notary(signer(&[])).open(&checkpoint).is_err());
        assert_eq!(notary(signer(&[old])).open(&checkpoint).unwrap(), head);
    }
}
