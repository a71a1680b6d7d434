//! The result of a verification.

use std::collections::BTreeMap;

use alloy_primitives::{B256, Bytes};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use weakstate_codec as codec;
use weakstate_engine as engine;
use weakstate_engine::receipt::{Outcome, Receipt};
use weakstate_engine::verified::Status;
use weakstate_trees::state::Changes;

use crate::block::{Header, integer};
use crate::chain::Chain;

/// One check and how it came out.
#[pyclass(frozen, module = "weakstate")]
#[derive(Clone)]
pub struct Check(pub engine::verified::Check);

#[pymethods]
impl Check {
    #[getter]
    fn name(&self) -> &'static str {
        self.0.name
    }

    /// "proven", "trusted", "skipped" or "not_applicable".
    #[getter]
    fn status(&self) -> &'static str {
        match self.0.status {
            Status::Proven => "proven",
            Status::Trusted => "trusted",
            Status::Skipped(_) => "skipped",
            Status::NotApplicable => "not_applicable",
        }
    }

    /// Why it was skipped.
    #[getter]
    fn reason(&self) -> &'static str {
        match self.0.status {
            Status::Skipped(reason) => reason,
            _ => "",
        }
    }

    fn __repr__(&self) -> String {
        format!("<Check {} {}>", self.name(), self.status())
    }
}

/// A block that was found valid, and what is known of it since.
#[pyclass(frozen, module = "weakstate")]
pub struct Verified {
    verified: engine::Verified,
    chain: Chain,
    witness: Sizes,
}

/// How large the witness was.
struct Sizes {
    nodes: usize,
    codes: usize,
    code_bytes: usize,
    bytes: usize,
}

impl Verified {
    pub fn new(verified: engine::Verified, chain: Chain, witness: &codec::Witness) -> Self {
        let codec::Witness { nodes, codes, headers, .. } = witness;
        let witness = Sizes {
            nodes: nodes.len(),
            codes: codes.len(),
            code_bytes: codes.bytes(),
            bytes: nodes.bytes() + codes.bytes() + headers.bytes(),
        };
        Self { verified, chain, witness }
    }
}

#[pymethods]
impl Verified {
    #[getter]
    fn header(&self) -> Header {
        Header(self.verified.header().clone())
    }

    #[getter]
    fn chain(&self) -> Chain {
        self.chain.clone()
    }

    /// Name of the fork whose rules held.
    #[getter]
    fn fork(&self) -> &'static str {
        self.verified.fork()
    }

    #[getter]
    fn pre_state_root<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.verified.pre_state_root().as_slice())
    }

    #[getter]
    fn post_state_root(&self) -> &[u8] {
        self.verified.header().header.state_root.as_slice()
    }

    #[getter]
    fn gas_used(&self) -> u64 {
        self.verified.header().header.gas_used
    }

    /// Number of transactions.
    #[getter]
    fn transactions(&self) -> usize {
        self.verified.receipts().len()
    }

    /// Number of nodes in the witness.
    #[getter]
    fn nodes(&self) -> usize {
        self.witness.nodes
    }

    /// Number of nodes that the block needed.
    #[getter]
    fn nodes_used(&self) -> usize {
        self.verified.nodes_used().iter().filter(|used| **used).count()
    }

    /// For each node of the witness, whether the block needed it.
    #[getter]
    fn node_use(&self) -> Vec<bool> {
        self.verified.nodes_used().to_vec()
    }

    /// For each code of the witness, whether the block needed it.
    #[getter]
    fn code_use(&self) -> Vec<bool> {
        self.verified.codes_used().to_vec()
    }

    /// Bytes of all nodes, codes and headers of the witness.
    #[getter]
    fn witness_bytes(&self) -> usize {
        self.witness.bytes
    }

    /// Number of codes in the witness.
    #[getter]
    fn codes(&self) -> usize {
        self.witness.codes
    }

    #[getter]
    fn code_bytes(&self) -> usize {
        self.witness.code_bytes
    }

    #[getter]
    fn checks(&self) -> Vec<Check> {
        self.verified.checks().iter().copied().map(Check).collect()
    }

    /// Milliseconds that each phase took, and in all.
    #[getter]
    fn milliseconds<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        let mut total = 0.0;
        for (name, time) in self.verified.phases() {
            let ms = time.as_secs_f64() * 1e3;
            total += ms;
            dict.set_item(name, ms)?;
        }
        dict.set_item("total", total)?;
        Ok(dict)
    }

    /// One receipt a transaction, with its logs.
    #[getter]
    fn receipts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        receipts_list(py, self.verified.receipts())
    }

    /// What execution changed: by address, the account afterwards (None if it is gone),
    /// whether its storage was cleared, and slots that changed (zero if they are gone).
    #[getter]
    fn changes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        changes_dict(py, self.verified.changes())
    }

    /// Codes that the block gave to accounts, by their hash.
    #[getter]
    fn created_codes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        codes_dict(py, self.verified.created_codes())
    }

    /// All of it: integers as integers, byte strings as bytes.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("chain_id", self.chain.0.id)?;
        dict.set_item("fork", self.fork())?;
        dict.set_item("header", self.header().to_dict(py)?)?;
        dict.set_item("pre_state_root", self.pre_state_root(py))?;
        dict.set_item("post_state_root", PyBytes::new(py, self.post_state_root()))?;
        dict.set_item("gas_used", self.gas_used())?;
        dict.set_item("transactions", self.transactions())?;
        dict.set_item("nodes", self.nodes())?;
        dict.set_item("nodes_used", self.nodes_used())?;
        dict.set_item("witness_bytes", self.witness_bytes())?;
        dict.set_item("codes", self.codes())?;
        dict.set_item("code_bytes", self.code_bytes())?;
        let checks = PyDict::new(py);
        for check in self.checks() {
            checks.set_item(check.name(), check.status())?;
        }
        dict.set_item("checks", checks)?;
        dict.set_item("milliseconds", self.milliseconds(py)?)?;
        dict.set_item("receipts", self.receipts(py)?)?;
        dict.set_item("changes", self.changes(py)?)?;
        Ok(dict)
    }

    fn __repr__(&self) -> String {
        let header = self.verified.header();
        format!("<Verified block {} {}>", header.header.number, header.hash)
    }
}

