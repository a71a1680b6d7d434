//! How accounts, code and storage become keys and values of a binary tree.

use super::hash::{self, Messages};
use super::profile::zone;
use super::{Hash, Key, Profile, Value};
use crate::verkle::keys::{chunk_place, slot_place};

/// Suffix of the account's basic data.
pub const BASIC_DATA: u8 = 0;
/// Suffix of the hash of its code.
pub const CODE_HASH: u8 = 1;
/// Suffix of a delegation, which stands in the place of the code's hash (EIP-8297).
pub const DELEGATION: u8 = 2;
/// Suffix of the first of the slots that stand beside these.
const HEADER_SLOTS: u8 = 64;
/// Values that stand together.
const GROUP: u32 = 256;

/// In which order the bytes of an index are hashed, in trees with stems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexOrder {
    /// Least significant first: EIP-7864 until 2026-03-09.
    Little,
    /// Most significant first: since then.
    Big,
}

/// What of an account is kept under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// One of the first leaves, by its suffix: [`BASIC_DATA`], [`CODE_HASH`], [`DELEGATION`].
    Header(u8),
    /// A storage slot, its number most significant byte first.
    Slot([u8; 32]),
    /// A chunk of code. In EIP-8297 accounts with equal code share it, so the code's hash counts
    /// and the address does not; in the other trees it is the other way round.
    Chunk {
        /// Keccak-256 of the whole code.
        code_hash: Hash,
        /// Number of the chunk, from zero.
        chunk: u32,
    },
}

/// The keys of places of accounts, in their order.
#[must_use]
pub fn keys(profile: Profile, order: IndexOrder, places: &[([u8; 20], Place)]) -> Vec<Key> {
    match profile {
        Profile::Eip7864 | Profile::Geth => stem_keys(profile, order, places),
        Profile::Eip8297 => zone_keys(profile, places),
    }
}

fn address32(address: &[u8; 20]) -> Hash {
    let mut padded = [0; 32];
    let (_, low) = padded.split_at_mut(12);
    low.copy_from_slice(address);
    padded
}

/// The hash of address and index, its last byte replaced by the suffix.
fn stem_keys(profile: Profile, order: IndexOrder, places: &[([u8; 20], Place)]) -> Vec<Key> {
    let mut messages = Messages::default();
    let mut suffixes = Vec::with_capacity(places.len());
    for (address, place) in places {
        let (mut index, suffix) = match place {
            Place::Header(suffix) => ([0; 32], *suffix),
            Place::Slot(slot) => slot_place(slot),
            Place::Chunk { chunk, .. } => chunk_place(*chunk),
        };
        if order == IndexOrder::Big {
            index.reverse();
        }
        messages.add(&[&address32(address), &index]);
        suffixes.push(suffix);
    }
    let mut digests = Vec::new();
    hash::hash_all(profile.function(), &messages, &mut digests);
    let key = |(digest, suffix): (&Hash, &u8)| {
        let [stem @ .., _] = digest;
        Key::from_parts(&[stem, &[*suffix]])
    };
    digests.iter().zip(&suffixes).map(key).collect()
}

/// A zone, one or two hashes, and a suffix.
fn zone_keys(profile: Profile, places: &[([u8; 20], Place)]) -> Vec<Key> {
    let mut messages = Messages::default();
    let mut parts = Vec::with_capacity(places.len());
    for (address, place) in places {
        let address = address32(address);
        let (zone, suffix) = match place {
            Place::Header(suffix) => (zone::ACCOUNT, *suffix),
            Place::Slot([high @ .., low]) if *low < HEADER_SLOTS && *high == [0; 31] => {
                (zone::ACCOUNT, HEADER_SLOTS + low)
            }
            Place::Slot([high @ .., low]) => {
                messages.add(&[&address, &[0], high]);
                (zone::STORAGE, *low)
            }
            Place::Chunk { code_hash, chunk } => {
                messages.add(&[code_hash, &[0; 28], &(chunk / GROUP).to_be_bytes()]);
                (zone::CODE, (chunk % GROUP) as u8)
            }
        };
        if zone != zone::CODE {
            messages.add(&[&address]);
        }
        parts.push((zone, suffix));
    }
    let mut digests = Vec::new();
    hash::hash_all(profile.function(), &messages, &mut digests);
    let mut digests = digests.iter();
    let mut next = || digests.next().copied().unwrap_or_default();
    let key = |(zone, suffix): &(u8, u8)| {
        let first = next();
        match *zone {
            zone::STORAGE => Key::from_parts(&[&[*zone], &next(), &first, &[*suffix]]),
            _ => Key::from_parts(&[&[*zone], &first, &[*suffix]]),
        }
    };
    parts.iter().map(key).collect()
}

/// The value of an account's basic data: code size (4 bytes from the fifth on), nonce (8), balance
/// (16), most significant byte first.
///
/// EIP-7864 gives the code size three bytes, and those before are zero: sizes below 2²⁴ are the same.
#[must_use]
pub fn basic_data(code_size: u32, nonce: u64, balance: u128) -> Value {
    let mut value = [0; 32];
    let parts = code_size.to_be_bytes().into_iter().chain(nonce.to_be_bytes());
    let parts = parts.chain(balance.to_be_bytes());
    value.iter_mut().skip(4).zip(parts).for_each(|(to, from)| *to = from);
    value
}

/// The value of a delegation, the 23 bytes of which are the account's code (EIP-7702, EIP-8297).
#[must_use]
pub fn delegation(code: &[u8; 23]) -> Value {
    let mut value = [0; 32];
    value.iter_mut().zip(code).for_each(|(to, from)| *to = *from);
    value
}
