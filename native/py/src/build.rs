//! Building blocks: what one is to be, and what came of it.

use std::time::{Duration, Instant};

use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, B64, B256, Bytes};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use weakstate_codec as codec;
use weakstate_engine::{self as engine, Building, GasLimit, Limits, RefusedTransaction};

use crate::block::{Block, Header};
use crate::chain::Chain;
use crate::delta::Delta;
use crate::errors::raise;
use crate::produced::Produced;
use crate::state::State;
use crate::verified::receipts_list;
use crate::verify::{timed, watched};
use crate::witness::{Budget, Witness};

/// Index, validator's index, address and amount in gwei.
type WithdrawalFields = (u64, u64, Vec<u8>, u64);

/// What a block is to be, as far as neither its parent nor its transactions decide it.
#[pyclass(frozen, module = "weakstate")]
pub struct Attributes(engine::Attributes);

#[pymethods]
impl Attributes {
    #[new]
    #[pyo3(signature = (
        *, timestamp, fee_recipient, gas_limit=None, gas_limit_target=None, extra_data=None,
        prev_randao=None, nonce=None, withdrawals=Vec::new(), parent_beacon_block_root=None,
    ))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn new(
        timestamp: u64,
        fee_recipient: Vec<u8>,
        gas_limit: Option<u64>,
        gas_limit_target: Option<u64>,
        extra_data: Option<Vec<u8>>,
        prev_randao: Option<Vec<u8>>,
        nonce: Option<Vec<u8>>,
        withdrawals: Vec<WithdrawalFields>,
        parent_beacon_block_root: Option<Vec<u8>>,
    ) -> PyResult<Self> {
        let gas_limit = match (gas_limit, gas_limit_target) {
            (None, None) => GasLimit::Parent,
            (Some(limit), None) => GasLimit::Exactly(limit),
            (None, Some(target)) => GasLimit::Toward(target),
            (Some(_), Some(_)) => {
                return Err(PyValueError::new_err("give a gas limit or its target, not both"));
            }
        };
        let word = |name, bytes: Vec<u8>| sized::<32>(name, &bytes).map(B256::from);
        let root = parent_beacon_block_root.map(|root| word("parent_beacon_block_root", root));
        let nonce = nonce.map(|nonce| sized::<8>("nonce", &nonce).map(B64::from));
        Ok(Self(engine::Attributes {
            timestamp,
            fee_recipient: Address::from(sized("fee_recipient", &fee_recipient)?),
            gas_limit,
            extra_data: Bytes::from(extra_data.unwrap_or_default()),
            prev_randao: prev_randao
                .map_or(Ok(B256::ZERO), |randao| word("prev_randao", randao))?,
            nonce: nonce.transpose()?.unwrap_or_default(),
            withdrawals: withdrawals.iter().map(withdrawal).collect::<PyResult<_>>()?,
            parent_beacon_block_root: root.transpose()?,
        }))
    }

    #[getter]
    fn timestamp(&self) -> u64 {
        self.0.timestamp
    }

    #[getter]
    fn fee_recipient(&self) -> &[u8] {
        self.0.fee_recipient.as_slice()
    }

    fn __repr__(&self) -> String {
        format!("<Attributes of a block at {}>", self.0.timestamp)
    }
}

fn withdrawal(fields: &WithdrawalFields) -> PyResult<Withdrawal> {
    let (index, validator_index, address, amount) = fields;
    let address = Address::from(sized("withdrawal's address", address)?);
    Ok(Withdrawal { index: *index, validator_index: *validator_index, address, amount: *amount })
}

/// An array of bytes of that length.
pub fn sized<const N: usize>(name: &str, bytes: &[u8]) -> PyResult<[u8; N]> {
    let wrong = |_| format!("{name}: expected {N} bytes, got {}", bytes.len());
    bytes.try_into().map_err(|error| PyValueError::new_err(wrong(error)))
}

/// A valid block and what others need of it.
///
/// Where it is checked, the block, its witness and delta are handed out once a verifier has
/// accepted them.
#[pyclass(frozen, module = "weakstate")]
pub struct Built {
    block: Py<Block>,
    produced: Py<Produced>,
    refused: Vec<RefusedTransaction>,
}

