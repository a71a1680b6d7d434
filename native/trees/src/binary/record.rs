//! Nodes as bytes, for whatever keeps them: a record for each. Nothing here comes from outside, and
//! nothing is checked but its form.

use super::node::{StoredBranch, StoredNode};
use super::{Key, Profile};

const BRANCH: u8 = 0;
const LEAF: u8 = 1;

/// A node's record.
#[must_use]
pub fn encode(node: &StoredNode) -> Vec<u8> {
    match node {
        StoredNode::Branch(StoredBranch { prefix, bit, children: [left, right] }) => {
            let [low, high] = (*bit as u16).to_le_bytes();
            [&[BRANCH, low, high], &left[..], &right[..], prefix.bytes()].concat()
        }
        StoredNode::Leaf(key, value) => [&[LEAF], &value[..], key.bytes()].concat(),
    }
}

/// Reads a node; `None` if the record is malformed.
#[must_use]
pub fn decode(profile: Profile, record: &[u8]) -> Option<StoredNode> {
    let (kind, rest) = record.split_first()?;
    match *kind {
        BRANCH => {
            let (bit, rest) = rest.split_first_chunk()?;
            let bit = usize::from(u16::from_le_bytes(*bit));
            let (left, rest) = rest.split_first_chunk()?;
            let (right, rest) = rest.split_first_chunk()?;
            let prefix = Key::from_parts(&[rest]);
            let whole = rest.len() == bit.div_ceil(8) && prefix == prefix.prefix(bit);
            let branch = StoredBranch { prefix, bit, children: [*left, *right] };
            whole.then_some(StoredNode::Branch(branch))
        }
        LEAF => {
            let (value, key) = rest.split_first_chunk()?;
            Some(StoredNode::Leaf(profile.key(key)?, *value))
        }
        _ => None,
    }
}