/// One receipt a transaction, with its logs.
pub fn receipts_list<'py>(py: Python<'py>, receipts: &[Receipt]) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for receipt in receipts {
        let dict = PyDict::new(py);
        dict.set_item("type", receipt.ty)?;
        match receipt.outcome {
            Outcome::Success(success) => dict.set_item("success", success)?,
            Outcome::Root(root) => {
                dict.set_item("state_root", PyBytes::new(py, root.as_slice()))?;
            }
        }
        dict.set_item("cumulative_gas_used", receipt.cumulative_gas)?;
        let logs = PyList::empty(py);
        for log in &receipt.logs {
            let entry = PyDict::new(py);
            entry.set_item("address", PyBytes::new(py, log.address.as_slice()))?;
            let topics = log.topics().iter().map(|topic| PyBytes::new(py, topic.as_slice()));
            entry.set_item("topics", PyList::new(py, topics.collect::<Vec<_>>())?)?;
            entry.set_item("data", PyBytes::new(py, &log.data.data))?;
            logs.append(entry)?;
        }
        dict.set_item("logs", logs)?;
        list.append(dict)?;
    }
    Ok(list)
}

/// Codes by hash.
pub fn codes_dict<'py>(
    py: Python<'py>,
    codes: &BTreeMap<B256, Bytes>,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (hash, code) in codes {
        dict.set_item(PyBytes::new(py, hash.as_slice()), PyBytes::new(py, code))?;
    }
    Ok(dict)
}

/// Changes by address.
pub fn changes_dict<'py>(py: Python<'py>, changes: &Changes) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (address, change) in changes {
        let entry = PyDict::new(py);
        let account = change.account.map(|account| {
            let fields = PyDict::new(py);
            fields.set_item("nonce", account.nonce)?;
            fields.set_item("balance", integer(py, &account.balance.to_be_bytes())?)?;
            fields.set_item("code_hash", PyBytes::new(py, account.code_hash.as_slice()))?;
            PyResult::Ok(fields)
        });
        entry.set_item("account", account.transpose()?)?;
        entry.set_item("storage_cleared", change.storage_cleared)?;
        let slots = PyDict::new(py);
        for (slot, value) in &change.slots {
            let slot = integer(py, &slot.to_be_bytes())?;
            slots.set_item(slot, integer(py, &value.to_be_bytes())?)?;
        }
        entry.set_item("slots", slots)?;
        dict.set_item(PyBytes::new(py, address.as_slice()), entry)?;
    }
    Ok(dict)
}
