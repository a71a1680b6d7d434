//! A dump of accounts, a line each: geth's dumps and our own.
//!
//! A line is a JSON object. One with an `address` is an account, or more slots of one. One with
//! `accounts` or `alloc` holds accounts by address, as a whole dump or a genesis file does. One
//! with a `code` and no address is a code that accounts name by its hash. One with a `root` and no
//! address says what the accounts must hash to. Other fields are passed over.

use std::fmt;
use std::marker::PhantomData;

use alloy_primitives::{Address, B256, U256, hex};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

/// What one line says.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Line {
    pub root: Option<Word>,
    pub address: Option<Name>,
    pub accounts: Option<Pairs<Name, Self>>,
    pub alloc: Option<Pairs<Name, Self>>,
    pub balance: Option<Quantity>,
    pub nonce: Option<Quantity>,
    pub code: Option<Data>,
    pub code_hash: Option<Word>,
    pub storage: Option<Pairs<Word, Word>>,
}

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

/// The entries of an object, in the order in which they stand.
pub(crate) struct Pairs<K, V>(pub Vec<(K, V)>);

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

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for Pairs<K, V> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Entries<K, V>(PhantomData<(K, V)>);

        impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for Entries<K, V> {
            type Value = Vec<(K, V)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(entries)
            }
        }

        from.deserialize_map(Entries(PhantomData)).map(Self)
    }
}
