//! What the interpreter asks of the state and of what the block has changed.

use alloy_primitives::{Address, B256, U256};
use revm::bytecode::Bytecode;
use revm::bytecode::eip7702::EIP7702_BYTECODE_LEN;
use revm::state::{AccountId, AccountInfo};
use weakstate_codec::{Code as ErrorCode, Error};
use weakstate_trees::state::{Account, Fields, State};

use super::{Hole, Overlay};
use crate::code;

impl<S: State> revm::Database for Overlay<S> {
    type Error = Hole;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Hole> {
        let (id, entry) = self.entry(&address)?;
        let Some(account) = entry.now else { return Ok(None) };
        let code = self.code_of(id, &account)?;
        Ok(Some(AccountInfo {
            balance: account.balance,
            nonce: account.nonce,
            code_hash: account.code_hash,
            account_id: AccountId::new(id as usize),
            code,
        }))
    }

    fn code_by_hash(&mut self, hash: B256) -> Result<Bytecode, Hole> {
        if let Some(code) = self.codes.get(&hash) {
            return Ok(code.clone());
        }
        let read = self.state.code(&hash);
        let code = code::analyse(&self.keep(read)?);
        self.codes.insert(hash, code.clone());
        Ok(code)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Hole> {
        let (id, _) = self.entry(&address)?;
        self.slot(id, &slot)
    }

    fn storage_by_account_id(
        &mut self,
        _: Address,
        id: AccountId,
        slot: U256,
    ) -> Result<U256, Hole> {
        self.slot(id.get() as u32, &slot)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Hole> {
        self.oldest_hash = Some(self.oldest_hash.map_or(number, |oldest| oldest.min(number)));
        if let Some(hash) = self.block_hashes.get(&number) {
            return Ok(*hash);
        }
        let error = Error::new(ErrorCode::BlockHashNotWitnessed);
        self.keep(Err(Box::new(error.at(format_args!("block {number}")))))
    }
}

impl<S: State> Overlay<S> {
    /// The code of an account, if the state finds it by the account; it is kept.
    fn code_of(&mut self, id: u32, now: &Account) -> Result<Option<Bytecode>, Hole> {
        let entry = self.entries.get_mut(id as usize).ok_or(Hole)?;
        let made_here = entry.before.is_none_or(|before| before.code_hash != now.code_hash);
        if made_here || entry.unknown.intersects(Fields::CODE_SIZE) {
            return Ok(None);
        }
        if let Some((code, _)) = &entry.code {
            return Ok(Some(code.clone()));
        }
        let read = self.state.code_of(&entry.address, now);
        let Some(code) = self.keep(read)? else { return Ok(None) };
        let bytecode = code::analyse(&code);
        let entry = self.entries.get_mut(id as usize).ok_or(Hole)?;
        entry.code = Some((bytecode.clone(), code.chunks));
        if self.delegations && code.len == EIP7702_BYTECODE_LEN {
            let (address, hash) = (entry.address, now.code_hash);
            if let Some(used) = self.follow(&address, &hash) {
                self.use_code(&used, 0..code.len)?;
            }
        }
        Ok(Some(bytecode))
    }

    pub(super) fn slot(&mut self, id: u32, slot: &U256) -> Result<U256, Hole> {
        let entry = self.entries.get_mut(id as usize).ok_or(Hole)?;
        if let Some((_, now)) = entry.slots.get(slot) {
            return Ok(*now);
        }
        if entry.cleared || entry.before.is_none() {
            return Ok(U256::ZERO);
        }
        let address = entry.address;
        let read = self.state.slot(&address, slot);
        let value = self.keep(read)?;
        if let Some(entry) = self.entries.get_mut(id as usize) {
            entry.slots.insert(*slot, (value, value));
        }
        Ok(value)
    }
}
