//! The Pedersen hash: a byte string as a commitment.
//!
//! The string's length comes first, then its bytes in integers of sixteen, least significant byte
//! first. Source: EIP-6800.

use super::crs::WIDTH;
use super::field::Fr;
use super::group::commitments;
use super::machine::Machine;
use super::msm::Tables;

/// Bytes that one integer holds.
pub(super) const CHUNK: usize = 16;
/// The longest string that can be hashed.
pub const MAX_BYTES: usize = CHUNK * (WIDTH - 1);

/// What is committed to before a string of this many bytes.
pub(super) const fn length_marker(bytes: usize) -> u64 {
    2 + 256 * bytes as u64
}

/// The hash of a byte string; `None` if it is longer than [`MAX_BYTES`].
#[must_use]
pub fn hash(tables: &Tables, bytes: &[u8]) -> Option<[u8; 32]> {
    if bytes.len() > MAX_BYTES {
        return None;
    }
    let chunks = bytes.chunks(CHUNK).map(|chunk| {
        let mut padded = [0; CHUNK];
        padded.iter_mut().zip(chunk).for_each(|(padded, byte)| *padded = *byte);
        Fr::from(u128::from_le_bytes(padded))
    });
    let marker = Fr::from(length_marker(bytes.len()));
    let multiples: Vec<(u16, Fr)> = (0..).zip([marker].into_iter().chain(chunks)).collect();
    let commitment = commitments(&[tables.commit(&multiples)], Machine::new(1));
    commitment.first().map(|commitment| commitment.scalar.to_le_bytes())
}
