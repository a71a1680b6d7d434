//! The model of a state whose tree holds leaves alone, and never loses one.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, keccak256};
use weakstate_trees::binary;
use weakstate_trees::kzg::Kzg;
use weakstate_trees::state::leaves::{
    BinaryLeaves, Leaf, Leaves, Part, StateCommitment, Value, VerkleLeaves,
};
use weakstate_trees::state::{Account, Changes, Embedding, Header, Layout, Scheme};
use weakstate_trees::verkle::machine::Machine;
use weakstate_trees::verkle::tree::{Ipa, NoSource, Tree};

use super::{World, code, delegation};

/// Where zeros stay, what is gone is there as nothing, and a slot that is zero as zero.
pub fn apply(layout: &Layout, world: &mut World, changes: &Changes) {
    let zeros_stay = layout.scheme.zeros_stay();
    for (address, change) in changes {
        if change.account.is_none() && !zeros_stay {
            if let Some((_, slots)) = world.remove(address) {
                assert!(slots.is_empty(), "slots stay");
            }
            continue;
        }
        let account = change.account.unwrap_or(Header::EMPTY.account);
        let entry = world.entry(*address).or_insert((account, BTreeMap::new()));
        entry.0 = account;
        entry.1.extend(change.slots.iter().copied());
        entry.1.retain(|_, value| zeros_stay || !value.is_zero());
    }
}

/// The root of the last of these worlds, by a tree that is written at once.
pub fn root(layout: &Layout, history: &[World]) -> B256 {
    let world = history.last().unwrap();
    let mut leaves: Vec<(Leaf, Value)> = Vec::new();
    for (address, (account, slots)) in world {
        let mut put = |part, value| leaves.push((Leaf::new(*address, part), value));
        let code = code_of(address, account, history.len() as u64);
        let header = Header::new(*account, &code);
        for (suffix, value) in layout.embedding.leaves(&header) {
            put(Part::Header(suffix), value);
        }
        for (slot, value) in slots {
            put(Part::Slot(*slot), value.to_be_bytes());
        }
        // Of a delegation the chunk stays.
        let once = keccak256(delegation(address));
        let delegated =
            |world: &World| world.get(address).is_some_and(|(a, _)| a.code_hash == once);
        let chunks_stay = layout.embedding != Embedding::Zoned;
        let code = match chunks_stay && history.iter().any(delegated) && code.is_empty() {
            true => {
                if layout.embedding == Embedding::FiveLeaf {
                    put(Part::Header(4), Value::default());
                }
                delegation(address)
            }
            false => code,
        };
        leaves.extend(layout.embedding.code_leaves(address, &header, &code));
    }
    match layout.scheme {
        Scheme::Binary(profile) => {
            BinaryLeaves::new(binary::Tree::new(profile)).write(&leaves).unwrap()
        }
        Scheme::VerkleKzg => written::<Kzg>(&leaves),
        Scheme::Mpt | Scheme::Verkle => written::<Ipa>(&leaves),
    }
}

fn written<V: StateCommitment>(leaves: &[(Leaf, Value)]) -> B256 {
    let tree: Tree<NoSource, V> = Tree::empty(NoSource);
    VerkleLeaves::new(tree, Machine::available()).write(leaves).unwrap()
}

fn code_of(address: &Address, account: &Account, blocks: u64) -> Bytes {
    if account.code_hash == KECCAK256_EMPTY {
        return Bytes::new();
    }
    let mut codes = (1..=blocks).map(code).chain([delegation(address)]);
    codes.find(|code| keccak256(code) == account.code_hash).unwrap()
}
