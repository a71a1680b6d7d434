//! What a list of nodes is, seen from a state root: each node at its place in the tries.
//!
//! Nothing is taken for true here: the list may hold anything. Each node counts once, at the
//! place where it is met first, in ascending order of keys; so the work is bounded by the list,
//! however many paths lead to a node.

mod part;
mod walk;

use std::collections::BTreeMap;

use alloy_primitives::B256;
use weakstate_codec::Blobs;

use crate::state::Account;

pub use part::Part;
pub use walk::survey;

/// RLP of the empty string: the node of a trie that holds nothing, which some producers list.
pub const EMPTY_NODE: [u8; 1] = [0x80];

/// Which trie a node belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trie {
    /// The one of all accounts.
    Accounts,
    /// That of an account's slots.
    Storage,
}

/// What kind of node it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Up to sixteen children.
    Branch,
    /// A path to one child.
    Extension,
    /// A key's value.
    Leaf,
}

/// What one node of the list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It hangs below the root.
    Placed {
        /// In which trie.
        trie: Trie,
        /// How many nibbles lead to it.
        depth: usize,
        /// What kind of node it is.
        kind: Kind,
    },
    /// The root commits to it, but at a place where no state has such a node.
    Malformed,
    /// Nothing below the root refers to it.
    Unreachable,
    /// It equals one that stands before it.
    Duplicate,
    /// RLP of the empty string.
    Empty,
}

/// An account whose leaf is in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Present {
    /// Keccak-256 of its address.
    pub key: B256,
    /// Nonce, balance and code.
    pub account: Account,
    /// Root of its storage.
    pub storage_root: B256,
    /// Nodes of its storage that no account before it has.
    pub nodes: usize,
    /// Bytes of these nodes.
    pub bytes: usize,
    /// Slots whose leaf is in the list. Slots of nodes that accounts share count for each.
    pub slots: u64,
}

/// What the nodes of a list are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// For each node of the list.
    pub standings: Vec<Standing>,
    /// Accounts in ascending order of their keys.
    pub accounts: Vec<Present>,
    /// References below the root to nodes that are not in the list.
    pub holes: usize,
}

/// Nodes, and how many of them were of use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How many.
    pub nodes: usize,
    /// Their bytes.
    pub bytes: usize,
    /// How many were used.
    pub used_nodes: usize,
    /// Bytes of those.
    pub used_bytes: usize,
}

impl Survey {
    /// The nodes that have a place, by trie, depth and kind. `nodes` is the list that was surveyed;
    /// `used` says for each of them whether it was of use.
    pub fn levels(&self, nodes: &Blobs, used: &[bool]) -> BTreeMap<(Trie, usize, Kind), Count> {
        let mut levels: BTreeMap<_, Count> = BTreeMap::new();
        for ((standing, raw), used) in self.each(nodes, used) {
            if let Standing::Placed { trie, depth, kind } = standing {
                levels.entry((*trie, *depth, *kind)).or_default().add(raw, used);
            }
        }
        levels
    }

    /// The nodes of one standing that has no place.
    pub fn count(&self, nodes: &Blobs, standing: Standing) -> Count {
        let mut count = Count::default();
        for ((found, raw), used) in self.each(nodes, &[]) {
            if *found == standing {
                count.add(raw, used);
            }
        }
        count
    }

    fn each<'a>(
        &'a self,
        nodes: &'a Blobs,
        used: &'a [bool],
    ) -> impl Iterator<Item = ((&'a Standing, &'a [u8]), bool)> {
        let used = used.iter().copied().chain(std::iter::repeat(false));
        self.standings.iter().zip(nodes.iter()).zip(used)
    }
}

impl Count {
    fn add(&mut self, raw: &[u8], used: bool) {
        self.nodes += 1;
        self.bytes += raw.len();
        if used {
            self.used_nodes += 1;
            self.used_bytes += raw.len();
        }
    }
}
