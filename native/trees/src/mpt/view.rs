//! A node looked at by itself: its kind, and what it links to.

use alloy_primitives::B256;

use super::node::{self, Child, Node, PackedChild, Value};

/// A node and what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "it lives for one step, on the stack")]
pub enum View<'w> {
    /// Links by nibble.
    Branch([Link<'w>; 16]),
    /// A path and the link at its end.
    Extension {
        /// A key whose first nibbles lead there.
        path: B256,
        /// How many of them do.
        end: usize,
        /// What hangs there.
        child: Link<'w>,
    },
    /// A key and its value.
    Leaf {
        /// The whole key.
        key: B256,
        /// Its value.
        value: &'w [u8],
    },
}

/// How a node refers to a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link<'w> {
    /// There is none.
    None,
    /// By its hash.
    Hash(B256),
    /// By its own bytes, fewer than a hash has.
    Inline(&'w [u8]),
}

impl<'w> View<'w> {
    /// Looks at a node that hangs at `depth` below the path `prefix`. `None` if no state has
    /// such a node there.
    pub fn of(raw: &'w [u8], prefix: &B256, depth: usize) -> Option<Self> {
        Some(match node::parse(raw, prefix, depth)? {
            Node::Branch { children, .. } => Self::Branch(children.map(|child| link(raw, child))),
            Node::Extension { key, end, child, .. } => {
                Self::Extension { path: key, end: end.into(), child: link(raw, child) }
            }
            Node::Leaf { key, value: Value::Witnessed(value) } => Self::Leaf { key, value },
            // What was parsed is there, and as it was witnessed.
            Node::Leaf { value: Value::Written(_), .. } | Node::Empty | Node::Hole => return None,
        })
    }
}

fn link(raw: &[u8], child: PackedChild) -> Link<'_> {
    let Child::Raw(offset) = child.into() else { return Link::None };
    let reference = node::reference_at(raw, offset);
    node::hash_in(reference).map_or(Link::Inline(reference), Link::Hash)
}
