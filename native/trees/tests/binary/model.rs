//! The roots as the specifications define them, level by level and without anything clever.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use weakstate_trees::binary::{Hash, Key, Profile, Value};

const ZERO: Hash = [0; 32];

fn hash(profile: Profile, message: &[u8]) -> Hash {
    match profile {
        Profile::Geth => Sha256::digest(message).into(),
        Profile::Eip7864 | Profile::Eip8297 => blake3::hash(message).into(),
    }
}

/// The root of the tree that holds these values.
pub fn root(profile: Profile, values: &BTreeMap<Key, Value>) -> Hash {
    let values: Vec<(Key, Value)> = values.iter().map(|(key, value)| (*key, *value)).collect();
    match profile {
        Profile::Eip8297 if values.is_empty() => ZERO,
        Profile::Eip8297 => zones(profile, &values, 0),
        Profile::Eip7864 | Profile::Geth => stems(profile, &values, 0),
    }
}

fn two(profile: Profile, left: Hash, right: Hash) -> Hash {
    if (left, right) == (ZERO, ZERO) {
        return ZERO;
    }
    hash(profile, &[left, right].concat())
}

/// A tree of stems, below `depth` bits.
fn stems(profile: Profile, values: &[(Key, Value)], depth: usize) -> Hash {
    let [(first, _), ..] = values else { return ZERO };
    let stem = &first.bytes()[..31];
    if values.iter().all(|(key, _)| key.bytes().starts_with(stem)) {
        let mut level = vec![ZERO; 256];
        for (key, value) in values {
            level[usize::from(key.bytes()[31])] = hash(profile, value);
        }
        while level.len() > 1 {
            level = level.chunks(2).map(|pair| two(profile, pair[0], pair[1])).collect();
        }
        return hash(profile, &[stem, &[0], &level[0]].concat());
    }
    let (left, right) = values.split_at(values.partition_point(|(key, _)| !key.bit(depth)));
    two(profile, stems(profile, left, depth + 1), stems(profile, right, depth + 1))
}

/// A tree that forks where keys do, below `depth` bits.
fn zones(profile: Profile, values: &[(Key, Value)], depth: usize) -> Hash {
    if let [(key, value)] = values {
        return hash(profile, &[&[0], key.bytes(), value].concat());
    }
    let (first, last) = (values[0].0, values[values.len() - 1].0);
    let bits: Vec<bool> = (depth..)
        .take_while(|at| first.bit(*at) == last.bit(*at))
        .map(|at| first.bit(at))
        .collect();
    let mut packed = vec![0_u8; bits.len().div_ceil(8)];
    for (at, bit) in bits.iter().enumerate() {
        packed[at / 8] |= u8::from(*bit) << (7 - at % 8);
    }
    let fork = depth + bits.len();
    let (left, right) = values.split_at(values.partition_point(|(key, _)| !key.bit(fork)));
    let [left, right] = [left, right].map(|half| zones(profile, half, fork + 1));
    let length = (bits.len() as u16).to_be_bytes();
    hash(profile, &[&[1][..], &length, &packed, &left, &right].concat())
}
