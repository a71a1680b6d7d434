//! Copies of a state, and care for its store.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyDict;
use weakstate_state as stored;

use super::{READ, State};
use crate::errors::raise;
use crate::stream::{Writer, long};

#[pymethods]
impl State {
    /// Hands a dump of all accounts to `out.write`.
    #[pyo3(signature = (out, progress=None))]
    fn export(&self, py: Python<'_>, out: Py<PyAny>, progress: Option<Py<PyAny>>) -> PyResult<()> {
        long(py, progress.as_ref(), |heard, raised| {
            let mut out = std::io::BufWriter::with_capacity(READ, Writer(&out, raised));
            stored::export(&self.store.view()?, &mut out, heard)
        })
    }

    /// Writes the state as it is now, without gaps, to a new store in `path`.
    fn backup(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.store.backup(&path)).map_err(|error| raise(py, *error))
    }

    /// Reads everything and recomputes the root; what there is.
    #[pyo3(signature = (progress=None))]
    fn check<'py>(
        &self,
        py: Python<'py>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let checked = long(py, progress.as_ref(), |heard, _| self.store.check(heard))?;
        let dict = PyDict::new(py);
        dict.set_item("accounts", checked.accounts)?;
        dict.set_item("slots", checked.slots)?;
        dict.set_item("codes", checked.codes)?;
        dict.set_item("nodes", checked.nodes)?;
        dict.set_item("bytes", checked.bytes)?;
        Ok(dict)
    }

    /// Keeps what takes the latest `blocks` blocks back, and codes that are in use; what was
    /// given up.
    fn prune<'py>(&self, py: Python<'py>, blocks: u64) -> PyResult<Bound<'py, PyDict>> {
        let pruned = py.detach(|| self.store.prune(blocks)).map_err(|error| raise(py, *error))?;
        let dict = PyDict::new(py);
        dict.set_item("undo_records", pruned.undo_records)?;
        dict.set_item("headers", pruned.headers)?;
        dict.set_item("codes", pruned.codes)?;
        Ok(dict)
    }

    /// The same state, in memory, to go another way from.
    fn copy(&self, py: Python<'_>) -> PyResult<Self> {
        let store = self.store.fork().map_err(|error| raise(py, *error))?;
        let known = self.ancestors.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Self { store, path: None, ancestors: Mutex::new(Arc::clone(&known)) })
    }

    /// Where the store is; `None` if it is in memory.
    #[getter]
    fn path(&self) -> Option<PathBuf> {
        self.path.clone()
    }
}
