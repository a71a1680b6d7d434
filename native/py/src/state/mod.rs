//! The whole state of a chain, in memory or on disk, and what takes it from block to block.

mod keep;
mod make;
mod read;
mod step;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use alloy_primitives::{Address, B256, Bytes};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use weakstate_codec as codec;
use weakstate_engine::anchor::MAX_ANCESTORS;
use weakstate_engine::block::SealedHeader;
use weakstate_engine::delta::apply;
use weakstate_engine::genesis::Allocation;
use weakstate_engine::plant::plant;
use weakstate_engine::{self as engine, Limits, Production, chain};
use weakstate_state::{self as stored, Head, Identity, StateStore, Step, View};
use weakstate_trees::state::{Account, Changes, Sealed};

use crate::block::integer;
use crate::errors::raise;

type Result<T> = std::result::Result<T, Box<codec::Error>>;

/// How much is read from Python at a time.
const READ: usize = 1 << 20;

/// All accounts, slots and codes after a block, with the tree over them.
#[pyclass(frozen, module = "weakstate")]
pub struct State {
    store: StateStore,
    path: Option<PathBuf>,
    /// The latest headers that were asked for, the head's last.
    ancestors: Mutex<Arc<Vec<SealedHeader>>>,
}

impl State {
    fn of(store: StateStore, path: Option<PathBuf>) -> Self {
        Self { store, path, ancestors: Mutex::default() }
    }

    /// A state in a new store, or in memory if no path is given.
    fn start(
        path: Option<PathBuf>,
        chain: &chain::Chain,
        state: &Allocation,
        header: &SealedHeader,
    ) -> Result<Self> {
        let store = match &path {
            // A store without a state is what an interruption leaves.
            Some(path) => StateStore::create_or_open(path, &stored::Options::default())?,
            None => StateStore::memory(),
        };
        let identity = identity(chain);
        store.start(&identity, &state.changes, &state.codes, &head(header), &header.rlp)?;
        Ok(Self::of(store, path))
    }

    /// The header of a view's head, and those before it.
    pub fn ancestors(&self, view: &View) -> Result<Arc<Vec<SealedHeader>>> {
        let mut known = self.ancestors.lock().unwrap_or_else(PoisonError::into_inner);
        if known.last().is_some_and(|last| last.hash == view.head().hash) {
            return Ok(Arc::clone(&known));
        }
        let headers = view.headers(MAX_ANCESTORS as u64)?.into_iter();
        let headers = headers.map(|rlp| SealedHeader::decode(rlp).ok_or_else(damaged_header));
        *known = Arc::new(headers.collect::<Result<_>>()?);
        Ok(Arc::clone(&known))
    }

    /// Remembers the header of a block that was committed.
    fn remember(&self, header: &SealedHeader) {
        let mut known = self.ancestors.lock().unwrap_or_else(PoisonError::into_inner);
        if known.last().is_some_and(|last| last.hash == header.header.parent_hash) {
            let headers = Arc::make_mut(&mut known);
            headers.push(header.clone());
            let surplus = headers.len().saturating_sub(MAX_ANCESTORS);
            headers.drain(..surplus);
        }
    }

    fn head_header(&self) -> Result<SealedHeader> {
        let ancestors = self.ancestors(&self.store.view()?)?;
        let none = || Box::new(codec::Error::new(codec::Code::StoreMissing));
        ancestors.last().cloned().ok_or_else(none)
    }

    /// Takes the step that a block makes.
    pub fn commit_block(&self, produced: &engine::Produced) -> Result<bool> {
        let engine::Produced { header, pre_state_root, changes, created_codes, sealed, .. } =
            produced;
        self.step(header, *pre_state_root, changes, created_codes, sealed)
    }

    fn step(
        &self,
        header: &SealedHeader,
        pre_state_root: B256,
        changes: &Changes,
        codes: &BTreeMap<B256, Bytes>,
        sealed: &Sealed,
    ) -> Result<bool> {
        let committed = self.store.commit(&Step {
            parent: header.header.parent_hash,
            pre_state_root,
            head: head(header),
            header: &header.rlp,
            changes,
            codes,
            sealed,
        })?;
        if committed {
            self.remember(header);
        }
        Ok(committed)
    }

