//! Keys of a Verkle tree.
//!
//! A key is the Pedersen hash of an address of 32 bytes and an index, with its last byte replaced by
//! a suffix; the other 31 are the stem. Only the index changes among the stems of one account, so
//! that what the address contributes is computed once. Source: EIP-6800.

use super::crs;
use super::field::Fr;
use super::field::limbs::Limbs;
use super::group::{Affine, Point, commitments};
use super::machine::Machine;
use super::msm::{Bases, Budget, Lists, multiply_sum};
use super::pedersen::{CHUNK, length_marker};

/// The first 31 bytes of a key.
pub type Stem = [u8; 31];

/// Bytes that are hashed to a key.
const HASHED_BYTES: usize = 64;
/// Storage slots that stand beside the account's own leaves.
pub const HEADER_SLOTS: u8 = 64;
/// Suffix of the first of them.
pub const HEADER_SLOT_OFFSET: u8 = 64;
/// Position of the first chunk of code.
pub const CODE_OFFSET: u32 = 128;

/// An index of stems of one account, least significant byte first.
pub type TreeIndex = [u8; 32];

/// Where a storage slot stands, its number given most significant byte first.
#[must_use]
pub fn slot_place(slot: &[u8; 32]) -> (TreeIndex, u8) {
    let mut index = *slot;
    index.reverse();
    let suffix = index[0];
    if suffix < HEADER_SLOTS && index.iter().skip(1).all(|&byte| byte == 0) {
        return ([0; 32], HEADER_SLOT_OFFSET + suffix);
    }
    // Position 2²⁴⁸ + slot, divided by 256.
    index.rotate_left(1);
    let carried;
    (index[30], carried) = index[30].overflowing_add(1);
    index[31] = u8::from(carried);
    (index, suffix)
}

/// Where a chunk of code stands.
#[must_use]
pub fn chunk_place(chunk: u32) -> (TreeIndex, u8) {
    let position = u64::from(CODE_OFFSET) + u64::from(chunk);
    let mut index = [0; 32];
    let (low, _) = index.split_at_mut(8);
    low.copy_from_slice(&(position / 256).to_le_bytes());
    (index, (position % 256) as u8)
}

/// What an address contributes to all its keys.
#[derive(Clone, Copy, Debug)]
pub struct AddressPoint(Affine);

/// Makes keys, from wide tables over the points that take part.
#[derive(Debug)]
pub struct KeyHasher {
    bases: Bases,
    marker: Affine,
}

impl KeyHasher {
    /// Memory for its tables at a verifier: at most 8 MiB.
    pub const VERIFIER: Budget = Budget { bytes: 8 << 20 };
    /// Memory for its tables at a sequencer: at most 128 MiB.
    pub const SEQUENCER: Budget = Budget { bytes: 128 << 20 };

    /// Bits of one hashed integer.
    const BITS: u32 = 8 * CHUNK as u32;

    /// A maker of keys, for the instructions of `machine`; its tables are computed when they are first needed.
    #[must_use]
    pub fn new(budget: Budget, machine: Machine) -> Self {
        let [first, rest @ ..] = crs::points();
        let marker = Fr::from(length_marker(HASHED_BYTES));
        Self {
            bases: Bases::new(rest.iter().take(4).copied(), Self::BITS, budget, machine),
            marker: multiply_sum(&[(*first, marker)], Machine::new(1)).to_affine(),
        }
    }

    /// What each address contributes to its keys.
    #[must_use]
    pub fn addresses(&self, addresses: &[[u8; 32]], machine: Machine) -> Vec<AddressPoint> {
        let starts = addresses.iter().map(|address| (self.marker, address));
        let points = self.add_words(starts, 0, machine);
        commitments(&points, self.bases.with_method(machine))
            .iter()
            .map(|found| AddressPoint(found.point))
            .collect()
    }

    /// The stem of each pair of an address and an index.
    #[must_use]
    pub fn stems(&self, places: &[(AddressPoint, TreeIndex)], machine: Machine) -> Vec<Stem> {
        let starts = places.iter().map(|(address, index)| (address.0, index));
        let points = self.add_words(starts, 2, machine);
        commitments(&points, self.bases.with_method(machine))
            .iter()
            .map(|found| stem(&found.scalar.to_le_bytes()))
            .collect()
    }

    /// Adds to each point the two integers of a word times the points from `base` on.
    fn add_words<'a>(
        &self,
        words: impl ExactSizeIterator<Item = (Affine, &'a [u8; 32])>,
        base: u16,
        machine: Machine,
    ) -> Vec<Point> {
        let count = words.len();
        let mut lists = Lists::with_capacity(count, count * 20);
        let mut starts = Vec::with_capacity(count);
        for (start, word) in words {
            let (halves, _) = word.as_chunks::<CHUNK>();
            for (base, half) in (base..).zip(halves) {
                let integer = u128::from_le_bytes(*half);
                let limbs: Limbs = [integer as u64, (integer >> 64) as u64, 0, 0];
                self.bases.push_terms(&mut lists, base, &limbs, false);
            }
            lists.finish_list();
            starts.push(start);
        }
        lists.sums_from(&self.bases, &starts, self.bases.with_method(machine))
    }
}

fn stem(hash: &[u8; 32]) -> Stem {
    let [stem @ .., _] = *hash;
    stem
}
