//! Proofs of single accounts, slots and keys, where the tree holds leaves alone.

use alloy_primitives::{Address, B256, U256};
use weakstate_codec::{Code, Error, Witness};
use weakstate_trees::state::leaves::{Leaf, Part, Value, keys_of};
use weakstate_trees::state::{Fields, Header, Layout, OpenedState, State};

use crate::Result;
use crate::view::View;

/// What is asked of a tree of leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The account whose header, and of which slots, are asked for.
    pub address: Option<Address>,
    /// Slots of the account.
    pub slots: Vec<U256>,
    /// Keys of the tree, whatever stands there.
    pub keys: Vec<Vec<u8>>,
}

/// What a tree of leaves answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The account; `None` if it is absent, or was not asked for.
    pub account: Option<Header>,
    /// Values of the slots, in their order; zero where there is none.
    pub slots: Vec<U256>,
    /// What is under the keys, in their order; `None` is proven absence.
    pub keys: Vec<Option<Value>>,
}

impl Asked {
    /// The keys that answer it, in ascending order.
    fn all_keys(&self, layout: &Layout) -> Vec<Vec<u8>> {
        let mut leaves = Vec::new();
        if let Some(address) = self.address {
            let header = (0..layout.embedding.header_leaves()).map(Part::Header);
            let slots = self.slots.iter().copied().map(Part::Slot);
            leaves.extend(header.chain(slots).map(|part| Leaf::new(address, part)));
        }
        let mut keys = keys_of(layout.scheme, &leaves);
        keys.extend(self.keys.iter().cloned());
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

impl View {
    /// Proves what is asked for: the leaves and their proof, as a witness holds them.
    ///
    /// # Errors
    /// `missing_part` under a scheme whose nodes are their own proof; `store_missing_node`,
    /// `store_damaged`.
    pub fn leaf_proof(&self, asked: &Asked) -> Result<Vec<u8>> {
        self.prove_leaves(&asked.all_keys(self.layout()))
    }
}

/// What a proof of leaves says against a state root.
///
/// # Errors
/// `malformed_proof`, `wrong_proof`, `malformed_node`; `account_not_witnessed`,
/// `slot_not_witnessed` and `leaf_not_witnessed` where the proof does not open what is asked for.
pub fn open_leaf_proof(
    layout: &Layout,
    root: &B256,
    proof: &[u8],
    asked: &Asked,
) -> Result<Answered> {
    let witness = Witness { proof: proof.to_vec(), ..Witness::default() };
    let mut state = OpenedState::open(layout, root, &witness)?;
    let mut account = None;
    let mut slots = Vec::with_capacity(asked.slots.len());
    if let Some(address) = asked.address {
        if state.account(&address)?.is_some() {
            if state.unknown(&address)? != Fields::NONE {
                let error = Error::new(Code::AccountNotWitnessed).expected("all of its header");
                return Err(Box::new(error.at(format_args!("account {address}"))));
            }
            account = Some(header(&mut state, layout, &address)?);
        }
        for slot in &asked.slots {
            slots.push(state.slot(&address, slot)?);
        }
    }
    let keys = asked.keys.iter().map(|key| state.leaf(key)).collect::<Result<_>>()?;
    Ok(Answered { account, slots, keys })
}

/// The header of an account that is there.
fn header(state: &mut OpenedState<'_>, layout: &Layout, address: &Address) -> Result<Header> {
    let embedding = layout.embedding;
    let suffixes = 0..embedding.header_leaves();
    let leaves: Vec<Leaf> =
        suffixes.clone().map(|suffix| Leaf::new(*address, Part::Header(suffix))).collect();
    let mut header = Header::EMPTY;
    for (suffix, key) in suffixes.zip(keys_of(layout.scheme, &leaves)) {
        if let Some(value) = state.leaf(&key)? {
            embedding.read(suffix, &value, &mut header).ok_or_else(|| {
                let error = Error::new(Code::MalformedNode).expected("an account");
                Box::new(error.at(format_args!("account {address}")))
            })?;
        }
    }
    Ok(header)
}
