//! Many tries over one source: nodes are read when a path first touches them.

use alloy_primitives::{B256, b256};
use weakstate_codec::Error;

use super::node::{self, Child, Node, NodeId, PackedChild, Reference, Trie};
use crate::nibbles::{self, NIBBLES};
use crate::{Place, Source};

/// Root of the trie that holds nothing: Keccak-256 of the RLP of the empty string.
pub const EMPTY_ROOT: B256 =
    b256!("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");

/// Why a path could not be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Miss {
    /// The source lacks a node.
    Hole {
        /// The key whose first nibbles lead there.
        path: B256,
        /// How many of them do.
        depth: usize,
        /// Hash of the node.
        hash: B256,
        /// Whether it stands beside the path of a deletion rather than on a path.
        sibling: bool,
    },
    /// A node that the root commits to is no node of a state trie.
    Malformed {
        /// The key whose first nibbles lead there.
        path: B256,
        /// How many of them do.
        depth: usize,
    },
    /// The source failed where it should have had a node.
    Source(Box<Error>),
}

pub(super) type Result<T> = std::result::Result<T, Box<Miss>>;

#[derive(Debug)]
pub(super) struct Entry<'w> {
    pub(super) node: Node<'w>,
    pub(super) reference: Reference<'w>,
}

/// Nodes of any number of tries, found in one source.
///
/// Every operation that changes a [`Trie`] returns the changed one.
#[derive(Debug)]
pub struct Forest<'w, S> {
    pub(super) source: S,
    /// Whose trie the running operation works on.
    pub(super) owner: Option<B256>,
    pub(super) entries: Vec<Entry<'w>>,
}

