//! A tree's nodes, and reading.

use std::fmt;

use super::arena::Arena;
use super::node::{Branch, Child, Closed, Leaf, Node, StoredNode};
use super::source::{NoSource, Source};
use super::write::side_of;
use super::{Hash, Key, Profile, Value};

/// Why a key could not be followed: there is a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Miss {
    /// The key.
    pub key: Key,
    /// How many of its bits lead to the hole.
    pub depth: usize,
    /// Whether the hole is beside the key's own path: what stands there must be known, since it
    /// moves when the key is removed.
    pub sibling: bool,
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bits of key {:?}", self.depth, self.key)
    }
}

impl std::error::Error for Miss {}

/// A binary tree, whole or in part.
#[derive(Clone, Debug)]
pub struct Tree<S = NoSource> {
    pub(super) profile: Profile,
    source: S,
    pub(super) top: Option<Child>,
    pub(super) branches: Arena<Branch>,
    pub(super) leaves: Arena<Leaf>,
    pub(super) closed: Arena<Closed>,
}

impl Tree {
    /// The tree that holds nothing.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        Self::with_source(profile, NoSource)
    }
}

impl<S> Tree<S> {
    fn with_source(profile: Profile, source: S) -> Self {
        let (branches, leaves) = (Arena::default(), Arena::default());
        Self { profile, source, top: None, branches, leaves, closed: Arena::default() }
    }

    /// Which tree it is.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// The hash of the whole tree; zero if it holds nothing.
    pub fn root(&self) -> Hash {
        self.top.map_or([0; 32], |top| top.hash)
    }

    /// Where nodes come from that are not in memory.
    pub fn source(&self) -> &S {
        &self.source
    }

    /// The same, to change it.
    pub fn source_mut(&mut self) -> &mut S {
        &mut self.source
    }

    /// A key that leads to the node, and how many of its bits all keys below share.
    ///
    /// Nothing for a hole.
    #[inline]
    pub(super) fn extent(&self, node: Node) -> (&Key, usize) {
        match node {
            Node::Branch(id) => {
                let branch = self.branches.get(id);
                (&branch.path, usize::from(branch.bit))
            }
            Node::Leaf(id) => {
                let key = &self.leaves.get(id).key;
                (key, key.bits())
            }
            Node::Closed(id) => {
                let closed = self.closed.get(id);
                (&closed.path, usize::from(closed.depth))
            }
            Node::Hole => (&Key::EMPTY, 0),
        }
    }

    pub(super) fn add_leaf(&mut self, key: Key, value: Value) -> Node {
        Node::Leaf(self.leaves.add(Leaf { key, value }))
    }

    pub(super) fn add_branch(&mut self, path: Key, bit: usize, children: [Child; 2]) -> u32 {
        self.branches.add(Branch { path, bit: bit as u16, children })
    }
}

impl<S: Source> Tree<S> {
    /// The tree with this root that `source` keeps. Nothing is loaded yet.
    pub fn load(profile: Profile, root: Hash, source: S) -> Self {
        let mut tree = Self::with_source(profile, source);
        if root != [0; 32] {
            tree.top = Some(Child::hole(root));
        }
        tree
    }

    /// The value under a key; `None` is proven absence.
    ///
    /// # Errors
    ///
    /// If there is a hole in the way.
    pub fn get(&mut self, key: &Key) -> Result<Option<Value>, Miss> {
        let Some(top) = self.top else { return Ok(None) };
        let top = self.resolve(top, key, 0)?;
        self.top = Some(top);
        self.get_below(top.node, 0, key)
    }

    /// The value under a key that leads to a node in memory at `depth`.
    pub(super) fn get_below(
        &mut self,
        mut node: Node,
        mut depth: usize,
        key: &Key,
    ) -> Result<Option<Value>, Miss> {
        loop {
            let (path, shared) = self.extent(node);
            let known = path.difference(key, depth, shared);
            match node {
                Node::Leaf(id) => {
                    let leaf = self.leaves.get(id);
                    return Ok((leaf.key == *key).then_some(leaf.value));
                }
                _ if known < shared => return Ok(None),
                Node::Branch(id) => {
                    depth = shared + 1;
                    node = self.child(id, key.bit(shared), key)?.node;
                }
                Node::Closed(_) | Node::Hole => {
                    return Err(Miss { key: *key, depth: shared, sibling: false });
                }
            }
        }
    }

    /// The child of a branch to which `key` leads, save perhaps for its last bit; loads it if need be.
    pub(super) fn child(&mut self, id: u32, side: bool, key: &Key) -> Result<Child, Miss> {
        let branch = self.branches.get(id);
        let child = branch.child(side);
        if !child.is_hole() {
            return Ok(child);
        }
        let bit = usize::from(branch.bit);
        let loaded = self
            .resolve(child, &side_of(key, bit, side), bit + 1)
            .map_err(|miss| Miss { key: *key, ..miss })?;
        *self.branches.get_mut(id).child_mut(side) = loaded;
        Ok(loaded)
    }

    /// What stands where the first `depth` bits of `key` lead; loaded, if it was a hole.
    pub(super) fn resolve(&mut self, child: Child, key: &Key, depth: usize) -> Result<Child, Miss> {
        if !child.is_hole() {
            return Ok(child);
        }
        let miss = Miss { key: *key, depth, sibling: false };
        let node = match self.source.node(key, depth).ok_or(miss)? {
            StoredNode::Branch(branch) => {
                let children = branch.children.map(Child::hole);
                Node::Branch(self.add_branch(branch.prefix, branch.bit, children))
            }
            StoredNode::Leaf(key, value) => self.add_leaf(key, value),
        };
        Ok(Child { node, hash: child.hash })
    }
}
