//! What a block has changed so far, over the state before it: the interpreter's database.
//!
//! A read that the state cannot answer is kept, so that it comes out as what it is whatever
//! the interpreter makes of it.

mod accesses;
mod database;
mod entry;
mod partial;

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy_primitives::map::{AddressMap, B256Map, HashMap, U256Map};
use alloy_primitives::{Address, B256, Bytes, U256};
use revm::bytecode::Bytecode;
use revm::database_interface::DBErrorMarker;
use revm::state::{Account as JournalAccount, EvmState};
use weakstate_codec::Error;
use weakstate_trees::Source;
use weakstate_trees::state::{self, Account, Changes, Fields, State, Tables, WholeState};

use crate::access_list::Accesses;
use crate::witness_gas::{AccessEvents, Events};

use entry::{EMPTY, Entry};
pub(crate) use partial::{CodeUse, DECISIVE};

/// For each chunk of a code how many of its first bytes a push took; `None` if it is not known.
pub type Chunks = Arc<[Option<u8>]>;

/// A state and what was changed on top of it.
#[derive(Debug)]
pub struct Overlay<S> {
    state: S,
    index: AddressMap<u32>,
    entries: Vec<Entry>,
    codes: B256Map<Bytecode>,
    /// Codes that were given to accounts, by hash.
    created: BTreeMap<B256, Bytes>,
    block_hashes: HashMap<u64, B256>,
    oldest_hash: Option<u64>,
    /// The first read that the state could not answer.
    hole: Option<Box<Error>>,
    /// What goes to the block's access list, if one is asked for.
    accesses: Option<Box<Accesses>>,
    /// Leaves that were touched, where gas is charged by them.
    pub(crate) events: Events,
    /// Whether each instruction asks for the fields of accounts that it needs.
    by_field: bool,
    /// Whether codes may be delegations.
    delegations: bool,
    /// An account that stays even if it is empty.
    kept: Option<Address>,
}

/// A read that the state cannot answer; [`Overlay::take_hole`] says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole;

impl std::fmt::Display for Hole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the state does not answer this read")
    }
}

impl std::error::Error for Hole {}

impl DBErrorMarker for Hole {}

impl<S: State> Overlay<S> {
    /// No changes yet on top of `state`.
    pub fn new(state: S, block_hashes: HashMap<u64, B256>) -> Self {
        Self {
            state,
            index: AddressMap::default(),
            entries: Vec::new(),
            codes: B256Map::default(),
            created: BTreeMap::new(),
            block_hashes,
            oldest_hash: None,
            hole: None,
            accesses: None,
            events: Events::default(),
            by_field: false,
            delegations: false,
            kept: None,
        }
    }

    /// Gives the state below back.
    pub fn into_state(self) -> S {
        self.state
    }

    /// The lowest block whose hash was read.
    pub fn oldest_hash(&self) -> Option<u64> {
        self.oldest_hash
    }

    /// The codes that were given to accounts, in ascending order of their hash.
    pub fn take_created(&mut self) -> BTreeMap<B256, Bytes> {
        std::mem::take(&mut self.created)
    }

    /// Tells the state below which leaves gas was charged for.
    pub fn tell_events(&mut self) {
        for leaf in self.events.all().keys() {
            self.state.touch_leaf(leaf.in_state());
        }
    }

    /// The leaves that the block touched, where gas is charged by them.
    pub fn take_events(&mut self) -> AccessEvents {
        self.events.take()
    }

    /// The first read that could not be answered, if there was one.
    pub fn take_hole(&mut self) -> Option<Box<Error>> {
        self.hole.take()
    }

    fn keep<T>(&mut self, result: Result<T, Box<Error>>) -> Result<T, Hole> {
        result.map_err(|error| {
            self.hole.get_or_insert(error);
            Hole
        })
    }

    fn entry(&mut self, address: &Address) -> Result<(u32, &mut Entry), Hole> {
        let id = match self.index.get(address) {
            Some(&id) => id,
            None => {
                let read = self.state.account(address);
                let before = self.keep(read)?;
                let read = self.state.unknown(address);
                let unknown = self.keep(read)?;
                if !self.by_field && !unknown.is_empty() {
                    return self.keep(Err(partial::not_witnessed(address)));
                }
                self.insert(address, before, unknown)
            }
        };
        self.entries.get_mut(id as usize).map(|entry| (id, entry)).ok_or(Hole)
    }

    fn insert(&mut self, address: &Address, before: Option<Account>, unknown: Fields) -> u32 {
        let id = self.entries.len() as u32;
        self.entries.push(Entry {
            address: *address,
            before,
            now: before,
            slots: U256Map::default(),
            cleared: false,
            written: false,
            unknown,
            code: None,
        });
        self.index.insert(*address, id);
        id
    }

    /// Whether the account has any storage now, as far as that decides about a creation.
    pub fn has_storage(&mut self, address: &Address) -> Result<bool, Hole> {
        let (_, entry) = self.entry(address)?;
        if entry.slots.values().any(|(_, now)| !now.is_zero()) {
            return Ok(true);
        }
        if entry.cleared {
            return Ok(false);
        }
        let read = self.state.has_storage(address);
        self.keep(read)
    }

