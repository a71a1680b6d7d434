//! A block's changes as leaves to write.
//!
//! Where zeros stay, nothing is ever taken out of the tree by a block: see `docs/verkle/deletion.md`
//! for what stands there instead. Elsewhere the tree takes a leaf of zeros for one that goes.

use alloy_primitives::{Address, KECCAK256_EMPTY};
use weakstate_codec::{Code as ErrorCode, Error};

use super::header::Known;
use super::{Existence, Found, Leaf, Leaves, Part, Value};
use crate::state::embedding::Header;
use crate::state::{AccountChange, Changes, Codes, Embedding, Result};

/// The leaves that `changes` write, in no particular order, each once.
///
/// # Errors
/// What the leaves answer; `code_not_witnessed` if a new code is not among `codes`;
/// `malformed_field` if a balance has no place in its leaf.
pub(super) fn writes(
    leaves: &mut impl Leaves,
    (embedding, existence): (Embedding, Existence),
    changes: &Changes,
    codes: &Codes,
) -> Result<Vec<(Leaf, Value)>> {
    let mut writes = Vec::new();
    for (address, change) in changes {
        // Execution has asked for the account unless it knew without a witness that it exists.
        let before = Known::read_if_known(leaves, address, embedding, existence)?;
        write_header(&before, embedding, address, change, codes, &mut writes)?;
        let slots = change.slots.iter().map(|(slot, value)| {
            (Leaf::new(*address, Part::Slot(*slot)), value.to_be_bytes::<32>())
        });
        writes.extend(slots);
    }
    Ok(writes)
}

fn write_header(
    before: &Known,
    embedding: Embedding,
    address: &Address,
    change: &AccountChange,
    codes: &Codes,
    writes: &mut Vec<(Leaf, Value)>,
) -> Result<()> {
    let account = match change.account {
        Some(account) => account,
        // Nothing was there, and nothing is.
        None if !before.exists && embedding != Embedding::Zoned => return Ok(()),
        None => Header::EMPTY.account,
    };
    if !embedding.holds(&account.balance) {
        let error = Error::new(ErrorCode::MalformedField).expected("a balance below 2^128");
        return Err(Box::new(error.actual(account.balance).at(format_args!("account {address}"))));
    }
    let mut after = Header { account, ..before.header };
    if account.code_hash != before.header.account.code_hash {
        after = Header::new(account, &[]);
        if account.code_hash != KECCAK256_EMPTY {
            let code = codes.get(&account.code_hash).ok_or_else(|| {
                let error = Error::new(ErrorCode::CodeNotWitnessed);
                Box::new(error.at(format_args!("code {}", account.code_hash)))
            })?;
            after = Header::new(account, code);
            writes.extend(embedding.code_leaves(address, &after, code));
        }
    }
    let mut put = |suffix: u8, value: Value| {
        writes.push((Leaf::new(*address, Part::Header(suffix)), value));
    };
    let mut written = [false; 5];
    let leaves = match change.account {
        None if embedding == Embedding::Zoned => Vec::new(),
        _ => embedding.leaves(&after),
    };
    for (suffix, value) in leaves {
        if let Some(written) = written.get_mut(usize::from(suffix)) {
            *written = true;
        }
        match before.leaves.get(usize::from(suffix)) {
            // What is not known of an account that is there was not changed.
            Some(Found::Unknown) if before.exists => {}
            Some(Found::Value(known)) if *known == value => {}
            _ => put(suffix, value),
        }
    }
    // A leaf that the account no longer has says zero.
    for (suffix, (found, written)) in (0..).zip(before.leaves.iter().zip(written)) {
        if let Found::Value(value) = found
            && !written
            && *value != Value::default()
        {
            put(suffix, Value::default());
        }
    }
    Ok(())
}
