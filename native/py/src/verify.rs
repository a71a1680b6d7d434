//! The door to verification: the interpreter lock released, signals answered, time bounded.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use alloy_primitives::B256;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use weakstate_codec::{self as codec, Code, Error};
use weakstate_engine::block::SealedHeader;
use weakstate_engine::{self as engine, Poll, Request};

use crate::chain::Chain;
use crate::errors::raise;
use crate::hooks::{has_raised, take_raised};
use crate::verified::Verified;
use crate::witness::{Budget, Witness};

/// How often running work looks for signals.
const TICK: Duration = Duration::from_millis(50);

/// What the caller trusts.
#[pyclass(frozen, module = "weakstate", from_py_object)]
#[derive(Clone)]
pub struct Anchor(pub engine::Anchor);

#[pymethods]
impl Anchor {
    /// Trusts the header of the block's parent, in RLP.
    #[staticmethod]
    fn header(rlp: &[u8]) -> PyResult<Self> {
        let sealed = SealedHeader::decode(rlp);
        let sealed = sealed.ok_or_else(|| PyValueError::new_err("not the RLP of a header"))?;
        Ok(Self(engine::Anchor::Header(Box::new(sealed))))
    }

    /// Trusts the hash of the block's parent.
    #[staticmethod]
    fn hash(hash: &[u8]) -> PyResult<Self> {
        Ok(Self(engine::Anchor::Hash(word(hash)?)))
    }

    /// Trusts a bare state root, and hashes of ancestors, the parent's first.
    #[staticmethod]
    #[pyo3(signature = (root, block_hashes=Vec::new()))]
    fn state_root(root: &[u8], block_hashes: Vec<Vec<u8>>) -> PyResult<Self> {
        let block_hashes = block_hashes.iter().map(|hash| word(hash)).collect::<PyResult<_>>()?;
        Ok(Self(engine::Anchor::StateRoot { root: word(root)?, block_hashes }))
    }

    #[getter]
    fn kind(&self) -> &'static str {
        match self.0 {
            engine::Anchor::Header(_) => "header",
            engine::Anchor::Hash(_) => "hash",
            engine::Anchor::StateRoot { .. } => "state_root",
        }
    }

    /// The trusted header in RLP, hash or root.
    #[getter]
    fn value(&self) -> Vec<u8> {
        match &self.0 {
            engine::Anchor::Header(sealed) => sealed.rlp.clone(),
            engine::Anchor::Hash(hash) | engine::Anchor::StateRoot { root: hash, .. } => {
                hash.to_vec()
            }
        }
    }

    /// Trusted hashes of ancestors, the parent's first.
    #[getter]
    fn block_hashes(&self) -> Vec<Vec<u8>> {
        match &self.0 {
            engine::Anchor::StateRoot { block_hashes, .. } => {
                block_hashes.iter().map(|hash| hash.to_vec()).collect()
            }
            _ => Vec::new(),
        }
    }

    fn __repr__(&self) -> String {
        format!("<Anchor {}>", self.kind())
    }
}

/// 32 bytes.
pub fn word(bytes: &[u8]) -> PyResult<B256> {
    B256::try_from(bytes)
        .map_err(|_| PyValueError::new_err(format!("expected 32 bytes, got {}", bytes.len())))
}

/// Verifies a block in RLP from its witness.
#[pyfunction]
#[pyo3(signature = (chain, anchor, block, witness, ancestry=None, budget=None))]
pub fn verify(
    py: Python<'_>,
    chain: &Bound<'_, Chain>,
    anchor: &Bound<'_, Anchor>,
    block: &[u8],
    witness: &Bound<'_, Witness>,
    ancestry: Option<Vec<Vec<u8>>>,
    budget: Option<Budget>,
) -> PyResult<Verified> {
    let budget = budget.map_or_else(codec::Budget::default, |budget| budget.0);
    let (chain, witness) = (chain.get(), witness.get());
    let request = Request {
        chain: &chain.0,
        anchor: &anchor.get().0,
        block,
        witness: &witness.0,
        ancestry: ancestry.as_deref(),
        budget: &budget,
    };
    let result = watched(py, budget.time, |poll| engine::verify(&request, poll))?;
    let verified = result.map_err(|error| raise(py, *timed(error, &budget)))?;
    Ok(Verified::new(verified, chain.clone(), &witness.0))
}

/// Runs `work` without the interpreter lock, answers signals and watches the clock.
///
/// # Errors
/// What a signal or a precompiled contract raises; `RuntimeError` if the work panicked.
pub fn watched<T: Send>(
    py: Python<'_>,
    time: Duration,
    work: impl Send + FnOnce(Poll<'_>) -> T,
) -> PyResult<T> {
    let started = Instant::now();
    let (signal, result) = py.detach(|| {
        let signal: RefCell<Option<PyErr>> = RefCell::default();
        let looked = Cell::new(started);
        let poll = || {
            if has_raised() {
                return true;
            }
            let now = Instant::now();
            if now.duration_since(looked.get()) >= TICK {
                looked.set(now);
                if let Err(raised) = Python::attach(|py| py.check_signals()) {
                    signal.replace(Some(raised));
                    return true;
                }
            }
            now.duration_since(started) >= time
        };
        let result = catch_unwind(AssertUnwindSafe(|| work(&poll)));
        let raised = take_raised();
        (signal.into_inner().or(raised), result)
    });
    match (signal, result) {
        (Some(signal), _) => Err(signal),
        (None, Ok(result)) => Ok(result),
        (None, Err(_)) => Err(PyRuntimeError::new_err("a defect: the engine panicked")),
    }
}

/// Says what the limit was.
pub fn timed(mut error: Box<Error>, budget: &codec::Budget) -> Box<Error> {
    match error.code {
        Code::TooSlow => error.expected = format!("at most {:?}", budget.time),
        Code::TooMuchMemory => {
            error.expected = format!("at most {} bytes", budget.memory);
        }
        _ => {}
    }
    error
}