    /// Adds to a balance. An amount of zero touches the account, as rewards do.
    pub fn credit(
        &mut self,
        address: &Address,
        amount: U256,
        keep_empty: bool,
    ) -> Result<(), Hole> {
        if !amount.is_zero() {
            self.require(address, Fields::BALANCE)?;
        }
        let keep_empty = keep_empty || self.kept == Some(*address);
        let (_, entry) = self.entry(address)?;
        let before = entry.now;
        let mut account = before.unwrap_or(EMPTY);
        account.balance = account.balance.saturating_add(amount);
        let stays = keep_empty || account != EMPTY || entry.unknown.intersects(DECISIVE);
        entry.now = stays.then_some(account);
        entry.written = true;
        self.note_account(address, before);
        Ok(())
    }

    /// Takes the whole balance of an account.
    pub fn drain(&mut self, address: &Address) -> Result<U256, Hole> {
        let (_, entry) = self.entry(address)?;
        let before = entry.now;
        let Some(account) = &mut entry.now else {
            return Ok(U256::ZERO);
        };
        entry.written = true;
        let balance = std::mem::take(&mut account.balance);
        self.note_account(address, before);
        Ok(balance)
    }

    /// Takes over what a transaction or system call did.
    #[expect(clippy::iter_over_hash_type, reason = "accounts are taken over independently")]
    pub fn commit(&mut self, changes: EvmState) -> Result<(), Hole> {
        for (address, account) in changes {
            let before = self.note_slots(&address, &account);
            if account.is_touched() {
                self.commit_account(&address, account)?;
            }
            self.note_account(&address, before);
        }
        Ok(())
    }

    #[expect(clippy::iter_over_hash_type, reason = "slots are taken over independently")]
    fn commit_account(&mut self, address: &Address, account: JournalAccount) -> Result<(), Hole> {
        let created = account.is_created();
        let kept = self.kept == Some(*address);
        if created || account.is_selfdestructed() {
            self.require(address, DECISIVE)?;
        }
        let (_, entry) = self.entry(address)?;
        // What is not known of an account does not make it empty.
        let known = !entry.unknown.intersects(DECISIVE);
        let empty = account.is_empty() && !created && !kept && known;
        let destroyed = account.is_selfdestructed() || empty;
        entry.written = true;
        if destroyed || created {
            entry.cleared = true;
            entry.slots.clear();
            entry.unknown = Fields::NONE;
        }
        if destroyed {
            entry.now = None;
            return Ok(());
        }
        let info = account.info;
        let (nonce, balance, code_hash) = (info.nonce, info.balance, info.code_hash);
        let after = Account { nonce, balance, code_hash };
        if entry.changes_unknown(&after) {
            return self.keep(Err(partial::not_witnessed(address)));
        }
        let changed_code = entry.now.is_none_or(|now| now.code_hash != code_hash);
        entry.now = Some(after);
        for (slot, value) in account.storage {
            if value.is_changed() {
                let kept = entry.slots.entry(slot).or_insert((value.original_value, U256::ZERO));
                kept.1 = value.present_value;
            }
        }
        if let Some(code) = info.code.filter(|_| changed_code) {
            if !code.is_empty() {
                self.created.insert(code_hash, code.original_bytes());
            }
            self.codes.insert(code_hash, code);
        }
        Ok(())
    }

    /// Writes the changes into the state below. Returns its new root and what was written;
    /// from then on the changed state is what was before.
    pub fn write(&mut self) -> Result<(B256, Changes), Box<Error>> {
        let mut changes: Changes = Vec::new();
        for entry in &mut self.entries {
            if entry.written
                && let Some(change) = entry.change()
            {
                changes.push((entry.address, change));
            }
        }
        changes.sort_unstable_by_key(|(address, _)| *address);
        let root = self.state.write(&changes, &self.created)?;
        Ok((root, changes))
    }

    /// Forgets what was before, once it is written.
    pub fn settle(&mut self) {
        for entry in &mut self.entries {
            entry.settle();
        }
    }
}

/// What had been read at some time; see [`Overlay::forget`].
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    state: state::Mark,
    entries: usize,
    oldest_hash: Option<u64>,
}

impl<'s, T: Tables, N: Source<'s> + std::fmt::Debug> Overlay<WholeState<'s, T, N>> {
    /// Everything that was read until now.
    pub fn mark(&self) -> Mark {
        let Self { state, entries, oldest_hash, .. } = self;
        Mark { state: state.mark(), entries: entries.len(), oldest_hash: *oldest_hash }
    }

    /// Forgets what was read since `mark`; nothing may have been changed since.
    pub fn forget(&mut self, mark: Mark) {
        for entry in self.entries.drain(mark.entries.min(self.entries.len())..) {
            self.index.remove(&entry.address);
        }
        let forgotten = self.state.forget(mark.state);
        for (address, slot) in forgotten.slots {
            let id = self.index.get(&address);
            if let Some(entry) = id.and_then(|&id| self.entries.get_mut(id as usize)) {
                entry.slots.remove(&slot);
            }
        }
        for hash in forgotten.codes {
            self.codes.remove(&hash);
        }
        self.oldest_hash = mark.oldest_hash;
    }
}
