//! Keys of 32 bytes read as 64 nibbles, and their compact encoding in nodes.
//!
//! Source: Yellow Paper, appendix C (hex-prefix encoding).

use alloy_primitives::B256;

/// Number of nibbles in a key.
pub const NIBBLES: usize = 64;

/// The nibble at `index`, counted from the root. Zero past the end.
#[inline]
pub fn nibble(key: &B256, index: usize) -> usize {
    let byte = key.0.get(index / 2).copied().unwrap_or_default();
    usize::from(if index.is_multiple_of(2) { byte >> 4 } else { byte & 0x0f })
}

/// Writes the nibble at `index`; nothing past the end.
#[inline]
pub fn set_nibble(key: &mut B256, index: usize, nibble: u8) {
    if let Some(byte) = key.0.get_mut(index / 2) {
        *byte = if index.is_multiple_of(2) {
            (*byte & 0x0f) | (nibble << 4)
        } else {
            (*byte & 0xf0) | (nibble & 0x0f)
        };
    }
}

/// How many nibbles two keys share from the root, at most `limit`.
#[inline]
pub fn common_prefix(a: &B256, b: &B256, limit: usize) -> usize {
    let shared = a.0.iter().zip(&b.0).take_while(|(a, b)| a == b).count();
    let odd = shared < 32 && nibble(a, shared * 2) == nibble(b, shared * 2);
    (shared * 2 + usize::from(odd)).min(limit)
}

/// Whether two keys agree on the nibbles `from..to`.
#[inline]
pub fn agree(a: &B256, b: &B256, from: usize, to: usize) -> bool {
    (from..to).all(|index| nibble(a, index) == nibble(b, index))
}

/// The nibbles `0..depth` of `key` in hexadecimal, for messages.
pub fn show_path(key: &B256, depth: usize) -> String {
    let hex = alloy_primitives::hex::encode(key);
    format!("path 0x{}", hex.get(..depth).unwrap_or(&hex))
}

/// A path segment read from a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Whether the node is a leaf.
    pub leaf: bool,
    /// Depth at which the segment ends.
    pub end: usize,
}

/// Reads a compact path that starts at `depth` into the nibbles of `key` from there on.
/// `None` if the encoding is not canonical or the path is longer than a key.
pub fn decode_compact(path: &[u8], depth: usize, key: &mut B256) -> Option<Segment> {
    let (&first, rest) = path.split_first()?;
    let (leaf, odd) = match first >> 4 {
        0 if first == 0 => (false, false),
        1 => (false, true),
        2 if first == 0x20 => (true, false),
        3 => (true, true),
        _ => return None,
    };
    let mut at = depth;
    if odd {
        set_nibble(key, at, first & 0x0f);
        at += 1;
    }
    let end = at + rest.len() * 2;
    if end > NIBBLES {
        return None;
    }
    if at.is_multiple_of(2) {
        key.0.get_mut(at / 2..end / 2)?.copy_from_slice(rest);
    } else {
        for (index, &byte) in rest.iter().enumerate() {
            set_nibble(key, at + index * 2, byte >> 4);
            set_nibble(key, at + index * 2 + 1, byte & 0x0f);
        }
    }
    Some(Segment { leaf, end })
}

/// Appends the nibbles `from..to` of `key` in compact form.
pub fn encode_compact(key: &B256, from: usize, to: usize, leaf: bool, out: &mut Vec<u8>) {
    let odd = (to - from) % 2 == 1;
    let flag = (u8::from(leaf) << 5) | (u8::from(odd) << 4);
    let mut at = from;
    if odd {
        out.push(flag | nibble(key, at) as u8);
        at += 1;
    } else {
        out.push(flag);
    }
    while at < to {
        out.push((nibble(key, at) << 4 | nibble(key, at + 1)) as u8);
        at += 2;
    }
}
