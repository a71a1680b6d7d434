//! Witnesses, what a file holds beside them, and the reader.

use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use weakstate_codec as codec;

use crate::errors::raise;

/// How large an input may be and how long it may take.
#[pyclass(frozen, eq, module = "weakstate", from_py_object)]
#[derive(Clone, Copy, PartialEq)]
pub struct Budget(pub codec::Budget);

#[pymethods]
impl Budget {
    #[new]
    #[pyo3(signature = (*, bytes=None, nodes=None, memory=None, seconds=None))]
    fn new(
        bytes: Option<usize>,
        nodes: Option<usize>,
        memory: Option<usize>,
        seconds: Option<f64>,
    ) -> PyResult<Self> {
        let default = codec::Budget::default();
        let time = match seconds {
            None => default.time,
            Some(seconds) => Duration::try_from_secs_f64(seconds)
                .map_err(|error| PyValueError::new_err(format!("seconds: {error}")))?,
        };
        Ok(Self(codec::Budget {
            bytes: bytes.unwrap_or(default.bytes),
            nodes: nodes.unwrap_or(default.nodes),
            memory: memory.unwrap_or(default.memory),
            time,
        }))
    }

    #[getter]
    fn bytes(&self) -> usize {
        self.0.bytes
    }

    #[getter]
    fn nodes(&self) -> usize {
        self.0.nodes
    }

    /// Bytes that all frames of a call together may use.
    #[getter]
    fn memory(&self) -> usize {
        self.0.memory
    }

    #[getter]
    fn seconds(&self) -> f64 {
        self.0.time.as_secs_f64()
    }

    fn __repr__(&self) -> String {
        let codec::Budget { bytes, nodes, memory, time } = self.0;
        let seconds = time.as_secs_f64();
        format!("Budget(bytes={bytes}, nodes={nodes}, memory={memory}, seconds={seconds})")
    }
}

/// What a verifier needs beside the block. Nothing in it is trusted.
#[pyclass(frozen, eq, module = "weakstate", from_py_object)]
#[derive(Clone, PartialEq)]
pub struct Witness(pub codec::Witness);

#[pymethods]
impl Witness {
    #[new]
    fn new(
        py: Python<'_>,
        nodes: Vec<Bound<'_, PyBytes>>,
        codes: Vec<Bound<'_, PyBytes>>,
        headers: Vec<Bound<'_, PyBytes>>,
    ) -> PyResult<Self> {
        Ok(Self(codec::Witness {
            nodes: blobs(py, &nodes)?,
            codes: blobs(py, &codes)?,
            headers: blobs(py, &headers)?,
        }))
    }

    #[getter]
    fn nodes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        list(py, &self.0.nodes)
    }

    #[getter]
    fn codes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        list(py, &self.0.codes)
    }

    #[getter]
    fn headers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        list(py, &self.0.headers)
    }

    #[getter]
    fn node_count(&self) -> usize {
        self.0.nodes.len()
    }

    #[getter]
    fn node_bytes(&self) -> usize {
        self.0.nodes.bytes()
    }

    #[getter]
    fn code_count(&self) -> usize {
        self.0.codes.len()
    }

    #[getter]
    fn code_bytes(&self) -> usize {
        self.0.codes.bytes()
    }

    /// Bytes of all nodes, codes and headers.
    #[getter]
    fn bytes(&self) -> usize {
        self.0.nodes.bytes() + self.0.codes.bytes() + self.0.headers.bytes()
    }

    /// Reads a witness from our own bytes.
    #[staticmethod]
    #[pyo3(signature = (data, budget=None))]
    fn from_bytes(py: Python<'_>, data: &[u8], budget: Option<Budget>) -> PyResult<Self> {
        let budget = budget.map_or_else(codec::Budget::default, |budget| budget.0);
        let witness = py.detach(|| codec::Witness::from_bytes(data, &budget));
        witness.map(Self).map_err(|error| raise(py, error))
    }

    /// Our own bytes: a child is nested, not hashed.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let root = self.0.parent_state_root();
        PyBytes::new(py, &py.detach(|| self.0.to_bytes(root.as_ref())))
    }

    /// As `debug_executionWitness` answers.
    fn to_json(&self) -> String {
        self.0.to_json()
    }

    /// As go-ethereum writes it.
    fn to_rlp<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let rlp = self.0.to_rlp().map_err(|error| raise(py, error))?;
        Ok(PyBytes::new(py, &rlp))
    }

    fn __repr__(&self) -> String {
        let codec::Witness { nodes, codes, headers } = &self.0;
        let (nodes, codes, headers) = (nodes.len(), codes.len(), headers.len());
        format!("<Witness of {nodes} nodes, {codes} codes, {headers} headers>")
    }
}

/// One thing that a file holds: a block, a witness, or both.
#[pyclass(frozen, module = "weakstate")]
pub struct Item {
    block: Option<Py<PyBytes>>,
    witness: Option<Py<Witness>>,
    claims: codec::Claims,
}

#[pymethods]
impl Item {
    /// The block in RLP.
    #[getter]
    fn block(&self, py: Python<'_>) -> Option<Py<PyBytes>> {
        self.block.as_ref().map(|block| block.clone_ref(py))
    }

    #[getter]
    fn witness(&self, py: Python<'_>) -> Option<Py<Witness>> {
        self.witness.as_ref().map(|witness| witness.clone_ref(py))
    }

    /// What the file says the chain's id is.
    #[getter]
    fn chain_id(&self) -> Option<u64> {
        self.claims.chain_id
    }

    /// What the file says the state root before the block is.
    #[getter]
    fn pre_state_root(&self) -> Option<&[u8]> {
        self.claims.pre_state_root.as_ref().map(|root| root.as_slice())
    }

    /// What the file says the hashes of the ancestors are, the parent's first.
    #[getter]
    fn block_hashes<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        self.claims.block_hashes.iter().map(|hash| PyBytes::new(py, hash.as_slice())).collect()
    }
}

/// Reads the blocks and witnesses that `data` holds, in any known form.
#[pyfunction]
#[pyo3(signature = (data, budget=None))]
pub fn read(
    py: Python<'_>,
    data: &Bound<'_, PyBytes>,
    budget: Option<Budget>,
) -> PyResult<Vec<Item>> {
    let budget = budget.map_or_else(codec::Budget::default, |budget| budget.0);
    let bytes = data.as_bytes();
    let items = py.detach(|| codec::read(bytes, &budget)).map_err(|error| raise(py, error))?;
    let convert = |item: codec::Item| {
        let witness = item.witness.map(|witness| Py::new(py, Witness(witness))).transpose()?;
        let block = item.block.map(|block| PyBytes::new(py, &block).unbind());
        Ok(Item { block, witness, claims: item.claims })
    };
    items.into_iter().map(convert).collect()
}

fn blobs(py: Python<'_>, strings: &[Bound<'_, PyBytes>]) -> PyResult<codec::Blobs> {
    let bytes: usize = strings.iter().map(|string| string.as_bytes().len()).sum();
    let room = bytes + strings.len() * codec::PADDING;
    let mut builder = codec::BlobsBuilder::with_capacity(room);
    for string in strings {
        if !builder.push(string.as_bytes()) {
            return Err(raise(py, codec::Error::new(codec::Code::InputTooLarge)));
        }
    }
    Ok(builder.build())
}

fn list<'py>(py: Python<'py>, blobs: &codec::Blobs) -> PyResult<Bound<'py, PyList>> {
    PyList::new(py, blobs.iter().map(|blob| PyBytes::new(py, blob)))
}
