use std::io::{Read, copy, sink};
use std::iter::from_fn;

use flate2::read::ZlibDecoder;

/// The most that all that is packed beside the pixels of a PNG may come to: colour profiles have less, texts far less.
const MOST_UNPACKED: u64 = 4 << 20;

/// So many packed chunks nobody needs; each costs its time, however little it unpacks to.
const MOST_CHUNKS: usize = 1_000;

/// Whether a PNG packs more beside its pixels than that. A decoder would unpack it, and nothing of it can be seen.
pub fn packs_too_much(png: &[u8]) -> bool {
    let mut left = MOST_UNPACKED;
    for (i, packed) in chunks(png).filter_map(|(name, data)| packed(name, data)).enumerate() {
        if i == MOST_CHUNKS {
            return true;
        }
        let mut unpacked = ZlibDecoder::new(packed).take(left + 1);
        // What is broken counts as far as it unpacks.
        copy(&mut unpacked, &mut sink()).ok();
        match unpacked.limit().checked_sub(1) {
            Some(still) => left = still,
            None => return true,
        }
    }
    false
}

/// Name and content of each, up to where it is none any more.
fn chunks(png: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = png.get(8..).unwrap_or_default();
    from_fn(move || {
        let (length, behind) = rest.split_first_chunk::<4>()?;
        let (name, behind) = behind.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (data, behind) = behind.split_at_checked(length)?;
        rest = behind.get(4..).unwrap_or_default();
        Some((*name, data))
    })
}

/// What such a chunk packs (PNG, 11.3.2.3 and 11.3.3), if anything.
fn packed(name: [u8; 4], data: &[u8]) -> Option<&[u8]> {
    match &name {
        b"iCCP" | b"zTXt" => behind_zero(data)?.get(1..),
        b"iTXt" => match behind_zero(data)?.split_first_chunk::<2>()? {
            ([1, _], words) => behind_zero(behind_zero(words)?),
            _ => None,
        },
        _ => None,
    }
}

fn behind_zero(data: &[u8]) -> Option<&[u8]> {
    let at = data.iter().position(|byte| *byte == 0)?;
    data.get(at + 1..)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    fn zeros(megabytes: usize) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&vec![0; megabytes << 20]).unwrap();
        encoder.finish().unwrap()
    }

    fn chunk(name: [u8; 4], head: &[u8], packed: &[u8]) -> Vec<u8> {
        let data = [head, packed].concat();
        [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], &name, &data, &[0; 4]].concat()
    }

    fn png(chunks: &[Vec<u8>]) -> Vec<u8> {
        [b"\x89PNG\r\n\x1a\n", &chunks.concat()[..]].concat()
    }

    const HEADS: [([u8; 4], &[u8]); 3] =
        [(*b"iCCP", b"profile\0\0"), (*b"zTXt", b"Comment\0\0"), (*b"iTXt", b"Comment\0\x01\0en\0Note\0")];

    #[test]
    fn what_unpacks_to_far_more_than_it_is_is_told() {
        for (name, head) in HEADS {
            assert!(packs_too_much(&png(&[chunk(name, head, &zeros(5))])), "{head:?}");
            assert!(!packs_too_much(&png(&[chunk(name, head, &zeros(3))])), "{head:?}");
            // Cut off, it has been unpacked all the same.
            let packed = zeros(16);
            assert!(packs_too_much(&png(&[chunk(name, head, &packed[..packed.len() / 2])])), "{head:?}");
        }
    }

    #[test]
    fn many_cost_much_however_little_they_hold() {
        let some = |many| vec![chunk(*b"zTXt", b"C\0\0", &zeros(0)); many];
        assert!(!packs_too_much(&png(&some(MOST_CHUNKS))));
        assert!(packs_too_much(&png(&some(MOST_CHUNKS + 1))));
    }

    #[test]
    fn they_count_together() {
        let each = HEADS.map(|(name, head)| chunk(name, head, &zeros(2)));
        assert!(packs_too_much(&png(&each)));
        assert!(!packs_too_much(&png(&each[1..])));
    }

    #[test]
    fn what_is_not_packed_or_no_chunk_is_nothing() {
        let packed = zeros(8);
        for other in [
            chunk(*b"iTXt", b"Comment\0\0\0en\0Note\0", &packed),
            chunk(*b"tEXt", b"Comment\0\0", &packed),
            chunk(*b"IDAT", b"", &packed),
            chunk(*b"iCCP", b"no end", b""),
            chunk(*b"iCCP", b"profile\0\0", b"no stream"),
            vec![0xff; 40],
            Vec::new(),
        ] {
            assert!(!packs_too_much(&png(&[other])));
        }
        assert!(!packs_too_much(b"\x89PN"));
    }
}
