//! Feeds messages of any lengths to a kernel that permutes several states at once.
//!
//! A lane whose message ends takes the next message at once, so lanes never wait for each other;
//! longest messages go first, so that only a few short ones are left to an unfilled kernel.

use std::cmp::Reverse;

use alloy_primitives::{B256, keccak256};

use super::portable::{self, Words};

/// Bytes absorbed by one permutation: 1600 bits less twice the 256 of the digest.
pub(super) const RATE: usize = 136;

/// `L` sponge states side by side, word by word; aligned for the widest vector.
#[repr(C, align(64))]
pub(super) struct States<const L: usize>(pub(super) [[u64; L]; 25]);

impl<const L: usize> States<L> {
    /// The state of one lane; zero for a lane that does not exist.
    fn lane(&self, index: usize) -> Words {
        self.0.map(|word| word.get(index).copied().unwrap_or_default())
    }

    /// The digest of the message that one lane has absorbed.
    ///
    /// Reads four words rather than all 25, which would take nearly as long as its share of one
    /// permutation.
    fn digest(&self, index: usize) -> B256 {
        let [a, b, c, d, ..] = &self.0;
        let words = [a, b, c, d].map(|word| word.get(index).copied().unwrap_or_default());
        portable::digest(words)
    }
}

/// A permutation of `L` states at once.
pub(super) trait Kernel<const L: usize> {
    /// With no more than so many lanes at work, one message after the other is faster.
    const TOO_FEW: usize;

    /// In each lane: masks the state with `keep` (all ones, or zero for a new message), adds the
    /// block and permutes.
    fn absorb(&self, states: &mut States<L>, keep: &[u64; L], blocks: &[&[u8; RATE]; L]);
}

/// The last block of a message: its last bytes, padded.
#[derive(Clone, Copy)]
pub(super) struct Tail {
    block: [u8; RATE],
    /// Length of the message part; what follows is zero but for the padding.
    length: usize,
}

impl Tail {
    /// The last block of an empty message.
    pub(super) const fn new() -> Self {
        let mut block = [0; RATE];
        block[0] = 0x01;
        block[RATE - 1] = 0x80;
        Self { block, length: 0 }
    }

    /// Replaces the message part by `bytes`, which are fewer than [`RATE`].
    ///
    /// Only the traces of a longer predecessor are cleared: in a run of keys there are none.
    #[inline]
    #[expect(clippy::indexing_slicing, reason = "both lengths are below RATE")]
    pub(super) fn fill(&mut self, bytes: &[u8]) {
        let length = bytes.len().min(RATE - 1);
        if length < self.length {
            self.block[length..=self.length].fill(0);
        }
        self.block[..length].copy_from_slice(&bytes[..length]);
        self.block[RATE - 1] = 0x80;
        self.block[length] |= 0x01;
        self.length = length;
    }

    pub(super) const fn block(&self) -> &[u8; RATE] {
        &self.block
    }
}

/// What a lane works on.
#[derive(Clone, Copy, Default)]
struct Lane<'a> {
    /// Place of its message in the batch; `None` for a lane out of work.
    place: Option<usize>,
    /// What is not yet absorbed.
    rest: &'a [u8],
    /// Nothing of the message is absorbed; the state is still that of the predecessor.
    fresh: bool,
}

/// Replaces the contents of `digests` by the digests of `inputs`, in their order.
pub(super) fn hash_into<K: Kernel<L>, const L: usize>(
    kernel: &K,
    inputs: &[&[u8]],
    digests: &mut Vec<B256>,
) {
    digests.clear();
    digests.resize(inputs.len(), B256::ZERO);
    let mut queue = longest_first(inputs).into_iter();
    let mut states = States([[0; L]; 25]);
    let mut tails = [Tail::new(); L];
    let mut lanes = [Lane::default(); L];
    loop {
        let mut working = 0;
        for lane in &mut lanes {
            if lane.place.is_none()
                && let Some(place) = queue.next()
                && let Some(input) = inputs.get(place)
            {
                *lane = Lane { place: Some(place), rest: input, fresh: true };
            }
            working += usize::from(lane.place.is_some());
        }
        if working <= K::TOO_FEW {
            return finish(&lanes, &states, digests);
        }

        let mut blocks = [&[0; RATE]; L];
        let mut keep = [u64::MAX; L];
        let mut last = [None; L];
        for ((((lane, tail), block), keep), last) in
            lanes.iter_mut().zip(&mut tails).zip(&mut blocks).zip(&mut keep).zip(&mut last)
        {
            if lane.fresh {
                *keep = 0;
                lane.fresh = false;
            }
            if let Some((first, rest)) = lane.rest.split_first_chunk() {
                *block = first;
                lane.rest = rest;
            } else {
                tail.fill(lane.rest);
                *block = tail.block();
                *last = lane.place.take();
            }
        }
        kernel.absorb(&mut states, &keep, &blocks);
        for (index, place) in last.iter().enumerate() {
            if let Some(digest) = place.and_then(|place| digests.get_mut(place)) {
                *digest = states.digest(index);
            }
        }
    }
}

/// Ends the messages that are still in the lanes, one after the other.
fn finish<const L: usize>(lanes: &[Lane<'_>; L], states: &States<L>, digests: &mut [B256]) {
    for (index, lane) in lanes.iter().enumerate() {
        if let Some(digest) = lane.place.and_then(|place| digests.get_mut(place)) {
            *digest = if lane.fresh {
                keccak256(lane.rest)
            } else {
                portable::finish(states.lane(index), lane.rest)
            };
        }
    }
}

/// The places of `inputs`, ordered by falling number of blocks, otherwise as they come.
///
/// A counting sort, since most messages have few blocks; the rare long ones share a class and
/// are sorted by comparison.
fn longest_first(inputs: &[&[u8]]) -> Vec<usize> {
    const CLASSES: usize = 64;
    let blocks = |input: &[u8]| input.len() / RATE;
    // The class of the longest messages comes first.
    let class = |input: &[u8]| (CLASSES - 1).saturating_sub(blocks(input));
    let mut ends = [0_usize; CLASSES];
    for input in inputs {
        if let Some(end) = ends.get_mut(class(input)) {
            *end += 1;
        }
    }
    let long = ends.first().copied().unwrap_or_default();
    let mut total = 0;
    for end in &mut ends {
        total += std::mem::replace(end, total);
    }
    let mut order = vec![0; inputs.len()];
    for (place, input) in inputs.iter().enumerate() {
        if let Some(end) = ends.get_mut(class(input)) {
            if let Some(slot) = order.get_mut(*end) {
                *slot = place;
            }
            *end += 1;
        }
    }
    if let Some(long) = order.get_mut(..long) {
        long.sort_by_key(|&place| Reverse(inputs.get(place).map_or(0, |input| blocks(input))));
    }
    order
}
