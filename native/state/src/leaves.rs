//! The leaves that flat tables stand for, where the tree holds leaves alone.

use alloy_primitives::{Address, KECCAK256_EMPTY};
use weakstate_store::{Read, Table};
use weakstate_trees::state::leaves::{Leaf, Part, Value, keys_of};
use weakstate_trees::state::{Account, Embedding, Header, Layout, Scheme};

use crate::Result;
use crate::view::{View, lacks};

/// How many keys are derived at a time.
const TOGETHER: usize = 1 << 12;

/// How many leaves are looked up in one tree, whose nodes stay in memory.
const LOOKED_UP: usize = 1 << 8;

/// How the chunk of a delegation begins: no data of a push, and what EIP-7702 says.
const DELEGATION: [u8; 4] = [0, 0xef, 1, 0];

/// Suffix of the leaf with the size of an account's code, where it has one of its own.
const CODE_SIZE: u8 = 4;

/// Hands on leaves with their keys, which are derived many at a time.
pub(crate) struct Keyed<F> {
    scheme: Scheme,
    leaves: Vec<(Leaf, Value)>,
    hear: F,
}

impl<F: FnMut(&[u8], &Value) -> Result<()>> Keyed<F> {
    /// Hands them to `hear`, which may end the work by an error.
    pub(crate) fn new(scheme: Scheme, hear: F) -> Self {
        Self { scheme, leaves: Vec::new(), hear }
    }

    pub(crate) fn add(&mut self, leaf: Leaf, value: Value) -> Result<()> {
        self.leaves.push((leaf, value));
        if self.leaves.len() < TOGETHER { Ok(()) } else { self.derive() }
    }

    /// Hands on those that are left.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.derive()
    }

    fn derive(&mut self) -> Result<()> {
        let leaves: Vec<Leaf> = self.leaves.iter().map(|(leaf, _)| *leaf).collect();
        let keys = keys_of(self.scheme, &leaves);
        let mut pairs = keys.iter().zip(self.leaves.drain(..));
        pairs.try_for_each(|(key, (_, value))| (self.hear)(key, &value))
    }
}

/// The leaves of an account's header and code, as far as the tables know them.
///
/// # Errors
/// `store_missing_node` without the code.
pub(crate) fn of_account(
    tables: &(impl Read + ?Sized),
    layout: &Layout,
    address: &Address,
    account: Account,
) -> Result<Vec<(Leaf, Value)>> {
    let hash = account.code_hash;
    let code = match hash == KECCAK256_EMPTY {
        true => &[],
        false => {
            let code = tables.get(Table::Codes, hash.as_slice())?;
            let lacking = || lacks(format_args!("code {hash}"));
            code.ok_or_else(|| Box::new(lacking().at(format_args!("account {address}"))))?
        }
    };
    let (header, embedding) = (Header::new(account, code), layout.embedding);
    let leaves = embedding.leaves(&header).into_iter();
    let leaves = leaves.map(|(suffix, value)| (Leaf::new(*address, Part::Header(suffix)), value));
    let leaves = leaves.chain(embedding.code_leaves(address, &header, code));
    let is_there = |(_, value): &_| layout.scheme.zeros_stay() || *value != Value::default();
    Ok(leaves.filter(is_there).collect())
}

/// What stays of a delegation that was cleared, whose chunk this is.
pub(crate) fn of_cleared(
    layout: &Layout,
    address: Address,
    chunk: Value,
) -> impl Iterator<Item = (Leaf, Value)> {
    // That of the code's size, where it is a leaf of its own, says zero.
    let size = match layout.embedding {
        Embedding::Packed | Embedding::Zoned => None,
        Embedding::FiveLeaf => Some((Part::Header(CODE_SIZE), Value::default())),
    };
    let leaves = [(Part::Chunk(0), chunk)].into_iter().chain(size);
    leaves.map(move |(part, value)| (Leaf::new(address, part), value))
}

/// Visits the accounts of which the tree holds leaves that no table knows: the chunks of
/// delegations that were cleared.
///
/// # Errors
/// `store_damaged`, `store_missing_node`; what `each` says.
pub(crate) fn each_cleared(
    view: &View,
    mut each: impl FnMut(Address, Value) -> Result<()>,
) -> Result<()> {
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
                each(leaf.address, value)?;
            }
        }
    }
}
