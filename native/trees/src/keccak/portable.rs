//! `Keccak-f[1600]` on one state, for the message that outlives all others of its batch.

use alloy_primitives::B256;

use super::lanes::{RATE, Tail};
use super::round::ROUND_CONSTANTS;

/// One sponge state; the word (x, y) stands at `5 * y + x`.
pub(super) type Words = [u64; 25];

#[inline(always)]
fn xor(a: u64, b: u64) -> u64 {
    a ^ b
}

#[inline(always)]
fn xor5(a: u64, b: u64, c: u64, d: u64, e: u64) -> u64 {
    a ^ b ^ c ^ d ^ e
}

#[inline(always)]
fn rotate<const BITS: u32, const REST: u32>(a: u64) -> u64 {
    a.rotate_left(BITS)
}

#[inline(always)]
fn chi(a: u64, b: u64, c: u64) -> u64 {
    a ^ (!b & c)
}

/// Adds `block` to `state` and permutes it.
fn absorb(state: &mut Words, block: &[u8; RATE]) {
    let (words, _) = block.as_chunks::<8>();
    for (word, bytes) in state.iter_mut().zip(words) {
        *word ^= u64::from_le_bytes(*bytes);
    }
    let mut a = *state;
    for constant in ROUND_CONSTANTS {
        a = keccak_round!(a, constant);
    }
    *state = a;
}

/// The digest of a message of which `state` has absorbed all but `rest`.
pub(super) fn finish(mut state: Words, rest: &[u8]) -> B256 {
    let (blocks, rest) = rest.as_chunks::<RATE>();
    for block in blocks {
        absorb(&mut state, block);
    }
    let mut tail = Tail::new();
    tail.fill(rest);
    absorb(&mut state, tail.block());
    let [a, b, c, d, ..] = state;
    digest([a, b, c, d])
}

/// The first four words of a state as bytes.
#[inline]
pub(super) fn digest(words: [u64; 4]) -> B256 {
    let mut bytes = [0; 32];
    let (places, _) = bytes.as_chunks_mut::<8>();
    for (place, word) in places.iter_mut().zip(words) {
        *place = word.to_le_bytes();
    }
    B256::new(bytes)
}
