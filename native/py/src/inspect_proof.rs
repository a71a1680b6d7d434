//! What a witness is made of that proves leaves.

use alloy_primitives::Address;
use pyo3::prelude::*;
use weakstate_trees::state::Scheme;
use weakstate_trees::state::leaves::{Leaf, Part, keys_of};
use weakstate_trees::verkle::tree::survey;

use crate::errors::raise;
use crate::state::address_in;
use crate::witness::Witness;

/// The leaves of a witness and their proof, taken apart.
#[pyclass(frozen, get_all, module = "weakstate")]
pub struct ProofSurvey {
    bytes: usize,
    /// Name, number and bytes of each part.
    parts: Vec<(&'static str, usize, usize)>,
    /// Stems by how many bytes of them lead there: that, and how many are there, have another in
    /// their place, or nothing.
    levels: Vec<(usize, usize, usize, usize)>,
    /// Keys that have a value, and that have none.
    present: usize,
    absent: usize,
    /// For each address that was given, how many keys of its header's stem have a value and how
    /// many none; `None` if the stem is not in the witness.
    accounts: Vec<Option<(usize, usize)>>,
}

/// The first byte of a proof in SSZ: two offsets of four bytes precede the parts.
const SSZ: u8 = 8;

/// Takes apart what a witness proves of leaves; `None` if it is of another kind.
#[pyfunction]
#[pyo3(signature = (witness, addresses=Vec::new()))]
#[expect(clippy::needless_pass_by_value, reason = "what Python gives is copied")]
pub fn survey_proof(
    py: Python<'_>,
    witness: &Bound<'_, Witness>,
    addresses: Vec<Vec<u8>>,
) -> PyResult<Option<ProofSurvey>> {
    let proof = &witness.get().0.proof;
    // A binary tree's begins with its tag, a Verkle tree's with an offset.
    if proof.first().is_none_or(|first| *first < SSZ) {
        return Ok(None);
    }
    let addresses: Vec<Address> =
        addresses.iter().map(|address| address_in(address)).collect::<PyResult<_>>()?;
    let surveyed = py.detach(|| {
        let found = survey::survey(proof)?;
        let header = |address| Leaf::new(address, Part::Header(0));
        let keys = keys_of(Scheme::Verkle, &addresses.into_iter().map(header).collect::<Vec<_>>());
        let stem = |key: Vec<u8>| {
            let (_, key) = key.split_last()?;
            let at = found.stems.binary_search_by(|(stem, ..)| stem.as_slice().cmp(key)).ok()?;
            found.stems.get(at).map(|(_, present, absent)| (*present, *absent))
        };
        Ok(ProofSurvey {
            bytes: proof.len(),
            parts: found.parts.iter().map(|part| (part.name, part.number, part.bytes)).collect(),
            levels: found
                .levels
                .iter()
                .map(|(depth, level)| (*depth, level.present, level.other, level.empty))
                .collect(),
            present: found.present,
            absent: found.absent,
            accounts: keys.into_iter().map(stem).collect(),
        })
    });
    surveyed.map(Some).map_err(|error| raise(py, error))
}