/// How a block is built.
pub struct Terms {
    pub budget: Option<Budget>,
    /// How long transactions are taken.
    pub seconds: Option<f64>,
    pub check: bool,
    pub access_list: bool,
}

impl Built {
    /// Builds a block over a state, which stays as it is.
    pub fn new(
        py: Python<'_>,
        state: &State,
        chain: &Chain,
        attributes: &Attributes,
        transactions: &[Bound<'_, PyBytes>],
        terms: Terms,
    ) -> PyResult<Self> {
        let budget = terms.budget.map_or_else(codec::Budget::default, |budget| budget.0);
        let taking = terms.seconds.map(Duration::try_from_secs_f64).transpose();
        let taking = taking.map_err(|error| PyValueError::new_err(format!("seconds: {error}")))?;
        let transactions: Vec<&[u8]> = transactions.iter().map(|raw| raw.as_bytes()).collect();
        let (chain, attributes) = (&chain.0, &attributes.0);
        let made = watched(py, budget.time, |poll| {
            let started = Instant::now();
            let closes = || taking.is_some_and(|taking| started.elapsed() >= taking);
            let view = state.view()?;
            let ancestors = state.ancestors(&view)?;
            let building = Building {
                chain,
                ancestors: &ancestors,
                attributes,
                transactions: &transactions,
                limits: Limits { memory: budget.memory, poll },
                closes: Some(&closes),
                access_list: terms.access_list,
            };
            let engine::Built { block, produced, refused } =
                engine::build(&building, &view, &view)?;
            let produced = match ancestors.last().filter(|_| terms.check) {
                Some(parent) => {
                    Produced::checked(produced, chain, parent, &block, None, budget.memory)
                }
                None => Produced::unchecked(produced),
            };
            Ok((block, produced, refused))
        })?;
        let (block, produced, refused) = made.map_err(|error| raise(py, *timed(error, &budget)))?;
        let header = produced.inner.header.clone();
        let block = Block::new(block, header, produced.inner.receipts.len());
        Ok(Self { block: Py::new(py, block)?, produced: Py::new(py, produced)?, refused })
    }
}

#[pymethods]
impl Built {
    #[getter]
    fn block(&self, py: Python<'_>) -> PyResult<Py<Block>> {
        self.produced.get().accepted(py)?;
        Ok(self.block.clone_ref(py))
    }

    #[getter]
    fn header(&self) -> Header {
        self.produced.get().header()
    }

    /// What a verifier needs: sorted, unique and minimal.
    #[getter]
    fn witness(&self, py: Python<'_>) -> PyResult<Witness> {
        self.produced.get().witness(py)
    }

    /// What a replica needs.
    #[getter]
    fn delta(&self, py: Python<'_>) -> PyResult<Delta> {
        self.produced.get().delta(py)
    }

    /// All that executing the block made, as if it had been given.
    #[getter]
    fn produced(&self, py: Python<'_>) -> Py<Produced> {
        self.produced.clone_ref(py)
    }

    /// Transactions that are not in the block: index in the given list, code, message.
    #[getter]
    fn refused(&self) -> Vec<(usize, &'static str, String)> {
        let entry = |refused: &RefusedTransaction| {
            (refused.index, refused.reason.code.slug(), refused.reason.to_string())
        };
        self.refused.iter().map(entry).collect()
    }

    /// One receipt a transaction, as in a verified block.
    #[getter]
    fn receipts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        receipts_list(py, &self.produced.get().inner.receipts)
    }

    fn __repr__(&self) -> String {
        let header = &self.produced.get().inner.header;
        format!("<Built block {} {}>", header.header.number, header.hash)
    }
}

/// What a state can take over: a block that was executed or built over it.
#[derive(FromPyObject)]
pub enum Executed<'py> {
    Produced(Bound<'py, Produced>),
    Built(Bound<'py, Built>),
}

impl Executed<'_> {
    pub fn get(&self) -> &engine::Produced {
        match self {
            Self::Produced(produced) => &produced.get().inner,
            Self::Built(built) => &built.get().produced.get().inner,
        }
    }
}
