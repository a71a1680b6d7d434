//! One message after the other, on every machine.

use sha2::{Digest, Sha256};

use super::messages::{BLOCK, Block, Message};
use super::{Climb, Function};
use crate::binary::Hash;

/// The initial state, of both functions.
pub(super) const START: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// Which word of a block BLAKE3 takes when, in each of its seven rounds.
pub(super) const SCHEDULE: [[usize; 16]; 7] = schedule();

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
const fn schedule() -> [[usize; 16]; 7] {
    const PERMUTATION: [usize; 16] = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
    let mut rounds = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]; 7];
    let mut round = 1;
    while round < 7 {
        let mut word = 0;
        while word < 16 {
            rounds[round][word] = rounds[round - 1][PERMUTATION[word]];
            word += 1;
        }
        round += 1;
    }
    rounds
}

/// What BLAKE3 says of a message's block, by its place and how many there are.
pub(super) const fn flags(index: usize, blocks: usize) -> u32 {
    const CHUNK_START: u32 = 1;
    const CHUNK_END: u32 = 2;
    const ROOT: u32 = 8;
    let first = if index == 0 { CHUNK_START } else { 0 };
    let last = if index + 1 == blocks { CHUNK_END | ROOT } else { 0 };
    first | last
}

pub(super) fn hash(function: Function, message: Message<'_>) -> Hash {
    match function {
        Function::Blake3 => blake3(message),
        Function::Sha256 => {
            let bytes = message.blocks.as_flattened();
            Sha256::digest(bytes.get(..message.bytes).unwrap_or(bytes)).into()
        }
    }
}

/// Replaces the hashes by the BLAKE3 digests that their ways end in.
pub(super) fn climb(climbs: &[Climb], hashes: &mut [Hash]) {
    for climb in climbs {
        let Some(hash) = hashes.get_mut(climb.index as usize) else { continue };
        for step in 0..climb.steps {
            let mut block = [0; BLOCK];
            let (first, second) = block.split_at_mut(BLOCK / 2);
            let half = if climb.sides >> (step % 8) & 1 == 1 { second } else { first };
            half.copy_from_slice(hash);
            *hash = blake3(Message { blocks: &[block], bytes: BLOCK });
        }
    }
}

fn blake3(message: Message<'_>) -> Hash {
    let mut state = START;
    let mut left = message.bytes;
    for (index, block) in message.blocks.iter().enumerate() {
        let bytes = left.min(BLOCK);
        left -= bytes;
        state = compress(&state, block, bytes as u32, flags(index, message.blocks.len()));
    }
    let mut hash = [0; 32];
    let (words, _) = hash.as_chunks_mut();
    words.iter_mut().zip(state).for_each(|(bytes, word)| *bytes = word.to_le_bytes());
    hash
}

#[expect(clippy::indexing_slicing, reason = "places are constants below sixteen")]
fn compress(state: &[u32; 8], block: &Block, bytes: u32, flags: u32) -> [u32; 8] {
    let (words, _) = block.as_chunks();
    let mut message = [0; 16];
    message.iter_mut().zip(words).for_each(|(word, bytes)| *word = u32::from_le_bytes(*bytes));
    let [a, b, c, d, e, f, g, h] = *state;
    let [i, j, k, l, ..] = START;
    let mut v = [a, b, c, d, e, f, g, h, i, j, k, l, 0, 0, bytes, flags];
    let mut mix = |[a, b, c, d]: [usize; 4], x: usize, y: usize| {
        v[a] = v[a].wrapping_add(v[b]).wrapping_add(message[x]);
        v[d] = (v[d] ^ v[a]).rotate_right(16);
        v[c] = v[c].wrapping_add(v[d]);
        v[b] = (v[b] ^ v[c]).rotate_right(12);
        v[a] = v[a].wrapping_add(v[b]).wrapping_add(message[y]);
        v[d] = (v[d] ^ v[a]).rotate_right(8);
        v[c] = v[c].wrapping_add(v[d]);
        v[b] = (v[b] ^ v[c]).rotate_right(7);
    };
    for m in &SCHEDULE {
        mix([0, 4, 8, 12], m[0], m[1]);
        mix([1, 5, 9, 13], m[2], m[3]);
        mix([2, 6, 10, 14], m[4], m[5]);
        mix([3, 7, 11, 15], m[6], m[7]);
        mix([0, 5, 10, 15], m[8], m[9]);
        mix([1, 6, 11, 12], m[10], m[11]);
        mix([2, 7, 8, 13], m[12], m[13]);
        mix([3, 4, 9, 14], m[14], m[15]);
    }
    let (low, high) = v.split_at(8);
    let mut out = [0; 8];
    out.iter_mut().zip(low.iter().zip(high)).for_each(|(out, (low, high))| *out = low ^ high);
    out
}
