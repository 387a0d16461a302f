//! As much of CBOR (RFC 8949) as an authenticator says.

pub(super) fn integer(of: i8) -> Vec<u8> {
    let (kind, of) = if of < 0 { (0x20, !of) } else { (0, of) };
    assert!(of < 24, "more than fits into one byte");
    vec![kind | of.unsigned_abs()]
}

pub(super) fn text(of: &str) -> Vec<u8> {
    [&short(0x60, of.len()), of.as_bytes()].concat()
}

pub(super) fn bytes(of: &[u8]) -> Vec<u8> {
    let [.., high, low] = of.len().to_be_bytes();
    [&[0x59, high, low], of].concat()
}

pub(super) fn map<const N: usize>(of: [(Vec<u8>, Vec<u8>); N]) -> Vec<u8> {
    of.into_iter().fold(short(0xa0, N), |map, (key, value)| [map, key, value].concat())
}

fn short(kind: u8, length: usize) -> Vec<u8> {
    let length = u8::try_from(length).unwrap_or(u8::MAX);
    assert!(length < 24, "more than fits into one byte");
    vec![kind | length]
}