    fn advance_over(
        &self,
        chain: &chain::Chain,
        block: &[u8],
        ancestry: Option<&[Vec<u8>]>,
        limits: Limits<'_>,
    ) -> Result<bool> {
        let view = self.store.view()?;
        let ancestors = self.ancestors(&view)?;
        let ancestors = &ancestors;
        let production =
            Production { chain, block, ancestors, ancestry, limits, access_list: false };
        let advanced = engine::advance(&production, &view, &view)?;
        drop(view);
        let engine::Advanced { header, pre_state_root, changes, created_codes, sealed } = &advanced;
        self.step(header, *pre_state_root, changes, created_codes, sealed)
    }

    fn apply_delta(&self, delta: &codec::Delta, header: &SealedHeader) -> Result<bool> {
        let view = self.store.view()?;
        let ancestors = self.ancestors(&view)?;
        let Some(parent) = ancestors.last() else { return Ok(false) };
        let applied = apply(view.layout(), delta, parent, header, &view, &view)?;
        drop(view);
        let committed = self.store.commit(&Step {
            parent: parent.hash,
            pre_state_root: parent.header.state_root,
            head: head(header),
            header: &header.rlp,
            changes: &applied.changes,
            codes: &applied.codes,
            sealed: &applied.sealed,
        })?;
        if committed && delta.blocks == 1 {
            self.remember(header);
        }
        Ok(committed)
    }

    /// Puts values into the state; `None` if it has moved on meanwhile.
    fn plant_values(
        &self,
        values: &engine::PostValues,
        header: &SealedHeader,
    ) -> Result<Option<SealedHeader>> {
        let view = self.store.view()?;
        let ancestors = self.ancestors(&view)?;
        let Some(before) = ancestors.last() else { return Ok(None) };
        let planted = plant(view.layout(), before, header, values, &view, &view)?;
        drop(view);
        let header = planted.header;
        // However far the numbers are apart, it can be taken back.
        let committed = self.store.clone().keep(u64::MAX).commit(&Step {
            parent: before.hash,
            pre_state_root: before.header.state_root,
            head: head(&header),
            header: &header.rlp,
            changes: &planted.changes,
            codes: &values.codes,
            sealed: &planted.sealed,
        })?;
        Ok(committed.then_some(header))
    }

    /// The state as it is now.
    pub fn view(&self) -> Result<View> {
        self.store.view()
    }

    /// Runs `read` over the state as it is now, without the interpreter lock.
    fn look<T: Send>(
        &self,
        py: Python<'_>,
        read: impl Send + FnOnce(&View) -> Result<T>,
    ) -> PyResult<T> {
        py.detach(|| read(&self.store.view()?)).map_err(|error| raise(py, *error))
    }
}

fn head(header: &SealedHeader) -> Head {
    Head { number: header.header.number, hash: header.hash, root: header.header.state_root }
}

fn identity(chain: &chain::Chain) -> Identity {
    Identity {
        chain_id: chain.id,
        layout: chain.layout(),
        rules: chain.source.clone().into_bytes(),
    }
}

fn decode(header: &[u8]) -> PyResult<SealedHeader> {
    SealedHeader::decode(header).ok_or_else(|| PyValueError::new_err("not the RLP of a header"))
}

fn damaged_header() -> Box<codec::Error> {
    Box::new(codec::Error::new(codec::Code::StoreDamaged).at("headers"))
}

pub fn address_in(bytes: &[u8]) -> PyResult<Address> {
    Address::try_from(bytes).map_err(|_| PyValueError::new_err("an address has 20 bytes"))
}

pub fn account_dict<'py>(py: Python<'py>, account: &Account) -> PyResult<Bound<'py, PyDict>> {
    let entry = PyDict::new(py);
    entry.set_item("nonce", account.nonce)?;
    entry.set_item("balance", integer(py, &account.balance.to_be_bytes::<32>())?)?;
    entry.set_item("code_hash", PyBytes::new(py, B256::as_slice(&account.code_hash)))?;
    Ok(entry)
}
