//! A block's changes as leaves to write.
//!
//! Nothing is ever taken out of a tree of this kind by a block: see `docs/verkle/deletion.md` for
//! what stands there instead.

use alloy_primitives::{Address, KECCAK256_EMPTY};
use weakstate_codec::{Code as ErrorCode, Error};

use super::header::Known;
use super::{Existence, Found, Leaf, Leaves, Part, Value};
use crate::chunks;
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
        None if !before.exists => return Ok(()),
        None => Header::EMPTY.account,
    };
    if !embedding.holds(&account.balance) {
        let error = Error::new(ErrorCode::MalformedField).expected("a balance below 2^128");
        return Err(Box::new(error.actual(account.balance).at(format_args!("account {address}"))));
    }
    let mut after = Header { account, code_size: before.header.code_size };
    if account.code_hash != before.header.account.code_hash {
        after.code_size = 0;
        if account.code_hash != KECCAK256_EMPTY {
            let code = codes.get(&account.code_hash).ok_or_else(|| {
                let error = Error::new(ErrorCode::CodeNotWitnessed);
                Box::new(error.at(format_args!("code {}", account.code_hash)))
            })?;
            after.code_size = code.len().try_into().unwrap_or(u32::MAX);
            let chunks = (0..).zip(chunks::chunks(code));
            writes.extend(chunks.map(|(at, chunk)| (Leaf::new(*address, Part::Chunk(at)), chunk)));
        }
    }
    let mut put = |suffix: u8, value: Value| {
        writes.push((Leaf::new(*address, Part::Header(suffix)), value));
    };
    let mut written = [false; 5];
    for (suffix, value) in embedding.leaves(&after) {
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
