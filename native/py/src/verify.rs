//! The door to verification: the interpreter lock released, signals answered, time bounded.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use alloy_primitives::B256;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use weakstate_codec::{self as codec, Code, Error};
use weakstate_engine::block::SealedHeader;
use weakstate_engine::{self as engine, Request};

use crate::chain::Chain;
use crate::errors::raise;
use crate::verified::Verified;
use crate::witness::{Budget, Witness};

/// How often a running verification looks for signals.
const TICK: Duration = Duration::from_millis(50);

/// What the caller trusts.
#[pyclass(frozen, module = "weakstate", from_py_object)]
#[derive(Clone)]
pub struct Anchor(engine::Anchor);

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

fn word(bytes: &[u8]) -> PyResult<B256> {
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
    let verified = run(py, &request)?.map_err(|error| raise(py, *error))?;
    Ok(Verified::new(verified, chain.clone(), &witness.0))
}

/// Verifies on a thread of its own, so that this one can answer signals and watch the clock.
fn run(py: Python<'_>, request: &Request<'_>) -> PyResult<engine::Result<engine::Verified>> {
    let interrupt = AtomicBool::new(false);
    py.detach(|| {
        std::thread::scope(|scope| {
            let (send, receive) = channel();
            let interrupt = &interrupt;
            let worker = std::thread::Builder::new().spawn_scoped(scope, move || {
                // A receiver that is gone wants no result.
                let _ = send.send(engine::verify(request, interrupt));
            })?;
            let result = wait(&receive, request.budget.time, interrupt);
            if worker.join().is_err() {
                return Err(PyRuntimeError::new_err("a defect: the verifying thread panicked"));
            }
            result.map(|result| result.map_err(|error| timed(error, request)))
        })
    })
}

/// Waits for the result; raises the flag when time is up or a signal wants an answer.
fn wait(
    receive: &Receiver<engine::Result<engine::Verified>>,
    time: Duration,
    interrupt: &AtomicBool,
) -> PyResult<engine::Result<engine::Verified>> {
    let started = Instant::now();
    loop {
        let left = time.saturating_sub(started.elapsed());
        let tick = if left.is_zero() { TICK } else { TICK.min(left) };
        match receive.recv_timeout(tick) {
            Ok(result) => return Ok(result),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(PyRuntimeError::new_err("a defect: the verifying thread ended early"));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if started.elapsed() >= time {
            interrupt.store(true, Ordering::Relaxed);
        }
        if let Err(signal) = Python::attach(|py| py.check_signals()) {
            interrupt.store(true, Ordering::Relaxed);
            return Err(signal);
        }
    }
}

/// Says what the limit was.
fn timed(mut error: Box<Error>, request: &Request<'_>) -> Box<Error> {
    match error.code {
        Code::TooSlow => error.expected = format!("at most {:?}", request.budget.time),
        Code::TooMuchMemory => {
            error.expected = format!("at most {} bytes", request.budget.memory);
        }
        _ => {}
    }
    error
}
