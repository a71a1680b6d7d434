//! What the bytes of each table mean.
//!
//! One encoding for each value, the shortest: what does not decode was not written by us. Numbers
//! in keys are big-endian, so that the order of keys is theirs.

use std::ops::Deref;

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};
use weakstate_codec::{Code, Error};

use crate::kv::Read;
use crate::{Result, Table};

/// Keys of [`Table::Meta`].
pub mod meta {
    /// Mark and version of the format; the store's own.
    pub const FORMAT: &[u8] = b"format";
    /// Name of the scheme that commits to the state.
    pub const SCHEME: &[u8] = b"scheme";
    /// The chain's id.
    pub const CHAIN: &[u8] = b"chain";
    /// Where the chain's rules come from, as whoever made the store wrote it.
    pub const RULES: &[u8] = b"rules";
    /// How far an import has come.
    pub const IMPORT: &[u8] = b"import";
    /// Stands before the address of an account during an import: the code of a delegation that
    /// was cleared, whose chunk the tree still holds.
    pub const CLEARED: &[u8] = b"cleared";
    /// The block whose post-state this is: see [`super::Head`].
    pub const HEAD: &[u8] = b"head";
}

/// Longest key that is made here.
const LONGEST: usize = 1 + 32 + 64;

/// A key, without a trip to the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    bytes: [u8; LONGEST],
    len: u8,
}

impl Key {
    fn new(parts: impl IntoIterator<Item = u8>) -> Self {
        let mut bytes = [0; LONGEST];
        let filled = bytes.iter_mut().zip(parts).map(|(byte, part)| *byte = part).count();
        Self { bytes, len: filled as u8 }
    }
}

