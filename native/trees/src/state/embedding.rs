//! How accounts are laid out as values of 32 bytes.

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256, keccak256};

use super::leaves::{Leaf, Part, Value};
use super::{Account, Fields};
use crate::binary::embedding;
use crate::chunks;

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
    /// The two packed leaves, and a third for a delegation in the place of the code's hash. Accounts
    /// with the same code share its chunks, and one that goes leaves nothing (EIP-8297).
    Zoned,
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
            Self::Zoned => 3,
            Self::FiveLeaf => 5,
        }
    }

    /// The fields that stand in a leaf of a header.
    pub const fn fields(self, suffix: u8) -> Fields {
        match (self, suffix) {
            (Self::Packed | Self::Zoned, 0) => {
                Fields::NONCE.and(Fields::BALANCE).and(Fields::CODE_SIZE)
            }
            (Self::Packed, 1) | (Self::Zoned, 1 | 2) | (Self::FiveLeaf, 3) => Fields::CODE_HASH,
            (Self::FiveLeaf, 1) => Fields::BALANCE,
            (Self::FiveLeaf, 2) => Fields::NONCE,
            (Self::FiveLeaf, 4) => Fields::CODE_SIZE,
            _ => Fields::NONE,
        }
    }

    /// Reads what a leaf of a header says. `None` if it says what no account can have.
    pub fn read(self, suffix: u8, value: &Value, header: &mut Header) -> Option<()> {
        match (self, suffix) {
            (Self::Packed | Self::Zoned, 0) => {
                header.code_size = big_endian(value.get(packed::CODE_SIZE)?) as u32;
                header.account.nonce = big_endian(value.get(packed::NONCE)?);
                header.account.balance = U256::from_be_slice(value.get(packed::BALANCE)?);
            }
            (Self::Packed | Self::Zoned, 1) | (Self::FiveLeaf, 3) => {
                header.account.code_hash = B256::from(*value);
            }
            (Self::Zoned, 2) => {
                let delegation: Delegation = *value.first_chunk()?;
                delegation.starts_with(&DELEGATION).then_some(())?;
                header.delegation = Some(delegation);
                header.account.code_hash = keccak256(delegation);
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
        self == Self::FiveLeaf || balance.bit_len() <= 128
    }

    /// The leaf of a chunk of an account's code, that has this hash.
    pub fn chunk(self, address: &Address, code_hash: B256, chunk: u32) -> Leaf {
        match self {
            Self::Packed | Self::FiveLeaf => Leaf::new(*address, Part::Chunk(chunk)),
            Self::Zoned => Leaf::new(Address::ZERO, Part::Shared(code_hash, chunk)),
        }
    }

    /// The leaves that hold the code of an account with this header; none if the header does.
    pub fn code_leaves<'c>(
        self,
        address: &'c Address,
        header: &Header,
        code: &'c [u8],
    ) -> impl Iterator<Item = (Leaf, Value)> + 'c {
        let in_header = self == Self::Zoned && header.delegation.is_some();
        let (hash, code) = (header.account.code_hash, if in_header { &[] } else { code });
        let chunks = (0..).zip(chunks::chunks(code));
        chunks.map(move |(at, chunk)| (self.chunk(address, hash, at), chunk))
    }

    /// The leaves of a header, in ascending order of suffix.
    pub fn leaves(self, header: &Header) -> Vec<(u8, Value)> {
        let Header { account, code_size, delegation } = *header;
        let word = |number: u64| U256::from(number).to_le_bytes::<32>();
        match self {
            Self::Packed | Self::Zoned => {
                let mut basic = Value::default();
                let size = code_size.to_be_bytes();
                put(&mut basic, packed::CODE_SIZE, size.get(1..).unwrap_or_default());
                put(&mut basic, packed::NONCE, &account.nonce.to_be_bytes());
                let balance = account.balance.to_be_bytes::<32>();
                put(&mut basic, packed::BALANCE, balance.get(16..).unwrap_or_default());
                vec![
                    (0, basic),
                    match delegation.filter(|_| self == Self::Zoned) {
                        Some(delegation) => (2, embedding::delegation(&delegation)),
                        None => (1, account.code_hash.0),
                    },
                ]
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
    /// The code, if it is a delegation (EIP-7702) and known.
    pub delegation: Option<Delegation>,
}

/// The code of an account that runs another's.
pub type Delegation = [u8; 23];

/// How a delegation begins (EIP-7702).
const DELEGATION: [u8; 3] = [0xef, 1, 0];

impl Header {
    /// Says nothing: no transactions, no balance, no code.
    pub const EMPTY: Self = Self {
        account: Account { nonce: 0, balance: U256::ZERO, code_hash: KECCAK256_EMPTY },
        code_size: 0,
        delegation: None,
    };

    /// The header of an account with this code.
    pub fn new(account: Account, code: &[u8]) -> Self {
        let delegation = Some(code).filter(|code| code.starts_with(&DELEGATION));
        Self {
            account,
            code_size: u32::try_from(code.len()).unwrap_or(u32::MAX),
            delegation: delegation.and_then(|code| code.try_into().ok()),
        }
    }
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
