//! Nodes of a Merkle Patricia trie, as they lie in memory.
//!
//! Keys in nodes are absolute: a leaf or extension holds the whole path from the root, and
//! the depth at which it hangs says which part of it the encoding shows. Splitting and
//! collapsing then never rewrite paths.
//!
//! Source: Yellow Paper, appendix D.

use alloy_primitives::B256;

use crate::nibbles::{self, NIBBLES};
use weakstate_codec::rlp;

/// Index of a node in its [`Forest`](super::Forest). Zero is the empty subtree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NodeId(pub(super) u32);

impl NodeId {
    /// The empty subtree.
    pub(super) const EMPTY: Self = Self(0);
}

/// A trie in a [`Forest`](super::Forest), as far as it has been written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trie {
    /// Key of the account whose storage it is; `None` for the trie of accounts.
    pub(super) owner: Option<B256>,
    pub(super) root: NodeId,
}

impl Trie {
    /// The trie that holds nothing.
    pub const fn empty(owner: Option<B256>) -> Self {
        Self { owner, root: NodeId::EMPTY }
    }
}

/// What hangs at one place of a branch or extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Child {
    Empty,
    /// Not touched yet: its reference stands at this offset of the node's own bytes.
    Raw(u16),
    Node(NodeId),
}

/// Sixteen children in four bytes each.
#[derive(Clone, Copy, Debug)]
pub(super) struct PackedChild(u32);

const RAW: u32 = 1 << 31;

impl PackedChild {
    pub(super) const EMPTY: Self = Self(0);
}

impl From<Child> for PackedChild {
    fn from(child: Child) -> Self {
        match child {
            Child::Empty => Self(0),
            Child::Raw(offset) => Self(RAW | u32::from(offset)),
            Child::Node(id) => Self(id.0),
        }
    }
}

impl From<PackedChild> for Child {
    fn from(packed: PackedChild) -> Self {
        match packed.0 {
            0 => Self::Empty,
            raw if raw & RAW != 0 => Self::Raw(raw as u16),
            id => Self::Node(NodeId(id)),
        }
    }
}

/// The value of a leaf: as witnessed, or as written.
#[derive(Clone, Debug)]
pub(super) enum Value<'w> {
    Witnessed(&'w [u8]),
    Written(Box<[u8]>),
}

impl Value<'_> {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Witnessed(bytes) => bytes,
            Self::Written(bytes) => bytes,
        }
    }
}

/// One node.
#[derive(Clone, Debug)]
pub(super) enum Node<'w> {
    /// Nothing.
    Empty,
    /// Known by its reference only.
    Hole,
    Leaf {
        key: B256,
        value: Value<'w>,
    },
    Extension {
        key: B256,
        /// Depth of the child.
        end: u8,
        raw: &'w [u8],
        child: PackedChild,
    },
    Branch {
        raw: &'w [u8],
        children: [PackedChild; 16],
    },
}

/// How a node is referred to by its parent.
#[derive(Clone, Debug)]
pub(super) enum Reference<'w> {
    /// As it stands in the parent: a hash in RLP (33 bytes) or the node itself.
    Witnessed(&'w [u8]),
    /// As computed after a write; the length and as many bytes.
    Computed(u8, [u8; 33]),
    /// Changed since it was last computed.
    Stale,
}

impl Reference<'_> {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Witnessed(bytes) => bytes,
            Self::Computed(len, bytes) => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Self::Stale => &[],
        }
    }

    /// The reference to a node with this hash.
    pub(super) fn to_hash(hash: &B256) -> Self {
        let mut bytes = [0xa0; 33];
        if let Some((_, tail)) = bytes.split_first_mut() {
            tail.copy_from_slice(hash.as_slice());
        }
        Self::Computed(33, bytes)
    }
}

/// The hash in a reference of 33 bytes.
pub(super) fn hash_in(reference: &[u8]) -> Option<B256> {
    match reference.split_first() {
        Some((0xa0, hash)) => B256::try_from(hash).ok(),
        _ => None,
    }
}

/// Reads a node that hangs at `depth` below the path `prefix`.
///
/// `None` if the bytes are no canonical node of a trie whose keys have 32 bytes: then no
/// state has such a node.
pub(super) fn parse<'w>(raw: &'w [u8], prefix: &B256, depth: usize) -> Option<Node<'w>> {
    let (payload, rest) = rlp::list(raw)?;
    if !rest.is_empty() {
        return None;
    }
    // A branch has 17 items, so its first two never fill it.
    let (_, second) = rlp::item(payload)?;
    let (_, end) = rlp::item(second)?;
    if end.is_empty() {
        parse_short(raw, payload, prefix, depth)
    } else {
        parse_branch(raw, payload, depth)
    }
}

fn parse_short<'w>(
    raw: &'w [u8],
    payload: &'w [u8],
    prefix: &B256,
    depth: usize,
) -> Option<Node<'w>> {
    let (path, second) = rlp::string(payload)?;
    let mut key = *prefix;
    let segment = nibbles::decode_compact(path, depth, &mut key)?;
    if segment.leaf {
        let (value, _) = rlp::string(second)?;
        return (segment.end == NIBBLES && !value.is_empty())
            .then_some(Node::Leaf { key, value: Value::Witnessed(value) });
    }
    let offset = raw.len().checked_sub(second.len())?;
    let (child, len) = parse_child(second, offset)?;
    let whole = len == second.len() && child != Child::Empty;
    let proper = segment.end > depth && segment.end < NIBBLES;
    (whole && proper).then_some(Node::Extension {
        key,
        end: segment.end as u8,
        raw,
        child: child.into(),
    })
}

fn parse_branch<'w>(raw: &'w [u8], payload: &'w [u8], depth: usize) -> Option<Node<'w>> {
    if depth >= NIBBLES {
        return None;
    }
    let mut children = [PackedChild::EMPTY; 16];
    let mut rest = payload;
    for child in &mut children {
        let offset = raw.len().checked_sub(rest.len())?;
        let (found, len) = parse_child(rest, offset)?;
        *child = found.into();
        rest = rest.get(len..)?;
    }
    // Keys of equal length cannot end at a branch: its value is empty.
    (rest == [0x80]).then_some(Node::Branch { raw, children })
}

/// The child at the start of `bytes`, and the length of its reference.
#[inline]
fn parse_child(bytes: &[u8], offset: usize) -> Option<(Child, usize)> {
    match *bytes.first()? {
        0x80 => Some((Child::Empty, 1)),
        0xa0 => (bytes.len() >= 33).then_some((Child::Raw(u16::try_from(offset).ok()?), 33)),
        // A node shorter than 32 bytes stands in its parent itself.
        head @ 0xc1..=0xde => {
            let len = usize::from(head - 0xc0) + 1;
            (bytes.len() >= len).then_some((Child::Raw(u16::try_from(offset).ok()?), len))
        }
        _ => None,
    }
}

/// The reference that starts at `offset` of a node's bytes.
#[inline]
pub(super) fn reference_at(raw: &[u8], offset: u16) -> &[u8] {
    let bytes = raw.get(usize::from(offset)..).unwrap_or_default();
    let len = match bytes.first() {
        Some(0xa0) => 33,
        Some(&head @ 0xc1..=0xde) => usize::from(head - 0xc0) + 1,
        _ => 0,
    };
    bytes.get(..len).unwrap_or_default()
}
