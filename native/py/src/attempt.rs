//! How an attempt at a block came out: what was produced, or why it was refused.

use pyo3::prelude::*;
use weakstate_codec as codec;
use weakstate_engine as engine;

use crate::errors::raise;
use crate::produced::Produced;
use crate::verify::timed;
use crate::witness::Witness;

/// Why a block was refused, and what a verifier needs to refuse it for the same reason.
#[pyclass(frozen, module = "weakstate")]
pub struct Refusal {
    error: codec::Error,
    witness: codec::Witness,
}

#[pymethods]
impl Refusal {
    /// The reason, as an exception that was not raised.
    #[getter]
    fn error<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        raise(py, self.error.clone()).into_value(py).into_bound(py).into_any()
    }

    /// What was read until then: of a block that fails before it is executed the parent's
    /// header alone, and nothing if it does not even extend the parent.
    #[getter]
    fn witness(&self) -> Witness {
        Witness(self.witness.clone())
    }

    fn __repr__(&self) -> String {
        format!("<Refusal {}>", self.error)
    }
}

/// What was produced, or a refusal with its witness.
#[derive(IntoPyObject)]
pub enum Attempt {
    Produced(Produced),
    Refusal(Refusal),
}

impl Attempt {
    pub fn new(attempt: Result<Produced, engine::Refusal>, budget: &codec::Budget) -> Self {
        match attempt {
            Ok(produced) => Self::Produced(produced),
            Err(engine::Refusal { error, witness }) => {
                Self::Refusal(Refusal { error: *timed(error, budget), witness })
            }
        }
    }

    /// What was produced; a refusal is raised.
    pub fn or_raise(self, py: Python<'_>) -> PyResult<Produced> {
        match self {
            Self::Produced(produced) => Ok(produced),
            Self::Refusal(refusal) => Err(raise(py, refusal.error)),
        }
    }
}
