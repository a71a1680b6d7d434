//! What executing a block over the whole state makes, and the check of it on another core.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use weakstate_codec as codec;
use weakstate_engine::block::SealedHeader;
use weakstate_engine::chain::Chain;
use weakstate_engine::{self as engine, Request};

use crate::block::Header;
use crate::delta::Delta;
use crate::touches::Touches;
use crate::verified::{changes_dict, codes_dict};
use crate::witness::Witness;

/// What executing a block over the whole state made.
///
/// Where it is checked, the witness and delta are handed out once a verifier has accepted them.
#[pyclass(frozen, module = "weakstate")]
pub struct Produced {
    pub inner: Arc<engine::Produced>,
    check: Mutex<Check>,
}

/// A verification of what was produced.
enum Check {
    None,
    Running(JoinHandle<Result<(), String>>),
    Failed(String),
}

impl Produced {
    pub fn unchecked(produced: engine::Produced) -> Self {
        Self { inner: Arc::new(produced), check: Mutex::new(Check::None) }
    }

    /// Verifies the block from its witness, while the caller goes on. Where the chain has
    /// precompiled contracts of its own the caller waits: code in Python is not left to run
    /// alone, and what it raises is raised here.
    pub fn checked(
        produced: engine::Produced,
        chain: &Chain,
        parent: &SealedHeader,
        block: &[u8],
        ancestry: Option<Vec<Vec<u8>>>,
        memory: usize,
    ) -> Self {
        let inner = Arc::new(produced);
        let waits = !chain.hooks.precompiles.is_empty();
        let (chain, parent, block) = (chain.clone(), parent.clone(), block.to_vec());
        let made = Arc::clone(&inner);
        let budget = codec::Budget { nodes: usize::MAX, memory, ..codec::Budget::default() };
        let work = move || verify(&chain, parent, &block, ancestry.as_deref(), &made, &budget);
        let check = match waits {
            true => work().map_or_else(Check::Failed, |()| Check::None),
            false => Check::Running(std::thread::spawn(work)),
        };
        Self { inner, check: Mutex::new(check) }
    }

    /// Waits for the check.
    pub fn accepted(&self, py: Python<'_>) -> PyResult<()> {
        let failed = py.detach(|| {
            let mut check = self.check.lock().unwrap_or_else(PoisonError::into_inner);
            *check = match std::mem::replace(&mut *check, Check::None) {
                Check::Running(running) => match running.join() {
                    Ok(Ok(())) => Check::None,
                    Ok(Err(refusal)) => Check::Failed(refusal),
                    Err(_) => Check::Failed("the verifier panicked".to_owned()),
                },
                ended => ended,
            };
            match &*check {
                Check::Failed(refusal) => Some(refusal.clone()),
                _ => None,
            }
        });
        match failed {
            None => Ok(()),
            Some(refusal) => Err(PyRuntimeError::new_err(format!(
                "a defect: the verifier does not accept what was produced: {refusal}"
            ))),
        }
    }
}

fn verify(
    chain: &Chain,
    parent: SealedHeader,
    block: &[u8],
    ancestry: Option<&[Vec<u8>]>,
    made: &engine::Produced,
    budget: &codec::Budget,
) -> Result<(), String> {
    let anchor = engine::Anchor::Header(Box::new(parent));
    let witness = &made.witness;
    let request = Request { chain, anchor: &anchor, block, witness, ancestry, budget };
    let verified = engine::verify(&request, &|| false).map_err(|refusal| refusal.to_string())?;
    if *verified.changes() == made.changes {
        Ok(())
    } else {
        Err("it sees other changes".to_owned())
    }
}

/// Address, index of the stem, suffix, and whether it was written.
type AccessEvent<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>, u8, bool);

#[pymethods]
impl Produced {
    #[getter]
    pub fn header(&self) -> Header {
        Header(self.inner.header.clone())
    }

    /// What a verifier needs: sorted, unique and minimal.
    #[getter]
    pub fn witness(&self, py: Python<'_>) -> PyResult<Witness> {
        self.accepted(py)?;
        Ok(Witness(self.inner.witness.clone()))
    }

    /// What a replica needs.
    #[getter]
    pub fn delta(&self, py: Python<'_>) -> PyResult<Delta> {
        self.accepted(py)?;
        Ok(Delta(self.inner.delta.clone()))
    }

    /// What execution changed, as in a verified block.
    #[getter]
    fn changes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        changes_dict(py, &self.inner.changes)
    }

    /// What the block asked of the state before it.
    #[getter]
    fn touches(&self) -> Touches {
        Touches(self.inner.touches())
    }

    /// Codes that the block gave to accounts, by their hash.
    #[getter]
    fn created_codes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        codes_dict(py, &self.inner.created_codes)
    }

    /// The block access list in RLP (EIP-7928), if it was asked for.
    #[getter]
    fn access_list<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.inner.access_list.as_ref().map(|list| PyBytes::new(py, &list.to_rlp()))
    }

    /// The leaves that the block touched, in ascending order: address, index of the stem (least
    /// significant byte first), suffix, and whether it was written. None where the chain charges
    /// no gas by them.
    #[getter]
    fn access_events(&self) -> Vec<AccessEvent<'_>> {
        let leaf = |(leaf, written): (&engine::Leaf, &bool)| {
            let (address, index) = (leaf.address.to_vec(), leaf.index.to_vec());
            (Cow::Owned(address), Cow::Owned(index), leaf.suffix, *written)
        };
        self.inner.access_events.iter().map(leaf).collect()
    }

    /// Chunks of code that the block read, by account, in ascending order: under schemes whose
    /// witnesses hold code in chunks.
    #[getter]
    fn code_chunks(&self) -> Vec<(Cow<'_, [u8]>, u32)> {
        let chunks = self.inner.sealed.chunks.iter();
        chunks.map(|(address, chunk)| (Cow::Owned(address.to_vec()), *chunk)).collect()
    }

    /// Number of nodes of the tree that are new or have changed.
    #[getter]
    fn changed_nodes(&self) -> usize {
        self.inner.sealed.changed.len()
    }

    fn __repr__(&self) -> String {
        let header = &self.inner.header;
        format!("<Produced block {} {}>", header.header.number, header.hash)
    }
}
