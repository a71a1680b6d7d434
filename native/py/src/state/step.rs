//! What takes a state from block to block.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use weakstate_codec as codec;
use weakstate_engine::{self as engine, Limits, Production, Recorded};

use super::{State, decode};
use crate::attempt::Attempt;
use crate::block::Header;
use crate::build::{Attributes, Built, Executed, Terms};
use crate::chain::Chain;
use crate::delta::Delta;
use crate::errors::raise;
use crate::produced::Produced;
use crate::touches::{self, Touches};
use crate::verify::{timed, watched};
use crate::witness::Budget;

#[pymethods]
impl State {
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

    /// Takes the latest blocks back.
    #[pyo3(signature = (blocks=1))]
    fn revert(&self, py: Python<'_>, blocks: u64) -> PyResult<()> {
        py.detach(|| self.store.revert(blocks)).map(drop).map_err(|error| raise(py, *error))
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
}

fn moved() -> PyErr {
    PyValueError::new_err("the state has moved on: this starts from another block")
}
