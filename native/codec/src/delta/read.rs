//! A delta's bytes, read: strictly, within a budget.

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};

use super::bytes::{
    ABSENT, AFTER, BALANCE, BEFORE, CLEARED, CODE, CODE_BEFORE, MAGIC, NONCE, NOTHING, VERSION,
};
use super::{Account, AccountDelta, Ascending, Delta, SlotDelta, StorageDelta};
use crate::cursor::Cursor;
use crate::{Budget, Code, Error};

impl Delta {
    /// Reads a delta. Only the bytes that [`Self::to_bytes`] writes are taken.
    ///
    /// `budget.nodes` bounds accounts, slots and codes together.
    ///
    /// # Errors
    /// [`Code::MalformedDelta`] with the offset, or a code whose blame is
    /// [`BudgetExceeded`](crate::Blame::BudgetExceeded).
    pub fn from_bytes(bytes: &[u8], budget: &Budget) -> Result<Self, Error> {
        if bytes.len() > budget.bytes {
            let error = Error::new(Code::InputTooLarge);
            let error = error.expected(format_args!("at most {} bytes", budget.bytes));
            return Err(error.actual(format_args!("{} bytes", bytes.len())));
        }
        let mut reader = Reader {
            cursor: Cursor::new(bytes, Code::MalformedDelta),
            changes_left: budget.nodes,
            changes: budget.nodes,
        };
        let delta = reader.delta()?;
        reader.cursor.end()?;
        Ok(delta)
    }
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    /// What is left of the budget's accounts, slots and codes.
    changes_left: usize,
    changes: usize,
}

impl Reader<'_> {
    fn delta(&mut self) -> Result<Delta, Error> {
        self.cursor.header(MAGIC, VERSION, "a delta")?;
        let number = self.cursor.number()?;
        let blocks = self.cursor.number()?;
        if blocks == 0 || blocks > number {
            let error = self.cursor.refuse(1, "at least one block, and none before the first");
            return Err(error.actual(format_args!("{blocks} up to block {number}")));
        }
        let mut hash = || self.cursor.array().map(B256::new);
        Ok(Delta {
            number,
            blocks,
            block_hash: hash()?,
            parent_hash: hash()?,
            pre_state_root: hash()?,
            post_state_root: hash()?,
            accounts: self.accounts()?,
            codes: self.codes()?,
        })
    }

    /// How many entries follow. Room is made as they come, since a count proves nothing.
    fn count(&mut self) -> Result<u64, Error> {
        let count = self.cursor.number()?;
        match usize::try_from(count).ok().and_then(|count| self.changes_left.checked_sub(count)) {
            Some(left) => self.changes_left = left,
            None => {
                let expected = format!("at most {} accounts, slots and codes", self.changes);
                return Err(Error::new(Code::TooManyChanges).expected(expected).actual("more"));
            }
        }
        Ok(count)
    }

    fn accounts(&mut self) -> Result<Ascending<Address, AccountDelta>, Error> {
        let mut accounts = Ascending::default();
        for _ in 0..self.count()? {
            let address = Address::new(self.cursor.array()?);
            if accounts.last().is_some_and(|(last, _)| *last >= address) {
                return Err(self.cursor.refuse(20, "an address above the one before it"));
            }
            let _ascending = accounts.push(address, self.account()?);
        }
        Ok(accounts)
    }

    fn account(&mut self) -> Result<AccountDelta, Error> {
        let flags = self.cursor.byte()?;
        let has = |flag: u8| flags & flag != 0;
        let fits = flags < 0x80
            && (has(BEFORE) || !has(CODE_BEFORE))
            && (has(AFTER) || !has(NONCE | BALANCE | CODE));
        if !fits {
            let error = self.cursor.refuse(1, "flags of an account that agree with each other");
            return Err(error.actual(format_args!("{flags:#04x}")));
        }
        let mut before = NOTHING;
        if has(BEFORE) {
            before.nonce = self.cursor.number()?;
            before.balance = self.cursor.integer(32)?;
        }
        if has(CODE_BEFORE) {
            before.code_hash = self.other_code(&KECCAK256_EMPTY)?;
        }
        let after = self.after(&before, has)?;
        let storage =
            if has(CLEARED) {
                StorageDelta::Cleared(self.slots(|cursor| cursor.integer(32))?)
            } else {
                StorageDelta::Written(self.slots(|cursor| {
                    Ok(SlotDelta { before: value(cursor)?, after: value(cursor)? })
                })?)
            };
        Ok(AccountDelta {
            before: has(BEFORE).then_some(before),
            after: has(AFTER).then_some(after),
            storage,
        })
    }

    /// The account after: before, save for the fields that follow.
    fn after(&mut self, before: &Account, has: impl Fn(u8) -> bool) -> Result<Account, Error> {
        let mut after = *before;
        if has(NONCE) {
            after.nonce = self.cursor.number()?;
            if after.nonce == before.nonce {
                return Err(self.cursor.refuse(1, "another nonce than before"));
            }
        }
        if has(BALANCE) {
            after.balance = self.cursor.integer(32)?;
            if after.balance == before.balance {
                return Err(self.cursor.refuse(1, "another balance than before"));
            }
        }
        if has(CODE) {
            after.code_hash = self.other_code(&before.code_hash)?;
        }
        Ok(after)
    }

    fn other_code(&mut self, than: &B256) -> Result<B256, Error> {
        let hash = B256::new(self.cursor.array()?);
        if hash == *than {
            return Err(self.cursor.refuse(32, "the hash of another code"));
        }
        Ok(hash)
    }

    fn slots<V>(
        &mut self,
        mut value: impl FnMut(&mut Cursor<'_>) -> Result<V, Error>,
    ) -> Result<Ascending<U256, V>, Error> {
        let mut slots = Ascending::default();
        for _ in 0..self.count()? {
            let left = self.cursor.left();
            let key = self.cursor.integer(32)?;
            if slots.last().is_some_and(|(last, _)| *last >= key) {
                let len = left - self.cursor.left();
                return Err(self.cursor.refuse(len, "a slot above the one before it"));
            }
            let _ascending = slots.push(key, value(&mut self.cursor)?);
        }
        Ok(slots)
    }

    fn codes(&mut self) -> Result<Ascending<B256, Bytes>, Error> {
        let mut codes = Ascending::default();
        for _ in 0..self.count()? {
            let code = self.cursor.bytes()?;
            if !codes.push(keccak256(code), Bytes::copy_from_slice(code)) {
                let expected = "a code whose hash is above that of the one before it";
                return Err(self.cursor.refuse(code.len(), expected));
            }
        }
        Ok(codes)
    }
}

/// A slot's value, or none.
fn value(cursor: &mut Cursor<'_>) -> Result<Option<U256>, Error> {
    match cursor.byte()? {
        ABSENT => Ok(None),
        len if len < ABSENT => cursor.digits(len).map(Some),
        len => {
            let error = cursor.refuse(1, "a value of at most 32 bytes, or none");
            Err(error.actual(format_args!("length {len}")))
        }
    }
}
