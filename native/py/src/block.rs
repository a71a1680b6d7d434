//! Blocks and headers.

use alloy_primitives::B256;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use weakstate_codec::{Code, Error};
use weakstate_engine::block::{Block as Parts, SealedHeader, resealed};

use crate::errors::raise;

/// A block's header and its hash.
#[pyclass(frozen, module = "weakstate")]
#[derive(Clone)]
pub struct Header(pub SealedHeader);

#[pymethods]
impl Header {
    /// Reads a header from its RLP.
    #[staticmethod]
    fn from_rlp(py: Python<'_>, data: &[u8]) -> PyResult<Self> {
        SealedHeader::decode(data).map(Self).ok_or_else(|| {
            raise(py, Error::new(Code::MalformedRlp).expected("the RLP of a header"))
        })
    }

    #[getter]
    fn rlp(&self) -> &[u8] {
        &self.0.rlp
    }

    #[getter]
    fn hash(&self) -> &[u8] {
        self.0.hash.as_slice()
    }

    #[getter]
    fn parent_hash(&self) -> &[u8] {
        self.0.header.parent_hash.as_slice()
    }

    #[getter]
    fn number(&self) -> u64 {
        self.0.header.number
    }

    #[getter]
    fn timestamp(&self) -> u64 {
        self.0.header.timestamp
    }

    #[getter]
    fn state_root(&self) -> &[u8] {
        self.0.header.state_root.as_slice()
    }

    #[getter]
    fn gas_used(&self) -> u64 {
        self.0.header.gas_used
    }

    #[getter]
    fn gas_limit(&self) -> u64 {
        self.0.header.gas_limit
    }

    /// All fields by name: integers as integers, byte strings as bytes, absent ones as None.
    pub fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let header = &self.0.header;
        let dict = PyDict::new(py);
        let bytes = |data: &[u8]| PyBytes::new(py, data);
        dict.set_item("hash", bytes(self.0.hash.as_slice()))?;
        dict.set_item("parent_hash", bytes(header.parent_hash.as_slice()))?;
        dict.set_item("ommers_hash", bytes(header.ommers_hash.as_slice()))?;
        dict.set_item("beneficiary", bytes(header.beneficiary.as_slice()))?;
        dict.set_item("state_root", bytes(header.state_root.as_slice()))?;
        dict.set_item("transactions_root", bytes(header.transactions_root.as_slice()))?;
        dict.set_item("receipts_root", bytes(header.receipts_root.as_slice()))?;
        dict.set_item("logs_bloom", bytes(header.logs_bloom.as_slice()))?;
        dict.set_item("difficulty", integer(py, &header.difficulty.to_be_bytes::<32>())?)?;
        dict.set_item("number", header.number)?;
        dict.set_item("gas_limit", header.gas_limit)?;
        dict.set_item("gas_used", header.gas_used)?;
        dict.set_item("timestamp", header.timestamp)?;
        dict.set_item("extra_data", bytes(&header.extra_data))?;
        dict.set_item("mix_hash", bytes(header.mix_hash.as_slice()))?;
        dict.set_item("nonce", bytes(header.nonce.as_slice()))?;
        dict.set_item("base_fee_per_gas", header.base_fee_per_gas)?;
        dict.set_item("blob_gas_used", header.blob_gas_used)?;
        dict.set_item("excess_blob_gas", header.excess_blob_gas)?;
        let hashes = [
            ("withdrawals_root", header.withdrawals_root),
            ("parent_beacon_block_root", header.parent_beacon_block_root),
            ("requests_hash", header.requests_hash),
            ("block_access_list_hash", header.block_access_list_hash),
        ];
        for (name, hash) in hashes {
            dict.set_item(name, hash.map(|hash| bytes(hash.as_slice())))?;
        }
        dict.set_item("slot_number", header.slot_number)?;
        Ok(dict)
    }

    fn __repr__(&self) -> String {
        format!("<Header {} {}>", self.0.header.number, self.0.hash)
    }
}

/// A Python integer of big-endian bytes.
pub fn integer<'py>(py: Python<'py>, bytes: &[u8; 32]) -> PyResult<Bound<'py, PyAny>> {
    let int = py.get_type::<pyo3::types::PyInt>();
    int.call_method1("from_bytes", (PyBytes::new(py, bytes), "big"))
}

/// A block that was read from its RLP; nothing about it is verified.
#[pyclass(frozen, module = "weakstate")]
pub struct Block {
    rlp: Vec<u8>,
    header: SealedHeader,
    transactions: usize,
}

impl Block {
    pub fn new(rlp: Vec<u8>, header: SealedHeader, transactions: usize) -> Self {
        Self { rlp, header, transactions }
    }
}

#[pymethods]
impl Block {
    /// Reads a block from its RLP.
    #[staticmethod]
    fn from_rlp(py: Python<'_>, data: &[u8]) -> PyResult<Self> {
        let parts = Parts::decode(data).map_err(|error| raise(py, *error))?;
        let transactions = parts.transactions.len();
        Ok(Self { rlp: data.to_vec(), header: parts.sealed, transactions })
    }

    #[getter]
    fn rlp(&self) -> &[u8] {
        &self.rlp
    }

    #[getter]
    fn header(&self) -> Header {
        Header(self.header.clone())
    }

    #[getter]
    fn hash(&self) -> &[u8] {
        self.header.hash.as_slice()
    }

    #[getter]
    fn number(&self) -> u64 {
        self.header.header.number
    }

    /// Number of transactions.
    #[getter]
    fn transactions(&self) -> usize {
        self.transactions
    }

    /// The same block as a child of another parent, with another state root; its hash is another,
    /// all else is as it was.
    fn resealed(&self, py: Python<'_>, parent_hash: &[u8], state_root: &[u8]) -> PyResult<Self> {
        let hash = |bytes: &[u8]| {
            let said = "a parent's hash and a state root have 32 bytes";
            B256::try_from(bytes).map_err(|_| PyValueError::new_err(said))
        };
        let sealed = resealed(&self.rlp, hash(parent_hash)?, hash(state_root)?);
        Self::from_rlp(py, &sealed.map_err(|error| raise(py, *error))?)
    }

    /// Every address that stands in the block. Senders do not: they are recovered.
    #[getter]
    fn addresses<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyBytes>>> {
        let parts = Parts::decode(&self.rlp).map_err(|error| raise(py, *error))?;
        let addresses = parts.addresses();
        Ok(addresses.iter().map(|address| PyBytes::new(py, address.as_slice())).collect())
    }

    fn __repr__(&self) -> String {
        format!("<Block {} {}>", self.header.header.number, self.header.hash)
    }
}
