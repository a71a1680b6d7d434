//! Computing roots: changed nodes are encoded and hashed level by level, many at once.

use alloy_primitives::B256;
use alloy_rlp::{Encodable, Header};

use super::forest::{EMPTY_ROOT, Forest};
use super::node::{self, Child, Node, NodeId, Reference, Trie};
use crate::nibbles::{self, NIBBLES};
use crate::{Place, Source, keccak};

/// A changed node and where it hangs.
type Changed = (NodeId, Place);

impl<'w, S: Source<'w>> Forest<'w, S> {
    /// Roots of the tries, in the same order.
    pub fn commit(&mut self, tries: &[Trie]) -> Vec<B256> {
        self.commit_with(tries, |_, _, _| {})
    }

    /// As [`Self::commit`]; `emit` is handed each changed node that has a hash of its own,
    /// with its place and that hash.
    pub fn commit_with(
        &mut self,
        tries: &[Trie],
        mut emit: impl FnMut(&Place, &B256, &[u8]),
    ) -> Vec<B256> {
        let mut levels: Vec<Vec<Changed>> = Vec::new();
        for trie in tries {
            let place = Place { owner: trie.owner, path: B256::ZERO, depth: 0 };
            self.collect(trie.root, place, &mut levels);
        }
        let mut scratch = Vec::new();
        let mut spans = Vec::new();
        for level in &levels {
            scratch.clear();
            spans.clear();
            for (id, place) in level {
                let start = scratch.len();
                self.encode(*id, place.depth, &mut scratch);
                spans.push(start..scratch.len());
            }
            self.refer(level, &scratch, &spans, &mut emit);
        }
        tries.iter().map(|trie| self.root_hash(trie.root)).collect()
    }

    /// Visits the place of each node of a committed trie that was read or written and has a
    /// hash of its own.
    pub fn places(&self, trie: Trie, visit: &mut impl FnMut(&Place)) {
        self.visit(trie.root, Place { owner: trie.owner, path: B256::ZERO, depth: 0 }, visit);
    }

    fn visit(&self, id: NodeId, place: Place, visit: &mut impl FnMut(&Place)) {
        let entry = self.entry(id);
        if id != NodeId::EMPTY && node::hash_in(entry.reference.bytes()).is_some() {
            visit(&place);
        }
        self.each_child(&entry.node, place, |child, place| self.visit(child, place, visit));
    }

    /// The children of a node that have entries of their own, and where they hang.
    fn each_child(&self, node: &Node<'w>, place: Place, mut each: impl FnMut(NodeId, Place)) {
        match node {
            Node::Branch { children, .. } => {
                for (slot, &child) in children.iter().enumerate() {
                    if let Child::Node(child) = Child::from(child) {
                        let mut place = Place { depth: place.depth + 1, ..place };
                        nibbles::set_nibble(&mut place.path, place.depth - 1, slot as u8);
                        each(child, place);
                    }
                }
            }
            Node::Extension { key, end, child, .. } => {
                if let Child::Node(child) = Child::from(*child) {
                    each(child, Place { path: *key, depth: usize::from(*end), ..place });
                }
            }
            Node::Empty | Node::Hole | Node::Leaf { .. } => {}
        }
    }

    /// Sorts the changed nodes below `id` by height. Returns the height of `id`, zero if it
    /// has not changed.
    fn collect(&self, id: NodeId, place: Place, levels: &mut Vec<Vec<Changed>>) -> usize {
        let entry = self.entry(id);
        if !matches!(entry.reference, Reference::Stale) {
            return 0;
        }
        let mut below = 0;
        self.each_child(&entry.node, place, |child, place| {
            below = below.max(self.collect(child, place, levels));
        });
        if levels.len() <= below {
            levels.resize_with(below + 1, Vec::new);
        }
        if let Some(level) = levels.get_mut(below) {
            level.push((id, place));
        }
        below + 1
    }

    /// Computes the references of nodes that were encoded side by side.
    fn refer(
        &mut self,
        level: &[Changed],
        scratch: &[u8],
        spans: &[std::ops::Range<usize>],
        emit: &mut impl FnMut(&Place, &B256, &[u8]),
    ) {
        let encoded = |span: &std::ops::Range<usize>| scratch.get(span.clone()).unwrap_or_default();
        // A root is always referred to by its hash.
        let hashed = |place: &Place, raw: &[u8]| place.depth == 0 || raw.len() >= 32;
        let nodes = || level.iter().zip(spans).map(|(changed, span)| (changed, encoded(span)));
        let long: Vec<&[u8]> =
            nodes().filter(|((_, place), raw)| hashed(place, raw)).map(|(_, raw)| raw).collect();
        let mut hashes = keccak::hash_all(&long).into_iter();
        for ((id, place), raw) in nodes() {
            let reference = if hashed(place, raw) {
                let hash = hashes.next().unwrap_or_default();
                emit(place, &hash, raw);
                Reference::to_hash(&hash)
            } else {
                inline(raw)
            };
            self.entry_mut(*id).reference = reference;
        }
    }

    /// The hash by which a committed root is known.
    fn root_hash(&self, root: NodeId) -> B256 {
        if root == NodeId::EMPTY {
            return EMPTY_ROOT;
        }
        let reference = self.entry(root).reference.bytes();
        node::hash_in(reference).unwrap_or_else(|| keccak::keccak256(reference))
    }

    fn encode(&self, id: NodeId, depth: usize, out: &mut Vec<u8>) {
        match &self.entry(id).node {
            Node::Empty | Node::Hole => {}
            Node::Leaf { key, value } => encode_leaf(key, depth, value.bytes(), out),
            Node::Extension { key, end, raw, child } => {
                let mut path = Vec::with_capacity(33);
                nibbles::encode_compact(key, depth, usize::from(*end), false, &mut path);
                let reference = self.reference(raw, Child::from(*child));
                Header { list: true, payload_length: path.as_slice().length() + reference.len() }
                    .encode(out);
                path.as_slice().encode(out);
                out.extend_from_slice(reference);
            }
            Node::Branch { raw, children } => {
                let references = children.map(|child| self.reference(raw, Child::from(child)));
                let payload_length = 1 + references.iter().map(|bytes| bytes.len()).sum::<usize>();
                Header { list: true, payload_length }.encode(out);
                references.iter().for_each(|bytes| out.extend_from_slice(bytes));
                out.push(0x80);
            }
        }
    }

    fn reference<'a>(&'a self, raw: &'a [u8], child: Child) -> &'a [u8] {
        match child {
            Child::Empty => &[0x80],
            Child::Raw(offset) => node::reference_at(raw, offset),
            Child::Node(id) => self.entry(id).reference.bytes(),
        }
    }
}

fn encode_leaf(key: &B256, depth: usize, value: &[u8], out: &mut Vec<u8>) {
    let mut path = Vec::with_capacity(33);
    nibbles::encode_compact(key, depth, NIBBLES, true, &mut path);
    let payload_length = path.as_slice().length() + value.length();
    Header { list: true, payload_length }.encode(out);
    path.as_slice().encode(out);
    value.encode(out);
}

/// A node shorter than 32 bytes is its own reference.
fn inline<'w>(raw: &[u8]) -> Reference<'w> {
    let mut bytes = [0; 33];
    if let Some(room) = bytes.get_mut(..raw.len()) {
        room.copy_from_slice(raw);
    }
    Reference::Computed(raw.len() as u8, bytes)
}
