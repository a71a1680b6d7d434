//! Whether a store holds the state that its head names, where the tree holds leaves alone.
//!
//! Each commitment is computed anew. What the leaves and what the flat tables say is summed up as in
//! [`check`](crate::check). Where zeros stay, leaves that no table knows are the chunks of delegations
//! that were cleared: they are looked for where they can be, if there are more leaves than the tables
//! tell of.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, U256, keccak256};
use weakstate_trees::state::leaves::{Leaf, Part, Value, Visit, keys_of};
use weakstate_trees::state::{Embedding, Scheme};

use crate::check::{STRIDE, at_odds};
use crate::leaves::{each_cleared, of_account, of_cleared};
use crate::view::View;
use crate::{Progress, Result};

type Hear<'a> = &'a mut dyn FnMut(Progress) -> Result<()>;

/// How many keys are derived at a time.
const TOGETHER: usize = 1 << 12;

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

/// Leaves whose keys are derived together.
struct Gathered {
    scheme: Scheme,
    leaves: Vec<(Leaf, Value)>,
    /// Codes that are there already, where accounts share them.
    shared: BTreeSet<B256>,
    sum: Sum,
}

impl Gathered {
    fn new(scheme: Scheme) -> Self {
        Self { scheme, leaves: Vec::new(), shared: BTreeSet::new(), sum: Sum::default() }
    }

    fn add(&mut self, leaf: Leaf, value: Value) {
        if let Part::Shared(hash, _) = leaf.part
            && self.shared.contains(&hash)
        {
            return;
        }
        self.leaves.push((leaf, value));
        if self.leaves.len() >= TOGETHER {
            self.derive();
        }
    }

    fn derive(&mut self) {
        let leaves: Vec<Leaf> = self.leaves.iter().map(|(leaf, _)| *leaf).collect();
        for (key, (_, value)) in keys_of(self.scheme, &leaves).iter().zip(self.leaves.drain(..)) {
            self.sum.add(key, &value);
        }
    }

    fn sum(mut self) -> Sum {
        self.derive();
        self.sum
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
    let mut gathered = Gathered::new(view.layout().scheme);
    let (mut accounts, mut slots) = (0, 0);
    for entry in view.accounts(&Address::ZERO)? {
        let (address, account) = entry?;
        accounts += 1;
        for (leaf, value) in of_account(view.read(), view.layout(), &address, account)? {
            gathered.add(leaf, value);
        }
        if view.layout().embedding == Embedding::Zoned {
            gathered.shared.insert(account.code_hash);
        }
        for slot in view.slots(&address)? {
            let (slot, value) = slot?;
            slots += 1;
            gathered.add(Leaf::new(address, Part::Slot(slot)), value.to_be_bytes());
        }
        if accounts % STRIDE == 0 {
            progress(Progress::Accounts(accounts))?;
        }
    }
    let told = gathered.sum.leaves + gathered.leaves.len() as u64;
    if in_tree.leaves > told && view.layout().scheme.zeros_stay() {
        each_cleared(view, |address, chunk| {
            let leaves = of_cleared(view.layout(), address, chunk);
            leaves.for_each(|(leaf, value)| gathered.add(leaf, value));
            Ok(())
        })?;
    }
    match gathered.sum() == in_tree {
        true => Ok((accounts, slots, nodes)),
        false => Err(at_odds()),
    }
}
