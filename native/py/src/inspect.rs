//! What a witness is made of, and what verifying its block asks for.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use weakstate_codec as codec;
use weakstate_engine::{self as engine, Request};
use weakstate_trees::survey::{self as trees, Count, EMPTY_NODE, Kind, Present, Standing, Trie};

use crate::block::integer;
use crate::chain::Chain;
use crate::delta::Delta;
use crate::errors::raise;
use crate::verified::Verified;
use crate::verify::{Anchor, timed, watched, word};
use crate::witness::{Budget, Witness};

/// Byte strings of one kind in a witness.
#[pyclass(frozen, get_all, module = "weakstate")]
pub struct Part {
    number: usize,
    bytes: usize,
    largest: usize,
    duplicates: usize,
    unsorted: usize,
    empty: usize,
}

impl Part {
    fn of(strings: &codec::Blobs, empty: &[u8]) -> Self {
        let trees::Part { number, bytes, largest, duplicates, unsorted, empty } =
            trees::Part::of(strings, empty);
        Self { number, bytes, largest, duplicates, unsorted, empty }
    }
}

/// Nodes of one kind at one depth of a trie.
#[pyclass(frozen, get_all, module = "weakstate")]
pub struct Level {
    /// "accounts" or "storage".
    trie: &'static str,
    /// How many nibbles lead to the nodes.
    depth: usize,
    /// "branch", "extension" or "leaf".
    kind: &'static str,
    nodes: usize,
    bytes: usize,
    used_nodes: usize,
    used_bytes: usize,
}

/// An account whose leaf is in a witness.
#[pyclass(frozen, module = "weakstate")]
pub struct PresentAccount(Present);

#[pymethods]
impl PresentAccount {
    /// Keccak-256 of the address.
    #[getter]
    fn key(&self) -> &[u8] {
        self.0.key.as_slice()
    }

    #[getter]
    fn code_hash(&self) -> &[u8] {
        self.0.account.code_hash.as_slice()
    }

    #[getter]
    fn storage_root(&self) -> &[u8] {
        self.0.storage_root.as_slice()
    }

    /// Nodes of its storage that no account before it has.
    #[getter]
    fn nodes(&self) -> usize {
        self.0.nodes
    }

    /// Bytes of these nodes.
    #[getter]
    fn bytes(&self) -> usize {
        self.0.bytes
    }

    /// Slots whose leaf is in the witness.
    #[getter]
    fn slots(&self) -> u64 {
        self.0.slots
    }
}

/// What a witness is made of, seen from a state root.
#[pyclass(frozen, get_all, module = "weakstate")]
pub struct Survey {
    nodes: Py<Part>,
    codes: Py<Part>,
    headers: Py<Part>,
    keys: Py<Part>,
    /// Nodes that hang below the root, by trie, depth and kind.
    levels: Vec<Py<Level>>,
    /// How many nodes the root commits to at a place where no state has such a node, and bytes.
    malformed: (usize, usize),
    /// How many nodes nothing below the root refers to, and bytes.
    unreachable: (usize, usize),
    /// References below the root to nodes that are not there.
    holes: usize,
    /// In ascending order of their keys.
    accounts: Vec<Py<PresentAccount>>,
}

/// Looks at a witness from a state root; `used` says for each node whether it was needed.
#[pyfunction]
#[pyo3(signature = (witness, root=None, used=Vec::new()))]
pub fn survey(
    py: Python<'_>,
    witness: &Bound<'_, Witness>,
    root: Option<&[u8]>,
    used: Vec<bool>,
) -> PyResult<Survey> {
    let codec::Witness { nodes, codes, headers, keys, .. } = &witness.get().0;
    let root = root.map(word).transpose()?;
    let (found, levels, parts) = py.detach(|| {
        let found = trees::survey(nodes, root.as_ref());
        let levels = found.levels(nodes, &used);
        let parts = [(nodes, &EMPTY_NODE[..]), (codes, &[]), (headers, &[]), (keys, &[])];
        (found, levels, parts.map(|(strings, empty)| Part::of(strings, empty)))
    });
    let count = |standing| {
        let count = found.count(nodes, standing);
        (count.nodes, count.bytes)
    };
    let (malformed, unreachable) = (count(Standing::Malformed), count(Standing::Unreachable));
    let [nodes, codes, headers, keys] = parts.map(|part| Py::new(py, part));
    let levels = levels.into_iter().map(|place| Py::new(py, Level::from(place)));
    let accounts = found.accounts.into_iter().map(|found| Py::new(py, PresentAccount(found)));
    Ok(Survey {
        nodes: nodes?,
        codes: codes?,
        headers: headers?,
        keys: keys?,
        levels: levels.collect::<PyResult<_>>()?,
        malformed,
        unreachable,
        holes: found.holes,
        accounts: accounts.collect::<PyResult<_>>()?,
    })
}

