//! Proofs of single accounts and slots, as `eth_getProof` gives them.
//!
//! Source: EIP-1186.

use alloy_primitives::{Address, B256, Bytes, U256};
use weakstate_codec::Blobs;
use weakstate_trees::state::{Account, Tries};
use weakstate_trees::{Place, Preimages, Source};

use crate::Result;
use crate::view::{View, expect_tries};

/// A slot, and the nodes that prove it against its account's storage root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotProof {
    /// The slot.
    pub slot: U256,
    /// Its value; zero where there is none.
    pub value: U256,
    /// From the root of the storage down.
    pub nodes: Vec<Bytes>,
}

/// An account, and the nodes that prove it against the state root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The account; `None` is proven absence.
    pub account: Option<Account>,
    /// Root of its storage.
    pub storage_root: B256,
    /// From the root of the state down.
    pub nodes: Vec<Bytes>,
    /// The slots that were asked for, in that order.
    pub slots: Vec<SlotProof>,
}

/// Writes down in which order nodes were asked for.
#[derive(Debug)]
struct Path<'s> {
    view: &'s View,
    nodes: Vec<(Place, &'s [u8])>,
}

impl<'s> Source<'s> for Path<'s> {
    fn node(&mut self, place: &Place, hash: &B256) -> Result<Option<&'s [u8]>> {
        let mut view = self.view;
        let node = view.node(place, hash)?;
        self.nodes.extend(node.map(|node| (*place, node)));
        Ok(node)
    }
}

impl View {
    /// Proves an account and slots of it.
    ///
    /// # Errors
    /// `store_missing_node`, `store_damaged`; `missing_part` under schemes that have no such proofs.
    pub fn proof(&self, address: &Address, slots: &[U256]) -> Result<Proof> {
        expect_tries(self.layout())?;
        let mut tries = self.path();
        let account = tries.account(address)?;
        let storage_root = tries.storage_root(address)?;
        let nodes = on_path(&tries, |place| place.owner.is_none());
        let mut proofs = Vec::with_capacity(slots.len());
        for slot in slots {
            let mut tries = self.path();
            let value = match account {
                Some(_) => tries.slot(address, slot)?,
                None => U256::ZERO,
            };
            let nodes = on_path(&tries, |place| place.owner.is_some());
            proofs.push(SlotProof { slot: *slot, value, nodes });
        }
        Ok(Proof { account, storage_root, nodes, slots: proofs })
    }

    /// Proves what the tree holds under `keys`, where it holds leaves alone.
    ///
    /// # Errors
    /// `missing_part` under other schemes; `store_missing_node`, `store_damaged`.
    pub fn prove_leaves(&self, keys: &[Vec<u8>]) -> Result<Vec<u8>> {
        self.layout().prove(&self.head().root, self, keys)
    }

    fn path(&self) -> Tries<'_, Path<'_>> {
        Tries::open(&self.head().root, Path { view: self, nodes: Vec::new() })
    }
}

/// What `nodes` prove of an account against a state root, and of `slots`, each with nodes of its
/// own, against the storage root that is then known: account, storage root, values.
///
/// # Errors
/// `account_not_witnessed`, `slot_not_witnessed`, `malformed_node`.
pub fn open_proof(
    root: &B256,
    address: &Address,
    nodes: &[Vec<u8>],
    slots: &[(U256, Vec<Vec<u8>>)],
) -> Result<(Option<Account>, B256, Vec<U256>)> {
    let of_account: Blobs = nodes.iter().collect();
    let mut tries = Tries::open(root, Preimages::new(&of_account));
    let (account, storage_root) = (tries.account(address)?, tries.storage_root(address)?);
    let mut values = Vec::with_capacity(slots.len());
    for (slot, of_slot) in slots {
        let nodes: Blobs = nodes.iter().chain(of_slot).collect();
        values.push(Tries::open(root, Preimages::new(&nodes)).slot(address, slot)?);
    }
    Ok((account, storage_root, values))
}

fn on_path(tries: &Tries<'_, Path<'_>>, wanted: impl Fn(&Place) -> bool) -> Vec<Bytes> {
    let nodes = tries.source().nodes.iter().filter(|(place, _)| wanted(place));
    nodes.map(|(_, node)| Bytes::copy_from_slice(node)).collect()
}
