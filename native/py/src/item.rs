//! What a file holds, read from its bytes or made of its parts.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use weakstate_codec as codec;
use weakstate_engine::payload;

use crate::errors::raise;
use crate::verify::word;
use crate::witness::{Budget, Witness};

/// One thing that a file holds: a block, a witness, a delta, or several of them.
#[pyclass(frozen, module = "weakstate")]
pub struct Item {
    block: Option<Py<PyBytes>>,
    witness: Option<Py<Witness>>,
    delta: Option<Py<PyBytes>>,
    claims: codec::Claims,
}

impl Item {
    fn from_codec(py: Python<'_>, item: codec::Item) -> PyResult<Self> {
        let codec::Item { block, witness, delta, claims } = item;
        let bytes = |bytes: Vec<u8>| PyBytes::new(py, &bytes).unbind();
        Ok(Self {
            block: block.map(bytes),
            witness: witness.map(|witness| Py::new(py, Witness(witness))).transpose()?,
            delta: delta.map(bytes),
            claims,
        })
    }

    fn to_codec(&self, py: Python<'_>) -> codec::Item {
        let bytes = |bytes: &Py<PyBytes>| bytes.as_bytes(py).to_vec();
        codec::Item {
            block: self.block.as_ref().map(bytes),
            witness: self.witness.as_ref().map(|witness| witness.get().0.clone()),
            delta: self.delta.as_ref().map(bytes),
            claims: self.claims.clone(),
        }
    }
}

/// A witness, or its bytes in our form or in RLP.
#[derive(FromPyObject)]
enum WitnessOrBytes {
    Witness(Py<Witness>),
    Bytes(Py<PyBytes>),
}

#[pymethods]
impl Item {
    #[new]
    #[pyo3(signature = (
        *, block=None, witness=None, delta=None, chain_id=None, pre_state_root=None,
        block_hashes=Vec::new(), budget=None,
    ))]
    #[expect(clippy::too_many_arguments, reason = "each is a part of its own")]
    fn new(
        py: Python<'_>,
        block: Option<Py<PyBytes>>,
        witness: Option<WitnessOrBytes>,
        delta: Option<Py<PyBytes>>,
        chain_id: Option<u64>,
        pre_state_root: Option<&[u8]>,
        block_hashes: Vec<Vec<u8>>,
        budget: Option<Budget>,
    ) -> PyResult<Self> {
        let budget = budget.map_or_else(codec::Budget::default, |budget| budget.0);
        let witness = match witness {
            None => None,
            Some(WitnessOrBytes::Witness(witness)) => Some(witness),
            Some(WitnessOrBytes::Bytes(bytes)) => {
                let bytes = bytes.as_bytes(py);
                let read = py.detach(|| codec::Witness::read(bytes, "witness", &budget));
                Some(Py::new(py, Witness(read.map_err(|error| raise(py, error))?))?)
            }
        };
        let claims = codec::Claims {
            chain_id,
            pre_state_root: pre_state_root.map(word).transpose()?,
            block_hashes: block_hashes.iter().map(|hash| word(hash)).collect::<PyResult<_>>()?,
        };
        Ok(Self { block, witness, delta, claims })
    }

    /// The block in RLP.
    #[getter]
    fn block(&self, py: Python<'_>) -> Option<Py<PyBytes>> {
        self.block.as_ref().map(|block| block.clone_ref(py))
    }

    #[getter]
    fn witness(&self, py: Python<'_>) -> Option<Py<Witness>> {
        self.witness.as_ref().map(|witness| witness.clone_ref(py))
    }

    /// The bytes of the delta.
    #[getter]
    fn delta(&self, py: Python<'_>) -> Option<Py<PyBytes>> {
        self.delta.as_ref().map(|delta| delta.clone_ref(py))
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

    /// The same with another chain id.
    fn with_chain_id(&self, py: Python<'_>, chain_id: u64) -> Self {
        Self {
            block: self.block(py),
            witness: self.witness(py),
            delta: self.delta(py),
            claims: codec::Claims { chain_id: Some(chain_id), ..self.claims.clone() },
        }
    }

    /// All of it as one JSON object, which `read` reads.
    fn to_json(&self, py: Python<'_>) -> String {
        let item = self.to_codec(py);
        py.detach(|| item.to_json())
    }

    fn __repr__(&self) -> String {
        let parts = [
            ("block", self.block.is_some()),
            ("witness", self.witness.is_some()),
            ("delta", self.delta.is_some()),
        ];
        let parts: Vec<&str> =
            parts.iter().filter(|(_, there)| *there).map(|(name, _)| *name).collect();
        format!(
            "<Item of {}>",
            if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
        )
    }
}

/// Execution payloads are the engine's to read: their fields have to be hashed.
fn read_any(bytes: &[u8], budget: &codec::Budget) -> Result<Vec<codec::Item>, codec::Error> {
    if bytes.len() > budget.bytes {
        return codec::read(bytes, budget);
    }
    if payload::is_witness(bytes) {
        let proof = payload::read_witness(bytes).map_err(|error| *error)?;
        let witness = Some(codec::Witness { proof, ..Default::default() });
        return Ok(vec![codec::Item { witness, ..Default::default() }]);
    }
    if !payload::is_payload(bytes) {
        return codec::read(bytes, budget);
    }
    let payloads = payload::read_all(bytes).map_err(|error| *error)?;
    let item = |payload: payload::Payload| codec::Item {
        block: Some(payload.block),
        witness: payload.proof.map(|proof| codec::Witness { proof, ..Default::default() }),
        ..codec::Item::default()
    };
    Ok(payloads.into_iter().map(item).collect())
}

/// Reads the blocks, witnesses and deltas that `data` holds, in any known form.
#[pyfunction]
#[pyo3(signature = (data, budget=None))]
pub fn read(
    py: Python<'_>,
    data: &Bound<'_, PyBytes>,
    budget: Option<Budget>,
) -> PyResult<Vec<Item>> {
    let budget = budget.map_or_else(codec::Budget::default, |budget| budget.0);
    let bytes = data.as_bytes();
    let items = py.detach(|| read_any(bytes, &budget)).map_err(|error| raise(py, error))?;
    items.into_iter().map(|item| Item::from_codec(py, item)).collect()
}