impl Deref for Key {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

/// Key of a slot in [`Table::Slots`]. The address alone is the prefix of all of an account's.
pub fn slot_key(address: &Address, slot: &U256) -> Key {
    Key::new(address.0.into_iter().chain(slot.to_be_bytes::<32>()))
}

const IN_ACCOUNTS: u8 = 0;
const IN_STORAGE: u8 = 1;
const IN_STEMS: u8 = 2;

/// Key in [`Table::Nodes`] of the Merkle Patricia node at the first `depth` nibbles of `path`, in
/// the storage of the account whose hashed address is `owner`, or among the accounts.
///
/// A nibble takes a byte: so a node stands just before all below it, and its key is their prefix.
pub fn node_key(owner: Option<&B256>, path: &B256, depth: usize) -> Key {
    let nibbles = path.0.into_iter().flat_map(|byte| [byte >> 4, byte & 15]).take(depth);
    match owner {
        None => Key::new([IN_ACCOUNTS].into_iter().chain(nibbles)),
        Some(owner) => Key::new([IN_STORAGE].into_iter().chain(owner.0).chain(nibbles)),
    }
}

/// Prefix in [`Table::Nodes`] of all nodes of an account's storage.
pub fn storage_prefix(owner: &B256) -> Key {
    node_key(Some(owner), &B256::ZERO, 0)
}

/// Key in [`Table::Nodes`] of children 16 × `group` to 16 × `group` + 15 of the 256-ary node at
/// the first `depth` bytes of `stem`.
///
/// A Verkle prover wants all children of a node, a writer changes a few of them: 16 groups stand
/// side by side, and one of them, at 32 or 64 bytes a child, fits a page of the disk several
/// times. Without the depth before the path, children's keys would stand between the groups.
pub fn group_key(stem: &[u8; 31], depth: usize, group: u8) -> Key {
    Key::new(group_prefix(stem, depth).iter().copied().chain([group]))
}

/// Prefix in [`Table::Nodes`] of all groups of a 256-ary node.
pub fn group_prefix(stem: &[u8; 31], depth: usize) -> Key {
    let depth = depth.min(stem.len());
    Key::new([IN_STEMS, depth as u8].into_iter().chain(stem.iter().copied().take(depth)))
}

/// Key in [`Table::Headers`], and prefix in [`Table::Undo`] of all that undoes a block.
pub fn block_key(number: u64) -> Key {
    Key::new(number.to_be_bytes())
}

/// Key in [`Table::Undo`] of one of the things that undo a block.
///
/// One entry a thing, rather than one record a block: a record would take a run of pages, and
/// the engine would have to find such a run anew for each block.
pub fn undo_key(number: u64, index: u32) -> Key {
    Key::new(number.to_be_bytes().into_iter().chain(index.to_be_bytes()))
}

fn damaged(table: Table, expected: &str, bytes: &[u8]) -> Box<Error> {
    let found = alloy_primitives::hex::encode_prefixed(bytes.get(..80).unwrap_or(bytes));
    Box::new(Error::new(Code::StoreDamaged).expected(expected).actual(found).at(table.name()))
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

/// A number of at most `N` bytes without leading zeros.
fn padded<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    let mut whole = [0; N];
    let start = N.checked_sub(bytes.len())?;
    whole.get_mut(start..)?.copy_from_slice(bytes);
    (bytes.first() != Some(&0)).then_some(whole)
}

/// The value of a slot in [`Table::Slots`]: big-endian without leading zeros, empty for zero.
pub fn encode_slot(value: &U256) -> Vec<u8> {
    trimmed(&value.to_be_bytes::<32>()).to_vec()
}

/// The value of a slot. Fails with `store_damaged`.
pub fn decode_slot(bytes: &[u8]) -> Result<U256> {
    let value = padded::<32>(bytes).map(U256::from_be_bytes);
    value.ok_or_else(|| damaged(Table::Slots, "a number of at most 32 bytes", bytes))
}

const HAS_CODE: u8 = 0x80;

/// An account in [`Table::Accounts`]: a byte that holds the nonce's length and, in its top bit,
/// whether there is code; the nonce; the code's hash if there is code; the balance.
pub fn encode_account(nonce: u64, balance: &U256, code_hash: &B256) -> Vec<u8> {
    let (nonce, balance) = (nonce.to_be_bytes(), balance.to_be_bytes::<32>());
    let (nonce, balance) = (trimmed(&nonce), trimmed(&balance));
    let (mark, code) =
        if *code_hash == KECCAK256_EMPTY { (0, &[][..]) } else { (HAS_CODE, &code_hash.0[..]) };
    [&[nonce.len() as u8 | mark], nonce, code, balance].concat()
}

/// Nonce, balance and code hash of an account. Fails with `store_damaged`.
pub fn decode_account(bytes: &[u8]) -> Result<(u64, U256, B256)> {
    let read = || {
        let (first, rest) = bytes.split_first()?;
        let (nonce, rest) = rest.split_at_checked(usize::from(first & !HAS_CODE))?;
        let (code_hash, balance) = if first & HAS_CODE == 0 {
            (KECCAK256_EMPTY, rest)
        } else {
            let (code_hash, balance) = rest.split_first_chunk()?;
            (B256::new(*code_hash), balance)
        };
        let canonical = first & HAS_CODE == 0 || code_hash != KECCAK256_EMPTY;
        let nonce = u64::from_be_bytes(padded(nonce)?);
        let balance = U256::from_be_bytes(padded::<32>(balance)?);
        canonical.then_some((nonce, balance, code_hash))
    };
    read().ok_or_else(|| damaged(Table::Accounts, "nonce, code hash, balance", bytes))
}

/// The block whose post-state a store holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub number: u64,
    /// Hash of its header.
    pub hash: B256,
    /// Root of the state after it.
    pub root: B256,
}

impl Head {
    /// The head of the store; `None` if no state was put in yet. Fails with `store_damaged`.
    pub fn read(tables: &(impl Read + ?Sized)) -> Result<Option<Self>> {
        let Some(bytes) = tables.get(Table::Meta, meta::HEAD)? else { return Ok(None) };
        let read = || {
            let (number, rest) = bytes.split_first_chunk()?;
            let (hash, rest) = rest.split_first_chunk()?;
            let root = B256::new(rest.try_into().ok()?);
            Some(Self { number: u64::from_be_bytes(*number), hash: B256::new(*hash), root })
        };
        let head = read().ok_or_else(|| damaged(Table::Meta, "number, hash, root", bytes));
        head.map(Some)
    }

    /// What stands under [`meta::HEAD`] where this is the head.
    pub fn to_bytes(&self) -> Vec<u8> {
        [&self.number.to_be_bytes()[..], &self.hash[..], &self.root[..]].concat()
    }
}
