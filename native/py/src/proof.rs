//! Proofs in the form of `eth_getProof`.

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, hex};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use weakstate_state::{self as stored, Proof};
use weakstate_trees::state::Account;

use crate::block::integer;
use crate::errors::raise;
use crate::state::{account_dict, address_in};

/// A slot as Python has it: an integer below 2^256.
pub fn slot_in(slot: &Bound<'_, PyAny>) -> PyResult<U256> {
    let text: String = slot.call_method1("__format__", ("x",))?.extract()?;
    U256::from_str_radix(&text, 16)
        .map_err(|_| PyValueError::new_err("a slot is an integer of at least 0 and below 2^256"))
}

/// The proof, as JSON has it.
pub fn dict<'py>(
    py: Python<'py>,
    address: &Address,
    proof: &Proof,
) -> PyResult<Bound<'py, PyDict>> {
    let nothing = Account { nonce: 0, balance: U256::ZERO, code_hash: KECCAK256_EMPTY };
    let Account { nonce, balance, code_hash } = proof.account.unwrap_or(nothing);
    let dict = PyDict::new(py);
    dict.set_item("address", hex::encode_prefixed(address))?;
    dict.set_item("accountProof", nodes(py, &proof.nodes)?)?;
    dict.set_item("balance", format!("{balance:#x}"))?;
    dict.set_item("codeHash", code_hash.to_string())?;
    dict.set_item("nonce", format!("{nonce:#x}"))?;
    dict.set_item("storageHash", proof.storage_root.to_string())?;
    let slots = PyList::empty(py);
    for slot in &proof.slots {
        let entry = PyDict::new(py);
        entry.set_item("key", format!("{:#x}", slot.slot))?;
        entry.set_item("value", format!("{:#x}", slot.value))?;
        entry.set_item("proof", nodes(py, &slot.nodes)?)?;
        slots.append(entry)?;
    }
    dict.set_item("storageProof", slots)?;
    Ok(dict)
}

fn nodes<'py>(py: Python<'py>, nodes: &[Bytes]) -> PyResult<Bound<'py, PyList>> {
    PyList::new(py, nodes.iter().map(hex::encode_prefixed))
}

/// An account, its storage root, and the values of slots.
type Opened<'py> = (Option<Bound<'py, PyDict>>, Bound<'py, PyBytes>, Vec<Bound<'py, PyAny>>);

/// What `nodes` prove of an account against a state root, and of `slots`, each with nodes of its
/// own: the account (`None` if it is absent), its storage root, the slots' values.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "what Python gives is copied")]
pub fn open_proof<'py>(
    py: Python<'py>,
    root: &[u8],
    address: &[u8],
    nodes: Vec<Vec<u8>>,
    slots: Vec<(Bound<'py, PyAny>, Vec<Vec<u8>>)>,
) -> PyResult<Opened<'py>> {
    let root = B256::try_from(root).map_err(|_| PyValueError::new_err("a root has 32 bytes"))?;
    let address = address_in(address)?;
    let slots = slots.into_iter().map(|(slot, nodes)| Ok((slot_in(&slot)?, nodes)));
    let slots: Vec<_> = slots.collect::<PyResult<_>>()?;
    let opened = py.detach(|| stored::open_proof(&root, &address, &nodes, &slots));
    let (account, storage_root, values) = opened.map_err(|error| raise(py, *error))?;
    let account = account.map(|account| account_dict(py, &account)).transpose()?;
    let values = values.iter().map(|value| integer(py, &value.to_be_bytes::<32>()));
    let storage_root = PyBytes::new(py, storage_root.as_slice());
    Ok((account, storage_root, values.collect::<PyResult<_>>()?))
}
