//! Single fields of a JSON object.

use alloy_primitives::B256;

use super::decode_hex;
use super::json::Tree;
use crate::{Code, Error};

/// 32 bytes in hexadecimal.
pub(super) fn word(tree: &Tree<'_>, at: &str) -> Result<B256, Error> {
    let Tree::String(text) = tree else {
        return Err(wrong("32 bytes in hexadecimal", tree.kind(), at));
    };
    let bytes = hex(text, at)?;
    let actual = format!("{} bytes", bytes.len());
    B256::try_from(bytes.as_slice()).map_err(|_| wrong("32 bytes", &actual, at))
}

/// Bytes of a hexadecimal string in JSON.
pub(super) fn hex(text: &str, at: &str) -> Result<Vec<u8>, Error> {
    decode_hex(text.as_bytes(), at)
}

/// A field of the wrong kind.
pub(super) fn wrong(expected: &str, actual: &str, at: &str) -> Error {
    Error::new(Code::MalformedField).expected(expected).actual(actual).at(at)
}
