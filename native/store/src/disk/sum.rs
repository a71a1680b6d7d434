//! The checksum behind every value.
//!
//! LMDB has none, and a changed byte of a balance would show as nothing but a wrong root much
//! later. It covers key and table too, so that a value in another's place shows.

use std::path::Path;

use alloy_primitives::hex;
use weakstate_codec::Code;

use super::error::store_error;
use crate::{Result, Table};

/// Bytes of the checksum: CRC-32C, which processors compute.
pub(super) const LEN: usize = 4;

/// The checksum of an entry.
pub(super) fn of(table: Table, key: &[u8], value: &[u8]) -> [u8; LEN] {
    let of_key = crc32c::crc32c_append(table as u32, key);
    crc32c::crc32c_append(of_key, value).to_be_bytes()
}

/// The value without its checksum, which must be right.
pub(super) fn checked<'v>(
    table: Table,
    key: &[u8],
    stored: &'v [u8],
    dir: &Path,
) -> Result<&'v [u8]> {
    match stored.split_last_chunk() {
        Some((value, sum)) if *sum == of(table, key, value) => Ok(value),
        _ => {
            let found = format!("a changed entry under {}", hex::encode_prefixed(key));
            Err(store_error(Code::StoreDamaged, &dir.join(table.name()), found))
        }
    }
}
