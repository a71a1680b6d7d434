//! Reads blocks and witnesses in every form that the field writes, found by content.

mod block;
mod compression;
mod field;
mod item;
mod json;
mod rlp_form;
mod witness;

use crate::{Budget, Code, Delta, Error, Item, Witness};

/// Deepest nesting of compressed inputs.
const MAX_LAYERS: usize = 2;

/// Items in one input. An item takes half a kilobyte and its text may take nine bytes, so
/// the bytes of an input alone would not bound the memory.
const MAX_ITEMS: usize = 1 << 16;

/// What an input may be, for messages.
const FORMS: &str =
    "a block, witness or delta as JSON, RLP, hexadecimal RLP or weakstate's bytes, gzipped or not";

/// The blocks, witnesses and deltas that `bytes` holds, in order.
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
    if compression::is_gzip(bytes) {
        let error = Error::new(Code::MalformedCompression).actual("more");
        return Err(error.expected(format_args!("at most {MAX_LAYERS} layers of gzip")));
    }
    // A byte order mark is no RLP: a list of 47 bytes cannot start with a string of 59.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = bytes.trim_ascii();
    let mut items = Vec::new();
    match text.first() {
        None => return Err(Error::new(Code::Empty).expected(FORMS)),
        Some(b'{' | b'[' | b'"') => {
            for (index, tree) in json::values(text, budget)?.into_iter().enumerate() {
                let at = if index == 0 { String::new() } else { format!("value {index}") };
                item::collect(&tree, &at, budget, &mut items)?;
            }
        }
        Some(_) if Witness::is_bytes(bytes) => {
            let witness = Some(Witness::from_bytes(bytes, budget)?);
            push(&mut items, Item { witness, ..Item::default() })?;
        }
        Some(_) if Delta::is_bytes(bytes) => {
            push(&mut items, Item { delta: Some(bytes.to_vec()), ..Item::default() })?;
        }
        // The byte of an RLP list is never the first of a text. Space may end RLP, so the
        // bytes are taken untrimmed.
        Some(0xc0..) => push(&mut items, rlp_form::item(bytes, "", budget)?)?,
        Some(_) if looks_hexadecimal(text) => {
            let words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            for (index, word) in words.enumerate() {
                let at = if index == 0 { String::new() } else { format!("word {index}") };
                push(&mut items, rlp_form::item(&decode_hex(word, &at)?, &at, budget)?)?;
            }
        }
        Some(_) => {
            let start = text.get(..text.len().min(8)).unwrap_or_default();
            let start = const_hex::encode_prefixed(start);
            let error = Error::new(Code::UnknownForm).expected(FORMS);
            return Err(error.actual(format_args!("bytes that start with {start}")));
        }
    }
    Ok(items)
}

/// Appends an item, up to [`MAX_ITEMS`].
fn push(items: &mut Vec<Item>, item: Item) -> Result<(), Error> {
    if items.len() == MAX_ITEMS {
        let expected = format!("at most {MAX_ITEMS} blocks, witnesses and deltas; split the input");
        return Err(Error::new(Code::InputTooLarge).expected(expected).actual("more"));
    }
    items.push(item);
    Ok(())
}

fn within<'a>(bytes: &'a [u8], budget: &Budget) -> Result<&'a [u8], Error> {
    if bytes.len() <= budget.bytes {
        return Ok(bytes);
    }
    let expected = format!("at most {} bytes; raise the budget to read more", budget.bytes);
    let error = Error::new(Code::InputTooLarge).expected(expected);
    Err(error.actual(format_args!("{} bytes", bytes.len())))
}

/// Refuses the list at `at` if it holds more than `limit`.
fn check_count(count: usize, limit: usize, at: &str) -> Result<(), Error> {
    if count <= limit {
        return Ok(());
    }
    let error = Error::new(Code::TooManyNodes).expected(format_args!("at most {limit}"));
    Err(error.actual("more").at(at))
}

/// Whether text starts as hexadecimal does.
fn looks_hexadecimal(text: &[u8]) -> bool {
    let start = text.get(..text.len().min(8)).unwrap_or_default();
    text.starts_with(b"0x") || start.iter().all(u8::is_ascii_hexdigit)
}

/// Bytes of hexadecimal digits, with or without `0x`.
fn decode_hex(text: &[u8], at: &str) -> Result<Vec<u8>, Error> {
    let digits = digits(text, at)?;
    let mut bytes = vec![0; digits.len() / 2];
    match const_hex::decode_to_slice(digits, &mut bytes) {
        Ok(()) => Ok(bytes),
        Err(_) => Err(foreign(digits, at)),
    }
}

/// The digits of whole bytes, without their `0x`; they may still be foreign characters.
fn digits<'a>(text: &'a [u8], at: &str) -> Result<&'a [u8], Error> {
    let digits = text.strip_prefix(b"0x").unwrap_or(text);
    if digits.len().is_multiple_of(2) {
        return Ok(digits);
    }
    let error = Error::new(Code::MalformedHex).expected("an even number of digits");
    Err(error.actual(format_args!("{} digits", digits.len())).at(at))
}

/// The refusal of digits among which a character is none.
fn foreign(digits: &[u8], at: &str) -> Error {
    let text = String::from_utf8_lossy(digits);
    let mut characters = text.chars().enumerate();
    let found = characters.find(|(_, character)| !character.is_ascii_hexdigit());
    let (index, character) = found.unwrap_or((0, char::REPLACEMENT_CHARACTER));
    let error = Error::new(Code::MalformedHex).expected("hexadecimal digits");
    error.actual(format_args!("{character:?} as digit {index}")).at(at)
}
