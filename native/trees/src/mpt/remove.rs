//! Deleting many keys in one walk; branches that keep one child collapse.

use alloy_primitives::B256;

use super::forest::{Forest, Result};
use super::node::{Child, Node, NodeId, Trie};
use crate::Source;
use crate::nibbles;

impl<'w, S: Source<'w>> Forest<'w, S> {
    /// Deletes `keys`, which ascend strictly, and returns the trie that it then is. An absent key is no
    /// change.
    ///
    /// On an error the trie is left half written and must be dropped.
    pub fn remove(&mut self, trie: Trie, keys: &[B256]) -> Result<Trie> {
        self.owner = trie.owner;
        let root = self.remove_at(trie.root, 0, keys)?;
        Ok(Trie { root, ..trie })
    }

    fn remove_at(&mut self, id: NodeId, depth: usize, keys: &[B256]) -> Result<NodeId> {
        let Some(first) = keys.first() else {
            return Ok(id);
        };
        self.resolve(id, first, depth)?;
        match &self.entry(id).node {
            Node::Empty | Node::Hole => Ok(NodeId::EMPTY),
            Node::Leaf { key, .. } => {
                Ok(if keys.binary_search(key).is_ok() { NodeId::EMPTY } else { id })
            }
            Node::Extension { key, end, .. } => {
                let (prefix, end) = (*key, usize::from(*end));
                let below = |key: &B256| nibbles::agree(key, &prefix, depth, end);
                let start = keys.iter().position(below).unwrap_or(keys.len());
                let inside = keys.get(start..).unwrap_or_default();
                let count = inside.iter().take_while(|key| below(key)).count();
                let inside = inside.get(..count).unwrap_or_default();
                if inside.is_empty() {
                    return Ok(id);
                }
                let before = self.child(id, 0);
                let after = self.remove_at(before, end, inside)?;
                self.reattach(id, before, after)
            }
            Node::Branch { .. } => self.remove_branch(id, depth, keys),
        }
    }

    /// Hangs what is left of an extension's child below it.
    fn reattach(&mut self, id: NodeId, before: NodeId, after: NodeId) -> Result<NodeId> {
        match &self.entry(after).node {
            Node::Branch { .. } if after == before => {
                if self.is_stale(after) {
                    self.touch(id);
                }
                Ok(id)
            }
            Node::Branch { .. } | Node::Hole => {
                self.set_child(id, 0, after);
                self.touch(id);
                Ok(id)
            }
            // Absolute paths: a leaf or extension just hangs higher.
            Node::Leaf { .. } | Node::Extension { .. } => {
                self.touch(after);
                Ok(after)
            }
            Node::Empty => Ok(NodeId::EMPTY),
        }
    }

    fn remove_branch(&mut self, id: NodeId, depth: usize, keys: &[B256]) -> Result<NodeId> {
        let mut rest = keys;
        let mut changed = false;
        while let Some(key) = rest.first() {
            let slot = nibbles::nibble(key, depth);
            let count = rest.partition_point(|key| nibbles::nibble(key, depth) <= slot);
            let (group, tail) = rest.split_at(count);
            rest = tail;
            let before = self.child(id, slot);
            let after = self.remove_at(before, depth + 1, group)?;
            if after != before {
                self.set_child(id, slot, after);
            }
            changed |= after != before || self.is_stale(after);
        }
        if !changed {
            return Ok(id);
        }
        self.touch(id);
        match self.children_left(id) {
            (0, _) => Ok(NodeId::EMPTY),
            (1, slot) => self.collapse(id, depth, slot, keys.first()),
            _ => Ok(id),
        }
    }

    /// Number of children of a branch, and the slot of the last of them.
    fn children_left(&self, id: NodeId) -> (usize, usize) {
        let Node::Branch { children, .. } = &self.entry(id).node else {
            return (0, 0);
        };
        let left =
            |(slot, child): (usize, &_)| (Child::from(*child) != Child::Empty).then_some(slot);
        children
            .iter()
            .enumerate()
            .filter_map(left)
            .fold((0, 0), |(count, _), slot| (count + 1, slot))
    }

    /// Puts the only child that a branch has left in its place.
    fn collapse(
        &mut self,
        id: NodeId,
        depth: usize,
        slot: usize,
        key: Option<&B256>,
    ) -> Result<NodeId> {
        let mut path = key.copied().unwrap_or_default();
        nibbles::set_nibble(&mut path, depth, slot as u8);
        let child = self.child(id, slot);
        self.resolve_sibling(child, &path, depth + 1)?;
        match &self.entry(child).node {
            Node::Branch { .. } => Ok(self.extend(&path, depth, depth + 1, child)),
            _ => {
                self.touch(child);
                Ok(child)
            }
        }
    }

    fn is_stale(&self, id: NodeId) -> bool {
        matches!(self.entry(id).reference, super::node::Reference::Stale)
    }
}
