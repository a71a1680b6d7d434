//! The part of a state that a witness proves, read as a sequencer reads the whole.

use std::cell::RefCell;

use alloy_primitives::{Address, B256, Bytes, U256};
use weakstate_codec::Witness;

use super::{Account, Result, State, Tables, WitnessedState};
use crate::source::{Place, Source};

/// Tables and nodes over a witness. What it does not prove is an error, as for a verifier.
#[derive(Debug)]
pub struct PartialState<'w> {
    state: RefCell<WitnessedState<'w>>,
}

impl<'w> PartialState<'w> {
    /// Opens the state with this root over a witness.
    pub fn open(root: &B256, witness: &'w Witness) -> Self {
        Self { state: RefCell::new(WitnessedState::open(root, witness)) }
    }
}

impl Tables for &PartialState<'_> {
    fn account(&self, address: &Address) -> Result<Option<Account>> {
        self.state.borrow_mut().account(address)
    }

    fn has_storage(&self, address: &Address) -> Result<bool> {
        self.state.borrow_mut().has_storage(address)
    }

    fn slot(&self, address: &Address, slot: &U256) -> Result<U256> {
        self.state.borrow_mut().slot(address, slot)
    }

    fn code(&self, hash: &B256) -> Result<Bytes> {
        let code = self.state.borrow_mut().code(hash)?;
        Ok(code.padded.slice(..code.len))
    }
}

impl<'w> Source<'w> for &PartialState<'w> {
    fn node(&mut self, _: &Place, hash: &B256) -> Result<Option<&'w [u8]>> {
        Ok(self.state.borrow_mut().node(hash))
    }
}
