//! Where nodes stand, by their hashes.

use alloy_primitives::B256;
use alloy_primitives::map::B256Map;

/// Finds a node by its hash. Most hashes in a witness are of nodes that are not in it.
pub(super) struct ByHash {
    found: B256Map<usize>,
    /// A bit for each start of a hash that is here.
    starts: Vec<u64>,
}

impl ByHash {
    pub(super) fn new(hashes: Vec<B256>) -> Self {
        let mut starts = vec![0; usize::from(u16::MAX) / 64 + 1];
        for hash in &hashes {
            let (word, bit) = Self::start(hash);
            if let Some(word) = starts.get_mut(word) {
                *word |= bit;
            }
        }
        Self { found: hashes.into_iter().zip(0..).collect(), starts }
    }

    pub(super) fn get(&self, hash: &B256) -> Option<usize> {
        let (word, bit) = Self::start(hash);
        let here = self.starts.get(word).is_some_and(|word| word & bit != 0);
        here.then(|| self.found.get(hash).copied()).flatten()
    }

    fn start(hash: &B256) -> (usize, u64) {
        let [first, second, ..] = hash.0;
        let start = u16::from_le_bytes([first, second]);
        (usize::from(start) / 64, 1 << (start % 64))
    }
}
