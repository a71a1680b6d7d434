//! Writing many values in one walk.

use alloy_primitives::B256;

use super::forest::{Forest, Result};
use super::node::{Child, Node, NodeId, PackedChild, Reference, Trie, Value};
use crate::Source;
use crate::nibbles::{self, NIBBLES};

/// A value to write. An empty value is never written: delete the key instead.
pub type Write = (B256, Box<[u8]>);

impl<'w, S: Source<'w>> Forest<'w, S> {
    /// Writes `writes`, which ascend strictly by key, and returns the trie that it then is.
    ///
    /// On an error the trie is left half written and must be dropped.
    pub fn insert(&mut self, trie: Trie, writes: &mut [Write]) -> Result<Trie> {
        self.owner = trie.owner;
        let root = self.insert_at(trie.root, 0, writes)?;
        Ok(Trie { root, ..trie })
    }

    fn insert_at(&mut self, id: NodeId, depth: usize, writes: &mut [Write]) -> Result<NodeId> {
        let (Some(&(first, _)), Some(&(last, _))) = (writes.first(), writes.last()) else {
            return Ok(id);
        };
        self.resolve(id, &first, depth)?;
        match &self.entry(id).node {
            Node::Empty | Node::Hole => Ok(self.grow(depth, writes)),
            Node::Leaf { key, .. } => {
                let key = *key;
                if key == first && writes.len() == 1 {
                    self.write_leaf(id, writes);
                    return Ok(id);
                }
                let limit = nibbles::common_prefix(&first, &last, NIBBLES);
                let fork = nibbles::common_prefix(&key, &first, limit);
                self.split(id, &key, depth, fork, writes)
            }
            Node::Extension { key, end, .. } => {
                let (key, end) = (*key, usize::from(*end));
                let fork = nibbles::common_prefix(&key, &first, end)
                    .min(nibbles::common_prefix(&key, &last, end));
                if fork < end {
                    return self.split(id, &key, depth, fork, writes);
                }
                let child = self.child(id, 0);
                let child = self.insert_at(child, end, writes)?;
                self.set_child(id, 0, child);
                self.touch(id);
                Ok(id)
            }
            Node::Branch { .. } => {
                self.insert_branch(id, depth, writes)?;
                Ok(id)
            }
        }
    }

    /// Puts a branch at depth `fork`, hangs the old node `id` under it and writes there.
    fn split(
        &mut self,
        id: NodeId,
        key: &B256,
        depth: usize,
        fork: usize,
        writes: &mut [Write],
    ) -> Result<NodeId> {
        let branch = self.push_branch();
        let rest = match &self.entry(id).node {
            // An extension by one nibble is used up by the branch.
            Node::Extension { end, .. } if usize::from(*end) == fork + 1 => self.child(id, 0),
            _ => {
                self.touch(id);
                id
            }
        };
        self.set_child(branch, nibbles::nibble(key, fork), rest);
        self.insert_branch(branch, fork, writes)?;
        Ok(self.extend(key, depth, fork, branch))
    }

    /// Puts an extension over `child` if its path does not start at `depth`.
    pub(super) fn extend(&mut self, key: &B256, depth: usize, end: usize, child: NodeId) -> NodeId {
        if depth == end {
            return child;
        }
        let child = Child::Node(child).into();
        let extension = Node::Extension { key: *key, end: end as u8, raw: &[], child };
        self.push(extension, Reference::Stale)
    }

    fn insert_branch(&mut self, id: NodeId, depth: usize, writes: &mut [Write]) -> Result<()> {
        let mut rest = writes;
        while let Some((key, _)) = rest.first() {
            let slot = nibbles::nibble(key, depth);
            let count = rest.partition_point(|(key, _)| nibbles::nibble(key, depth) <= slot);
            let (group, tail) = rest.split_at_mut(count);
            let child = self.child(id, slot);
            let child = self.insert_at(child, depth + 1, group)?;
            self.set_child(id, slot, child);
            rest = tail;
        }
        self.touch(id);
        Ok(())
    }

    /// Builds a subtree where there was none.
    fn grow(&mut self, depth: usize, writes: &mut [Write]) -> NodeId {
        let (Some(&(first, _)), Some(&(last, _))) = (writes.first(), writes.last()) else {
            return NodeId::EMPTY;
        };
        if writes.len() == 1 {
            let leaf = Node::Leaf { key: first, value: Value::Witnessed(&[]) };
            let id = self.push(leaf, Reference::Stale);
            self.write_leaf(id, writes);
            return id;
        }
        let fork = nibbles::common_prefix(&first, &last, NIBBLES);
        let branch = self.push_branch();
        let mut rest = writes;
        while let Some((key, _)) = rest.first() {
            let slot = nibbles::nibble(key, fork);
            let count = rest.partition_point(|(key, _)| nibbles::nibble(key, fork) <= slot);
            let (group, tail) = rest.split_at_mut(count);
            let child = self.grow(fork + 1, group);
            self.set_child(branch, slot, child);
            rest = tail;
        }
        self.extend(&first, depth, fork, branch)
    }

    fn write_leaf(&mut self, id: NodeId, writes: &mut [Write]) {
        let Some((_, written)) = writes.first_mut() else {
            return;
        };
        let written = std::mem::take(written);
        if let Node::Leaf { value, .. } = &mut self.entry_mut(id).node {
            *value = Value::Written(written);
        }
        self.touch(id);
    }

    fn push_branch(&mut self) -> NodeId {
        let branch = Node::Branch { raw: &[], children: [PackedChild::EMPTY; 16] };
        self.push(branch, Reference::Stale)
    }
}
