//! Witnesses as bytes: writing. `docs/formats.md` describes them.

use super::bits::BitWriter;
use super::node::{Child, Node};
use super::{Hash, Tree};

/// Bits that say how long a way without forks is.
pub(super) const LENGTH_BITS: usize = 10;

/// The three columns of a witness.
#[derive(Default)]
struct Columns {
    shape: BitWriter,
    paths: BitWriter,
    words: Vec<Hash>,
}

impl<S> Tree<S> {
    /// The bytes of a witness that opens exactly what is in memory.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut columns = Columns::default();
        if let Some(top) = self.top {
            self.encode_child(top, 0, &mut columns);
        }
        let (shape, paths) = (columns.shape.finish(), columns.paths.finish());
        let mut bytes = vec![self.profile.tag()];
        bytes.extend_from_slice(&(shape.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&(paths.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&shape);
        bytes.extend_from_slice(&paths);
        bytes.extend_from_slice(columns.words.as_flattened());
        bytes
    }

    fn encode_child(&self, child: Child, depth: usize, columns: &mut Columns) {
        let Columns { shape, paths, words } = columns;
        match child.node {
            Node::Hole => {
                shape.bit(false);
                words.push(child.hash);
            }
            Node::Branch(id) => {
                let branch = self.branches.get(id);
                let bit = usize::from(branch.bit);
                if bit == depth {
                    shape.number(0b10, 2);
                } else {
                    shape.number(0b1110, 4);
                    paths.number(bit - depth - 1, LENGTH_BITS);
                    paths.key(&branch.path, depth, bit);
                }
                for child in branch.children {
                    self.encode_child(child, bit + 1, columns);
                }
            }
            Node::Leaf(id) => {
                let leaf = self.leaves.get(id);
                shape.number(0b110, 3);
                paths.key(&leaf.key, depth, leaf.key.bits());
                words.push(leaf.value);
            }
            Node::Closed(id) => {
                let closed = self.closed.get(id);
                let end = usize::from(closed.depth);
                shape.number(0b1111, 4);
                paths.number(end - depth - 1, LENGTH_BITS);
                paths.key(&closed.path, depth, end);
                words.push(closed.inner);
            }
        }
    }
}
