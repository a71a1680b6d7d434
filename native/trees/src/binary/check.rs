//! Whether the nodes that are kept are those of one tree: each hash is computed anew.

use weakstate_codec::{Code, Error};

use super::commit::raise;
use super::hash;
use super::node::{StoredBranch, StoredNode};
use super::source::Source;
use super::write::side_of;
use super::{Hash, Key, Profile};

type Result<T> = std::result::Result<T, Box<Error>>;

/// The hash of a node that hangs at `depth`.
#[must_use]
pub fn hash_of(profile: Profile, node: &StoredNode, depth: usize) -> Hash {
    let function = profile.function();
    match node {
        StoredNode::Leaf(key, value) if profile.has_stems() => {
            raise(profile, hash::hash(function, &[value]), key, key.bits(), depth)
        }
        StoredNode::Leaf(key, value) => hash::hash(function, &[&[0], key.bytes(), value]),
        StoredNode::Branch(StoredBranch { prefix, bit, children: [left, right] }) => {
            if profile.has_stems() {
                return raise(profile, hash::hash(function, &[left, right]), prefix, *bit, depth);
            }
            let bits = prefix.packed(depth, *bit);
            let count = (bit.saturating_sub(depth) as u16).to_be_bytes();
            hash::hash(function, &[&[1], &count, bits.bytes(), left, right])
        }
    }
}

/// Visits all nodes of a tree that is not empty, a branch after what is below it, and returns the
/// root.
///
/// # Errors
/// What `each` fails with; `store_damaged` if a node is not there, or is not the one that its parent
/// names.
pub fn check<S: Source>(
    profile: Profile,
    source: &mut S,
    each: &mut impl FnMut(&StoredNode) -> Result<()>,
) -> Result<Hash> {
    check_at(profile, source, &Key::EMPTY, 0, each)
}

fn check_at<S: Source>(
    profile: Profile,
    source: &mut S,
    path: &Key,
    depth: usize,
    each: &mut impl FnMut(&StoredNode) -> Result<()>,
) -> Result<Hash> {
    let node = source.node(path, depth).ok_or_else(|| damaged(path, depth))?;
    let (found, shared) = match &node {
        StoredNode::Leaf(key, _) => (*key, key.bits()),
        StoredNode::Branch(branch) => (branch.prefix, branch.bit),
    };
    if shared < depth || found.difference(path, 0, depth) < depth {
        return Err(damaged(path, depth));
    }
    if let StoredNode::Branch(branch) = &node {
        for (side, named) in [false, true].into_iter().zip(branch.children) {
            let below = side_of(&branch.prefix, branch.bit, side);
            if check_at(profile, source, &below, branch.bit + 1, each)? != named {
                return Err(damaged(&below, branch.bit + 1));
            }
        }
    }
    each(&node)?;
    Ok(hash_of(profile, &node, depth))
}

fn damaged(path: &Key, depth: usize) -> Box<Error> {
    let error = Error::new(Code::StoreDamaged).expected("the node that its parent names");
    Box::new(error.at(format_args!("{depth} bits of key {path:?}")))
}