impl From<((Trie, usize, Kind), Count)> for Level {
    fn from(((trie, depth, kind), count): ((Trie, usize, Kind), Count)) -> Self {
        let Count { nodes, bytes, used_nodes, used_bytes } = count;
        let trie = match trie {
            Trie::Accounts => "accounts",
            Trie::Storage => "storage",
        };
        let kind = match kind {
            Kind::Branch => "branch",
            Kind::Extension => "extension",
            Kind::Leaf => "leaf",
        };
        Self { trie, depth, kind, nodes, bytes, used_nodes, used_bytes }
    }
}

/// The nodes of a witness one after the other, sorted and each once, without lengths between them.
#[pyfunction]
pub fn list_nodes<'py>(py: Python<'py>, witness: &Bound<'_, Witness>) -> Bound<'py, PyBytes> {
    let nodes = &witness.get().0.nodes;
    PyBytes::new(py, &py.detach(|| nodes.sorted().concat()))
}

/// The nodes of a witness nested below `root`, as in the witness's own bytes.
#[pyfunction]
#[pyo3(signature = (witness, root=None))]
pub fn nest_nodes<'py>(
    py: Python<'py>,
    witness: &Bound<'_, Witness>,
    root: Option<&[u8]>,
) -> PyResult<Bound<'py, PyBytes>> {
    let witness = &witness.get().0;
    let root = root.map(word).transpose()?;
    Ok(PyBytes::new(py, &py.detach(|| witness.nested_nodes(root.as_ref()))))
}

/// What a delta is made of.
#[pyclass(frozen, get_all, module = "weakstate")]
pub struct DeltaSurvey {
    accounts: usize,
    /// Accounts that are there after the delta alone, before it alone, and whose storage it clears.
    created: usize,
    destroyed: usize,
    cleared: usize,
    account_bytes: usize,
    slots: usize,
    slot_bytes: usize,
    codes: usize,
    code_bytes: usize,
    /// All bytes of the delta.
    bytes: usize,
}

/// Counts what a delta is made of.
#[pyfunction]
pub fn survey_delta(py: Python<'_>, delta: &Bound<'_, Delta>) -> DeltaSurvey {
    let delta = &delta.get().0;
    let (found, bytes) = py.detach(|| (delta.survey(), delta.to_bytes().len()));
    DeltaSurvey {
        accounts: found.accounts,
        created: found.created,
        destroyed: found.destroyed,
        cleared: found.cleared,
        account_bytes: found.account_bytes,
        slots: found.slots,
        slot_bytes: found.slot_bytes,
        codes: found.codes,
        code_bytes: found.code_bytes,
        bytes,
    }
}

/// What a block read, wrote and asked for.
#[pyclass(frozen, module = "weakstate")]
pub struct Touched(engine::Touched);

#[pymethods]
impl Touched {
    /// Accounts by address, present or absent, each with its slots in ascending order.
    #[getter]
    fn accounts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (address, slots) in &self.0.accounts {
            let slots = slots.iter().map(|slot| integer(py, &slot.to_be_bytes::<32>()));
            let slots = PyList::new(py, slots.collect::<PyResult<Vec<_>>>()?)?;
            dict.set_item(PyBytes::new(py, address.as_slice()), slots)?;
        }
        Ok(dict)
    }

    /// Whether the header of the ancestor with this number was needed for the block with that.
    fn need_header(&self, number: u64, block: u64) -> bool {
        self.0.need_header(number, block)
    }
}

/// Verifies a block in RLP from its witness, and says what it asked for.
#[pyfunction]
#[pyo3(signature = (chain, anchor, block, witness, budget=None))]
pub fn verify_touching(
    py: Python<'_>,
    chain: &Bound<'_, Chain>,
    anchor: &Bound<'_, Anchor>,
    block: &[u8],
    witness: &Bound<'_, Witness>,
    budget: Option<Budget>,
) -> PyResult<(Verified, Touched)> {
    let budget = budget.map_or_else(codec::Budget::default, |budget| budget.0);
    let (chain, witness) = (chain.get(), witness.get());
    let request = Request {
        chain: &chain.0,
        anchor: &anchor.get().0,
        block,
        witness: &witness.0,
        ancestry: None,
        budget: &budget,
    };
    let result = watched(py, budget.time, |poll| engine::verify_touching(&request, poll))?;
    let (verified, touches) = result.map_err(|error| raise(py, *timed(error, &budget)))?;
    Ok((Verified::new(verified, chain.clone(), &witness.0), Touched(touches)))
}
