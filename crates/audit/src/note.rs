//! Signed notes (C2SP signed-note): a text, and who stands by it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::ports::{Signer, Verifier};

/// Ed25519, in the numbers of C2SP.
const ED25519: u8 = 1;

/// Who can be believed: a name, and an Ed25519 key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    /// Without spaces and plus signs.
    pub name: String,
    /// As in RFC 8032.
    pub key: [u8; 32],
}

impl VerifierKey {
    /// The same, by another name.
    #[must_use]
    pub fn named(&self, name: String) -> Self {
        Self { name, ..*self }
    }

    /// What signature lines name it by.
    fn id(&self) -> [u8; 4] {
        let hash = Sha256::new_with_prefix(&self.name).chain_update([b'\n', ED25519]).chain_update(self.key).finalize();
        std::array::from_fn(|i| hash[i])
    }

    /// As it is handed on: `name+id+key`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.trim().split_once('+')?;
        let (id, key) = rest.split_once('+')?;
        let bytes: [u8; 33] = STANDARD.decode(key).ok()?.try_into().ok()?;
        let (kind, key) = bytes.split_first()?;
        let it = Self { name: name.to_owned(), key: key.try_into().ok()? };
        let good = *kind == ED25519 && is_name(name) && format!("{:08x}", u32::from_be_bytes(it.id())) == id;
        good.then_some(it)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode([[ED25519].as_slice(), &self.key].concat());
        write!(f, "{}+{:08x}+{key}", self.name, u32::from_be_bytes(self.id()))
    }
}

/// Whether something can be called so in a note.
#[must_use]
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|it: char| it.is_whitespace() || it.is_control() || it == '+')
}

/// What stands behind a note's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A key we know has signed it.
    Signed,
    /// Nobody we know has.
    Unknown,
    /// It says that a key we know has signed it, and that is not so.
    Forged,
}

/// The text with the signature of this name.
#[must_use]
pub fn sign(text: &str, name: &str, signer: &dyn Signer) -> String {
    let key = VerifierKey { name: name.to_owned(), key: signer.key() };
    let signature = STANDARD.encode([key.id().as_slice(), &signer.sign(text.as_bytes())].concat());
    format!("{text}\n— {name} {signature}\n")
}

/// The text of a note, up to the last empty line; `None` for what is none.
#[must_use]
pub fn text_of(note: &str) -> Option<&str> {
    split(note).map(|(text, _)| text)
}

/// Who stands behind a note, of those we know.
#[must_use]
pub fn standing(note: &str, known: &[VerifierKey], verifier: &dyn Verifier) -> Standing {
    let Some((text, signatures)) = split(note) else { return Standing::Unknown };
    let mut standing = Standing::Unknown;
    for line in signatures.lines() {
        let Some((name, signature)) = line.strip_prefix("— ").and_then(|it| it.split_once(' ')) else { continue };
        let bytes: Option<[u8; 68]> = STANDARD.decode(signature).ok().and_then(|it| it.try_into().ok());
        let Some((id, signature)) = bytes.as_ref().and_then(|it| it.split_first_chunk::<4>()) else { continue };
        let Ok(signature) = signature.try_into() else { continue };
        for key in known.iter().filter(|it| it.name == name && it.id() == *id) {
            if !verifier.has_signed(&key.key, text.as_bytes(), signature) {
                return Standing::Forged;
            }
            standing = Standing::Signed;
        }
    }
    standing
}

fn split(note: &str) -> Option<(&str, &str)> {
    let end = note.rfind("\n\n")?;
    let clean = !note.contains(|it: char| it.is_ascii_control() && it != '\n');
    clean.then(|| (&note[..=end], &note[end + 2..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SumSigner;

    #[test]
    fn a_key_is_named_as_c2sp_names_it() {
        // The example of golang.org/x/mod/sumdb/note.
        let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let key = VerifierKey::parse(text).unwrap();
        assert_eq!((key.name.as_str(), key.to_string().as_str()), ("PeterNeumann", text));
        for bad in
            ["", "x", "x+y+z", &text.replace("c7", "c8"), &text.replace("Peter", "Pet er"), &text.replace("+A", "+B")]
        {
            assert_eq!(VerifierKey::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_note_is_believed_of_whom_one_knows_only() {
        let signer = SumSigner(7);
        let ours = VerifierKey { name: "here".to_owned(), key: signer.key() };
        let note = sign("one\n\ntwo\n", "here", &signer);
        assert_eq!(text_of(&note), Some("one\n\ntwo\n"));
        let standing = |note: &str, key: &VerifierKey| standing(note, std::slice::from_ref(key), &signer);
        assert_eq!(standing(&note, &ours), Standing::Signed);
        assert_eq!(standing(&note.replace("two", "six"), &ours), Standing::Forged);
        for other in
            [VerifierKey { name: "there".to_owned(), ..ours.clone() }, VerifierKey { key: [1; 32], ..ours.clone() }]
        {
            assert_eq!(standing(&note, &other), Standing::Unknown);
        }
        for garbage in ["", "one\n", "one\n\n", "one\n\n— here\n", "one\n\n— here AAAA\n", "one\r\n\n— here AAAA\n"]
        {
            assert_eq!(standing(garbage, &ours), Standing::Unknown, "{garbage:?}");
        }
    }

    #[test]
    fn names_are_words() {
        assert!(is_name("example.com/audit"));
        for bad in ["", "a b", "a+b", "a\nb", "a\u{a0}b"] {
            assert!(!is_name(bad), "{bad:?}");
        }
    }
}
