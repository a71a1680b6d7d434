//! Whether a store holds the state that its head names, where the tree holds leaves alone.
//!
//! Each commitment is computed anew. What the leaves and what the flat tables say is summed up as in
//! [`check`](crate::check). Leaves that no table knows are the chunks of delegations that were
//! cleared: they are looked for where they can be, if there are more leaves than the tables tell of.

use alloy_primitives::{Address, KECCAK256_EMPTY, U256, keccak256};
use weakstate_store::Table;
use weakstate_trees::chunks;
use weakstate_trees::state::leaves::{Leaf, Part, Value, keys_of};
use weakstate_trees::state::{Account, Header};
use weakstate_trees::verkle::tree::Visit;

use crate::check::{STRIDE, at_odds};
use crate::view::{View, lacks};
use crate::{Progress, Result};

type Hear<'a> = &'a mut dyn FnMut(Progress) -> Result<()>;

/// How many keys are derived at a time.
const TOGETHER: usize = 1 << 12;

/// How many leaves are looked up in one tree, whose nodes stay in memory.
const LOOKED_UP: usize = 1 << 8;

/// How the chunk of a delegation begins: no data of a push, and what EIP-7702 says.
const DELEGATION: [u8; 4] = [0, 0xef, 1, 0];

/// Leaves in any order.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    leaves: u64,
    sum: U256,
}

impl Sum {
    fn add(&mut self, key: &[u8; 32], value: &Value) {
        self.leaves += 1;
        self.sum = self.sum.wrapping_add(keccak256([&key[..], value].concat()).into());
    }
}

/// Leaves whose keys are derived together.
#[derive(Default)]
struct Gathered {
    leaves: Vec<(Leaf, Value)>,
    sum: Sum,
}

impl Gathered {
    fn add(&mut self, leaf: Leaf, value: Value) {
        self.leaves.push((leaf, value));
        if self.leaves.len() >= TOGETHER {
            self.derive();
        }
    }

    fn derive(&mut self) {
        let leaves: Vec<Leaf> = self.leaves.iter().map(|(leaf, _)| *leaf).collect();
        for (key, (_, value)) in keys_of(&leaves).iter().zip(self.leaves.drain(..)) {
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
            Visit::Leaf(key, value) => in_tree.add(&key, &value),
        }
        Ok(())
    })?;
    let mut gathered = Gathered::default();
    let (mut accounts, mut slots) = (0, 0);
    for entry in view.accounts(&Address::ZERO)? {
        let (address, account) = entry?;
        accounts += 1;
        add_header(view, &address, account, &mut gathered)?;
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
    if in_tree.leaves > told {
        add_cleared(view, &mut gathered)?;
    }
    match gathered.sum() == in_tree {
        true => Ok((accounts, slots, nodes)),
        false => Err(at_odds()),
    }
}

/// Adds the leaves of an account's header, and its code.
fn add_header(
    view: &View,
    address: &Address,
    account: Account,
    gathered: &mut Gathered,
) -> Result<()> {
    let hash = account.code_hash;
    let code = match hash == KECCAK256_EMPTY {
        true => &[],
        false => view
            .read()
            .get(Table::Codes, hash.as_slice())?
            .ok_or_else(|| Box::new(lacks(format_args!("code {hash}"))))?,
    };
    let code_size = u32::try_from(code.len()).unwrap_or(u32::MAX);
    for (suffix, value) in view.layout().embedding.leaves(&Header { account, code_size }) {
        gathered.add(Leaf::new(*address, Part::Header(suffix)), value);
    }
    for (at, chunk) in (0..).zip(chunks::chunks(code)) {
        gathered.add(Leaf::new(*address, Part::Chunk(at)), chunk);
    }
    Ok(())
}

/// Adds the chunks of delegations that were cleared.
fn add_cleared(view: &View, gathered: &mut Gathered) -> Result<()> {
    let mut wanted = Vec::with_capacity(LOOKED_UP);
    let mut entries = view.accounts(&Address::ZERO)?;
    loop {
        wanted.clear();
        for entry in entries.by_ref() {
            let (address, account) = entry?;
            if account.code_hash == KECCAK256_EMPTY {
                wanted.push(Leaf::new(address, Part::Chunk(0)));
            }
            if wanted.len() == LOOKED_UP {
                break;
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let found = view.layout().get(&view.head().root, view, &wanted)?;
        for (leaf, value) in wanted.iter().zip(found) {
            if let Some(value) = value.filter(|value| value.starts_with(&DELEGATION)) {
                gathered.add(*leaf, value);
            }
        }
    }
}
