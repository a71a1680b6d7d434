//! The part of a state that a witness proves, as a sequencer over which blocks are produced.

use pyo3::prelude::*;
use weakstate_codec as codec;
use weakstate_engine::{Request, attempt_partial};

use crate::attempt::Attempt;
use crate::chain::Chain;
use crate::produced::Produced;
use crate::verify::{Anchor, watched};
use crate::witness::{Budget, Witness};

/// The part of a state that a witness proves. What it does not cover is unknown, not absent.
#[pyclass(frozen, module = "weakstate")]
pub struct PartialState {
    anchor: Anchor,
    witness: codec::Witness,
}

#[pymethods]
impl PartialState {
    /// The part of the state after the block that `anchor` trusts which `witness` proves.
    /// Nothing is read, and so nothing refused, before a block asks for it.
    #[staticmethod]
    fn open(anchor: Anchor, witness: Witness) -> Self {
        Self { anchor, witness: witness.0 }
    }

    /// What is trusted.
    #[getter]
    fn anchor(&self) -> Anchor {
        self.anchor.clone()
    }

    /// What it was opened from.
    #[getter]
    fn witness(&self) -> Witness {
        Witness(self.witness.clone())
    }

    /// Executes a block in RLP, and hands out the part of the witness that it needs.
    #[pyo3(signature = (chain, block, ancestry=None, budget=None, access_list=false))]
    fn produce(
        &self,
        py: Python<'_>,
        chain: &Bound<'_, Chain>,
        block: &[u8],
        ancestry: Option<Vec<Vec<u8>>>,
        budget: Option<Budget>,
        access_list: bool,
    ) -> PyResult<Produced> {
        self.attempt(py, chain, block, ancestry, budget, access_list)?.or_raise(py)
    }

    /// As `produce`, but a refusal is returned, with its witness.
    #[pyo3(signature = (chain, block, ancestry=None, budget=None, access_list=false))]
    fn attempt(
        &self,
        py: Python<'_>,
        chain: &Bound<'_, Chain>,
        block: &[u8],
        ancestry: Option<Vec<Vec<u8>>>,
        budget: Option<Budget>,
        access_list: bool,
    ) -> PyResult<Attempt> {
        let budget = budget.map_or_else(codec::Budget::default, |budget| budget.0);
        let request = Request {
            chain: &chain.get().0,
            anchor: &self.anchor.0,
            block,
            witness: &self.witness,
            ancestry: ancestry.as_deref(),
            budget: &budget,
        };
        let attempt =
            watched(py, budget.time, |poll| attempt_partial(&request, access_list, poll))?;
        Ok(Attempt::new(attempt.map(Produced::unchecked), &budget))
    }

    fn __repr__(&self) -> String {
        let codec::Witness { nodes, codes, headers, .. } = &self.witness;
        let (nodes, codes, headers) = (nodes.len(), codes.len(), headers.len());
        format!("<PartialState of {nodes} nodes, {codes} codes, {headers} headers>")
    }
}
