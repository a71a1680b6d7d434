//! Every node below a root, each held against the hash by which its parent knows it.

use alloy_primitives::{B256, keccak256};

use super::forest::{EMPTY_ROOT, Miss, Result};
use super::node::{self, Child, Node, Value};
use crate::nibbles;
use crate::{Place, Source};

/// What a walk comes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk<'w> {
    /// A node that has a hash of its own. What it holds comes after it.
    Node,
    /// A key and its value.
    Leaf {
        /// The key.
        key: B256,
        /// The value.
        value: &'w [u8],
    },
}

/// Walks the trie with this root in ascending order of key.
pub fn walk<'s, 'w, S: Source<'w>>(
    owner: Option<B256>,
    root: &B256,
    source: &'s mut S,
) -> Walker<'s, 'w, S> {
    let place = Place { owner, path: B256::ZERO, depth: 0 };
    let stack = if *root == EMPTY_ROOT { vec![] } else { vec![(place, Below::Hash(*root))] };
    Walker { source, stack, leaf: None }
}

/// A walk through a trie.
#[derive(Debug)]
pub struct Walker<'s, 'w, S> {
    source: &'s mut S,
    /// What is still to be visited, the next last.
    stack: Vec<(Place, Below<'w>)>,
    /// A leaf whose node was visited just now.
    leaf: Option<Walk<'w>>,
}

/// What a parent holds of a node.
#[derive(Clone, Copy, Debug)]
enum Below<'w> {
    Hash(B256),
    Itself(&'w [u8]),
}

impl<'w, S: Source<'w>> Iterator for Walker<'_, 'w, S> {
    type Item = Result<Walk<'w>>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(leaf) = self.leaf.take() {
            return Some(Ok(leaf));
        }
        loop {
            let (place, below) = self.stack.pop()?;
            let visited = match below {
                Below::Hash(hash) => self.read(&place, &hash),
                Below::Itself(raw) => Ok(raw),
            };
            let visited = visited.and_then(|raw| self.visit(&place, raw));
            match (visited, below) {
                (Err(miss), _) => {
                    self.stack.clear();
                    return Some(Err(miss));
                }
                (Ok(()), Below::Hash(_)) => return Some(Ok(Walk::Node)),
                (Ok(()), Below::Itself(_)) => {
                    if let Some(leaf) = self.leaf.take() {
                        return Some(Ok(leaf));
                    }
                }
            }
        }
    }
}

impl<'w, S: Source<'w>> Walker<'_, 'w, S> {
    fn read(&mut self, place: &Place, hash: &B256) -> Result<&'w [u8]> {
        let Place { path, depth, .. } = *place;
        let found = self.source.node(place, hash).map_err(|error| Box::new(Miss::Source(error)))?;
        let hole = Miss::Hole { path, depth, hash: *hash, sibling: false };
        let raw = found.ok_or_else(|| Box::new(hole))?;
        let same = keccak256(raw) == *hash;
        same.then_some(raw).ok_or_else(|| Box::new(Miss::Malformed { path, depth }))
    }

    /// Remembers what a node holds.
    fn visit(&mut self, place: &Place, raw: &'w [u8]) -> Result<()> {
        let Place { path, depth, .. } = *place;
        let malformed = || Box::new(Miss::Malformed { path, depth });
        match node::parse(raw, &path, depth).ok_or_else(malformed)? {
            Node::Leaf { key, value: Value::Witnessed(value) } => {
                self.leaf = Some(Walk::Leaf { key, value });
            }
            Node::Extension { key, end, raw, child } => {
                let place = Place { path: key, depth: usize::from(end), ..*place };
                self.push(place, raw, child.into());
            }
            Node::Branch { raw, children } => {
                for (slot, child) in children.into_iter().enumerate().rev() {
                    let mut place = Place { depth: depth + 1, ..*place };
                    nibbles::set_nibble(&mut place.path, depth, slot as u8);
                    self.push(place, raw, child.into());
                }
            }
            Node::Leaf { .. } | Node::Empty | Node::Hole => {}
        }
        Ok(())
    }

    fn push(&mut self, place: Place, raw: &'w [u8], child: Child) {
        let Child::Raw(offset) = child else { return };
        let reference = node::reference_at(raw, offset);
        let below = node::hash_in(reference).map_or(Below::Itself(reference), Below::Hash);
        self.stack.push((place, below));
    }
}
