//! Where lists go on, as told to callers: signed, and good only for the list and the caller they were told to.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use kernel::Cursor;
use sha2::Sha256;

/// Half of the MAC is still beyond guessing, and keeps cursors short.
const SIGNATURE: usize = 16;

/// Signs the cursors of every list.
#[derive(Clone)]
pub struct Cursors(Hmac<Sha256>);

impl Cursors {
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        // HMAC itself fills a key up with zeros to a block of SHA-256.
        let mut block = [0; 64];
        block[..32].copy_from_slice(key);
        Self(Hmac::new(&block.into()))
    }

    /// The cursors of one list as one viewer sees it.
    pub(crate) fn of(&self, viewer: &str, list: &str) -> ListCursors {
        let mut mac = self.0.clone();
        for part in [viewer, list] {
            mac.update(part.as_bytes());
            // Neither can hold one.
            mac.update(&[0]);
        }
        ListCursors(mac)
    }
}

/// Signs and reads the cursors of one list as one viewer sees it.
pub(crate) struct ListCursors(Hmac<Sha256>);

impl ListCursors {
    pub fn sign(&self, cursor: &Cursor) -> String {
        let signature = self.mac(cursor.0.as_bytes()).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([&signature[..SIGNATURE], cursor.0.as_bytes()].concat())
    }

    /// `None` for what was not signed here.
    pub fn read(&self, signed: &str) -> Option<Cursor> {
        let bytes = URL_SAFE_NO_PAD.decode(signed).ok()?;
        let (signature, cursor) = bytes.split_first_chunk::<SIGNATURE>()?;
        self.mac(cursor).verify_truncated_left(signature).ok()?;
        String::from_utf8(cursor.to_vec()).ok().map(Cursor)
    }

    fn mac(&self, cursor: &[u8]) -> Hmac<Sha256> {
        self.0.clone().chain_update(cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursors() -> Cursors {
        Cursors::new(&[7; 32])
    }

    #[test]
    fn a_cursor_reads_as_what_was_signed() {
        let list = cursors().of("acme", "/team");
        for inner in ["", "x", "PBX_CALL_CENTER", "ü"] {
            let cursor = Cursor(inner.to_owned());
            assert_eq!(list.read(&list.sign(&cursor)), Some(cursor));
        }
    }

    #[test]
    fn a_cursor_is_good_for_its_viewer_and_list_only() {
        let signed = cursors().of("acme", "/team").sign(&Cursor("x".to_owned()));
        let others = [
            cursors().of("other", "/team"),
            cursors().of("acme", "/audit-logs"),
            cursors().of("acme/", "team"),
            Cursors::new(&[8; 32]).of("acme", "/team"),
        ];
        for other in others {
            assert_eq!(other.read(&signed), None);
        }
    }

    #[test]
    fn a_cursor_changed_anywhere_is_none() {
        let list = cursors().of("acme", "/team");
        let signed = URL_SAFE_NO_PAD.decode(list.sign(&Cursor("where".to_owned()))).unwrap();
        for i in 0..signed.len() {
            let mut changed = signed.clone();
            changed[i] ^= 1;
            assert_eq!(list.read(&URL_SAFE_NO_PAD.encode(changed)), None, "{i}");
            assert_eq!(list.read(&URL_SAFE_NO_PAD.encode(&signed[..i])), None, "{i}");
        }
    }

    #[test]
    fn anything_else_is_no_cursor() {
        let list = cursors().of("acme", "/team");
        for garbage in ["", "x", "garbage", "🙂", "\0", "AAAA", &"A".repeat(22), &"A".repeat(1000)] {
            assert_eq!(list.read(garbage), None, "{garbage}");
        }
    }
}
