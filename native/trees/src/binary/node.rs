//! Nodes as they lie in memory, and as they are kept.

use super::{Hash, Key, Value};

/// A node of a tree, by kind and index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Branch(u32),
    Leaf(u32),
    Closed(u32),
    /// Not in memory; only its hash is known.
    Hole,
}

/// A node and its hash at the place where it hangs.
///
/// The hash is kept there and not with the node, so that a branch can be hashed without a look at
/// what is below.
#[derive(Clone, Copy, Debug)]
pub(super) struct Child {
    pub(super) node: Node,
    pub(super) hash: Hash,
}

impl Child {
    pub(super) const fn hole(hash: Hash) -> Self {
        Self { node: Node::Hole, hash }
    }

    pub(super) fn is_hole(&self) -> bool {
        self.node == Node::Hole
    }
}

/// Where the keys below part.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    /// A key, or the part of one, that leads here.
    pub(super) path: Key,
    /// The first bit in which the keys below differ.
    pub(super) bit: u16,
    /// What is below, by that bit.
    pub(super) children: [Child; 2],
}

impl Branch {
    pub(super) fn child(&self, side: bool) -> Child {
        let [left, right] = self.children;
        if side { right } else { left }
    }

    pub(super) fn child_mut(&mut self, side: bool) -> &mut Child {
        let [left, right] = &mut self.children;
        if side { right } else { left }
    }
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    pub(super) key: Key,
    pub(super) value: Value,
}

/// The end of a way without forks: beside it there is nothing, below it nothing is known.
///
/// Only in trees with stems, where such a way is hashed bit by bit.
#[derive(Clone, Debug)]
pub(super) struct Closed {
    pub(super) path: Key,
    /// How many bits lead to what `inner` hashes.
    pub(super) depth: u16,
    pub(super) inner: Hash,
}

/// A branch as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredBranch {
    /// The bits that all keys below share; the rest is zero.
    pub prefix: Key,
    /// How many bits these are.
    pub bit: usize,
    /// The hashes of the two children.
    pub children: [Hash; 2],
}

/// A node as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredNode {
    /// A branch.
    Branch(StoredBranch),
    /// A key and its value.
    Leaf(Key, Value),
}
