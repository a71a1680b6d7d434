//! The first state of a store.

use alloy_primitives::{B256, Bytes, keccak256};
use weakstate_codec::{Code, Error};
use weakstate_store::tables::{Head, block_key, meta};
use weakstate_store::{Batch, Read, Table};
use weakstate_trees::Place;
use weakstate_trees::state::{Changes, Sealed, build};

use crate::commit::write;
use crate::undo::Entries;
use crate::{Result, StateStore};

/// Whose state a store holds. It is written once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The chain's id.
    pub chain_id: u64,
    /// Name of the scheme that commits to the state.
    pub scheme: String,
    /// Where the chain's rules come from: for whoever made the store to read again.
    pub rules: Vec<u8>,
}

impl Identity {
    pub(crate) fn read(tables: &(impl Read + ?Sized)) -> Result<Self> {
        let get = |key| {
            let value = tables.get(Table::Meta, key)?;
            value.ok_or_else(|| damaged("chain, scheme and rules"))
        };
        let chain_id = get(meta::CHAIN)?.try_into().map(u64::from_be_bytes);
        let scheme = String::from_utf8(get(meta::SCHEME)?.to_vec());
        Ok(Self {
            chain_id: chain_id.map_err(|_| damaged("a chain's id"))?,
            scheme: scheme.map_err(|_| damaged("a scheme's name"))?,
            rules: get(meta::RULES)?.to_vec(),
        })
    }

    pub(crate) fn write(&self, batch: &mut dyn Batch) -> Result<()> {
        batch.put(Table::Meta, meta::CHAIN, &self.chain_id.to_be_bytes())?;
        batch.put(Table::Meta, meta::SCHEME, self.scheme.as_bytes())?;
        batch.put(Table::Meta, meta::RULES, &self.rules)
    }
}

fn damaged(expected: &str) -> Box<Error> {
    Box::new(Error::new(Code::StoreDamaged).expected(expected).at(Table::Meta.name()))
}

impl StateStore {
    /// Makes `changes` of nothing the state after `head`, in one step.
    ///
    /// # Errors
    /// `store_exists` if there is a state, or part of one; `wrong_dump` if it has another root
    /// than the head.
    pub fn start(
        &self,
        identity: &Identity,
        changes: &Changes,
        codes: &[Bytes],
        head: &Head,
        header: &[u8],
    ) -> Result<()> {
        let mut batch = self.store.begin()?;
        expect_none(&*batch)?;
        if batch.get(Table::Meta, meta::IMPORT)?.is_some() {
            let found = "part of a dump: finish its import, or take an empty directory";
            return Err(Box::new(Error::new(Code::StoreExists).actual(found)));
        }
        let mut sealed = Sealed::default();
        let root = build(changes, |place: &Place, _, node| {
            sealed.changed.push((place.canonical(), node.into()));
        })?;
        expect_root(head, root)?;
        let codes = codes.iter().map(|code| (keccak256(code), code.clone())).collect();
        write(&mut Entries(&mut *batch), changes, &codes, &sealed)?;
        begin(&mut *batch, identity, head, header)?;
        batch.commit()
    }
}

/// Refuses a store that holds a state.
pub(crate) fn expect_none(tables: &(impl Read + ?Sized)) -> Result<()> {
    match Head::read(tables)? {
        None => Ok(()),
        Some(head) => {
            let found = format!("the state after block {}", head.number);
            Err(Box::new(Error::new(Code::StoreExists).expected("no state").actual(found)))
        }
    }
}

pub(crate) fn expect_root(head: &Head, root: B256) -> Result<()> {
    if root == head.root {
        return Ok(());
    }
    let error = Error::new(Code::WrongDump).expected(head.root).actual(root);
    Err(Box::new(error.at(format_args!("state root of block {}", head.number))))
}

/// Says whose state this is, and after which block.
pub(crate) fn begin(
    batch: &mut dyn Batch,
    identity: &Identity,
    head: &Head,
    header: &[u8],
) -> Result<()> {
    identity.write(batch)?;
    batch.put(Table::Headers, &block_key(head.number), header)?;
    batch.put(Table::Meta, meta::HEAD, &head.to_bytes())
}
