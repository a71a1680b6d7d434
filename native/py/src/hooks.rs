//! A chain's own rules, chosen from Python.

use std::cell::RefCell;
use std::collections::BTreeMap;

use alloy_primitives::Address;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use weakstate_engine::chain::{
    self, FeeTo, Hooks, Precompile, PrecompileFault, PrecompileResult, SYSTEM_CALL_GAS,
};

use crate::build::sized;

/// A call that a block begins or ends with, made by the system's address.
#[pyclass(frozen, eq, module = "weakstate", from_py_object)]
#[derive(Clone, PartialEq)]
pub struct SystemCall(chain::SystemCall);

#[pymethods]
impl SystemCall {
    #[new]
    #[pyo3(signature = (contract, input=Vec::new(), *, gas=SYSTEM_CALL_GAS))]
    fn new(contract: Vec<u8>, input: Vec<u8>, gas: u64) -> PyResult<Self> {
        let contract = Address::from(sized("contract", &contract)?);
        Ok(Self(chain::SystemCall { contract, input: input.into(), gas }))
    }

    #[getter]
    fn contract(&self) -> &[u8] {
        self.0.contract.as_slice()
    }

    #[getter]
    fn input(&self) -> &[u8] {
        &self.0.input
    }

    #[getter]
    fn gas(&self) -> u64 {
        self.0.gas
    }

    fn __repr__(&self) -> String {
        let chain::SystemCall { contract, input, gas } = &self.0;
        format!("<SystemCall {contract} with {} bytes and {gas} gas>", input.len())
    }
}

/// A call of a precompiled contract: input and gas to gas used and output.
pub type Callables = BTreeMap<Vec<u8>, Py<PyAny>>;

/// Hooks as they are, with those replaced that are given.
pub fn replaced(
    py: Python<'_>,
    mut hooks: Hooks,
    precompiles: Option<Callables>,
    (before, after): (Option<Vec<SystemCall>>, Option<Vec<SystemCall>>),
    (base_fee, priority_fee): (Option<Bound<'_, PyAny>>, Option<Bound<'_, PyAny>>),
) -> PyResult<Hooks> {
    if let Some(precompiles) = precompiles {
        let entry = |(address, callable): (Vec<u8>, Py<PyAny>)| {
            if !callable.bind(py).is_callable() {
                return Err(PyTypeError::new_err("a precompiled contract must be callable"));
            }
            Ok((Address::from(sized("precompile's address", &address)?), precompile(callable)))
        };
        hooks.precompiles = precompiles.into_iter().map(entry).collect::<PyResult<_>>()?;
    }
    let calls = |list: Vec<SystemCall>| list.into_iter().map(|call| call.0).collect();
    hooks.before = before.map_or(hooks.before, calls);
    hooks.after = after.map_or(hooks.after, calls);
    hooks.base_fee = base_fee.map(|to| fee_to(&to)).transpose()?.or(hooks.base_fee);
    hooks.priority_fee = priority_fee.map(|to| fee_to(&to)).transpose()?.or(hooks.priority_fee);
    Ok(hooks)
}

/// Those hooks that there are, by the names under which they are given.
pub fn to_dict<'py>(py: Python<'py>, hooks: &Hooks) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    if !hooks.precompiles.is_empty() {
        let addresses = hooks.precompiles.keys();
        let addresses: Vec<_> = addresses.map(|a| PyBytes::new(py, a.as_slice())).collect();
        dict.set_item("precompiles", addresses)?;
    }
    for (name, calls) in [("calls_before", &hooks.before), ("calls_after", &hooks.after)] {
        if !calls.is_empty() {
            let calls: Vec<_> = calls.iter().cloned().map(SystemCall).collect();
            dict.set_item(name, calls)?;
        }
    }
    for (name, to) in [("base_fee_to", hooks.base_fee), ("priority_fee_to", hooks.priority_fee)] {
        match to {
            None => {}
            Some(FeeTo::Burned) => dict.set_item(name, "burned")?,
            Some(FeeTo::Beneficiary) => dict.set_item(name, "beneficiary")?,
            Some(FeeTo::Account(to)) => dict.set_item(name, PyBytes::new(py, to.as_slice()))?,
        }
    }
    Ok(dict)
}

fn fee_to(to: &Bound<'_, PyAny>) -> PyResult<FeeTo> {
    if let Ok(bytes) = to.cast::<PyBytes>() {
        return sized("fee's account", bytes.as_bytes()).map(|to| FeeTo::Account(to.into()));
    }
    match to.extract::<&str>() {
        Ok("burned") => Ok(FeeTo::Burned),
        Ok("beneficiary") => Ok(FeeTo::Beneficiary),
        Ok(_) => {
            Err(PyValueError::new_err("a fee goes to \"burned\", \"beneficiary\" or an account"))
        }
        Err(error) => Err(error),
    }
}

thread_local! {
    /// What a precompiled contract raised on this thread, until it is raised again outside.
    static RAISED: RefCell<Option<PyErr>> = const { RefCell::new(None) };
}

/// Whether a precompiled contract has raised what is no failure of its own.
pub fn has_raised() -> bool {
    RAISED.with_borrow(Option::is_some)
}

/// Takes that.
pub fn take_raised() -> Option<PyErr> {
    RAISED.take()
}

fn precompile(callable: Py<PyAny>) -> Precompile {
    Precompile::new(move |input, gas| Python::attach(|py| call(py, &callable, input, gas)))
}

/// `ValueError` fails the call. Whatever else is raised says nothing about the input: no
/// block may be judged by it.
fn call(py: Python<'_>, callable: &Py<PyAny>, input: &[u8], gas: u64) -> PrecompileResult {
    let stop = |error| {
        RAISED.set(Some(error));
        PrecompileFault::Stopped
    };
    let answer = match callable.bind(py).call1((PyBytes::new(py, input), gas)) {
        Ok(answer) => answer,
        Err(error) if error.is_instance_of::<PyValueError>(py) => {
            return Err(PrecompileFault::Failed);
        }
        Err(error) => return Err(stop(error)),
    };
    let (used, output): (u64, Bound<'_, PyBytes>) = answer.extract().map_err(stop)?;
    Ok((used, output.as_bytes().to_vec().into()))
}