impl<'w, S: Source<'w>> Forest<'w, S> {
    /// An empty forest over `source`.
    pub fn new(source: S) -> Self {
        let empty = Entry { node: Node::Empty, reference: Reference::Witnessed(&[0x80]) };
        Self { source, owner: None, entries: vec![empty] }
    }

    /// The trie with this root. Nothing is read yet.
    pub fn open(&mut self, owner: Option<B256>, root: &B256) -> Trie {
        if *root == EMPTY_ROOT {
            return Trie::empty(owner);
        }
        Trie { owner, root: self.push(Node::Hole, Reference::to_hash(root)) }
    }

    /// Where the nodes come from.
    pub fn source(&self) -> &S {
        &self.source
    }

    pub(crate) fn source_mut(&mut self) -> &mut S {
        &mut self.source
    }

    /// The value at `key`; `None` is proven absence.
    pub fn get(&mut self, trie: Trie, key: &B256) -> Result<Option<&[u8]>> {
        self.owner = trie.owner;
        let mut id = trie.root;
        let mut depth = 0;
        loop {
            self.resolve(id, key, depth)?;
            let child = match &self.entry(id).node {
                Node::Empty | Node::Hole => return Ok(None),
                Node::Leaf { key: found, .. } if found != key => return Ok(None),
                Node::Leaf { .. } => break,
                Node::Extension { key: prefix, end, child, .. } => {
                    let end = usize::from(*end);
                    if !nibbles::agree(prefix, key, depth, end) {
                        return Ok(None);
                    }
                    depth = end;
                    Child::from(*child)
                }
                Node::Branch { children, .. } => {
                    let child = children.get(nibbles::nibble(key, depth));
                    depth += 1;
                    child.map_or(Child::Empty, |child| Child::from(*child))
                }
            };
            id = match child {
                Child::Empty => return Ok(None),
                Child::Node(child) => child,
                Child::Raw(offset) => {
                    let slot = nibbles::nibble(key, depth - 1);
                    self.materialise(id, slot, offset)
                }
            };
        }
        match &self.entry(id).node {
            Node::Leaf { value, .. } => Ok(Some(value.bytes())),
            _ => Ok(None),
        }
    }

    /// Reads the node `id`, which hangs at `depth` below the path of `key`, if it is a hole.
    pub(super) fn resolve(&mut self, id: NodeId, key: &B256, depth: usize) -> Result<()> {
        let Entry { node: Node::Hole, reference } = self.entry(id) else {
            return Ok(());
        };
        let malformed = || Box::new(Miss::Malformed { path: *key, depth });
        let raw = match (node::hash_in(reference.bytes()), reference) {
            (Some(hash), _) => self
                .source
                .node(&Place { owner: self.owner, path: *key, depth }, &hash)
                .map_err(|error| Box::new(Miss::Source(error)))?
                .ok_or_else(|| Box::new(Miss::Hole { path: *key, depth, hash, sibling: false }))?,
            (None, Reference::Witnessed(raw)) => *raw,
            (None, _) => return Err(malformed()),
        };
        let parsed = node::parse(raw, key, depth).ok_or_else(malformed)?;
        self.entry_mut(id).node = parsed;
        Ok(())
    }

    /// As [`Self::resolve`], for a node that only a collapse needs.
    pub(super) fn resolve_sibling(&mut self, id: NodeId, path: &B256, depth: usize) -> Result<()> {
        self.resolve(id, path, depth).map_err(|mut miss| {
            if let Miss::Hole { sibling, .. } = &mut *miss {
                *sibling = true;
            }
            miss
        })
    }

    /// Gives the untouched child of `parent` at `slot` an entry of its own.
    pub(super) fn materialise(&mut self, parent: NodeId, slot: usize, offset: u16) -> NodeId {
        let raw = match &self.entry(parent).node {
            Node::Branch { raw, .. } | Node::Extension { raw, .. } => *raw,
            _ => &[],
        };
        let id = self.push(Node::Hole, Reference::Witnessed(node::reference_at(raw, offset)));
        self.set_child(parent, slot, id);
        id
    }

    /// The child of `parent` at `slot`, with an entry of its own.
    pub(super) fn child(&mut self, parent: NodeId, slot: usize) -> NodeId {
        let child = match &self.entry(parent).node {
            Node::Branch { children, .. } => children.get(slot).copied(),
            Node::Extension { child, .. } => Some(*child),
            _ => None,
        };
        match child.map_or(Child::Empty, Child::from) {
            Child::Empty => NodeId::EMPTY,
            Child::Node(id) => id,
            Child::Raw(offset) => self.materialise(parent, slot, offset),
        }
    }

    /// Hangs `id` at `slot` of `parent`. An extension has but one slot.
    pub(super) fn set_child(&mut self, parent: NodeId, slot: usize, id: NodeId) {
        let packed = match id {
            NodeId::EMPTY => PackedChild::EMPTY,
            id => Child::Node(id).into(),
        };
        match &mut self.entry_mut(parent).node {
            Node::Branch { children, .. } => {
                if let Some(child) = children.get_mut(slot) {
                    *child = packed;
                }
            }
            Node::Extension { child, .. } => *child = packed,
            Node::Empty | Node::Hole | Node::Leaf { .. } => {}
        }
    }

    pub(super) fn push(&mut self, node: Node<'w>, reference: Reference<'w>) -> NodeId {
        let id = NodeId(self.entries.len() as u32);
        self.entries.push(Entry { node, reference });
        id
    }

    #[inline]
    #[expect(clippy::indexing_slicing, reason = "ids come from `push` of this very forest")]
    pub(super) fn entry(&self, id: NodeId) -> &Entry<'w> {
        &self.entries[id.0 as usize]
    }

    #[inline]
    #[expect(clippy::indexing_slicing, reason = "ids come from `push` of this very forest")]
    pub(super) fn entry_mut(&mut self, id: NodeId) -> &mut Entry<'w> {
        &mut self.entries[id.0 as usize]
    }

    /// Marks a node as changed, so that its reference is computed anew.
    pub(super) fn touch(&mut self, id: NodeId) {
        if id != NodeId::EMPTY {
            self.entry_mut(id).reference = Reference::Stale;
        }
    }
}

const _: () = assert!(NIBBLES <= u8::MAX as usize);
