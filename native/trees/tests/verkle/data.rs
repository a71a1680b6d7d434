//! Vectors from the data folder, and numbers that look random.

use std::path::PathBuf;
use std::sync::LazyLock;

use serde_json::Value;
use weakstate_trees::verkle::field::Fr;
use weakstate_trees::verkle::machine::Machine;
use weakstate_trees::verkle::msm::{Budget, Tables};

/// The folder of Verkle vectors; `None` means that the test has nothing to do.
pub fn folder() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("WEAKSTATE_DATA") {
        return Some(PathBuf::from(path).join("verkle"));
    }
    let required = std::env::var_os("WEAKSTATE_DATA_REQUIRED").is_some_and(|value| value == "1");
    assert!(!required, "WEAKSTATE_DATA_REQUIRED is 1 and WEAKSTATE_DATA is not set");
    eprintln!("skipped: WEAKSTATE_DATA is not set");
    None
}

/// A file of vectors in JSON.
pub fn json(name: &str) -> Option<Value> {
    let path = folder()?.join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    Some(serde_json::from_str(&text).unwrap())
}

/// The bytes of a hexadecimal string, with or without its prefix.
pub fn hex(value: &Value) -> Vec<u8> {
    const_hex::decode(value.as_str().unwrap()).unwrap()
}

/// The 32 bytes of a hexadecimal string.
pub fn hex32(value: &Value) -> [u8; 32] {
    hex(value).try_into().unwrap()
}

/// A scalar in decimal, a minus sign in front of it allowed.
pub fn decimal(text: &str) -> Fr {
    if let Some(text) = text.strip_prefix('-') {
        return -decimal(text);
    }
    let ten = Fr::from(10u64);
    text.bytes().fold(Fr::ZERO, |sum, digit| sum * ten + Fr::from(u64::from(digit - b'0')))
}

/// Numbers that look random and are the same in every run.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub fn bytes(&mut self) -> [u8; 32] {
        std::array::from_fn(|_| self.next() as u8)
    }

    pub fn scalar(&mut self) -> Fr {
        Fr::from_le_bytes_reduced(&self.bytes())
    }
}

/// Tables that all tests share.
pub fn tables() -> &'static Tables {
    static TABLES: LazyLock<Tables> =
        LazyLock::new(|| Tables::new(Budget::VERIFIER, Machine::new(1)));
    &TABLES
}
