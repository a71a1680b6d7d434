//! Gzip, inflated within a budget.

use std::io::Read;

use flate2::bufread::MultiGzDecoder;

use crate::{Budget, Code, Error};

/// Deflate never makes more of a byte than this.
const MAX_RATIO: usize = 1032;

pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// What `bytes` hold, if that is not more than the budget allows.
pub(super) fn inflate(bytes: &[u8], budget: &Budget) -> Result<Vec<u8>, Error> {
    // The trailer tells the length modulo 2^32: a hint, not to be believed.
    let hint = bytes.last_chunk().map_or(0, |tail| u32::from_le_bytes(*tail) as usize);
    let room = hint.min(budget.bytes).min(bytes.len().saturating_mul(MAX_RATIO));
    let mut inflated = Vec::with_capacity(room.saturating_add(1));
    let limit = (budget.bytes as u64).saturating_add(1);
    let read = MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut inflated);
    if inflated.len() > budget.bytes {
        let expected = format!("at most {} bytes", budget.bytes);
        let error = Error::new(Code::InputTooLarge).expected(expected);
        return Err(error.actual("more, once inflated"));
    }
    match read {
        Ok(_) => Ok(inflated),
        Err(error) => Err(Error::new(Code::MalformedCompression).actual(error).at("gzip")),
    }
}
