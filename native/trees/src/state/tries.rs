//! Accounts and slots in Merkle Patricia tries: one of accounts, and one of slots for each.
//!
//! Source: Yellow Paper, section 4.1.

use alloy_primitives::map::AddressMap;
use alloy_primitives::{Address, B256, U256};
use alloy_rlp::{Decodable, Encodable, Header};
use weakstate_codec::{Code as ErrorCode, Error};

use super::{Account, AccountChange, Changes, Result};
use crate::keccak::{hash_all, keccak256};
use crate::mpt::{EMPTY_ROOT, Forest, Miss, Trie, Write};
use crate::nibbles::show_path;
use crate::source::{Place, Source};

/// The tries of a state, over any source of nodes.
#[derive(Debug)]
pub struct Tries<'w, S> {
    forest: Forest<'w, S>,
    root: Trie,
    /// Every account that was asked for.
    known: AddressMap<Known>,
}

/// What was learnt of an account.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// Keccak-256 of the address: the account's key.
    key: B256,
    account: Option<Account>,
    storage_root: B256,
    storage: Trie,
}

impl<'w, S: Source<'w>> Tries<'w, S> {
    /// Opens the state with this root. Its nodes are read when they are first touched, each
    /// by its hash: nothing that the root does not commit to is ever read.
    pub fn open(root: &B256, source: S) -> Self {
        let mut forest = Forest::new(source);
        let root = forest.open(None, root);
        Self { forest, root, known: AddressMap::default() }
    }

    /// Where the nodes come from.
    pub fn source(&self) -> &S {
        self.forest.source()
    }

    pub(super) fn source_mut(&mut self) -> &mut S {
        self.forest.source_mut()
    }

    /// The account at `address`; `None` is proven absence.
    pub fn account(&mut self, address: &Address) -> Result<Option<Account>> {
        Ok(self.known(address)?.account)
    }

    /// Whether the account has any storage slot.
    pub fn has_storage(&mut self, address: &Address) -> Result<bool> {
        Ok(self.known(address)?.storage_root != EMPTY_ROOT)
    }

    /// Root of the account's storage.
    pub fn storage_root(&mut self, address: &Address) -> Result<B256> {
        Ok(self.known(address)?.storage_root)
    }

    /// The value of a slot; zero is proven absence.
    pub fn slot(&mut self, address: &Address, slot: &U256) -> Result<U256> {
        self.slot_at(address, slot, &keccak256(slot.to_be_bytes::<32>()))
    }

    /// The values of slots, as [`Self::slot`] gives each.
    pub fn slots(&mut self, asked: &[(Address, U256)]) -> Result<Vec<U256>> {
        self.learn(asked.iter().map(|(address, _)| *address))?;
        let bytes: Vec<[u8; 32]> = asked.iter().map(|(_, slot)| slot.to_be_bytes()).collect();
        let bytes: Vec<&[u8]> = bytes.iter().map(<[u8; 32]>::as_slice).collect();
        let mut keyed = Vec::with_capacity(asked.len());
        for (index, ((address, slot), key)) in asked.iter().zip(hash_all(&bytes)).enumerate() {
            keyed.push((self.known(address)?.key, key, index, address, slot));
        }
        keyed.sort_unstable();
        let mut values = vec![U256::ZERO; asked.len()];
        for (_, key, index, address, slot) in keyed {
            let value = self.slot_at(address, slot, &key)?;
            if let Some(place) = values.get_mut(index) {
                *place = value;
            }
        }
        Ok(values)
    }

    fn slot_at(&mut self, address: &Address, slot: &U256, key: &B256) -> Result<U256> {
        let storage = self.known(address)?.storage;
        let value = self.forest.get(storage, key);
        match value.map_err(|miss| slot_miss(*miss, address, Some(slot)))? {
            None => Ok(U256::ZERO),
            Some(mut bytes) => match U256::decode(&mut bytes) {
                Ok(value) if bytes.is_empty() && !value.is_zero() => Ok(value),
                _ => {
                    let error = Error::new(ErrorCode::MalformedNode).expected("a slot's value");
                    Err(Box::new(error.at(format_args!("account {address} slot {slot:#x}"))))
                }
            },
        }
    }

    /// Writes `changes`, updates and inserts first, then deletions, and returns the new root.
    /// `emit` is handed every node that changed, with its place and hash.
    pub fn write(
        &mut self,
        changes: &Changes,
        mut emit: impl FnMut(&Place, &B256, &[u8]),
    ) -> Result<B256> {
        let slots: Vec<[u8; 32]> = changes
            .iter()
            .flat_map(|(_, change)| change.slots.iter().map(|(slot, _)| slot.to_be_bytes()))
            .collect();
        let slots: Vec<&[u8]> = slots.iter().map(<[u8; 32]>::as_slice).collect();
        let mut keys = hash_all(&slots).into_iter();
        self.learn(changes.iter().map(|(address, _)| *address))?;
        let mut storages = Vec::with_capacity(changes.len());
        for (address, change) in changes {
            storages.push(self.write_slots(address, change, &mut keys)?);
        }
        let storage_roots = self.forest.commit_with(&storages, &mut emit);
        let mut writes: Vec<Write> = Vec::new();
        let mut deletions: Vec<B256> = Vec::new();
        for (((address, change), storage), storage_root) in
            changes.iter().zip(storages).zip(storage_roots)
        {
            let Some(known) = self.known.get_mut(address) else { continue };
            (known.account, known.storage) = (change.account, storage);
            known.storage_root = storage_root;
            match &change.account {
                Some(account) => writes.push((known.key, encode_account(account, &storage_root))),
                None => deletions.push(known.key),
            }
        }
        let root = self.apply(self.root, writes, deletions);
        self.root = root.map_err(|miss| {
            let whose = match &*miss {
                Miss::Hole { sibling: false, path, .. } => self.address_of(path),
                _ => None,
            };
            account_miss(*miss, &whose.unwrap_or_default())
        })?;
        let roots = self.forest.commit_with(&[self.root], &mut emit);
        Ok(roots.first().copied().unwrap_or(EMPTY_ROOT))
    }

    /// Visits the place of every node that was read or written and is there now, in no order.
    #[expect(clippy::iter_over_hash_type, reason = "said so")]
    pub fn places(&self, mut visit: impl FnMut(&Place)) {
        self.forest.places(self.root, &mut visit);
        for known in self.known.values() {
            self.forest.places(known.storage, &mut visit);
        }
    }

    /// Looks up those accounts that are not known yet. They are hashed many at a time, and taken in
    /// the order of their keys, in which a store has neighbours together.
    pub fn learn(&mut self, addresses: impl IntoIterator<Item = Address>) -> Result<()> {
        let addresses = addresses.into_iter().filter(|address| !self.known.contains_key(address));
        let mut unknown: Vec<Address> = addresses.collect();
        unknown.sort_unstable();
        unknown.dedup();
        let bytes: Vec<&[u8]> = unknown.iter().map(|address| address.as_slice()).collect();
        let mut keyed: Vec<(B256, &Address)> = hash_all(&bytes).into_iter().zip(&unknown).collect();
        keyed.sort_unstable();
        keyed.into_iter().try_for_each(|(key, address)| self.look_up(key, address).map(drop))
    }

    fn known(&mut self, address: &Address) -> Result<Known> {
        match self.known.get(address) {
            Some(known) => Ok(*known),
            None => self.look_up(keccak256(address), address),
        }
    }

    fn look_up(&mut self, key: B256, address: &Address) -> Result<Known> {
        let leaf = self.forest.get(self.root, &key);
        let leaf = leaf.map_err(|miss| account_miss(*miss, address))?.map(decode_account);
        let known = match leaf {
            None => {
                let storage = Trie::empty(Some(key));
                Known { key, account: None, storage_root: EMPTY_ROOT, storage }
            }
            Some(None) => {
                let error = Error::new(ErrorCode::MalformedNode).expected("an account");
                return Err(Box::new(error.at(format_args!("account {address}"))));
            }
            Some(Some((account, storage_root))) => {
                let storage = self.forest.open(Some(key), &storage_root);
                Known { key, account: Some(account), storage_root, storage }
            }
        };
        self.known.insert(*address, known);
        Ok(known)
    }

    /// Writes the slots of one account, whose hashes come next in `keys`. Returns the storage
    /// trie that it then has.
    fn write_slots(
        &mut self,
        address: &Address,
        change: &AccountChange,
        keys: &mut impl Iterator<Item = B256>,
    ) -> Result<Trie> {
        let known = self.known(address)?;
        let storage =
            if change.storage_cleared { Trie::empty(Some(known.key)) } else { known.storage };
        let mut writes: Vec<Write> = Vec::new();
        let mut deletions: Vec<B256> = Vec::new();
        for ((_, value), key) in change.slots.iter().zip(keys) {
            if value.is_zero() {
                deletions.push(key);
            } else {
                writes.push((key, alloy_rlp::encode(value).into_boxed_slice()));
            }
        }
        let written = self.apply(storage, writes, deletions);
        written.map_err(|miss| slot_miss(*miss, address, None))
    }

    fn apply(
        &mut self,
        trie: Trie,
        mut writes: Vec<Write>,
        mut deletions: Vec<B256>,
    ) -> std::result::Result<Trie, Box<Miss>> {
        writes.sort_unstable_by_key(|(key, _)| *key);
        deletions.sort_unstable();
        let trie = self.forest.insert(trie, &mut writes)?;
        self.forest.remove(trie, &deletions)
    }

    fn address_of(&self, key: &B256) -> Option<Address> {
        self.known.iter().find_map(|(address, known)| (known.key == *key).then_some(*address))
    }
}

