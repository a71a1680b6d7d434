//! The native Merkle Patricia tree under the Tree protocol, and batch hashing.

use alloy_primitives::{Address, B256, U256};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use weakstate_codec::{Blobs, Code, Error};
use weakstate_trees::mpt::{EMPTY_ROOT, Forest, Miss};
use weakstate_trees::state::{Account, AccountChange, Changes, build};
use weakstate_trees::{Preimages, keccak, nibbles};

use crate::errors::raise;

/// A partial Merkle Patricia tree with keys of 32 bytes, over nodes found by their hash.
#[pyclass(module = "weakstate")]
pub struct MerklePatriciaTree {
    root: B256,
    nodes: Blobs,
    /// All writes since the nodes were given; the last one of a key counts.
    writes: std::collections::BTreeMap<B256, Option<Vec<u8>>>,
    written_root: B256,
}

#[pymethods]
impl MerklePatriciaTree {
    #[new]
    #[pyo3(signature = (root=None, nodes=Vec::new()))]
    fn new(root: Option<&[u8]>, nodes: Vec<Vec<u8>>) -> PyResult<Self> {
        let root = root.map_or(Ok(EMPTY_ROOT), key)?;
        let nodes = nodes.iter().collect();
        Ok(Self { root, nodes, writes: Default::default(), written_root: root })
    }

    #[getter]
    fn root(&self) -> &[u8] {
        self.written_root.as_slice()
    }

    /// The values of keys, None where they are proven absent.
    fn get_many(&self, py: Python<'_>, keys: Vec<Vec<u8>>) -> PyResult<Vec<Option<Py<PyBytes>>>> {
        let mut forest = Forest::new(Preimages::new(&self.nodes));
        let root = forest.open(None, &self.root);
        let mut values = Vec::with_capacity(keys.len());
        for bytes in &keys {
            let key = key(bytes)?;
            if let Some(written) = self.writes.get(&key) {
                values.push(written.as_ref().map(|value| PyBytes::new(py, value).unbind()));
                continue;
            }
            let value = forest.get(root, &key).map_err(|miss| raise_miss(py, &miss))?;
            values.push(value.map(|value| PyBytes::new(py, value).unbind()));
        }
        Ok(values)
    }

    /// Writes values, or deletes where there is None, and returns the new root.
    fn update(
        &mut self,
        py: Python<'_>,
        changes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    ) -> PyResult<Py<PyBytes>> {
        let mut writes = self.writes.clone();
        for (bytes, value) in changes {
            if value.as_ref().is_some_and(Vec::is_empty) {
                return Err(PyValueError::new_err("an empty value: delete the key with None"));
            }
            writes.insert(key(&bytes)?, value);
        }
        let mut forest = Forest::new(Preimages::new(&self.nodes));
        let root = forest.open(None, &self.root);
        let mut inserted = Vec::new();
        let mut deleted = Vec::new();
        for (key, value) in &writes {
            match value {
                Some(value) => inserted.push((*key, value.clone().into_boxed_slice())),
                None => deleted.push(*key),
            }
        }
        let written = forest
            .insert(root, &mut inserted)
            .and_then(|root| forest.remove(root, &deleted))
            .map_err(|miss| raise_miss(py, &miss))?;
        self.written_root = forest.commit(&[written]).first().copied().unwrap_or(EMPTY_ROOT);
        self.writes = writes;
        Ok(PyBytes::new(py, self.written_root.as_slice()).unbind())
    }

    /// The nodes on the paths of keys, as they were given.
    fn prove(&self, py: Python<'_>, keys: Vec<Vec<u8>>) -> PyResult<Vec<Py<PyBytes>>> {
        let mut forest = Forest::new(Preimages::new(&self.nodes));
        let root = forest.open(None, &self.root);
        for bytes in &keys {
            forest.get(root, &key(bytes)?).map_err(|miss| raise_miss(py, &miss))?;
        }
        let used = forest.source().used();
        let nodes = self.nodes.iter().zip(used).filter(|(_, used)| **used);
        Ok(nodes.map(|(node, _)| PyBytes::new(py, node).unbind()).collect())
    }
}

fn key(bytes: &[u8]) -> PyResult<B256> {
    B256::try_from(bytes)
        .map_err(|_| PyValueError::new_err(format!("expected 32 bytes, got {}", bytes.len())))
}

fn raise_miss(py: Python<'_>, miss: &Miss) -> PyErr {
    raise(
        py,
        match miss {
            Miss::Hole { path, depth, hash, sibling } => {
                let code =
                    if *sibling { Code::SiblingNotWitnessed } else { Code::AccountNotWitnessed };
                let error = Error::new(code).expected(format_args!("node {hash}"));
                error.at(nibbles::show_path(path, *depth))
            }
            Miss::Malformed { path, depth } => {
                Error::new(Code::MalformedNode).at(nibbles::show_path(path, *depth))
            }
            Miss::Source(error) => Error::clone(error),
        },
    )
}

/// Keccak-256 of many byte strings.
#[pyfunction]
pub fn keccak256_many(py: Python<'_>, data: Vec<Bound<'_, PyBytes>>) -> Vec<Py<PyBytes>> {
    let strings: Vec<&[u8]> = data.iter().map(|string| string.as_bytes()).collect();
    let hashes = py.detach(|| keccak::hash_all(&strings));
    hashes.iter().map(|hash| PyBytes::new(py, hash.as_slice()).unbind()).collect()
}

/// An account of a whole state: nonce, balance, code hash, and slots that are not zero.
type WholeAccount = (u64, Uint, Vec<u8>, Vec<(Uint, Uint)>);

/// An integer of up to 256 bits.
pub struct Uint(U256);

impl<'py> FromPyObject<'_, 'py> for Uint {
    type Error = PyErr;

    fn extract(object: pyo3::Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let bytes: Vec<u8> = object.call_method1("to_bytes", (32, "big"))?.extract()?;
        Ok(Self(U256::from_be_slice(&bytes)))
    }
}

/// Root and nodes of the state that holds exactly these accounts.
#[pyfunction]
pub fn whole_state(
    py: Python<'_>,
    accounts: Vec<(Vec<u8>, WholeAccount)>,
) -> PyResult<(Py<PyBytes>, Vec<Py<PyBytes>>)> {
    let mut changes: Changes = Vec::with_capacity(accounts.len());
    for (address, (nonce, balance, code_hash, slots)) in accounts {
        let address = Address::try_from(address.as_slice())
            .map_err(|_| PyValueError::new_err("expected an address of 20 bytes"))?;
        let account = Account { nonce, balance: balance.0, code_hash: key(&code_hash)? };
        let mut slots: Vec<_> = slots.into_iter().map(|(slot, value)| (slot.0, value.0)).collect();
        slots.sort_unstable();
        let change = AccountChange { account: Some(account), storage_cleared: true, slots };
        changes.push((address, change));
    }
    changes.sort_unstable_by_key(|(address, _)| *address);
    let mut nodes = Vec::new();
    let root = py
        .detach(|| build(&changes, |_, _, node| nodes.push(node.to_vec())))
        .map_err(|error| raise(py, *error))?;
    let nodes = nodes.iter().map(|node| PyBytes::new(py, node).unbind()).collect();
    Ok((PyBytes::new(py, root.as_slice()).unbind(), nodes))
}
