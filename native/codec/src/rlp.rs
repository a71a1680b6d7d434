//! Strict RLP, one step at a time: nothing is copied, nothing is believed.

/// Splits the first item off `bytes`: the item with its prefix, and the rest.
#[inline]
pub fn item(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_, start, len) = head(bytes)?;
    bytes.split_at_checked(start + len)
}

/// Splits a list off `bytes`: its payload, and the rest.
#[inline]
pub fn list(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (list, start, len) = head(bytes)?;
    list.then(|| bytes.get(start..)?.split_at_checked(len)).flatten()
}

/// Splits a byte string off `bytes`: its payload, and the rest.
#[inline]
pub fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (list, start, len) = head(bytes)?;
    (!list).then(|| bytes.get(start..)?.split_at_checked(len)).flatten()
}

/// The items of a list's payload, each with its prefix, one at a time: a list of millions is
/// refused at its first item that is none. A fault is the last that comes.
#[inline]
pub fn items(payload: &[u8]) -> impl Iterator<Item = Result<&[u8], Malformed>> {
    let mut rest = payload;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let split = item(rest);
        rest = split.map_or(&[], |(_, rest)| rest);
        Some(split.map(|(item, _)| item).ok_or(Malformed))
    })
}

/// An item is cut short or not canonical.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Whether the first item is a list, where its payload starts, and how long that is.
#[inline]
fn head(bytes: &[u8]) -> Option<(bool, usize, usize)> {
    let first = *bytes.first()?;
    match first {
        0..0x80 => Some((false, 0, 1)),
        0x80..0xb8 => {
            let len = usize::from(first - 0x80);
            // A single byte below 0x80 is its own encoding.
            let canonical = len != 1 || bytes.get(1).is_none_or(|&byte| byte >= 0x80);
            canonical.then_some((false, 1, len))
        }
        0xb8..0xc0 => long(bytes, first - 0xb7).map(|(start, len)| (false, start, len)),
        0xc0..0xf8 => Some((true, 1, usize::from(first - 0xc0))),
        0xf8.. => long(bytes, first - 0xf7).map(|(start, len)| (true, start, len)),
    }
}

/// A length of `width` bytes: it has no leading zero and is above 55.
#[inline]
fn long(bytes: &[u8], width: u8) -> Option<(usize, usize)> {
    let start = 1 + usize::from(width);
    let digits = bytes.get(1..start)?;
    if digits.first() == Some(&0) || width > 4 {
        return None;
    }
    let len = digits.iter().fold(0, |len, &digit| len << 8 | usize::from(digit));
    (len > 55).then_some((start, len))
}
