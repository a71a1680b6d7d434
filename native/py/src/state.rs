//! The whole state of a chain, in memory or on disk, and what takes it from block to block.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use alloy_primitives::{Address, B256, Bytes, U256};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use weakstate_codec as codec;
use weakstate_engine::anchor::MAX_ANCESTORS;
use weakstate_engine::block::SealedHeader;
use weakstate_engine::chain::{Embedding, Named, Scheme};
use weakstate_engine::delta::apply;
use weakstate_engine::genesis::{self, Allocation};
use weakstate_engine::plant::plant;
use weakstate_engine::{self as engine, Limits, Production, Recorded, chain};
use weakstate_state::{self as stored, Head, Identity, Import, Rebuild, StateStore, Step, View};
use weakstate_trees::state::{Account, Changes, Sealed, Tables};

use crate::attempt::Attempt;
use crate::block::{Header, integer};
use crate::build::{Attributes, Built, Executed, Terms};
use crate::chain::Chain;
use crate::delta::Delta;
use crate::errors::raise;
use crate::leaf_proof;
use crate::produced::Produced;
use crate::proof;
use crate::stream::{Reader, Writer, long};
use crate::touches::{self, Touches};
use crate::verify::{timed, watched};
use crate::witness::Budget;

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

/// Headers by number, once each is the parent of the next and the last that of `header`.
fn chained(ancestors: Vec<Vec<u8>>, header: &SealedHeader) -> PyResult<Vec<(u64, Vec<u8>)>> {
    let mut child = header.clone();
    let mut found = Vec::with_capacity(ancestors.len());
    for rlp in ancestors.into_iter().rev() {
        let ancestor = decode(&rlp)?;
        if ancestor.hash != child.header.parent_hash {
            let number = ancestor.header.number;
            let said = format!("header {number} is not the parent of the one after it");
            return Err(PyValueError::new_err(said));
        }
        found.push((ancestor.header.number, rlp));
        child = ancestor;
    }
    Ok(found)
}

fn damaged_header() -> Box<codec::Error> {
    Box::new(codec::Error::new(codec::Code::StoreDamaged).at("headers"))
}

fn moved() -> PyErr {
    PyValueError::new_err("the state has moved on: this starts from another block")
}

/// The scheme or embedding of this name.
fn named<K: Named>(name: &str) -> PyResult<K> {
    let unknown = || PyValueError::new_err(format!("{name:?} is none of {}", K::names()));
    K::named(name).ok_or_else(unknown)
}

pub fn address_in(bytes: &[u8]) -> PyResult<Address> {
    Address::try_from(bytes).map_err(|_| PyValueError::new_err("an address has 20 bytes"))
}

#[pymethods]
impl State {
    /// The state of block 0 of a chain, from its geth-style genesis file: in a new store in
    /// `path`, or in memory.
    #[staticmethod]
    #[pyo3(signature = (chain, text, path=None))]
    fn from_genesis(
        py: Python<'_>,
        chain: &Bound<'_, Chain>,
        text: &[u8],
        path: Option<PathBuf>,
    ) -> PyResult<Self> {
        let chain = &chain.get().0;
        let made = py.detach(|| {
            let (state, header) = genesis::read(text, chain)?;
            Self::start(path, chain, &state, &header)
        });
        made.map_err(|error| raise(py, *error))
    }

    /// The state that a genesis file allocates, in memory, after the block with this header in
    /// RLP.
    #[staticmethod]
    fn from_allocation(
        py: Python<'_>,
        chain: &Bound<'_, Chain>,
        text: &[u8],
        header: &[u8],
    ) -> PyResult<Self> {
        let (chain, header) = (&chain.get().0, decode(header)?);
        let made = py.detach(|| {
            Self::start(None, chain, &genesis::allocated(text, &chain.layout())?, &header)
        });
        made.map_err(|error| raise(py, *error))
    }

