//! What a state says.

use alloy_primitives::{Address, U256};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use weakstate_engine::block::SealedHeader;
use weakstate_engine::chain::{self, Scheme};
use weakstate_state::View;
use weakstate_trees::state::Tables;

use super::{Result, State, account_dict, address_in, damaged_header};
use crate::block::{Header, integer};
use crate::chain::Chain;
use crate::errors::raise;
use crate::{leaf_proof, proof};

#[pymethods]
impl State {
    /// The rules by which the state was made, as its genesis file or the name of a built-in
    /// chain says them: what `with_hooks` added in code is not kept.
    #[getter]
    fn chain(&self, py: Python<'_>) -> PyResult<Chain> {
        let chain = self.look(py, |view| {
            let rules = String::from_utf8_lossy(&view.identity()?.rules).into_owned();
            chain::Chain::from_source(&rules)
        });
        chain.map(Chain)
    }

    #[getter]
    fn root<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let root = self.look(py, |view| Ok(view.head().root))?;
        Ok(PyBytes::new(py, root.as_slice()))
    }

    /// The header of the block that this is the state after.
    #[getter]
    fn head(&self, py: Python<'_>) -> PyResult<Header> {
        let head = py.detach(|| self.head_header());
        head.map(Header).map_err(|error| raise(py, *error))
    }

    /// The header of the block of this number, down to those that the EVM may ask for; `None`
    /// if it is not kept, or not reached.
    fn header(&self, py: Python<'_>, number: u64) -> PyResult<Option<Header>> {
        let header = self.look(py, |view| {
            let decode = |rlp: &[u8]| SealedHeader::decode(rlp).ok_or_else(damaged_header);
            view.header(number)?.map(decode).transpose()
        });
        header.map(|header| header.map(Header))
    }

    /// At most how many blocks can be taken back.
    #[getter]
    fn undoable(&self, py: Python<'_>) -> PyResult<u64> {
        self.look(py, View::undoable)
    }

    /// Numbers of accounts and slots, and the bytes that they take on disk.
    fn size<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (accounts, slots) =
            self.look(py, |view| Ok((view.account_count()?, view.slot_count()?)))?;
        let dict = PyDict::new(py);
        dict.set_item("accounts", accounts)?;
        dict.set_item("slots", slots)?;
        dict.set_item("bytes", self.store.usage().map(|usage| usage.used_bytes))?;
        Ok(dict)
    }

    /// Nonce, balance and code hash of an account; `None` if there is none.
    fn account<'py>(
        &self,
        py: Python<'py>,
        address: &[u8],
    ) -> PyResult<Option<Bound<'py, PyDict>>> {
        let address = address_in(address)?;
        let account = self.look(py, |view| (&view).account(&address))?;
        account.map(|account| account_dict(py, &account)).transpose()
    }

    /// The value of a slot; zero where there is none.
    fn slot<'py>(
        &self,
        py: Python<'py>,
        address: &[u8],
        slot: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (address, slot) = (address_in(address)?, proof::slot_in(slot)?);
        let value: U256 = self.look(py, |view| (&view).slot(&address, &slot))?;
        integer(py, &value.to_be_bytes::<32>())
    }

    /// The code of an account; empty where there is none.
    fn code<'py>(&self, py: Python<'py>, address: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let address = address_in(address)?;
        let code = self.look(py, |view| match (&view).account(&address)? {
            Some(account) if account.code_hash != alloy_primitives::KECCAK256_EMPTY => {
                (&view).code(&account.code_hash)
            }
            _ => Ok(Default::default()),
        })?;
        Ok(PyBytes::new(py, &code))
    }

    /// Proves an account and slots of it: in the form of `eth_getProof`, or, where the tree holds
    /// leaves alone, with an execution witness of them and of what is under `keys`.
    #[pyo3(signature = (address=None, slots=Vec::new(), keys=Vec::new()))]
    fn proof<'py>(
        &self,
        py: Python<'py>,
        address: Option<&[u8]>,
        slots: Vec<Bound<'py, PyAny>>,
        keys: Vec<Vec<u8>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let asked = leaf_proof::asked(address, &slots, keys)?;
        if self.look(py, |view| Ok(view.layout().scheme))? != Scheme::Mpt {
            let proof = self.look(py, |view| leaf_proof::prove(view, &asked))?;
            return leaf_proof::dict(py, &asked, &proof);
        }
        let Some(address) = asked.address.filter(|_| asked.keys.is_empty()) else {
            let said =
                "in Merkle Patricia tries an account is proven: give its address, and no keys";
            return Err(PyValueError::new_err(said));
        };
        let proof = self.look(py, |view| view.proof(&address, &asked.slots))?;
        proof::dict(py, &address, &proof)
    }

    /// Every account by address: nonce, balance, code hash and slots.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let all = self.look(py, |view| {
            let accounts = view.accounts(&Address::ZERO)?.map(|account| {
                let (address, account) = account?;
                let slots: Vec<(U256, U256)> = view.slots(&address)?.collect::<Result<_>>()?;
                Ok((address, account, slots))
            });
            accounts.collect::<Result<Vec<_>>>()
        })?;
        let dict = PyDict::new(py);
        for (address, account, slots) in all {
            let entry = account_dict(py, &account)?;
            let values = PyDict::new(py);
            for (slot, value) in slots {
                let value = integer(py, &value.to_be_bytes::<32>())?;
                values.set_item(integer(py, &slot.to_be_bytes::<32>())?, value)?;
            }
            entry.set_item("slots", values)?;
            dict.set_item(PyBytes::new(py, address.as_slice()), entry)?;
        }
        Ok(dict)
    }

    /// Proves what is under keys of the tree, where it holds leaves alone: what a witness's
    /// `proof` is.
    fn _prove_leaves<'py>(
        &self,
        py: Python<'py>,
        keys: Vec<Vec<u8>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let proof = self.look(py, |view| view.prove_leaves(&keys))?;
        Ok(PyBytes::new(py, &proof))
    }

    fn __repr__(&self) -> String {
        match self.store.view() {
            Ok(view) => format!("<State after block {}: {}>", view.head().number, view.head().root),
            Err(error) => format!("<State: {error}>"),
        }
    }
}
