//! Whether a store holds the state that its head names.
//!
//! The tree is gone through from the root, each node held against the hash by which its parent
//! knows it. What its leaves say is summed up, and so is what the flat tables say: the sums do not
//! depend on the order, so that neither side has to be sorted. They are for finding damage, not
//! for withstanding whoever writes to the store.

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256, keccak256};
use weakstate_codec::{Code, Error};
use weakstate_store::{Snapshot, Table};
use weakstate_trees::mpt::{EMPTY_ROOT, Miss, Walk, walk};
use weakstate_trees::nibbles::show_path;
use weakstate_trees::state::{Account, Scheme, decode_account, encode_account};

use crate::check_leaves::check_leaves;
use crate::view::{Nodes, View, lacks};
use crate::{Progress, Result, StateStore};

/// How many accounts are looked at between two reports of progress.
pub(crate) const STRIDE: u64 = 10_000;

/// What was found to be whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Accounts.
    pub accounts: u64,
    /// Slots.
    pub slots: u64,
    /// Codes.
    pub codes: u64,
    /// Nodes of the tree.
    pub nodes: u64,
    /// Bytes of keys and values, where the store is on disk.
    pub bytes: u64,
}

/// What either side says, in any order.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    accounts: u64,
    slots: u64,
    sum: U256,
}

impl Sum {
    fn account(&mut self, key: &B256, account: &Account) {
        self.accounts += 1;
        let value = encode_account(account, &B256::ZERO);
        self.add(&[&key[..], &value]);
    }

    fn slot(&mut self, owner: &B256, key: &B256, value: &[u8]) {
        self.slots += 1;
        self.add(&[&owner[..], &key[..], value]);
    }

    fn add(&mut self, parts: &[&[u8]]) {
        self.sum = self.sum.wrapping_add(keccak256(parts.concat()).into());
    }
}

impl StateStore {
    /// Reads the whole store and recomputes the root. `progress` hears now and then how many
    /// accounts were looked at, and ends the work by an error.
    ///
    /// # Errors
    /// `store_damaged`, `store_missing_node`.
    pub fn check(&self, progress: &mut dyn FnMut(Progress) -> Result<()>) -> Result<Checked> {
        let view = self.view()?;
        let mut checked = Checked::default();
        if let Some(disk) = &self.disk {
            checked.bytes = disk.check()?;
        }
        (checked.accounts, checked.slots, checked.nodes) = match view.layout().scheme {
            Scheme::Mpt => check_tries(&view, progress)?,
            Scheme::Verkle | Scheme::VerkleKzg | Scheme::Binary(_) => {
                check_leaves(&view, progress)?
            }
        };
        let (stored, nodes) = (view.read().count(Table::Nodes)?, checked.nodes);
        if stored != nodes {
            let found = format!("{stored} nodes, {nodes} of them in the tree");
            return Err(damaged("nodes of the tree alone", &found));
        }
        for entry in view.read().scan_from(Table::Codes, &[])? {
            let (hash, code) = entry?;
            if keccak256(code) != hash {
                return Err(damaged("codes under their hashes", ""));
            }
            checked.codes += 1;
        }
        Ok(checked)
    }
}

/// How many accounts, slots and nodes there are, once tables and tree say the same.
fn check_tries(
    view: &View,
    progress: &mut dyn FnMut(Progress) -> Result<()>,
) -> Result<(u64, u64, u64)> {
    let (in_tree, nodes) = sum_tree(view, progress)?;
    let in_tables = sum_tables(view, progress)?;
    if in_tree != in_tables {
        return Err(at_odds());
    }
    Ok((in_tree.accounts, in_tree.slots, nodes))
}

/// Flat tables and tree differ.
pub(crate) fn at_odds() -> Box<Error> {
    damaged("flat tables that say what the tree says", "")
}

fn sum_tree(view: &View, progress: &mut dyn FnMut(Progress) -> Result<()>) -> Result<(Sum, u64)> {
    let (mut sum, mut nodes) = (Sum::default(), 0);
    let mut source = Nodes(view.read());
    for step in walk(None, &view.head().root, &mut source) {
        let Walk::Leaf { key, value } = step.map_err(|miss| blame(*miss))? else {
            nodes += 1;
            continue;
        };
        let (account, storage) = decode_account(value)
            .ok_or_else(|| damaged("an account", &format!("another leaf at {key}")))?;
        sum.account(&key, &account);
        if sum.accounts % STRIDE == 0 {
            progress(Progress::Accounts(sum.accounts))?;
        }
        if storage == EMPTY_ROOT {
            continue;
        }
        for step in walk(Some(key), &storage, &mut Nodes(view.read())) {
            match step.map_err(|miss| blame(*miss))? {
                Walk::Leaf { key: slot, value } => sum.slot(&key, &slot, value),
                Walk::Node => nodes += 1,
            }
        }
    }
    Ok((sum, nodes))
}

fn sum_tables(view: &View, progress: &mut dyn FnMut(Progress) -> Result<()>) -> Result<Sum> {
    let mut sum = Sum::default();
    for entry in view.accounts(&Address::ZERO)? {
        let (address, account) = entry?;
        let owner = keccak256(address);
        sum.account(&owner, &account);
        has_code(view.read(), &account)?;
        for slot in view.slots(&address)? {
            let (slot, value) = slot?;
            let key = keccak256(slot.to_be_bytes::<32>());
            sum.slot(&owner, &key, &alloy_rlp::encode(value));
        }
        if sum.accounts % STRIDE == 0 {
            progress(Progress::Accounts(sum.accounts))?;
        }
    }
    Ok(sum)
}

fn has_code(tables: &dyn Snapshot, account: &Account) -> Result<()> {
    let hash = account.code_hash;
    if hash == KECCAK256_EMPTY || tables.get(Table::Codes, hash.as_slice())?.is_some() {
        return Ok(());
    }
    Err(Box::new(lacks(format_args!("code {hash}"))))
}

/// Whatever is wrong with the tree is wrong with the store.
fn blame(miss: Miss) -> Box<Error> {
    match miss {
        Miss::Source(error) => error,
        Miss::Hole { hash, .. } => Box::new(lacks(format_args!("node {hash}"))),
        Miss::Malformed { path, depth } => damaged(
            "the node that its parent names",
            &format!("another at {}", show_path(&path, depth)),
        ),
    }
}

fn damaged(expected: &str, found: &str) -> Box<Error> {
    Box::new(Error::new(Code::StoreDamaged).expected(expected).actual(found))
}
