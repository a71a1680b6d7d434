//! The native Verkle trees under the Tree protocol.

use alloy_primitives::B256;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use weakstate_codec::{Code, Error};
use weakstate_trees::kzg::Kzg;
use weakstate_trees::state::Result;
use weakstate_trees::state::leaves::StateCommitment;
use weakstate_trees::verkle::machine::Machine;
use weakstate_trees::verkle::tree::{Ipa, Key, Miss, NoSource, Tree, Value};

use crate::errors::raise;

/// A Verkle tree with keys and values of 32 bytes, whole in memory or the part that a witness opens.
#[pyclass(module = "weakstate")]
pub struct VerkleTree {
    tree: AnyTree,
}

/// A tree by what it commits with.
#[derive(Clone)]
enum AnyTree {
    Ipa(Tree),
    Kzg(Tree<NoSource, Kzg>),
}

#[pymethods]
impl VerkleTree {
    #[new]
    #[pyo3(signature = (scheme="verkle"))]
    fn new(scheme: &str) -> PyResult<Self> {
        let tree = match scheme {
            "verkle" => AnyTree::Ipa(Tree::empty(NoSource)),
            "verkle-kzg" => AnyTree::Kzg(Tree::empty(NoSource)),
            _ => return Err(no_scheme(scheme)),
        };
        Ok(Self { tree })
    }

    /// The partial tree that a witness opens: keys, values and their proof in SSZ.
    #[staticmethod]
    fn open(py: Python<'_>, scheme: &str, root: &[u8], witness: &[u8]) -> PyResult<Self> {
        let root = B256::from(word(root)?);
        let machine = Machine::available();
        let opened: Result<AnyTree> = py
            .detach(|| match scheme {
                "verkle" => Some(Ipa::open(&root, witness, machine).map(AnyTree::Ipa)),
                "verkle-kzg" => Some(Kzg::open(&root, witness, machine).map(AnyTree::Kzg)),
                _ => None,
            })
            .ok_or_else(|| no_scheme(scheme))?;
        Ok(Self { tree: opened.map_err(|error| raise(py, *error))? })
    }

    #[getter]
    fn root(&self, py: Python<'_>) -> Py<PyBytes> {
        let root = match &self.tree {
            AnyTree::Ipa(tree) => Ipa::root(tree.root()),
            AnyTree::Kzg(tree) => Kzg::root(tree.root()),
        };
        PyBytes::new(py, root.as_slice()).unbind()
    }

    /// The values of keys, None where they are proven absent.
    fn get_many(
        &mut self,
        py: Python<'_>,
        keys: Vec<Vec<u8>>,
    ) -> PyResult<Vec<Option<Py<PyBytes>>>> {
        let get = |bytes: &Vec<u8>| {
            let key = word(bytes)?;
            let value = match &mut self.tree {
                AnyTree::Ipa(tree) => tree.get(&key),
                AnyTree::Kzg(tree) => tree.get(&key),
            };
            let value = value.map_err(|miss| raise_miss(py, Code::LeafNotWitnessed, &miss))?;
            Ok(value.map(|value| PyBytes::new(py, &value).unbind()))
        };
        keys.iter().map(get).collect()
    }

    /// Writes values, of which none ever goes, and returns the new root.
    fn update(
        &mut self,
        py: Python<'_>,
        changes: Vec<(Vec<u8>, Vec<u8>)>,
    ) -> PyResult<Py<PyBytes>> {
        let pair = |(key, value): &(Vec<u8>, Vec<u8>)| Ok((word(key)?, word(value)?));
        let writes: Vec<(Key, Value)> = changes.iter().map(pair).collect::<PyResult<_>>()?;
        // A write that fails leaves a tree that is of no use.
        let mut tree = self.tree.clone();
        let machine = Machine::available();
        let written = py.detach(|| match &mut tree {
            AnyTree::Ipa(tree) => tree.write(&writes, Ipa::tables(), machine).map(drop),
            AnyTree::Kzg(tree) => tree.write(&writes, Kzg::tables(), machine).map(drop),
        });
        written.map_err(|miss| raise_miss(py, Code::SiblingNotWitnessed, &miss))?;
        self.tree = tree;
        Ok(self.root(py))
    }

    /// What others need to read keys: the keys, what is there and its proof, in SSZ.
    fn prove(&mut self, py: Python<'_>, keys: Vec<Vec<u8>>) -> PyResult<Py<PyBytes>> {
        let keys: Vec<Key> = keys.iter().map(|bytes| word(bytes)).collect::<PyResult<_>>()?;
        let machine = Machine::available();
        let tree = &mut self.tree;
        let witness = py.detach(|| match tree {
            AnyTree::Ipa(tree) => Ok(tree.prove(&keys, Ipa::tables(), machine)?.encode()),
            AnyTree::Kzg(tree) => Ok(tree.prove(&keys, Kzg::tables(), machine)?.encode()),
        });
        let witness = witness.map_err(|miss| raise_miss(py, Code::SiblingNotWitnessed, &miss))?;
        Ok(PyBytes::new(py, &witness).unbind())
    }
}

fn word(bytes: &[u8]) -> PyResult<[u8; 32]> {
    bytes
        .try_into()
        .map_err(|_| PyValueError::new_err(format!("expected 32 bytes, got {}", bytes.len())))
}

fn no_scheme(name: &str) -> PyErr {
    PyValueError::new_err(format!("no scheme of Verkle trees: {name}"))
}

fn raise_miss(py: Python<'_>, code: Code, miss: &Miss) -> PyErr {
    raise(py, Error::new(code).at(miss))
}
