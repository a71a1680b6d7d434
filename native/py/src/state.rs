//! The whole state of a chain in memory, and what executing blocks over it makes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use weakstate_codec as codec;
use weakstate_engine::anchor::MAX_ANCESTORS;
use weakstate_engine::block::SealedHeader;
use weakstate_engine::delta::{Applied, apply};
use weakstate_engine::{self as engine, Limits, Production, genesis};
use weakstate_trees::state::MemoryState;

use crate::block::{Header, integer};
use crate::chain::Chain;
use crate::delta::Delta;
use crate::errors::raise;
use crate::verified::changes_dict;
use crate::verify::{timed, watched};
use crate::witness::{Budget, Witness};

/// All accounts, slots and codes after a block, with the tree over them.
#[pyclass(frozen, module = "weakstate")]
pub struct State {
    inner: Mutex<Inner>,
}

struct Inner {
    state: MemoryState,
    /// The head's header last, and those before it.
    headers: Vec<SealedHeader>,
}

impl Inner {
    /// Takes over the header of the block that is `blocks` after the head.
    fn push(&mut self, header: SealedHeader, blocks: u64) {
        if blocks != 1 {
            // The headers in between are not known.
            self.headers.clear();
        }
        self.headers.push(header);
        let surplus = self.headers.len().saturating_sub(MAX_ANCESTORS);
        self.headers.drain(..surplus);
    }
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // What a panicking thread leaves behind is whole: the state changes in one step.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl State {
    /// The state of block 0 of a chain, from its geth-style genesis file.
    #[staticmethod]
    fn from_genesis(py: Python<'_>, chain: &Bound<'_, Chain>, text: &[u8]) -> PyResult<Self> {
        let chain = &chain.get().0;
        let (state, header) =
            py.detach(|| genesis::read(text, chain)).map_err(|error| raise(py, *error))?;
        Ok(Self { inner: Mutex::new(Inner { state, headers: vec![header] }) })
    }

    /// The state that a genesis file allocates, after the block with this header in RLP.
    #[staticmethod]
    fn from_allocation(py: Python<'_>, text: &[u8], header: &[u8]) -> PyResult<Self> {
        let state = py.detach(|| genesis::allocated(text)).map_err(|error| raise(py, *error))?;
        let header = SealedHeader::decode(header)
            .filter(|sealed| sealed.header.state_root == state.root())
            .ok_or_else(|| PyValueError::new_err("the header does not name this state's root"))?;
        Ok(Self { inner: Mutex::new(Inner { state, headers: vec![header] }) })
    }

    /// The same state, to go another way from.
    fn copy(&self) -> Self {
        let inner = self.lock();
        let (state, headers) = (inner.state.clone(), inner.headers.clone());
        Self { inner: Mutex::new(Inner { state, headers }) }
    }

    #[getter]
    fn root<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.lock().state.root().as_slice())
    }

    /// The header of the block that this is the state after.
    #[getter]
    fn head(&self) -> PyResult<Header> {
        let head = self.lock().headers.last().cloned();
        head.map(Header).ok_or_else(|| PyValueError::new_err("the state has no head"))
    }

    /// Every account by address: nonce, balance, code hash and slots.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let inner = self.lock();
        let dict = PyDict::new(py);
        for (address, account) in inner.state.accounts() {
            let entry = PyDict::new(py);
            entry.set_item("nonce", account.nonce)?;
            entry.set_item("balance", integer(py, &account.balance.to_be_bytes())?)?;
            entry.set_item("code_hash", PyBytes::new(py, account.code_hash.as_slice()))?;
            let slots = PyDict::new(py);
            for (slot, value) in inner.state.slots(address) {
                slots.set_item(
                    integer(py, &slot.to_be_bytes())?,
                    integer(py, &value.to_be_bytes())?,
                )?;
            }
            entry.set_item("slots", slots)?;
            dict.set_item(PyBytes::new(py, address.as_slice()), entry)?;
        }
        Ok(dict)
    }

    /// Executes a block in RLP and hands out its witness. The state stays as it is.
    #[pyo3(signature = (chain, block, ancestry=None, budget=None))]
    fn produce(
        &self,
        py: Python<'_>,
        chain: &Bound<'_, Chain>,
        block: &[u8],
        ancestry: Option<Vec<Vec<u8>>>,
        budget: Option<Budget>,
    ) -> PyResult<Produced> {
        let budget = budget.map_or_else(codec::Budget::default, |budget| budget.0);
        let chain = &chain.get().0;
        let produced = watched(py, budget.time, |poll| {
            let inner = self.lock();
            let production = Production {
                chain,
                block,
                ancestors: &inner.headers,
                ancestry: ancestry.as_deref(),
                limits: Limits { memory: budget.memory, poll },
            };
            engine::produce(&production, &inner.state, &inner.state)
        })?;
        produced.map(Produced).map_err(|error| raise(py, *timed(error, &budget)))
    }

    /// Becomes the state after a block that was produced over it.
    fn commit(&self, py: Python<'_>, produced: &Bound<'_, Produced>) -> PyResult<()> {
        let produced = &produced.get().0;
        py.detach(|| {
            let mut inner = self.lock();
            if inner.state.root() != produced.pre_state_root {
                return Err(PyValueError::new_err("produced over another state"));
            }
            let root = produced.header.header.state_root;
            inner.state.commit(root, &produced.changes, &produced.created_codes, &produced.sealed);
            inner.push(produced.header.clone(), 1);
            Ok(())
        })
    }

    /// Becomes the state after a block, or several, without executing them: `header`, in RLP,
    /// is trusted, and its root must come out. On a refusal nothing has changed.
    fn apply(&self, py: Python<'_>, delta: &Bound<'_, Delta>, header: &[u8]) -> PyResult<()> {
        let delta = &delta.get().0;
        let header = SealedHeader::decode(header)
            .ok_or_else(|| PyValueError::new_err("not the RLP of a header"))?;
        py.detach(|| {
            let mut inner = self.lock();
            let inner = &mut *inner;
            let applied = match inner.headers.last() {
                Some(head) => apply(delta, head, &header, &inner.state, &inner.state)?,
                None => return Ok(()),
            };
            let Applied { root, changes, codes, sealed } = &applied;
            inner.state.commit(*root, changes, codes, sealed);
            inner.push(header, delta.blocks);
            Ok(())
        })
        .map_err(|error: Box<codec::Error>| raise(py, *error))
    }

    fn __repr__(&self) -> String {
        format!("<State {}>", self.lock().state.root())
    }
}

/// What executing a block over the whole state made.
#[pyclass(frozen, module = "weakstate")]
pub struct Produced(engine::Produced);

#[pymethods]
impl Produced {
    #[getter]
    fn header(&self) -> Header {
        Header(self.0.header.clone())
    }

    /// What a verifier needs: sorted, unique and minimal.
    #[getter]
    fn witness(&self) -> Witness {
        Witness(self.0.witness.clone())
    }

    /// What execution changed, as in a verified block.
    #[getter]
    fn changes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        changes_dict(py, &self.0.changes)
    }

    /// What a replica needs.
    #[getter]
    fn delta(&self) -> Delta {
        Delta(self.0.delta.clone())
    }

    /// Number of nodes of the tree that are new or have changed.
    #[getter]
    fn changed_nodes(&self) -> usize {
        self.0.sealed.changed.len()
    }

    fn __repr__(&self) -> String {
        let header = &self.0.header;
        format!("<Produced block {} {}>", header.header.number, header.hash)
    }
}
