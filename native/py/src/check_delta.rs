//! Deltas held against a witness, without executing.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use weakstate_codec as codec;
use weakstate_engine::block::SealedHeader;
use weakstate_engine::check_delta::MEANING;
use weakstate_engine::{self as engine, Claim};

use crate::block::Header;
use crate::chain::Chain;
use crate::delta::Delta;
use crate::errors::raise;
use crate::verified::Check;
use crate::verify::{Anchor, watched};
use crate::witness::{Budget, Witness};

/// A delta that leads from an anchored state root to a header's: consistent, which is not valid.
#[pyclass(frozen, module = "weakstate")]
pub struct Consistent(engine::Consistent);

#[pymethods]
impl Consistent {
    /// The header of the delta's last block, as it was given.
    #[getter]
    fn header(&self) -> Header {
        Header(self.0.header().clone())
    }

    #[getter]
    fn pre_state_root<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.pre_state_root().as_slice())
    }

    #[getter]
    fn post_state_root(&self) -> &[u8] {
        self.0.header().header.state_root.as_slice()
    }

    /// How many blocks the delta covers.
    #[getter]
    fn blocks(&self) -> u64 {
        self.0.blocks()
    }

    /// Number of nodes in the witness.
    #[getter]
    fn nodes(&self) -> usize {
        self.0.nodes_used().len()
    }

    /// Number of nodes that the delta needed.
    #[getter]
    fn nodes_used(&self) -> usize {
        self.0.nodes_used().iter().filter(|used| **used).count()
    }

    #[getter]
    fn checks(&self) -> Vec<Check> {
        self.0.checks().iter().copied().map(Check).collect()
    }

    /// One sentence: what this proves, and what it does not.
    #[getter]
    fn meaning(&self) -> &'static str {
        MEANING
    }

    fn __repr__(&self) -> String {
        let header = self.0.header();
        format!("<Consistent, which is not valid: block {} {}>", header.header.number, header.hash)
    }
}

/// Applies a delta to the part of the state that a witness proves, without executing.
#[pyfunction]
#[pyo3(signature = (anchor, witness, delta, header, budget=None, chain=None))]
pub fn check_delta(
    py: Python<'_>,
    anchor: &Bound<'_, Anchor>,
    witness: &Bound<'_, Witness>,
    delta: &Bound<'_, Delta>,
    header: &[u8],
    budget: Option<Budget>,
    chain: Option<Bound<'_, Chain>>,
) -> PyResult<Consistent> {
    let budget = budget.map_or_else(codec::Budget::default, |budget| budget.0);
    let header = SealedHeader::decode(header)
        .ok_or_else(|| PyValueError::new_err("not the RLP of a header"))?;
    let claim = Claim {
        layout: chain.map(|chain| chain.get().0.layout()).unwrap_or_default(),
        anchor: &anchor.get().0,
        witness: &witness.get().0,
        delta: &delta.get().0,
        header: &header,
        budget: &budget,
    };
    let consistent = watched(py, budget.time, |_| engine::check_delta(&claim))?;
    consistent.map(Consistent).map_err(|error| raise(py, *error))
}
