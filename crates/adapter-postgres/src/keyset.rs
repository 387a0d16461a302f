use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use kernel::{Cursor, Time};
use uuid::Uuid;

/// The last row of a page, by what lists are ordered by: a moment, and an id where moments are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Keyset {
    pub(crate) at: Time,
    pub(crate) id: Uuid,
}

impl Keyset {
    /// `None` for what is no cursor of ours.
    pub(crate) fn read(cursor: &Cursor) -> Option<Self> {
        let bytes: [u8; 24] = URL_SAFE_NO_PAD.decode(&cursor.0).ok()?.try_into().ok()?;
        let (at, id) = bytes.split_first_chunk::<8>()?;
        Some(Self { at: DateTime::from_timestamp_micros(i64::from_be_bytes(*at))?, id: Uuid::from_slice(id).ok()? })
    }

    pub(crate) fn cursor(self) -> Cursor {
        let bytes = [self.at.timestamp_micros().to_be_bytes().as_slice(), self.id.as_bytes()].concat();
        Cursor(URL_SAFE_NO_PAD.encode(bytes))
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::NOON;

    use super::*;

    #[test]
    fn a_cursor_reads_as_what_it_was_made_of() {
        let keyset = Keyset { at: NOON + chrono::TimeDelta::microseconds(7), id: Uuid::from_u128(9) };
        assert_eq!(Keyset::read(&keyset.cursor()), Some(keyset));
    }

    #[test]
    fn anything_else_is_no_cursor() {
        for text in ["", "x", "🙂", "AAAA", &URL_SAFE_NO_PAD.encode([255; 25]), &URL_SAFE_NO_PAD.encode([127; 24])] {
            assert_eq!(Keyset::read(&Cursor(text.into())), None, "{text}");
        }
    }
}
