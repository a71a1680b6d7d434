//! Refusals as Python exceptions.

use pyo3::prelude::*;
use weakstate_codec::{Blame, Code, Error};

/// Name in `weakstate.errors` of the exception for each blame.
fn class(blame: Blame) -> &'static str {
    match blame {
        Blame::InvalidBlock => "InvalidBlock",
        Blame::InvalidWitness => "InvalidWitness",
        Blame::NotWitnessed => "NotWitnessed",
        Blame::InvalidDelta => "InvalidDelta",
        Blame::BudgetExceeded => "BudgetExceeded",
        Blame::StoreError => "StoreError",
        Blame::Unreadable => "Unreadable",
        Blame::NodeError => "NodeError",
    }
}

/// The exception for a refusal.
pub fn raise(py: Python<'_>, error: Error) -> PyErr {
    let exception = py
        .import("weakstate.errors")
        .and_then(|module| module.getattr(class(error.blame())))
        .and_then(|class| class.call1((error.code.slug(), error.expected, error.actual, error.at)));
    exception.map_or_else(|failure| failure, PyErr::from_value)
}

/// Every code with its class and meaning.
#[pyfunction]
pub fn error_codes() -> Vec<(&'static str, &'static str, &'static str)> {
    Code::ALL.iter().map(|code| (code.slug(), class(code.blame()), code.meaning())).collect()
}
