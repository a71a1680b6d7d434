//! Accounts and codes of which the state knows a part.

use std::ops::Range;

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};
use weakstate_codec::{Code as ErrorCode, Error};
use weakstate_trees::chunks::CHUNK;
use weakstate_trees::state::{Account, Fields, State};

use super::{Chunks, EMPTY, Hole, Overlay};

/// The fields that decide whether an account is empty (EIP-161).
pub(crate) const DECISIVE: Fields = Fields::NONCE.and(Fields::BALANCE).and(Fields::CODE_HASH);

/// A code of the state before the block that is used bit by bit.
#[derive(Clone, Debug)]
pub(crate) struct CodeUse {
    /// Whose code it is.
    owner: Address,
    /// Which of its chunks are known, if not all are.
    known: Option<Chunks>,
    /// Whether it is taken down which are used.
    records: bool,
}

impl<S: State> Overlay<S> {
    /// Says that instructions ask for each field that they need, by [`Self::require`]. Without
    /// it an account is known in whole or not at all.
    pub(crate) fn ask_by_field(&mut self) {
        self.by_field = true;
    }

    /// Says that a code of 23 bytes may be a delegation (EIP-7702): it is read whenever its
    /// account is.
    pub(crate) fn read_delegations(&mut self) {
        self.delegations = true;
    }

    /// Asks for fields of an account's pre-state that the state may not cover.
    pub fn require(&mut self, address: &Address, fields: Fields) -> Result<(), Hole> {
        let (_, entry) = self.entry(address)?;
        if !entry.unknown.intersects(fields) {
            return Ok(());
        }
        self.keep(Err(not_witnessed(address)))
    }

    /// Asks for what says whether an account has a code, and how long it is.
    pub(crate) fn require_code(&mut self, address: &Address) -> Result<(), Hole> {
        let (_, entry) = self.entry(address)?;
        let none = |account: Account| account.code_hash == KECCAK256_EMPTY;
        if entry.now.is_none_or(none) && !entry.unknown.intersects(Fields::CODE_HASH) {
            return Ok(());
        }
        self.require(address, Fields::CODE_SIZE)
    }

    /// Whether some of the fields that decide about emptiness are not known.
    pub(crate) fn is_partial(&mut self, address: &Address) -> Result<bool, Hole> {
        let (_, entry) = self.entry(address)?;
        Ok(entry.unknown.intersects(DECISIVE))
    }

    /// How the use of a code with this hash is followed; `None` if it need not be, since all of
    /// it is known and nobody asks, or since this block made it.
    pub(crate) fn follow(&self, owner: &Address, hash: &B256) -> Option<CodeUse> {
        let id = *self.index.get(owner)?;
        let entry = self.entries.get(id as usize)?;
        let (_, known) = entry.code.as_ref()?;
        if entry.before.is_none_or(|before| before.code_hash != *hash) {
            return None;
        }
        let records = self.state.records_code();
        let needed = records || known.is_some();
        needed.then(|| CodeUse { owner: *owner, known: known.clone(), records })
    }

    /// Asks for bytes of a code.
    pub(crate) fn use_code(&mut self, code: &CodeUse, bytes: Range<usize>) -> Result<(), Hole> {
        if bytes.is_empty() {
            return Ok(());
        }
        let CodeUse { owner, known, records } = code;
        let (first, last) = (bytes.start / CHUNK, (bytes.end - 1) / CHUNK);
        if *records {
            let chunk = |index| u32::try_from(index).unwrap_or(u32::MAX);
            self.state.touch_code(owner, chunk(first)..=chunk(last));
        }
        let Some(known) = known else { return Ok(()) };
        let unknown = |index: &usize| known.get(*index).copied().flatten().is_none();
        let Some(index) = (first..=last).find(unknown) else { return Ok(()) };
        let error = Error::new(ErrorCode::CodeNotWitnessed);
        let at = format_args!("chunk {index} of the code of account {owner}");
        self.keep(Err(Box::new(error.at(at))))
    }

    /// Writes a slot of an account that nobody can take away: it stays even if it is empty. It
    /// need not be known if it is certain that it `exists`.
    pub(crate) fn write_kept(
        &mut self,
        address: &Address,
        (slot, value): (U256, U256),
        exists: bool,
    ) -> Result<(), Hole> {
        self.kept = Some(*address);
        if exists && !self.index.contains_key(address) {
            match self.state.account(address) {
                Err(error) if error.code == ErrorCode::AccountNotWitnessed => {
                    self.insert(address, Some(EMPTY), DECISIVE.and(Fields::CODE_SIZE));
                }
                read => {
                    self.keep(read)?;
                }
            }
        }
        let (id, _) = self.entry(address)?;
        let before = self.slot(id, &slot)?;
        let (_, entry) = self.entry(address)?;
        entry.now.get_or_insert(EMPTY);
        entry.written = true;
        entry.slots.entry(slot).or_insert((before, value)).1 = value;
        Ok(())
    }

    /// A slot of the account that [`Self::write_kept`] wrote to.
    pub(crate) fn kept_slot(&mut self, address: &Address, slot: &U256) -> Result<U256, Hole> {
        let (id, _) = self.entry(address)?;
        self.slot(id, slot)
    }
}

/// The refusal where a witness does not cover what is asked of an account.
pub(super) fn not_witnessed(address: &Address) -> Box<Error> {
    Box::new(Error::new(ErrorCode::AccountNotWitnessed).at(format_args!("account {address}")))
}
