//! Chains and their forks.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use weakstate_engine::chain::{self, Activation, Named, When};
use weakstate_engine::genesis;

use crate::block::Header;
use crate::errors::raise;
use crate::hooks::{self, Callables, SystemCall};

/// The rules of one chain.
#[pyclass(frozen, eq, module = "weakstate", from_py_object)]
#[derive(Clone, PartialEq)]
pub struct Chain(pub chain::Chain);

#[derive(FromPyObject)]
enum NameOrId {
    Name(String),
    Id(u64),
}

#[pymethods]
impl Chain {
    /// A built-in chain by its name or id.
    #[staticmethod]
    fn builtin(name_or_id: NameOrId) -> PyResult<Self> {
        let (chain, asked) = match name_or_id {
            NameOrId::Name(name) => (chain::Chain::by_name(&name), name),
            NameOrId::Id(id) => (chain::Chain::by_id(id), format!("chain {id}")),
        };
        chain.map(Self).ok_or_else(|| {
            let names = chain::NAMES.join(", ");
            PyValueError::new_err(format!("{asked} is not built in; there are {names}"))
        })
    }

    /// Names of the built-in chains.
    #[staticmethod]
    fn builtin_names() -> Vec<&'static str> {
        chain::NAMES.to_vec()
    }

    /// A chain from a geth-style genesis file.
    #[staticmethod]
    fn from_genesis(py: Python<'_>, text: &[u8]) -> PyResult<Self> {
        chain::Chain::from_genesis(text).map(Self).map_err(|error| raise(py, *error))
    }

    /// The same chain with rules of its own. They are not written down with a state: whoever
    /// opens it gives them again.
    #[pyo3(signature = (
        *, precompiles=None, calls_before=None, calls_after=None, base_fee_to=None,
        priority_fee_to=None,
    ))]
    fn with_hooks(
        &self,
        py: Python<'_>,
        precompiles: Option<Callables>,
        calls_before: Option<Vec<SystemCall>>,
        calls_after: Option<Vec<SystemCall>>,
        base_fee_to: Option<Bound<'_, PyAny>>,
        priority_fee_to: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let (calls, fees) = ((calls_before, calls_after), (base_fee_to, priority_fee_to));
        let hooks = hooks::replaced(py, self.0.hooks.clone(), precompiles, calls, fees)?;
        Ok(Self(chain::Chain { hooks, ..self.0.clone() }))
    }

    /// The chain's own rules, by the names under which they are given.
    #[getter]
    fn hooks<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        hooks::to_dict(py, &self.0.hooks)
    }

    #[getter]
    fn name(&self) -> &str {
        &self.0.name
    }

    #[getter]
    fn chain_id(&self) -> u64 {
        self.0.id
    }

    #[getter]
    fn scheme(&self) -> &'static str {
        self.0.scheme.name()
    }

    /// How accounts are laid out, where the tree holds nothing but leaves.
    #[getter]
    fn embedding(&self) -> &'static str {
        self.0.embedding.name()
    }

    /// By which rules gas is charged.
    #[getter]
    fn gas(&self) -> &'static str {
        self.0.gas.name()
    }

    /// The header of block 0 that a genesis file makes by the chain's rules.
    fn genesis_header(&self, py: Python<'_>, text: &[u8]) -> PyResult<Header> {
        let made = py.detach(|| genesis::read(text, &self.0));
        made.map(|(_, header)| Header(header)).map_err(|error| raise(py, *error))
    }

    /// The contract whose logs are deposits.
    #[getter]
    fn deposit_contract(&self) -> &[u8] {
        self.0.deposit_contract.as_slice()
    }

    #[getter]
    fn forks(&self) -> Vec<Fork> {
        self.0.schedule.iter().copied().map(Fork).collect()
    }

    /// The fork whose rules hold at a block.
    fn fork_at(&self, number: u64, timestamp: u64) -> Fork {
        Fork(self.0.fork_at(number, timestamp))
    }

    fn __repr__(&self) -> String {
        let own = if self.0.hooks.is_empty() { "" } else { ", with rules of its own" };
        format!("<Chain {} (id {}){own}>", self.0.name, self.0.id)
    }
}

/// A fork and when it starts to hold.
#[pyclass(frozen, eq, module = "weakstate")]
#[derive(Clone, PartialEq)]
pub struct Fork(Activation);

#[pymethods]
impl Fork {
    #[getter]
    fn name(&self) -> &'static str {
        self.0.fork.name()
    }

    #[getter]
    fn block(&self) -> Option<u64> {
        match self.0.when {
            When::Block(block) => Some(block),
            When::Time(_) => None,
        }
    }

    #[getter]
    fn timestamp(&self) -> Option<u64> {
        match self.0.when {
            When::Block(_) => None,
            When::Time(time) => Some(time),
        }
    }

    /// Target and highest number of blobs, and the divisor in their fee's exponent.
    #[getter]
    fn blobs(&self) -> Option<(u64, u64, u64)> {
        self.0.blobs.map(|blobs| (blobs.target, blobs.max, blobs.update_fraction))
    }

    fn __repr__(&self) -> String {
        format!("<Fork {}>", self.name())
    }
}
