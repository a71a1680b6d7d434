//! Deltas: what blocks changed, for those who follow without executing.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use weakstate_codec as codec;
use weakstate_codec::delta::ZeroWrites;

use crate::chain::Chain;
use crate::errors::raise;
use crate::witness::Budget;

/// What one block, or several in a row, changed; with what was before.
#[pyclass(frozen, eq, module = "weakstate")]
#[derive(PartialEq)]
pub struct Delta(pub codec::Delta);

#[pymethods]
impl Delta {
    /// Reads a delta from its bytes.
    #[staticmethod]
    #[pyo3(signature = (data, budget=None))]
    fn from_bytes(py: Python<'_>, data: &[u8], budget: Option<Budget>) -> PyResult<Self> {
        let budget = budget.map_or_else(codec::Budget::default, |budget| budget.0);
        let delta = py.detach(|| codec::Delta::from_bytes(data, &budget));
        delta.map(Self).map_err(|error| raise(py, error))
    }

    /// The delta's only encoding.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &py.detach(|| self.0.to_bytes()))
    }

    /// This delta and the one of the block after it in one. `chain` is the one that they are of:
    /// under schemes that keep zeros nothing that was written is left out.
    #[pyo3(signature = (next, chain=None))]
    fn then(
        &self,
        py: Python<'_>,
        next: &Bound<'_, Self>,
        chain: Option<&Bound<'_, Chain>>,
    ) -> PyResult<Self> {
        let zeros = match chain.is_some_and(|chain| chain.get().0.scheme.zeros_stay()) {
            false => ZeroWrites::Delete,
            true => ZeroWrites::Stay,
        };
        let both = self.0.then(&next.get().0, zeros);
        both.map(Self).map_err(|error| raise(py, error))
    }

    /// Number of the last block.
    #[getter]
    fn number(&self) -> u64 {
        self.0.number
    }

    /// How many blocks this covers.
    #[getter]
    fn blocks(&self) -> u64 {
        self.0.blocks
    }

    /// Hash of the last block.
    #[getter]
    fn block_hash(&self) -> &[u8] {
        self.0.block_hash.as_slice()
    }

    /// Hash of the first block's parent.
    #[getter]
    fn parent_hash(&self) -> &[u8] {
        self.0.parent_hash.as_slice()
    }

    #[getter]
    fn pre_state_root(&self) -> &[u8] {
        self.0.pre_state_root.as_slice()
    }

    #[getter]
    fn post_state_root(&self) -> &[u8] {
        self.0.post_state_root.as_slice()
    }

    /// Number of accounts that changed.
    #[getter]
    fn accounts(&self) -> usize {
        self.0.accounts.iter().count()
    }

    fn __repr__(&self) -> String {
        format!("<Delta to block {} {}>", self.0.number, self.0.block_hash)
    }
}