    /// The state in a store on disk.
    #[staticmethod]
    #[pyo3(signature = (path, read_only=false))]
    fn open(py: Python<'_>, path: PathBuf, read_only: bool) -> PyResult<Self> {
        let opened = py.detach(|| {
            let store = match read_only {
                true => StateStore::open_read_only(&path)?,
                false => StateStore::open(&path, &stored::Options::default())?,
            };
            store.view().map(|_| store)
        });
        let store = opened.map_err(|error| raise(py, *error))?;
        Ok(Self::of(store, Some(path)))
    }

    /// Brings the store in `path` to the format of this release.
    #[staticmethod]
    fn upgrade(py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let upgraded = py.detach(|| StateStore::upgrade(&path, &stored::Options::default()));
        upgraded.map_err(|error| raise(py, *error))
    }

    /// The state after the block with this header in RLP, from a dump of its accounts that
    /// `dump.read` gives: in a new store in `path`, or in one where the import was interrupted.
    /// The header is trusted, and its root must come out. `ancestors` are headers in RLP before
    /// it, the oldest first, for blocks that ask for their hashes.
    #[staticmethod]
    #[pyo3(signature = (chain, dump, header, path, progress=None, ancestors=Vec::new()))]
    fn import_(
        py: Python<'_>,
        chain: &Bound<'_, Chain>,
        dump: Py<PyAny>,
        header: &[u8],
        path: PathBuf,
        progress: Option<Py<PyAny>>,
        ancestors: Vec<Vec<u8>>,
    ) -> PyResult<Self> {
        let (identity, header) = (identity(&chain.get().0), decode(header)?);
        let ancestors = chained(ancestors, &header)?;
        let (head, header) = (head(&header), &header.rlp);
        let (identity, ancestors) = (&identity, &ancestors);
        let import = Import { identity, head, header, ancestors, room: Import::ROOM };
        let store = long(py, progress.as_ref(), |heard, raised| {
            let store = StateStore::create_or_open(&path, &stored::Options::default())?;
            let mut dump = BufReader::with_capacity(READ, Reader(&dump, raised));
            store.import(&import, &mut dump, heard)?;
            Ok(store)
        })?;
        Ok(Self::of(store, Some(path)))
    }

    /// The same accounts under another commitment: in a new store in `path`, or in one where this
    /// was interrupted, or in memory. The header is that of the head with another state root, and
    /// so another hash.
    #[pyo3(signature = (path=None, scheme="verkle", embedding="packed", progress=None))]
    fn rebuild(
        &self,
        py: Python<'_>,
        path: Option<PathBuf>,
        scheme: &str,
        embedding: &str,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let scheme: Scheme = named(scheme)?;
        let embedding: Embedding = named(embedding)?;
        if scheme == Scheme::Mpt {
            return Err(PyValueError::new_err("a state is rebuilt under another scheme than mpt"));
        }
        let store = long(py, progress.as_ref(), |heard, _| {
            let source = self.store.view()?;
            let rules = source.identity()?.rules;
            let chain = chain::Chain::from_source(&String::from_utf8_lossy(&rules))?;
            let chain = chain.with_scheme(scheme, embedding)?;
            let before = self.head_header()?;
            // What no block of the chain can lead to is no state of it.
            chain.rules_at(before.header.number, before.header.timestamp)?;
            let store = match &path {
                Some(path) => StateStore::create_or_open(path, &stored::Options::default())?,
                None => StateStore::memory(),
            };
            let header = |root| {
                let header = before.with_state_root(root);
                (head(&header), header.rlp)
            };
            let identity = identity(&chain);
            let rebuild = Rebuild { source: &source, identity: &identity, room: Rebuild::ROOM };
            store.rebuild(&rebuild, header, heard)?;
            Ok(store)
        })?;
        Ok(Self::of(store, path))
    }

    /// Hands a dump of all accounts to `out.write`.
    #[pyo3(signature = (out, progress=None))]
    fn export(&self, py: Python<'_>, out: Py<PyAny>, progress: Option<Py<PyAny>>) -> PyResult<()> {
        long(py, progress.as_ref(), |heard, raised| {
            let mut out = std::io::BufWriter::with_capacity(READ, Writer(&out, raised));
            stored::export(&self.store.view()?, &mut out, heard)
        })
    }

