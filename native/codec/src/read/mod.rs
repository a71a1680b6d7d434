//! Reads blocks and witnesses in every form that the field writes, found by content.

mod block;
mod compression;
mod item;
mod json;
mod rlp_form;
mod witness;

use crate::{Budget, Code, Error, Item};

/// Deepest nesting of compressed inputs.
const MAX_LAYERS: usize = 2;

/// What an input may be, for messages.
const FORMS: &str = "a block or witness as JSON, RLP or hexadecimal RLP, gzipped or not";

/// The blocks and witnesses that `bytes` holds, in order.
///
/// # Errors
/// A code whose blame is [`Unreadable`](crate::Blame::Unreadable) or
/// [`BudgetExceeded`](crate::Blame::BudgetExceeded).
pub fn read(bytes: &[u8], budget: &Budget) -> Result<Vec<Item>, Error> {
    let mut inflated;
    let mut bytes = within(bytes, budget)?;
    for _ in 0..MAX_LAYERS {
        if !compression::is_gzip(bytes) {
            break;
        }
        inflated = compression::inflate(bytes, budget)?;
        bytes = &inflated;
    }
    let text = bytes.trim_ascii();
    match text.first() {
        None => Err(Error::new(Code::Empty)),
        Some(b'{' | b'[' | b'"') => {
            let mut items = Vec::new();
            for (index, tree) in json::values(text, budget)?.into_iter().enumerate() {
                let at = if index == 0 { String::new() } else { format!("value {index}") };
                item::collect(&tree, &at, budget, &mut items)?;
            }
            Ok(items)
        }
        // The byte of an RLP list is never the first of a text.
        Some(0xc0..) => Ok(vec![rlp_form::item(bytes, "", budget)?]),
        Some(first) if first.is_ascii_hexdigit() => text
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty())
            .map(|word| rlp_form::item(&decode_hex(word, "")?, "", budget))
            .collect(),
        Some(first) => {
            let error = Error::new(Code::UnknownForm).expected(FORMS);
            Err(error.actual(format_args!("bytes that start with 0x{first:02x}")))
        }
    }
}

fn within<'a>(bytes: &'a [u8], budget: &Budget) -> Result<&'a [u8], Error> {
    if bytes.len() <= budget.bytes {
        return Ok(bytes);
    }
    let error =
        Error::new(Code::InputTooLarge).expected(format_args!("at most {} bytes", budget.bytes));
    Err(error.actual(format_args!("{} bytes", bytes.len())))
}

/// Bytes of hexadecimal digits, with or without `0x`.
fn decode_hex(digits: &[u8], at: &str) -> Result<Vec<u8>, Error> {
    let digits = digits.strip_prefix(b"0x").unwrap_or(digits);
    const_hex::decode(digits).map_err(|error| Error::new(Code::MalformedHex).actual(error).at(at))
}
