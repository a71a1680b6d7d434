//! Whether a store holds the state that its head names, where the tree holds leaves alone.
//!
//! Each commitment is computed anew. What the leaves and what the flat tables say is summed up as in
//! [`check`](crate::check). Where zeros stay, leaves that no table knows are the chunks of delegations
//! that were cleared: they are looked for where they can be, if there are more leaves than the tables
//! tell of.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, U256, keccak256};
use weakstate_trees::state::Embedding;
use weakstate_trees::state::leaves::{Leaf, Part, Value, Visit};

use crate::check::{STRIDE, at_odds};
use crate::leaves::{Keyed, each_cleared, of_account, of_cleared};
use crate::view::View;
use crate::{Progress, Result};

type Hear<'a> = &'a mut dyn FnMut(Progress) -> Result<()>;

/// Leaves in any order.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    leaves: u64,
    sum: U256,
}

impl Sum {
    fn add(&mut self, key: &[u8], value: &Value) {
        self.leaves += 1;
        self.sum = self.sum.wrapping_add(keccak256([key, value].concat()).into());
    }
}

/// How many accounts, slots and nodes there are, once tables and tree say the same.
pub(crate) fn check_leaves(view: &View, progress: Hear<'_>) -> Result<(u64, u64, u64)> {
    let (mut in_tree, mut nodes) = (Sum::default(), 0);
    view.layout().check(&view.head().root, view, |visit| {
        match visit {
            Visit::Node(records) => nodes += records,
            Visit::Leaf(key, value) => in_tree.add(key, &value),
        }
        Ok(())
    })?;
    let mut in_tables = Sum::default();
    let mut keyed = Keyed::new(view.layout().scheme, |key, value| {
        in_tables.add(key, value);
        Ok(())
    });
    let (mut accounts, mut slots, mut told) = (0, 0, 0);
    // Codes that are there already, where accounts share them.
    let mut shared: BTreeSet<B256> = BTreeSet::new();
    for entry in view.accounts(&Address::ZERO)? {
        let (address, account) = entry?;
        accounts += 1;
        for (leaf, value) in of_account(view.read(), view.layout(), &address, account)? {
            if !matches!(leaf.part, Part::Shared(hash, _) if shared.contains(&hash)) {
                keyed.add(leaf, value)?;
                told += 1;
            }
        }
        if view.layout().embedding == Embedding::Zoned {
            shared.insert(account.code_hash);
        }
        for slot in view.slots(&address)? {
            let (slot, value) = slot?;
            slots += 1;
            keyed.add(Leaf::new(address, Part::Slot(slot)), value.to_be_bytes())?;
        }
        if accounts % STRIDE == 0 {
            progress(Progress::Accounts(accounts))?;
        }
    }
    if in_tree.leaves > told + slots && view.layout().scheme.zeros_stay() {
        each_cleared(view, |address, chunk| {
            let mut leaves = of_cleared(view.layout(), address, chunk);
            leaves.try_for_each(|(leaf, value)| keyed.add(leaf, value))
        })?;
    }
    keyed.finish()?;
    match in_tables == in_tree {
        true => Ok((accounts, slots, nodes)),
        false => Err(at_odds()),
    }
}
