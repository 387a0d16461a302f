use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Datelike};
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
        let at = DateTime::from_timestamp_micros(i64::from_be_bytes(*at))?;
        // Anybody can make one up; the database does not hold every moment that can be written down.
        (1970..=9999).contains(&at.year()).then_some(Self { at, id: Uuid::from_slice(id).ok()? })
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
        let far_off = (-5_000_i64 * 31_556_952_000_000).to_be_bytes();
        let far_off = URL_SAFE_NO_PAD.encode([far_off.as_slice(), &[0; 16]].concat());
        let too_long = URL_SAFE_NO_PAD.encode([255; 25]);
        for text in ["", "x", "🙂", "AAAA", &too_long, &URL_SAFE_NO_PAD.encode([127; 24]), &far_off] {
            assert_eq!(Keyset::read(&Cursor(text.into())), None, "{text}");
        }
    }
}
