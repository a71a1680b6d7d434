//! Witnesses, what a file holds beside them, and the reader.

use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use weakstate_codec as codec;
use weakstate_engine::payload;
use weakstate_trees::keccak;

use crate::errors::raise;
use crate::verify::word;

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
    #[pyo3(signature = (nodes, codes, headers, keys=Vec::new(), proof=None))]
    fn new(
        py: Python<'_>,
        nodes: Vec<Bound<'_, PyBytes>>,
        codes: Vec<Bound<'_, PyBytes>>,
        headers: Vec<Bound<'_, PyBytes>>,
        keys: Vec<Bound<'_, PyBytes>>,
        proof: Option<&[u8]>,
    ) -> PyResult<Self> {
        Ok(Self(codec::Witness {
            nodes: blobs(py, &nodes)?,
            codes: blobs(py, &codes)?,
            headers: blobs(py, &headers)?,
            keys: blobs(py, &keys)?,
            proof: proof.unwrap_or_default().to_vec(),
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

    /// Addresses and slots that the producer says were asked for: a hint, which proves nothing.
    #[getter]
    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        list(py, &self.0.keys)
    }

    /// Leaves and their proof, of a chain whose tree holds leaves alone; empty under others.
    #[getter]
    fn proof<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.proof)
    }

    /// What the last header, the parent's, states; nothing proves it here.
    #[getter]
    fn parent_state_root<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.0.parent_state_root().map(|root| PyBytes::new(py, root.as_slice()))
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

    /// Bytes of all nodes, codes, proof and headers.
    #[getter]
    fn bytes(&self) -> usize {
        self.0.proof.len() + self.0.nodes.bytes() + self.0.codes.bytes() + self.0.headers.bytes()
    }

    /// Reads a witness from our own bytes.
    #[staticmethod]
    #[pyo3(signature = (data, budget=None))]
    fn from_bytes(py: Python<'_>, data: &[u8], budget: Option<Budget>) -> PyResult<Self> {
        let budget = budget.map_or_else(codec::Budget::default, |budget| budget.0);
        let witness = py.detach(|| codec::Witness::from_bytes(data, &budget));
        witness.map(Self).map_err(|error| raise(py, error))
    }

    /// Our own bytes: a child is nested, not hashed. What the parent's header states is the root
    /// below which nodes are nested, or else `root`.
    #[pyo3(signature = (root=None))]
    fn to_bytes<'py>(&self, py: Python<'py>, root: Option<&[u8]>) -> PyResult<Bound<'py, PyBytes>> {
        let given = root.map(word).transpose()?;
        let root = self.0.parent_state_root().or(given);
        Ok(PyBytes::new(py, &py.detach(|| self.0.to_bytes_with(root.as_ref(), keccak::hash_all))))
    }

    /// As reth and most others answer `debug_executionWitness`.
    fn to_json(&self, py: Python<'_>) -> String {
        py.detach(|| self.0.to_json())
    }

    /// As geth answers it.
    fn to_geth_json(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| self.0.to_geth_json()).map_err(|error| raise(py, error))
    }

    /// The leaves and their proof as Verkle test networks have them; headers stay behind.
    fn to_verkle_json(&self, py: Python<'_>) -> PyResult<String> {
        let written = py.detach(|| payload::write_witness(&self.0.proof));
        written.map_err(|error| raise(py, *error))
    }

    /// As geth writes it: up to release 1.17 with a list of keys, later without.
    #[pyo3(signature = (keys=true))]
    fn to_rlp<'py>(&self, py: Python<'py>, keys: bool) -> PyResult<Bound<'py, PyBytes>> {
        let rlp = py.detach(|| self.0.to_rlp(keys)).map_err(|error| raise(py, error))?;
        Ok(PyBytes::new(py, &rlp))
    }

    fn __repr__(&self) -> String {
        let codec::Witness { nodes, codes, headers, .. } = &self.0;
        let (nodes, codes, headers) = (nodes.len(), codes.len(), headers.len());
        format!("<Witness of {nodes} nodes, {codes} codes, {headers} headers>")
    }
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
