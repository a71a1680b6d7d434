//! How accounts are laid out as values of 32 bytes.

use alloy_primitives::{B256, KECCAK256_EMPTY, U256};

use super::leaves::Value;
use super::{Account, Fields};

/// How an account's fields are laid out in the leaves of its header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Embedding {
    /// Two leaves: version, code size, nonce and balance in the first, the code's hash in the
    /// second (EIP-6800).
    #[default]
    Packed,
    /// A leaf for each of version, balance, nonce, hash of the code and size of the code, as the
    /// test networks up to Kaustinen-6 had it. The last is there only for accounts with code.
    FiveLeaf,
}

/// Offsets in the packed leaf. What precedes the code's size is the version and reserved.
mod packed {
    use std::ops::Range;

    pub(super) const CODE_SIZE: Range<usize> = 5..8;
    pub(super) const NONCE: Range<usize> = 8..16;
    pub(super) const BALANCE: Range<usize> = 16..32;
}

impl Embedding {
    /// Number of leaves of a header.
    pub const fn header_leaves(self) -> u8 {
        match self {
            Self::Packed => 2,
            Self::FiveLeaf => 5,
        }
    }

    /// The fields that stand in a leaf of a header.
    pub const fn fields(self, suffix: u8) -> Fields {
        match (self, suffix) {
            (Self::Packed, 0) => Fields::NONCE.and(Fields::BALANCE).and(Fields::CODE_SIZE),
            (Self::Packed, 1) | (Self::FiveLeaf, 3) => Fields::CODE_HASH,
            (Self::FiveLeaf, 1) => Fields::BALANCE,
            (Self::FiveLeaf, 2) => Fields::NONCE,
            (Self::FiveLeaf, 4) => Fields::CODE_SIZE,
            _ => Fields::NONE,
        }
    }

    /// Reads what a leaf of a header says. `None` if it says what no account can have.
    pub fn read(self, suffix: u8, value: &Value, header: &mut Header) -> Option<()> {
        match (self, suffix) {
            (Self::Packed, 0) => {
                header.code_size = big_endian(value.get(packed::CODE_SIZE)?) as u32;
                header.account.nonce = big_endian(value.get(packed::NONCE)?);
                header.account.balance = U256::from_be_slice(value.get(packed::BALANCE)?);
            }
            (Self::Packed, 1) | (Self::FiveLeaf, 3) => {
                header.account.code_hash = B256::from(*value)
            }
            (Self::FiveLeaf, 1) => header.account.balance = U256::from_le_bytes(*value),
            (Self::FiveLeaf, 2) => header.account.nonce = little_endian(value)?,
            (Self::FiveLeaf, 4) => header.code_size = little_endian(value)?.try_into().ok()?,
            _ => {}
        }
        Some(())
    }

    /// Whether there is place for a balance: packed it has 16 bytes. More than that does not exist
    /// on any chain.
    pub fn holds(self, balance: &U256) -> bool {
        self != Self::Packed || balance.bit_len() <= 128
    }

    /// The leaves of a header, in ascending order of suffix.
    pub fn leaves(self, header: &Header) -> Vec<(u8, Value)> {
        let Header { account, code_size } = *header;
        let word = |number: u64| U256::from(number).to_le_bytes::<32>();
        match self {
            Self::Packed => {
                let mut basic = Value::default();
                let size = code_size.to_be_bytes();
                put(&mut basic, packed::CODE_SIZE, size.get(1..).unwrap_or_default());
                put(&mut basic, packed::NONCE, &account.nonce.to_be_bytes());
                let balance = account.balance.to_be_bytes::<32>();
                put(&mut basic, packed::BALANCE, balance.get(16..).unwrap_or_default());
                vec![(0, basic), (1, account.code_hash.0)]
            }
            Self::FiveLeaf => {
                let mut leaves = vec![
                    (0, Value::default()),
                    (1, account.balance.to_le_bytes()),
                    (2, word(account.nonce)),
                    (3, account.code_hash.0),
                ];
                if code_size > 0 {
                    leaves.push((4, word(code_size.into())));
                }
                leaves
            }
        }
    }
}

/// What the leaves of an account's header say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The account.
    pub account: Account,
    /// Bytes of its code.
    pub code_size: u32,
}

impl Header {
    /// Says nothing: no transactions, no balance, no code.
    pub const EMPTY: Self = Self {
        account: Account { nonce: 0, balance: U256::ZERO, code_hash: KECCAK256_EMPTY },
        code_size: 0,
    };
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn little_endian(value: &Value) -> Option<u64> {
    u64::try_from(U256::from_le_bytes(*value)).ok()
}

fn put(leaf: &mut Value, place: std::ops::Range<usize>, bytes: &[u8]) {
    if let Some(part) = leaf.get_mut(place) {
        part.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    }
}
