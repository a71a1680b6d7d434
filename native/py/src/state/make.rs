//! Where states come from.

use std::io::BufReader;
use std::path::PathBuf;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use weakstate_engine::block::SealedHeader;
use weakstate_engine::chain::{self, Embedding, Named, Scheme};
use weakstate_engine::genesis;
use weakstate_state::{self as stored, Import, Rebuild, StateStore};

use super::{READ, State, decode, head, identity};
use crate::chain::Chain;
use crate::errors::raise;
use crate::stream::{Reader, long};

#[pymethods]
impl State {
    /// The state of block 0 of a chain, from its geth-style genesis file: in a new store in
    /// `path`, or in memory.
    #[staticmethod]
    #[pyo3(signature = (chain, text, path=None))]
    fn from_genesis(
        py: Python<'_>,
        chain: &Bound<'_, Chain>,
        text: &[u8],
        path: Option<PathBuf>,
    ) -> PyResult<Self> {
        let chain = &chain.get().0;
        let made = py.detach(|| {
            let (state, header) = genesis::read(text, chain)?;
            Self::start(path, chain, &state, &header)
        });
        made.map_err(|error| raise(py, *error))
    }

    /// The state that a genesis file allocates, in memory, after the block with this header in
    /// RLP.
    #[staticmethod]
    fn from_allocation(
        py: Python<'_>,
        chain: &Bound<'_, Chain>,
        text: &[u8],
        header: &[u8],
    ) -> PyResult<Self> {
        let (chain, header) = (&chain.get().0, decode(header)?);
        let made = py.detach(|| {
            Self::start(None, chain, &genesis::allocated(text, &chain.layout())?, &header)
        });
        made.map_err(|error| raise(py, *error))
    }

    /// The state in a store on disk.
    #[staticmethod]
    #[pyo3(signature = (path, read_only=false))]
    fn open(py: Python<'_>, path: PathBuf, read_only: bool) -> PyResult<Self> {
        let opened = py.detach(|| {
            let store = match read_only {
                true => StateStore::open_read_only(&path)?,
                false => StateStore::open(&path, &stored::Options::default())?,
            };
            store.view().map(|_| store)
        });
        let store = opened.map_err(|error| raise(py, *error))?;
        Ok(Self::of(store, Some(path)))
    }

    /// Brings the store in `path` to the format of this release.
    #[staticmethod]
    fn upgrade(py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let upgraded = py.detach(|| StateStore::upgrade(&path, &stored::Options::default()));
        upgraded.map_err(|error| raise(py, *error))
    }

    /// The state after the block with this header in RLP, from a dump of its accounts that
    /// `dump.read` gives: in a new store in `path`, or in one where the import was interrupted.
    /// The header is trusted, and its root must come out. `ancestors` are headers in RLP before
    /// it, the oldest first, for blocks that ask for their hashes.
    #[staticmethod]
    #[pyo3(signature = (chain, dump, header, path, progress=None, ancestors=Vec::new()))]
    fn import_(
        py: Python<'_>,
        chain: &Bound<'_, Chain>,
        dump: Py<PyAny>,
        header: &[u8],
        path: PathBuf,
        progress: Option<Py<PyAny>>,
        ancestors: Vec<Vec<u8>>,
    ) -> PyResult<Self> {
        let (identity, header) = (identity(&chain.get().0), decode(header)?);
        let ancestors = chained(ancestors, &header)?;
        let (head, header) = (head(&header), &header.rlp);
        let (identity, ancestors) = (&identity, &ancestors);
        let import = Import { identity, head, header, ancestors, room: Import::ROOM };
        let store = long(py, progress.as_ref(), |heard, raised| {
            let store = StateStore::create_or_open(&path, &stored::Options::default())?;
            let mut dump = BufReader::with_capacity(READ, Reader(&dump, raised));
            store.import(&import, &mut dump, heard)?;
            Ok(store)
        })?;
        Ok(Self::of(store, Some(path)))
    }

    /// The same accounts under another commitment: in a new store in `path`, or in one where this
    /// was interrupted, or in memory. The header is that of the head with another state root, and
    /// so another hash.
    #[pyo3(signature = (path=None, scheme="verkle", embedding="packed", progress=None))]
    fn rebuild(
        &self,
        py: Python<'_>,
        path: Option<PathBuf>,
        scheme: &str,
        embedding: &str,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let scheme: Scheme = named(scheme)?;
        let embedding: Embedding = named(embedding)?;
        if scheme == Scheme::Mpt {
            return Err(PyValueError::new_err("a state is rebuilt under another scheme than mpt"));
        }
        let store = long(py, progress.as_ref(), |heard, _| {
            let source = self.store.view()?;
            let rules = source.identity()?.rules;
            let chain = chain::Chain::from_source(&String::from_utf8_lossy(&rules))?;
            let chain = chain.with_scheme(scheme, embedding)?;
            let before = self.head_header()?;
            // What no block of the chain can lead to is no state of it.
            chain.rules_at(before.header.number, before.header.timestamp)?;
            let store = match &path {
                Some(path) => StateStore::create_or_open(path, &stored::Options::default())?,
                None => StateStore::memory(),
            };
            let header = |root| {
                let header = before.with_state_root(root);
                (head(&header), header.rlp)
            };
            let identity = identity(&chain);
            let rebuild = Rebuild { source: &source, identity: &identity, room: Rebuild::ROOM };
            store.rebuild(&rebuild, header, heard)?;
            Ok(store)
        })?;
        Ok(Self::of(store, path))
    }
}

/// Headers by number, once each is the parent of the next and the last that of `header`.
fn chained(ancestors: Vec<Vec<u8>>, header: &SealedHeader) -> PyResult<Vec<(u64, Vec<u8>)>> {
    let mut child = header.clone();
    let mut found = Vec::with_capacity(ancestors.len());
    for rlp in ancestors.into_iter().rev() {
        let ancestor = decode(&rlp)?;
        if ancestor.hash != child.header.parent_hash {
            let number = ancestor.header.number;
            let said = format!("header {number} is not the parent of the one after it");
            return Err(PyValueError::new_err(said));
        }
        found.push((ancestor.header.number, rlp));
        child = ancestor;
    }
    Ok(found)
}

/// The scheme or embedding of this name.
fn named<K: Named>(name: &str) -> PyResult<K> {
    let unknown = || PyValueError::new_err(format!("{name:?} is none of {}", K::names()));
    K::named(name).ok_or_else(unknown)
}
