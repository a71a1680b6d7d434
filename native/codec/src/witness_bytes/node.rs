//! A node's RLP, taken apart so that it can be put together again to the same bytes.
//!
//! Source: Yellow Paper, appendices C and D.

use alloy_primitives::{B256, U256};

use super::Trie;
use crate::rlp;

/// Nibbles of a key.
pub(super) const NIBBLES: usize = 64;
/// The shortest node that its parent refers to by hash.
pub(super) const HASHED: usize = 32;
/// RLP of a node's hash starts with this.
pub(super) const HASH_PREFIX: u8 = 0xa0;

/// A child, as its parent holds it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Child<'a> {
    Empty,
    Hash(&'a B256),
    /// The whole RLP of a node of less than 32 bytes.
    Inline(&'a [u8]),
}

/// An account as its leaf holds it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Account {
    pub(super) nonce: u64,
    pub(super) balance: U256,
    pub(super) storage_root: B256,
    pub(super) code_hash: B256,
}

#[derive(Clone, Copy, Debug)]
#[expect(clippy::large_enum_variant, reason = "it lives for one step, on the stack")]
pub(super) enum Node<'a> {
    Branch([Child<'a>; 16]),
    Extension { path: Path<'a>, child: Child<'a> },
    Leaf { path: Path<'a>, value: Value<'a> },
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Account(Account),
    Slot(U256),
    Other(&'a [u8]),
}

impl<'a> Value<'a> {
    /// What `bytes` are as a value of this trie.
    pub(super) fn of(bytes: &'a [u8], trie: Trie) -> Self {
        match trie {
            Trie::Accounts => account(bytes).map_or(Self::Other(bytes), Self::Account),
            Trie::Storage => match rlp::string(bytes).map(|(digits, rest)| (integer(digits), rest))
            {
                Some((Some(value), [])) => Self::Slot(value),
                _ => Self::Other(bytes),
            },
        }
    }
}

/// Nibbles as hexadecimal: two a byte, the first alone in its byte if their number is odd.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path<'a> {
    pub(super) nibbles: usize,
    /// The first nibble, if their number is odd.
    pub(super) odd: Option<u8>,
    pub(super) pairs: &'a [u8],
}

impl<'a> Path<'a> {
    /// The path of a leaf or extension, and whether it is a leaf's.
    fn of(compact: &'a [u8]) -> Option<(bool, Self)> {
        let (&first, pairs) = compact.split_first()?;
        let odd = match first & 0xf0 {
            0x00 | 0x20 if first & 0x0f == 0 => None,
            0x10 | 0x30 => Some(first & 0x0f),
            _ => return None,
        };
        let nibbles = pairs.len() * 2 + usize::from(odd.is_some());
        Some((first & 0x20 != 0, Self { nibbles, odd, pairs }))
    }

    /// The byte before the pairs in a node's RLP.
    pub(super) fn flag(&self, leaf: bool) -> u8 {
        let leaf = if leaf { 0x20 } else { 0 };
        leaf | self.odd.map_or(0, |nibble| 0x10 | nibble)
    }
}

/// Takes apart a node that hangs at `depth`, if it is one that a trie of 32-byte keys can have
/// there. What this gives holds all that is in `raw`, since RLP has one encoding a value.
pub(super) fn parse(raw: &[u8], depth: usize, trie: Trie) -> Option<Node<'_>> {
    let (payload, []) = rlp::list(raw)? else {
        return None;
    };
    let (first, second) = rlp::item(payload)?;
    let (_, rest) = rlp::item(second)?;
    if !rest.is_empty() {
        return branch(payload).filter(|_| depth < NIBBLES).map(Node::Branch);
    }
    let (compact, _) = rlp::string(first)?;
    let (leaf, path) = Path::of(compact)?;
    if leaf {
        let (value, _) = rlp::string(second)?;
        let fits = depth + path.nibbles == NIBBLES;
        return fits.then(|| Node::Leaf { path, value: Value::of(value, trie) });
    }
    let (child, _) = child(second)?;
    let fits = path.nibbles > 0 && depth + path.nibbles < NIBBLES;
    (fits && !matches!(child, Child::Empty)).then_some(Node::Extension { path, child })
}

fn branch(mut payload: &[u8]) -> Option<[Child<'_>; 16]> {
    let mut children = [Child::Empty; 16];
    for slot in &mut children {
        (*slot, payload) = child(payload)?;
    }
    // No key of a state ends at a branch, so there is no value.
    (payload == [0x80]).then_some(children)
}

#[inline]
fn child(bytes: &[u8]) -> Option<(Child<'_>, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    match first {
        0x80 => Some((Child::Empty, rest)),
        HASH_PREFIX => {
            let (hash, rest) = rest.split_first_chunk::<32>()?;
            Some((Child::Hash(hash.into()), rest))
        }
        0xc0.. => {
            let (item, rest) = rlp::item(bytes)?;
            (item.len() < HASHED).then_some((Child::Inline(item), rest))
        }
        _ => None,
    }
}

fn account(bytes: &[u8]) -> Option<Account> {
    let (payload, []) = rlp::list(bytes)? else {
        return None;
    };
    let (nonce, rest) = rlp::string(payload)?;
    let (balance, rest) = rlp::string(rest)?;
    let (storage_root, rest) = rlp::string(rest)?;
    let (code_hash, []) = rlp::string(rest)? else {
        return None;
    };
    Some(Account {
        nonce: integer(nonce)?.try_into().ok()?,
        balance: integer(balance)?,
        storage_root: B256::try_from(storage_root).ok()?,
        code_hash: B256::try_from(code_hash).ok()?,
    })
}

/// An integer without leading zeros.
fn integer(digits: &[u8]) -> Option<U256> {
    if digits.first() == Some(&0) {
        return None;
    }
    U256::try_from_be_slice(digits)
}
