//! The native binary trees under the Tree protocol, and their keys.

use alloy_primitives::{Address, B256};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use weakstate_codec::{Code, Error};
use weakstate_trees::binary::embedding::{IndexOrder, Place, keys};
use weakstate_trees::binary::{Change, Key, Miss, Profile, Tree};

use crate::errors::raise;

/// A binary tree, whole in memory or the part that a witness opens.
#[pyclass(module = "weakstate")]
pub struct BinaryTree {
    tree: Tree,
}

#[pymethods]
impl BinaryTree {
    #[new]
    fn new(profile: &str) -> PyResult<Self> {
        Ok(Self { tree: Tree::new(profile_of(profile)?) })
    }

    /// The partial tree that a witness opens.
    #[staticmethod]
    fn open(py: Python<'_>, profile: &str, root: &[u8], witness: &[u8]) -> PyResult<Self> {
        let (profile, root) = (profile_of(profile)?, word(root)?);
        let tree = py.detach(|| Tree::open(profile, &root.0, witness));
        Ok(Self { tree: tree.map_err(|error| raise(py, error))? })
    }

    #[getter]
    fn root(&self, py: Python<'_>) -> Py<PyBytes> {
        PyBytes::new(py, &self.tree.root()).unbind()
    }

    /// The values of keys, None where they are proven absent.
    fn get_many(
        &mut self,
        py: Python<'_>,
        keys: Vec<Vec<u8>>,
    ) -> PyResult<Vec<Option<Py<PyBytes>>>> {
        let mut values = Vec::with_capacity(keys.len());
        for bytes in &keys {
            let key = self.key(bytes)?;
            let value = self.tree.get(&key).map_err(|miss| raise_miss(py, &miss))?;
            values.push(value.map(|value| PyBytes::new(py, &value).unbind()));
        }
        Ok(values)
    }

    /// Writes values, or clears where there is None, and returns the new root.
    fn update(
        &mut self,
        py: Python<'_>,
        changes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    ) -> PyResult<Py<PyBytes>> {
        let changes = self.changes(&changes)?;
        // A write that fails leaves a tree that is of no use.
        let mut tree = self.tree.clone();
        let written = py.detach(|| tree.write(&changes)).map_err(|miss| raise_miss(py, &miss))?;
        self.tree = tree;
        Ok(PyBytes::new(py, &written.root).unbind())
    }

    /// What others need to read keys and to make changes.
    #[pyo3(signature = (keys, writes=Vec::new()))]
    fn prove(
        &mut self,
        py: Python<'_>,
        keys: Vec<Vec<u8>>,
        writes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    ) -> PyResult<Py<PyBytes>> {
        let keys: Vec<Key> = keys.iter().map(|bytes| self.key(bytes)).collect::<PyResult<_>>()?;
        let writes = self.changes(&writes)?;
        let tree = &mut self.tree;
        let witness = py.detach(|| tree.prove(&keys, &writes));
        let witness = witness.map_err(|miss| raise_miss(py, &miss))?;
        Ok(PyBytes::new(py, &witness).unbind())
    }
}

impl BinaryTree {
    fn key(&self, bytes: &[u8]) -> PyResult<Key> {
        let profile = self.tree.profile();
        profile.key(bytes).ok_or_else(|| {
            PyValueError::new_err(format!("no key of {}: {} bytes", profile.name(), bytes.len()))
        })
    }

    fn changes(&self, changes: &[(Vec<u8>, Option<Vec<u8>>)]) -> PyResult<Vec<Change>> {
        let change = |(key, value): &(Vec<u8>, Option<Vec<u8>>)| {
            let value = value.as_ref().map(|value| word(value).map(|value| value.0));
            Ok((self.key(key)?, value.transpose()?))
        };
        changes.iter().map(change).collect()
    }
}

fn profile_of(name: &str) -> PyResult<Profile> {
    Profile::from_name(name)
        .ok_or_else(|| PyValueError::new_err(format!("no scheme of binary trees: {name}")))
}

fn word(bytes: &[u8]) -> PyResult<B256> {
    B256::try_from(bytes)
        .map_err(|_| PyValueError::new_err(format!("expected 32 bytes, got {}", bytes.len())))
}

fn raise_miss(py: Python<'_>, miss: &Miss) -> PyErr {
    let code = if miss.sibling { Code::SiblingNotWitnessed } else { Code::LeafNotWitnessed };
    raise(py, Error::new(code).at(miss))
}

/// Keys of places of accounts: suffixes of the header, slots, or hashes and chunks of code.
#[pyfunction]
#[pyo3(signature = (profile, headers, slots, chunks, little_endian=false))]
pub fn binary_keys(
    py: Python<'_>,
    profile: &str,
    headers: Vec<(Vec<u8>, u8)>,
    slots: Vec<(Vec<u8>, Vec<u8>)>,
    chunks: Vec<(Vec<u8>, Vec<u8>, u32)>,
    little_endian: bool,
) -> PyResult<Vec<Py<PyBytes>>> {
    let profile = profile_of(profile)?;
    let mut places = Vec::with_capacity(headers.len() + slots.len() + chunks.len());
    for (owner, suffix) in headers {
        places.push((address(&owner)?, Place::Header(suffix)));
    }
    for (owner, slot) in slots {
        places.push((address(&owner)?, Place::Slot(word(&slot)?.0)));
    }
    for (owner, code_hash, chunk) in chunks {
        let code_hash = word(&code_hash)?.0;
        places.push((address(&owner)?, Place::Chunk { code_hash, chunk }));
    }
    let order = if little_endian { IndexOrder::Little } else { IndexOrder::Big };
    let keys = py.detach(|| keys(profile, order, &places));
    Ok(keys.iter().map(|key| PyBytes::new(py, key.bytes()).unbind()).collect())
}

fn address(bytes: &[u8]) -> PyResult<[u8; 20]> {
    Address::try_from(bytes)
        .map(Into::into)
        .map_err(|_| PyValueError::new_err("expected an address of 20 bytes"))
}
