//! The first state of a store.

use alloy_primitives::{B256, Bytes, keccak256};
use weakstate_codec::{Code, Error};
use weakstate_store::tables::{Head, block_key, meta};
use weakstate_store::{Batch, Read, Table};
use weakstate_trees::state::{Changes, Layout, Scheme, Sealed};

use crate::commit::write;
use crate::undo::Entries;
use crate::{Result, StateStore};

/// Whose state a store holds. It is written once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The chain's id.
    pub chain_id: u64,
    /// How the state lies in its tree.
    pub layout: Layout,
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
        Ok(Self {
            chain_id: chain_id.map_err(|_| damaged("a chain's id"))?,
            layout: layout(tables)?,
            rules: get(meta::RULES)?.to_vec(),
        })
    }

    pub(crate) fn write(&self, batch: &mut dyn Batch) -> Result<()> {
        batch.put(Table::Meta, meta::CHAIN, &self.chain_id.to_be_bytes())?;
        batch.put(Table::Meta, meta::SCHEME, self.layout.to_string().as_bytes())?;
        batch.put(Table::Meta, meta::RULES, &self.rules)
    }
}

/// How the state lies in its tree.
pub(crate) fn layout(tables: &(impl Read + ?Sized)) -> Result<Layout> {
    let name = tables.get(Table::Meta, meta::SCHEME)?;
    let name = name.and_then(|name| std::str::from_utf8(name).ok());
    name.and_then(|name| name.parse().ok()).ok_or_else(|| damaged("a scheme's name"))
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
        let codes = codes.iter().map(|code| (keccak256(code), code.clone())).collect();
        let root = identity.layout.build(changes, &codes, |place, node| {
            sealed.changed.push((place, node.into()));
        })?;
        expect_root(head, root)?;
        sealed.before = (identity.layout.scheme != Scheme::Mpt).then(Vec::new);
        write(&mut Entries(&mut *batch), &identity.layout, changes, &codes, &sealed)?;
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