    /// Writes the state as it is now, without gaps, to a new store in `path`.
    fn backup(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.store.backup(&path)).map_err(|error| raise(py, *error))
    }

    /// Reads everything and recomputes the root; what there is.
    #[pyo3(signature = (progress=None))]
    fn check<'py>(
        &self,
        py: Python<'py>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let checked = long(py, progress.as_ref(), |heard, _| self.store.check(heard))?;
        let dict = PyDict::new(py);
        dict.set_item("accounts", checked.accounts)?;
        dict.set_item("slots", checked.slots)?;
        dict.set_item("codes", checked.codes)?;
        dict.set_item("nodes", checked.nodes)?;
        dict.set_item("bytes", checked.bytes)?;
        Ok(dict)
    }

    /// Keeps what takes the latest `blocks` blocks back, and codes that are in use; what was
    /// given up.
    fn prune<'py>(&self, py: Python<'py>, blocks: u64) -> PyResult<Bound<'py, PyDict>> {
        let pruned = py.detach(|| self.store.prune(blocks)).map_err(|error| raise(py, *error))?;
        let dict = PyDict::new(py);
        dict.set_item("undo_records", pruned.undo_records)?;
        dict.set_item("headers", pruned.headers)?;
        dict.set_item("codes", pruned.codes)?;
        Ok(dict)
    }

    /// The same state, in memory, to go another way from.
    fn copy(&self, py: Python<'_>) -> PyResult<Self> {
        let store = self.store.fork().map_err(|error| raise(py, *error))?;
        let known = self.ancestors.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Self { store, path: None, ancestors: Mutex::new(Arc::clone(&known)) })
    }

    /// Where the store is; `None` if it is in memory.
    #[getter]
    fn path(&self) -> Option<PathBuf> {
        self.path.clone()
    }

    /// The rules by which the state was made, as its genesis file or the name of a built-in
    /// chain says them: what `with_hooks` added in code is not kept.
    #[getter]
    fn chain(&self, py: Python<'_>) -> PyResult<Chain> {
        let chain = self.look(py, |view| {
            let rules = String::from_utf8_lossy(&view.identity()?.rules).into_owned();
            chain::Chain::from_source(&rules)
        });
        chain.map(Chain)
    }

    #[getter]
    fn root<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let root = self.look(py, |view| Ok(view.head().root))?;
        Ok(PyBytes::new(py, root.as_slice()))
    }

    /// The header of the block that this is the state after.
    #[getter]
    fn head(&self, py: Python<'_>) -> PyResult<Header> {
        let head = py.detach(|| self.head_header());
        head.map(Header).map_err(|error| raise(py, *error))
    }

    /// The header of the block of this number, down to those that the EVM may ask for; `None`
    /// if it is not kept, or not reached.
    fn header(&self, py: Python<'_>, number: u64) -> PyResult<Option<Header>> {
        let header = self.look(py, |view| {
            let decode = |rlp: &[u8]| SealedHeader::decode(rlp).ok_or_else(damaged_header);
            view.header(number)?.map(decode).transpose()
        });
        header.map(|header| header.map(Header))
    }

    /// At most how many blocks can be taken back.
    #[getter]
    fn undoable(&self, py: Python<'_>) -> PyResult<u64> {
        self.look(py, View::undoable)
    }

    /// Numbers of accounts and slots, and the bytes that they take on disk.
    fn size<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (accounts, slots) =
            self.look(py, |view| Ok((view.account_count()?, view.slot_count()?)))?;
        let dict = PyDict::new(py);
        dict.set_item("accounts", accounts)?;
        dict.set_item("slots", slots)?;
        dict.set_item("bytes", self.store.usage().map(|usage| usage.used_bytes))?;
        Ok(dict)
    }

    /// Nonce, balance and code hash of an account; `None` if there is none.
    fn account<'py>(
        &self,
        py: Python<'py>,
        address: &[u8],
    ) -> PyResult<Option<Bound<'py, PyDict>>> {
        let address = address_in(address)?;
        let account = self.look(py, |view| (&view).account(&address))?;
        account.map(|account| account_dict(py, &account)).transpose()
    }

    /// The value of a slot; zero where there is none.
    fn slot<'py>(
        &self,
        py: Python<'py>,
        address: &[u8],
        slot: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (address, slot) = (address_in(address)?, proof::slot_in(slot)?);
        let value: U256 = self.look(py, |view| (&view).slot(&address, &slot))?;
        integer(py, &value.to_be_bytes::<32>())
    }

    /// The code of an account; empty where there is none.
    fn code<'py>(&self, py: Python<'py>, address: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let address = address_in(address)?;
        let code = self.look(py, |view| match (&view).account(&address)? {
            Some(account) if account.code_hash != alloy_primitives::KECCAK256_EMPTY => {
                (&view).code(&account.code_hash)
            }
            _ => Ok(Default::default()),
        })?;
        Ok(PyBytes::new(py, &code))
    }

    /// Proves an account and slots of it: in the form of `eth_getProof`, or, where the tree holds
    /// leaves alone, with an execution witness of them and of what is under `keys`.
    #[pyo3(signature = (address=None, slots=Vec::new(), keys=Vec::new()))]
    fn proof<'py>(
        &self,
        py: Python<'py>,
        address: Option<&[u8]>,
        slots: Vec<Bound<'py, PyAny>>,
        keys: Vec<Vec<u8>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let asked = leaf_proof::asked(address, &slots, keys)?;
        if self.look(py, |view| Ok(view.layout().scheme))? != Scheme::Mpt {
            let proof = self.look(py, |view| leaf_proof::prove(view, &asked))?;
            return leaf_proof::dict(py, &asked, &proof);
        }
        let Some(address) = asked.address.filter(|_| asked.keys.is_empty()) else {
            let said =
                "in Merkle Patricia tries an account is proven: give its address, and no keys";
            return Err(PyValueError::new_err(said));
        };
        let proof = self.look(py, |view| view.proof(&address, &asked.slots))?;
        proof::dict(py, &address, &proof)
    }

    /// Every account by address: nonce, balance, code hash and slots.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let all = self.look(py, |view| {
            let accounts = view.accounts(&Address::ZERO)?.map(|account| {
                let (address, account) = account?;
                let slots: Vec<(U256, U256)> = view.slots(&address)?.collect::<Result<_>>()?;
                Ok((address, account, slots))
            });
            accounts.collect::<Result<Vec<_>>>()
        })?;
        let dict = PyDict::new(py);
        for (address, account, slots) in all {
            let entry = account_dict(py, &account)?;
            let values = PyDict::new(py);
            for (slot, value) in slots {
                let value = integer(py, &value.to_be_bytes::<32>())?;
                values.set_item(integer(py, &slot.to_be_bytes::<32>())?, value)?;
            }
            entry.set_item("slots", values)?;
            dict.set_item(PyBytes::new(py, address.as_slice()), entry)?;
        }
        Ok(dict)
    }

    /// Executes a block in RLP and hands out its witness and delta. The state stays as it is.
    /// Unless `check` is false, a verifier tries them on another core meanwhile.
    #[pyo3(signature = (chain, block, ancestry=None, budget=None, check=true, access_list=false))]
    #[expect(clippy::too_many_arguments, reason = "Python's keywords")]
    fn produce(
        &self,
        py: Python<'_>,
        chain: &Bound<'_, Chain>,
        block: &[u8],
        ancestry: Option<Vec<Vec<u8>>>,
        budget: Option<Budget>,
        check: bool,
        access_list: bool,
    ) -> PyResult<Produced> {
        self.attempt(py, chain, block, ancestry, budget, check, access_list)?.or_raise(py)
    }

    /// As `produce`, but a refusal is returned, with its witness.
    #[pyo3(signature = (chain, block, ancestry=None, budget=None, check=true, access_list=false))]
    #[expect(clippy::too_many_arguments, reason = "Python's keywords")]
    fn attempt(
        &self,
        py: Python<'_>,
        chain: &Bound<'_, Chain>,
        block: &[u8],
        ancestry: Option<Vec<Vec<u8>>>,
        budget: Option<Budget>,
        check: bool,
        access_list: bool,
    ) -> PyResult<Attempt> {
        let budget = budget.map_or_else(codec::Budget::default, |budget| budget.0);
        let chain = &chain.get().0;
        let attempt = watched(py, budget.time, |poll| {
            let view = self.store.view()?;
            let ancestors = self.ancestors(&view)?;
            let limits = Limits { memory: budget.memory, poll };
            let production = Production {
                chain,
                block,
                ancestors: &ancestors,
                ancestry: ancestry.as_deref(),
                limits,
                access_list,
            };
            let produced = engine::attempt(&production, &view, &view)?;
            Ok(match ancestors.last().filter(|_| check) {
                Some(parent) => {
                    Produced::checked(produced, chain, parent, block, ancestry, budget.memory)
                }
                None => Produced::unchecked(produced),
            })
        })?;
        Ok(Attempt::new(attempt, &budget))
    }

    /// Becomes the state after a block in RLP, by executing it: neither witness nor delta is made.
    #[pyo3(signature = (chain, block, ancestry=None, budget=None))]
    fn advance(
        &self,
        py: Python<'_>,
        chain: &Bound<'_, Chain>,
        block: &[u8],
        ancestry: Option<Vec<Vec<u8>>>,
        budget: Option<Budget>,
    ) -> PyResult<()> {
        let budget = budget.map_or_else(codec::Budget::default, |budget| budget.0);
        let chain = &chain.get().0;
        let advanced = watched(py, budget.time, |poll| {
            let limits = Limits { memory: budget.memory, poll };
            self.advance_over(chain, block, ancestry.as_deref(), limits)
        })?;
        match advanced {
            Ok(true) => Ok(()),
            Ok(false) => Err(moved()),
            Err(error) => Err(raise(py, *timed(error, &budget))),
        }
    }

    /// Witness and delta of a block that was executed elsewhere. The state stays as it is.
    fn produce_from(
        &self,
        py: Python<'_>,
        chain: &Bound<'_, Chain>,
        block: &[u8],
        touches: &Bound<'_, Touches>,
        changes: &Bound<'_, touches::Changes>,
    ) -> PyResult<Produced> {
        let (chain, touches, changes) = (&chain.get().0, &touches.get().0, &changes.get().0);
        let produced = self.look(py, |view| {
            let ancestors = &self.ancestors(view)?;
            let recorded = Recorded { chain, block, ancestors, touches, changes };
            engine::produce_from(&recorded, view, view)
        })?;
        Ok(Produced::unchecked(produced))
    }

    /// The access list of a block, whatever its header says of gas, receipts and roots.
    fn _access_list<'py>(
        &self,
        py: Python<'py>,
        chain: &Bound<'_, Chain>,
        block: &[u8],
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (chain, budget) = (&chain.get().0, codec::Budget::default());
        let list = watched(py, budget.time, |poll| {
            let view = self.store.view()?;
            let ancestors = &self.ancestors(&view)?;
            let limits = Limits { memory: budget.memory, poll };
            let production =
                Production { chain, block, ancestors, ancestry: None, limits, access_list: true };
            engine::access_list::of_unjudged(&production, &view, &view)
        })?;
        let list = list.map_err(|error| raise(py, *timed(error, &budget)))?;
        Ok(PyBytes::new(py, &list.to_rlp()))
    }

    /// Proves what is under keys of the tree, where it holds leaves alone: what a witness's
    /// `proof` is.
    fn _prove_leaves<'py>(
        &self,
        py: Python<'py>,
        keys: Vec<Vec<u8>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let proof = self.look(py, |view| view.prove_leaves(&keys))?;
        Ok(PyBytes::new(py, &proof))
    }

    /// Builds a block from pending transactions. The state stays as it is. Unless `check` is
    /// false, a verifier tries the block on another core meanwhile.
    #[pyo3(signature = (
        chain, attributes, transactions, budget=None, seconds=None, check=true, access_list=false,
    ))]
    #[expect(clippy::too_many_arguments, reason = "Python's keywords")]
    fn build(
        &self,
        py: Python<'_>,
        chain: &Bound<'_, Chain>,
        attributes: &Bound<'_, Attributes>,
        transactions: Vec<Bound<'_, PyBytes>>,
        budget: Option<Budget>,
        seconds: Option<f64>,
        check: bool,
        access_list: bool,
    ) -> PyResult<Built> {
        let terms = Terms { budget, seconds, check, access_list };
        Built::new(py, self, chain.get(), attributes.get(), &transactions, terms)
    }

    /// Becomes the state after a block that was produced or built over it.
    fn commit(&self, py: Python<'_>, produced: Executed<'_>) -> PyResult<()> {
        let produced = produced.get();
        match py.detach(|| self.commit_block(produced)) {
            Ok(true) => Ok(()),
            Ok(false) => Err(moved()),
            Err(error) => Err(raise(py, *error)),
        }
    }

    /// Becomes the state after a block, or several, without executing them: `header`, in RLP,
    /// is trusted, and its root must come out. On a refusal nothing has changed.
    fn apply(&self, py: Python<'_>, delta: &Bound<'_, Delta>, header: &[u8]) -> PyResult<()> {
        let (delta, header) = (&delta.get().0, decode(header)?);
        match py.detach(|| self.apply_delta(delta, &header)) {
            Ok(true) => Ok(()),
            Ok(false) => Err(moved()),
            Err(error) => Err(raise(py, *error)),
        }
    }

    /// Puts values that no block wrote into the state, and becomes the state after the block with
    /// `header`, in RLP, whose number must be greater than the head's. Its state root is replaced by
    /// the one that comes out; the header that it then is is returned. `revert` takes it back by as
    /// many blocks as the numbers are apart. Headers that the state keeps of numbers just below
    /// count as its ancestors: whose are others leaves a gap.
    fn plant(
        &self,
        py: Python<'_>,
        changes: &Bound<'_, touches::Changes>,
        header: &[u8],
    ) -> PyResult<Header> {
        let (values, header) = (&changes.get().0, decode(header)?);
        let number = self.look(py, |view| Ok(view.head().number))?;
        if header.header.number <= number {
            let said = format!("block {} is not after block {number}", header.header.number);
            return Err(PyValueError::new_err(said));
        }
        let planted = py.detach(|| self.plant_values(values, &header));
        planted.map_err(|error| raise(py, *error))?.map(Header).ok_or_else(moved)
    }

    /// Takes the latest blocks back.
    #[pyo3(signature = (blocks=1))]
    fn revert(&self, py: Python<'_>, blocks: u64) -> PyResult<()> {
        py.detach(|| self.store.revert(blocks)).map(drop).map_err(|error| raise(py, *error))
    }

    fn __repr__(&self) -> String {
        match self.store.view() {
            Ok(view) => format!("<State after block {}: {}>", view.head().number, view.head().root),
            Err(error) => format!("<State: {error}>"),
        }
    }
}

pub fn account_dict<'py>(py: Python<'py>, account: &Account) -> PyResult<Bound<'py, PyDict>> {
    let entry = PyDict::new(py);
    entry.set_item("nonce", account.nonce)?;
    entry.set_item("balance", integer(py, &account.balance.to_be_bytes::<32>())?)?;
    entry.set_item("code_hash", PyBytes::new(py, B256::as_slice(&account.code_hash)))?;
    Ok(entry)
}
