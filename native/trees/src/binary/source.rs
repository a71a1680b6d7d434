//! Where nodes come from that are not in memory.

use super::{Key, StoredNode};

/// Gives the nodes of a whole tree when they are touched.
pub trait Source {
    /// The node to which the first `depth` bits of `key` lead; `None` if this source lacks it.
    ///
    /// It is believed: whatever keeps nodes has to see for itself that they are not damaged.
    fn node(&mut self, key: &Key, depth: usize) -> Option<StoredNode>;
}

/// For trees whose nodes are all in memory, or were opened from a witness.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSource;

impl Source for NoSource {
    fn node(&mut self, _: &Key, _: usize) -> Option<StoredNode> {
        None
    }
}
