//! The way from a state root to the nodes of a list.

use alloy_primitives::{B256, U256};
use alloy_rlp::Decodable;
use weakstate_codec::Blobs;

use super::{EMPTY_NODE, Kind, Present, Standing, Survey, Trie};
use crate::Preimages;
use crate::mpt::{EMPTY_ROOT, Link, View};
use crate::nibbles::set_nibble;
use crate::state::decode_account;

/// Looks from `root` at a list of nodes. Without a root, nothing can be reached.
pub fn survey(nodes: &Blobs, root: Option<&B256>) -> Survey {
    let mut preimages = Preimages::new(nodes);
    let standings = (0..nodes.len()).map(|index| match nodes.get(index) {
        Some(raw) if *raw == EMPTY_NODE => Standing::Empty,
        _ => match preimages.hash(index).and_then(|hash| preimages.find(&hash)) {
            Some(first) if first != index => Standing::Duplicate,
            _ => Standing::Unreachable,
        },
    });
    let standings = standings.collect();
    let slots = vec![0; nodes.len()];
    let survey = Survey { standings, ..Survey::default() };
    let mut walk = Walk { nodes: preimages, survey, slots, storage: (0, 0) };
    if let Some(root) = root.filter(|root| **root != EMPTY_ROOT) {
        walk.hashed(root, &B256::ZERO, 0, Trie::Accounts);
    }
    walk.survey
}

struct Walk<'w> {
    nodes: Preimages<'w>,
    survey: Survey,
    /// For each node that was visited, how many slots hang below it.
    slots: Vec<u64>,
    /// Nodes of the account's storage so far, and their bytes.
    storage: (usize, usize),
}

impl<'w> Walk<'w> {
    /// Visits what hangs at a place by its hash, and returns how many slots hang below it.
    fn hashed(&mut self, hash: &B256, path: &B256, depth: usize, trie: Trie) -> u64 {
        let found = self.nodes.find(hash);
        let found = found.and_then(|index| Some((index, self.nodes.blobs().get(index)?)));
        let Some((index, raw)) = found else {
            self.survey.holes += 1;
            return 0;
        };
        if matches!(self.survey.standings.get(index), Some(Standing::Placed { .. })) {
            // A leaf fits one depth alone: wherever the node is right, as many slots hang below.
            return self.slots.get(index).copied().unwrap_or_default();
        }
        let view = look(raw, path, depth, trie);
        if let Some(known) = self.survey.standings.get_mut(index) {
            *known = match &view {
                Some(view) => Standing::Placed { trie, depth, kind: kind(view) },
                None => Standing::Malformed,
            };
        }
        let Some(view) = view else { return 0 };
        if trie == Trie::Storage {
            self.storage.0 += 1;
            self.storage.1 += raw.len();
        }
        let slots = self.below(&view, path, depth, trie);
        if let Some(known) = self.slots.get_mut(index) {
            *known = slots;
        }
        slots
    }

    /// Visits what hangs below a node.
    fn below(&mut self, view: &View<'w>, path: &B256, depth: usize, trie: Trie) -> u64 {
        match view {
            View::Branch(children) => {
                let mut slots = 0u64;
                let mut path = *path;
                for (nibble, child) in (0u8..).zip(children) {
                    set_nibble(&mut path, depth, nibble);
                    slots = slots.saturating_add(self.linked(child, &path, depth + 1, trie));
                }
                slots
            }
            View::Extension { path, end, child } => self.linked(child, path, *end, trie),
            View::Leaf { key, value } if trie == Trie::Accounts => {
                self.account(key, value);
                0
            }
            View::Leaf { .. } => 1,
        }
    }

    /// Visits what a link leads to.
    fn linked(&mut self, link: &Link<'w>, path: &B256, depth: usize, trie: Trie) -> u64 {
        let raw = match link {
            Link::None => return 0,
            Link::Hash(hash) => return self.hashed(hash, path, depth, trie),
            Link::Inline(raw) => raw,
        };
        // It is part of its parent, and not in the list itself.
        look(raw, path, depth, trie).map_or(0, |view| self.below(&view, path, depth, trie))
    }

    /// Notes an account and visits its storage.
    fn account(&mut self, key: &B256, value: &[u8]) {
        let Some((account, storage_root)) = decode_account(value) else { return };
        self.storage = (0, 0);
        let slots = match storage_root == EMPTY_ROOT {
            true => 0,
            false => self.hashed(&storage_root, &B256::ZERO, 0, Trie::Storage),
        };
        let (nodes, bytes) = self.storage;
        let present = Present { key: *key, account, storage_root, nodes, bytes, slots };
        self.survey.accounts.push(present);
    }
}

/// Looks at a node; `None` if this trie can have no such node there.
fn look<'w>(raw: &'w [u8], path: &B256, depth: usize, trie: Trie) -> Option<View<'w>> {
    let view = View::of(raw, path, depth)?;
    let fits = match (&view, trie) {
        (View::Leaf { value, .. }, Trie::Accounts) => decode_account(value).is_some(),
        (&View::Leaf { mut value, .. }, Trie::Storage) => {
            U256::decode(&mut value).is_ok_and(|slot| !slot.is_zero() && value.is_empty())
        }
        _ => true,
    };
    fits.then_some(view)
}

const fn kind(view: &View<'_>) -> Kind {
    match view {
        View::Branch(_) => Kind::Branch,
        View::Extension { .. } => Kind::Extension,
        View::Leaf { .. } => Kind::Leaf,
    }
}
