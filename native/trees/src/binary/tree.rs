//! A tree's nodes, and reading.

use std::fmt;

use super::arena::Arena;
use super::node::{Branch, Closed, Leaf, Node, StoredNode};
use super::source::{NoSource, Source};
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
    pub(super) top: Option<Node>,
    pub(super) branches: Arena<Branch>,
    pub(super) leaves: Arena<Leaf>,
    pub(super) closed: Arena<Closed>,
    holes: Arena<Hash>,
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
        let (closed, holes) = (Arena::default(), Arena::default());
        Self { profile, source, top: None, branches, leaves, closed, holes }
    }

    /// Which tree it is.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// The hash of the whole tree; zero if it holds nothing.
    pub fn root(&self) -> Hash {
        self.top.map_or([0; 32], |top| self.hash(top))
    }

    /// Where nodes come from that are not in memory.
    pub fn source(&self) -> &S {
        &self.source
    }

    #[inline]
    pub(super) fn hash(&self, node: Node) -> Hash {
        match node {
            Node::Branch(id) => self.branches.get(id).hash,
            Node::Leaf(id) => self.leaves.get(id).hash,
            Node::Closed(id) => self.closed.get(id).hash,
            Node::Hole(id) => *self.holes.get(id),
        }
    }

    pub(super) fn set_hash(&mut self, node: Node, hash: Hash) {
        match node {
            Node::Branch(id) => self.branches.get_mut(id).hash = hash,
            Node::Leaf(id) => self.leaves.get_mut(id).hash = hash,
            Node::Closed(id) => self.closed.get_mut(id).hash = hash,
            Node::Hole(id) => *self.holes.get_mut(id) = hash,
        }
    }

    /// A key that leads to the node, and how many of its bits all keys below share.
    ///
    /// Nothing for a hole.
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
            Node::Hole(_) => (&Key::EMPTY, 0),
        }
    }

    pub(super) fn add_hole(&mut self, hash: Hash) -> Node {
        Node::Hole(self.holes.add(hash))
    }

    pub(super) fn add_leaf(&mut self, key: Key, value: Value) -> Node {
        Node::Leaf(self.leaves.add(Leaf { key, value, hash: [0; 32] }))
    }

    pub(super) fn add_branch(&mut self, path: Key, bit: usize, children: [Node; 2]) -> Node {
        let branch = Branch { path, bit: bit as u16, children, hash: [0; 32] };
        Node::Branch(self.branches.add(branch))
    }
}

impl<S: Source> Tree<S> {
    /// The tree with this root that `source` keeps. Nothing is loaded yet.
    pub fn load(profile: Profile, root: Hash, source: S) -> Self {
        let mut tree = Self::with_source(profile, source);
        if root != [0; 32] {
            tree.top = Some(tree.add_hole(root));
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
        self.get_below(top, 0, key)
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
                    node = self.child(id, key.bit(shared), key)?;
                }
                Node::Closed(_) | Node::Hole(_) => {
                    return Err(Miss { key: *key, depth: shared, sibling: false });
                }
            }
        }
    }

    /// The child of a branch to which `key` leads, save perhaps for its last bit; loads it if need be.
    pub(super) fn child(&mut self, id: u32, side: bool, key: &Key) -> Result<Node, Miss> {
        let branch = self.branches.get(id);
        let depth = usize::from(branch.bit) + 1;
        let [left, right] = branch.children;
        let child = if side { right } else { left };
        if !matches!(child, Node::Hole(_)) {
            return Ok(child);
        }
        let mut path = key.prefix(depth - 1).with_length(key.bytes().len());
        if side {
            path.set_bit(depth - 1);
        }
        let loaded =
            self.resolve(child, &path, depth).map_err(|miss| Miss { key: *key, ..miss })?;
        let [left, right] = &mut self.branches.get_mut(id).children;
        *(if side { right } else { left }) = loaded;
        Ok(loaded)
    }

    /// What stands where the first `depth` bits of `key` lead; loaded, if it was a hole.
    pub(super) fn resolve(&mut self, node: Node, key: &Key, depth: usize) -> Result<Node, Miss> {
        let Node::Hole(id) = node else { return Ok(node) };
        let miss = Miss { key: *key, depth, sibling: false };
        let hash = self.hash(node);
        let loaded = match self.source.node(key, depth).ok_or(miss)? {
            StoredNode::Branch(branch) => {
                let children = branch.children.map(|hash| self.add_hole(hash));
                self.add_branch(branch.prefix, branch.bit, children)
            }
            StoredNode::Leaf(key, value) => self.add_leaf(key, value),
        };
        self.holes.remove(id);
        self.set_hash(loaded, hash);
        Ok(loaded)
    }
}
