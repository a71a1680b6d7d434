//! Proofs of leaves in the form of a Verkle network's execution witness.

use alloy_primitives::{B256, U256, hex};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use weakstate_engine::payload;
use weakstate_state::{self as stored, Answered, Asked, View};
use weakstate_trees::state::{Header, Scheme};

use crate::block::integer;
use crate::chain::Chain;
use crate::errors::raise;
use crate::proof::slot_in;
use crate::state::{account_dict, address_in};

type Result<T> = std::result::Result<T, Box<weakstate_codec::Error>>;

/// What Python asks for.
pub fn asked(
    address: Option<&[u8]>,
    slots: &[Bound<'_, PyAny>],
    keys: Vec<Vec<u8>>,
) -> PyResult<Asked> {
    let address = address.map(address_in).transpose()?;
    let slots: Vec<U256> = slots.iter().map(slot_in).collect::<PyResult<_>>()?;
    if address.is_none() && !slots.is_empty() {
        return Err(PyValueError::new_err("slots are of an account: give its address"));
    }
    Ok(Asked { address, slots, keys })
}

/// The leaves with their proof in JSON, and what they say.
pub fn prove(view: &View, asked: &Asked) -> Result<(String, Answered)> {
    let proof = view.leaf_proof(asked)?;
    let answered = stored::open_leaf_proof(view.layout(), &view.head().root, &proof, asked)?;
    let witness = match view.layout().scheme {
        Scheme::Verkle => payload::write_witness(&proof)?,
        // Nobody else has a form for them.
        _ => format!("\"{}\"", hex::encode_prefixed(&proof)),
    };
    Ok((witness, answered))
}

/// The proof, as JSON has it.
pub fn dict<'py>(
    py: Python<'py>,
    asked: &Asked,
    (witness, answered): &(String, Answered),
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    let word = |number: &U256| format!("{number:#x}");
    if let Some(address) = &asked.address {
        let Header { account, code_size, .. } = answered.account.unwrap_or(Header::EMPTY);
        dict.set_item("address", hex::encode_prefixed(address))?;
        dict.set_item("nonce", format!("{:#x}", account.nonce))?;
        dict.set_item("balance", word(&account.balance))?;
        dict.set_item("codeHash", account.code_hash.to_string())?;
        dict.set_item("codeSize", format!("{code_size:#x}"))?;
        let slots = PyList::empty(py);
        for (slot, value) in asked.slots.iter().zip(&answered.slots) {
            let entry = PyDict::new(py);
            entry.set_item("key", word(slot))?;
            entry.set_item("value", word(value))?;
            slots.append(entry)?;
        }
        dict.set_item("storage", slots)?;
    }
    let leaves = PyList::empty(py);
    for (key, value) in asked.keys.iter().zip(&answered.keys) {
        let entry = PyDict::new(py);
        entry.set_item("key", hex::encode_prefixed(key))?;
        entry.set_item("value", value.map(hex::encode_prefixed))?;
        leaves.append(entry)?;
    }
    dict.set_item("leaves", leaves)?;
    dict.set_item("executionWitness", py.import("json")?.call_method1("loads", (witness,))?)?;
    Ok(dict)
}

/// An account and the size of its code; values of slots; what is under keys.
type Opened<'py> = (Option<Bound<'py, PyDict>>, Vec<Bound<'py, PyAny>>, Vec<Option<Py<PyBytes>>>);

/// What an execution witness, in JSON or SSZ, proves against a state root: an account (`None` if it is
/// absent or not asked for), the values of slots of it, and what is under keys of the tree.
#[pyfunction]
#[pyo3(signature = (chain, root, witness, address=None, slots=Vec::new(), keys=Vec::new()))]
#[expect(clippy::needless_pass_by_value, reason = "what Python gives is copied")]
pub fn open_leaf_proof<'py>(
    py: Python<'py>,
    chain: &Bound<'py, Chain>,
    root: &[u8],
    witness: &[u8],
    address: Option<&[u8]>,
    slots: Vec<Bound<'py, PyAny>>,
    keys: Vec<Vec<u8>>,
) -> PyResult<Opened<'py>> {
    let root = B256::try_from(root).map_err(|_| PyValueError::new_err("a root has 32 bytes"))?;
    let (layout, asked) = (chain.get().0.layout(), asked(address, &slots, keys)?);
    let opened = py.detach(|| {
        let proof = match witness.starts_with(b"{") {
            true => payload::read_witness(witness)?,
            false => witness.to_vec(),
        };
        stored::open_leaf_proof(&layout, &root, &proof, &asked)
    });
    let Answered { account, slots, keys } = opened.map_err(|error| raise(py, *error))?;
    let account = account.map(|header| {
        let dict = account_dict(py, &header.account)?;
        dict.set_item("code_size", header.code_size)?;
        PyResult::Ok(dict)
    });
    let slots = slots.iter().map(|value| integer(py, &value.to_be_bytes::<32>()));
    let keys = keys.iter().map(|value| value.map(|value| PyBytes::new(py, &value).unbind()));
    Ok((account.transpose()?, slots.collect::<PyResult<_>>()?, keys.collect()))
}
