//! The record of an execution: what a block asked of the state before it, and what it made of it.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyInt};
use weakstate_codec as codec;
use weakstate_engine::touches::{CodeOf, PostAccount};
use weakstate_engine::{self as engine, AccessList};

use crate::block::integer;
use crate::errors::raise;
use crate::verified::codes_dict;
use crate::witness::Budget;

/// What a block asked of the state before it, and of the hashes of its ancestors.
#[pyclass(frozen, eq, module = "weakstate")]
#[derive(PartialEq)]
pub struct Touches(pub engine::Touches);

#[pymethods]
impl Touches {
    /// `accounts` are addresses, `slots` pairs of address and slot, `codes` hashes or addresses
    /// whose code it is; `oldest_hash` is the lowest block whose hash was read.
    #[new]
    #[pyo3(signature = (accounts, slots, codes=Vec::new(), oldest_hash=None))]
    fn new(
        accounts: Vec<Vec<u8>>,
        slots: Vec<(Vec<u8>, Bound<'_, PyAny>)>,
        codes: Vec<Vec<u8>>,
        oldest_hash: Option<u64>,
    ) -> PyResult<Self> {
        let slot =
            |(account, slot): &(Vec<u8>, Bound<'_, PyAny>)| Ok((address(account)?, number(slot)?));
        Ok(Self(engine::Touches {
            accounts: accounts.iter().map(|account| address(account)).collect::<PyResult<_>>()?,
            slots: slots.iter().map(slot).collect::<PyResult<_>>()?,
            codes: codes.iter().map(|code| code_of(code)).collect::<PyResult<_>>()?,
            oldest_hash,
        }))
    }

    /// The accounts and slots of a block access list in RLP (EIP-7928), and what it does not
    /// say: codes and block hashes that were read.
    #[staticmethod]
    #[pyo3(signature = (data, codes=Vec::new(), oldest_hash=None, budget=None))]
    fn from_access_list(
        py: Python<'_>,
        data: &[u8],
        codes: Vec<Vec<u8>>,
        oldest_hash: Option<u64>,
        budget: Option<Budget>,
    ) -> PyResult<Self> {
        let list = read(py, data, budget)?;
        let codes = codes.iter().map(|code| code_of(code)).collect::<PyResult<_>>()?;
        let touches = engine::Touches::of_access_list(&list);
        Ok(Self(engine::Touches { codes, oldest_hash, ..touches }))
    }

    /// Addresses in ascending order.
    #[getter]
    fn accounts<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        self.0.accounts.iter().map(|address| PyBytes::new(py, address.as_slice())).collect()
    }

    /// Pairs of address and slot in ascending order.
    #[getter]
    fn slots<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<Vec<(Bound<'py, PyBytes>, Bound<'py, PyAny>)>> {
        let pair = |(address, slot): &(Address, U256)| {
            Ok((PyBytes::new(py, address.as_slice()), integer(py, &slot.to_be_bytes())?))
        };
        self.0.slots.iter().map(pair).collect()
    }

    /// Hashes of codes, or addresses whose code it is.
    #[getter]
    fn codes<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        let bytes = |code: &CodeOf| match code {
            CodeOf::Hash(hash) => PyBytes::new(py, hash.as_slice()),
            CodeOf::Account(address) => PyBytes::new(py, address.as_slice()),
        };
        self.0.codes.iter().map(bytes).collect()
    }

    /// The lowest block whose hash was read.
    #[getter]
    fn oldest_hash(&self) -> Option<u64> {
        self.0.oldest_hash
    }

    fn __repr__(&self) -> String {
        let engine::Touches { accounts, slots, codes, .. } = &self.0;
        let (accounts, slots, codes) = (accounts.len(), slots.len(), codes.len());
        format!("<Touches of {accounts} accounts, {slots} slots, {codes} codes>")
    }
}

/// What a block made of the accounts that it changed.
#[pyclass(frozen, eq, module = "weakstate")]
#[derive(PartialEq)]
pub struct Changes(pub engine::PostValues);