fn account_miss(miss: Miss, address: &Address) -> Box<Error> {
    miss_error(miss, ErrorCode::AccountNotWitnessed, format_args!("account {address}"))
}

fn slot_miss(miss: Miss, address: &Address, slot: Option<&U256>) -> Box<Error> {
    let code = ErrorCode::SlotNotWitnessed;
    match slot {
        Some(slot) => miss_error(miss, code, format_args!("account {address} slot {slot:#x}")),
        None => miss_error(miss, code, format_args!("storage of account {address}")),
    }
}

fn miss_error(miss: Miss, code: ErrorCode, at: std::fmt::Arguments<'_>) -> Box<Error> {
    Box::new(match miss {
        Miss::Source(error) => return error,
        Miss::Hole { path, depth, hash, sibling: true } => {
            let trie = match code {
                ErrorCode::SlotNotWitnessed => at.to_string(),
                _ => "account trie".to_owned(),
            };
            Error::new(ErrorCode::SiblingNotWitnessed)
                .expected(format_args!("node {hash}"))
                .at(format_args!("{trie}, {}", show_path(&path, depth)))
        }
        Miss::Hole { path, depth, hash, .. } => Error::new(code)
            .expected(format_args!("node {hash}"))
            .at(format_args!("{at}, {}", show_path(&path, depth))),
        Miss::Malformed { path, depth } => Error::new(ErrorCode::MalformedNode)
            .expected("a Merkle Patricia node")
            .at(format_args!("{at}, {}", show_path(&path, depth))),
    })
}

/// The account and its storage root, or `None` if the leaf holds no canonical account.
pub fn decode_account(mut leaf: &[u8]) -> Option<(Account, B256)> {
    let header = Header::decode(&mut leaf).ok()?;
    if !header.list || header.payload_length != leaf.len() {
        return None;
    }
    let nonce = u64::decode(&mut leaf).ok()?;
    let balance = U256::decode(&mut leaf).ok()?;
    let storage_root = B256::decode(&mut leaf).ok()?;
    let code_hash = B256::decode(&mut leaf).ok()?;
    leaf.is_empty().then_some((Account { nonce, balance, code_hash }, storage_root))
}

/// The leaf of an account.
pub fn encode_account(account: &Account, storage_root: &B256) -> Box<[u8]> {
    let payload_length = account.nonce.length() + account.balance.length() + 66;
    let mut out = Vec::with_capacity(payload_length + 3);
    Header { list: true, payload_length }.encode(&mut out);
    account.nonce.encode(&mut out);
    account.balance.encode(&mut out);
    storage_root.encode(&mut out);
    account.code_hash.encode(&mut out);
    out.into_boxed_slice()
}
