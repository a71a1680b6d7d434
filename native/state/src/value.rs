//! Values in the lines of a dump.

use std::fmt;

use alloy_primitives::{Address, B256, U256, hex};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

/// A number: in JSON, in decimal digits, or in hexadecimal ones after `0x`.
#[derive(Clone, Copy)]
pub(crate) struct Quantity(pub U256);

/// A number of at most 32 bytes in hexadecimal digits, after `0x` or not.
#[derive(Clone, Copy)]
pub(crate) struct Word(pub U256);

/// Bytes in hexadecimal digits, after `0x` or not.
pub(crate) struct Data(pub Vec<u8>);

/// An address.
#[derive(Clone, Copy)]
pub(crate) struct Name(pub Address);

impl Word {
    /// As a hash.
    pub fn hash(self) -> B256 {
        self.0.into()
    }
}

/// Reads a value from text, or from a number where that is allowed.
struct Text<T>(&'static str, fn(&str) -> Option<T>, Option<fn(u64) -> T>);

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.1)(text).ok_or_else(|| {
            let shown: String = text.chars().take(80).collect();
            E::custom(format_args!("{shown}, which is not {}", self.0))
        })
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        match self.2 {
            Some(read) => Ok(read(number)),
            None => Err(E::custom(format_args!("{number}, which is not {}", self.0))),
        }
    }
}

fn digits(text: &str) -> &str {
    text.strip_prefix("0x").unwrap_or(text)
}

fn hexadecimal(text: &str) -> Option<U256> {
    match digits(text) {
        "" => Some(U256::ZERO),
        digits => U256::from_str_radix(digits, 16).ok(),
    }
}

fn quantity(text: &str) -> Option<U256> {
    match text.strip_prefix("0x") {
        Some(_) => hexadecimal(text),
        None if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        None => None,
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Text("an integer below 2^256", quantity, Some(U256::from));
        from.deserialize_any(text).map(Self)
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Text("at most 32 bytes in hexadecimal", hexadecimal, None);
        from.deserialize_str(text).map(Self)
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Text("bytes in hexadecimal", |text| hex::decode(digits(text)).ok(), None);
        from.deserialize_str(text).map(Self)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let read = |text: &str| hex::decode_to_array(digits(text)).ok();
        let text = Text("an address of 20 bytes in hexadecimal", read, None);
        from.deserialize_str(text).map(|bytes: [u8; 20]| Self(bytes.into()))
    }
}