#[pymethods]
impl Changes {
    /// `accounts` is as `Produced.changes`, and fields of an account that are as before may be
    /// left out; `codes` are those that the block gave to accounts.
    #[new]
    #[pyo3(signature = (accounts, codes=Vec::new()))]
    fn new(accounts: &Bound<'_, PyDict>, codes: Vec<Vec<u8>>) -> PyResult<Self> {
        let mut changes = engine::PostValues::default();
        for (key, value) in accounts {
            let entry = value.cast::<PyDict>()?;
            changes.accounts.insert(address(&key.extract::<Vec<u8>>()?)?, post_account(entry)?);
        }
        let codes = codes.into_iter().map(|code| (keccak256(&code), Bytes::from(code)));
        changes.codes = codes.collect();
        Ok(Self(changes))
    }

    /// The last value of each field and slot of a block access list in RLP (EIP-7928).
    #[staticmethod]
    #[pyo3(signature = (data, budget=None))]
    fn from_access_list(py: Python<'_>, data: &[u8], budget: Option<Budget>) -> PyResult<Self> {
        Ok(Self(engine::PostValues::of_access_list(&read(py, data, budget)?)))
    }

    /// Number of accounts.
    #[getter]
    fn accounts(&self) -> usize {
        self.0.accounts.len()
    }

    /// Codes that the block gave to accounts, by their hash.
    #[getter]
    fn codes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        codes_dict(py, &self.0.codes)
    }

    fn __repr__(&self) -> String {
        format!("<Changes of {} accounts>", self.0.accounts.len())
    }
}

fn read(py: Python<'_>, data: &[u8], budget: Option<Budget>) -> PyResult<AccessList> {
    let budget = budget.map_or_else(codec::Budget::default, |budget| budget.0);
    // Which step is the last is held against the block that it is used for.
    let list = py.detach(|| AccessList::from_rlp(data, usize::MAX, &budget));
    list.map_err(|error| raise(py, *error))
}

fn post_account(entry: &Bound<'_, PyDict>) -> PyResult<PostAccount> {
    let mut post = PostAccount::default();
    for (key, value) in entry {
        match key.extract::<String>()?.as_str() {
            "account" if value.is_none() => post.gone = true,
            "account" => fields(value.cast::<PyDict>()?, &mut post)?,
            "storage_cleared" => post.storage_cleared = value.extract()?,
            "slots" => {
                for (slot, value) in value.cast::<PyDict>()? {
                    post.slots.insert(number(&slot)?, number(&value)?);
                }
            }
            other => return Err(unknown(other, "account, storage_cleared, slots")),
        }
    }
    Ok(post)
}

fn fields(entry: &Bound<'_, PyDict>, post: &mut PostAccount) -> PyResult<()> {
    for (key, value) in entry {
        match key.extract::<String>()?.as_str() {
            "nonce" => post.nonce = Some(value.extract()?),
            "balance" => post.balance = Some(number(&value)?),
            "code_hash" => {
                let bytes: Vec<u8> = value.extract()?;
                let hash = B256::try_from(bytes.as_slice());
                let wrong = || format!("a code hash has 32 bytes, not {}", bytes.len());
                post.code_hash = Some(hash.map_err(|_| PyValueError::new_err(wrong()))?);
            }
            other => return Err(unknown(other, "nonce, balance, code_hash")),
        }
    }
    Ok(())
}

fn unknown(key: &str, known: &str) -> PyErr {
    PyValueError::new_err(format!("{key:?} is none of {known}"))
}

fn address(bytes: &[u8]) -> PyResult<Address> {
    Address::try_from(bytes)
        .map_err(|_| PyValueError::new_err(format!("an address has 20 bytes, not {}", bytes.len())))
}

fn code_of(bytes: &[u8]) -> PyResult<CodeOf> {
    if let Ok(hash) = B256::try_from(bytes) {
        return Ok(CodeOf::Hash(hash));
    }
    address(bytes).map(CodeOf::Account).map_err(|_| {
        let found = bytes.len();
        PyValueError::new_err(format!("a code is named by 32 or 20 bytes, not {found}"))
    })
}

/// A Python integer of 256 bits.
fn number(value: &Bound<'_, PyAny>) -> PyResult<U256> {
    let integer = value.cast::<PyInt>().map_err(|_| {
        PyTypeError::new_err(format!("expected an integer, got {}", value.get_type()))
    })?;
    let bytes = integer.call_method1("to_bytes", (32, "big"))?;
    Ok(U256::from_be_slice(bytes.cast::<PyBytes>()?.as_bytes()))
}
