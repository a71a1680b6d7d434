//! What a witness is made of that proves leaves.

use alloy_primitives::Address;
use pyo3::prelude::*;
use weakstate_codec::Error;
use weakstate_trees::binary::survey as binary;
use weakstate_trees::state::Scheme;
use weakstate_trees::state::leaves::{Leaf, Part, keys_of};
use weakstate_trees::verkle::tree::survey;

use crate::errors::raise;
use crate::state::address_in;
use crate::witness::Witness;

type Counts = Vec<(&'static str, usize)>;

/// The leaves of a witness and their proof, taken apart.
#[pyclass(frozen, get_all, module = "weakstate")]
pub struct ProofSurvey {
    bytes: usize,
    /// Name, number and bytes of each part.
    parts: Vec<(&'static str, usize, usize)>,
    /// By how much of a key leads there, bytes of stems or bits of binary keys: that, and what is
    /// there by name and number.
    levels: Vec<(usize, Counts)>,
    /// Keys that have a value, and that have none. Which keys a binary tree's shows to have none is
    /// not said by its bytes.
    present: usize,
    absent: Option<usize>,
    /// For each address that was given, how many keys of its header's stem have a value and how
    /// many none; `None` if the stem is not in the witness.
    accounts: Vec<Option<(usize, usize)>>,
}

/// The first byte of a proof in SSZ: two offsets of four bytes precede the parts. A binary tree's
/// begins with its tag, which is less.
const SSZ: u8 = 8;
/// Bytes of a hash, and of a value.
const WORD: usize = 32;
/// A binary tree's tag, and the lengths of two parts.
const BINARY_HEAD: usize = 9;

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
    let Some(first) = proof.first() else { return Ok(None) };
    let addresses: Vec<Address> =
        addresses.iter().map(|address| address_in(address)).collect::<PyResult<_>>()?;
    let surveyed = py.detach(|| match *first < SSZ {
        true => of_binary(proof, &addresses),
        false => of_verkle(proof, &addresses),
    });
    surveyed.map(Some).map_err(|error| raise(py, error))
}

fn of_verkle(proof: &[u8], addresses: &[Address]) -> Result<ProofSurvey, Error> {
    let found = survey::survey(proof)?;
    let stem = |stem: Vec<u8>| {
        let stem = stem.as_slice();
        let at = found.stems.binary_search_by(|(found, ..)| found.as_slice().cmp(stem)).ok()?;
        found.stems.get(at).map(|(_, present, absent)| (*present, *absent))
    };
    let levels = found.levels.iter().map(|(depth, level)| {
        let counts = [("present", level.present), ("other", level.other), ("empty", level.empty)];
        (*depth, counts.to_vec())
    });
    Ok(ProofSurvey {
        bytes: proof.len(),
        parts: found.parts.iter().map(|part| (part.name, part.number, part.bytes)).collect(),
        levels: levels.collect(),
        present: found.present,
        absent: Some(found.absent),
        accounts: headers(Scheme::Verkle, addresses).map(stem).collect(),
    })
}

fn of_binary(proof: &[u8], addresses: &[Address]) -> Result<ProofSurvey, Error> {
    let found = binary::survey(proof)?;
    let total = found.total();
    let stem = |stem: Vec<u8>| {
        let start = found.keys.partition_point(|key| key.bytes() < stem.as_slice());
        let keys = found.keys.get(start..).unwrap_or_default().iter();
        let present = keys.take_while(|key| key.bytes().starts_with(&stem)).count();
        Some((present, 0)).filter(|(present, _)| *present > 0)
    };
    let levels = found.levels.iter().map(|(depth, level)| {
        let counts =
            [("values", level.values), ("siblings", level.siblings), ("closed", level.closed)];
        (*depth, counts.to_vec())
    });
    let words = [("values", total.values), ("siblings", total.siblings), ("closed", total.closed)];
    let words = words.map(|(name, number)| (name, number, number * WORD));
    let rest = [
        ("shape", 1, found.shape_bytes),
        ("paths", 1, found.path_bytes),
        ("lengths", 2, BINARY_HEAD),
    ];
    Ok(ProofSurvey {
        bytes: proof.len(),
        parts: words.into_iter().chain(rest).collect(),
        levels: levels.collect(),
        present: total.values,
        absent: None,
        accounts: headers(Scheme::Binary(found.profile), addresses).map(stem).collect(),
    })
}

/// The stems of accounts' headers: their keys without the last byte.
fn headers(scheme: Scheme, addresses: &[Address]) -> impl Iterator<Item = Vec<u8>> {
    let header = |address: &Address| Leaf::new(*address, Part::Header(0));
    let keys = keys_of(scheme, &addresses.iter().map(header).collect::<Vec<_>>());
    keys.into_iter().map(|mut key| {
        key.pop();
        key
    })
}
