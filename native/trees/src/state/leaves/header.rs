//! An account's header: what its leaves say, and which of them are not known.

use alloy_primitives::{Address, KECCAK256_EMPTY};
use weakstate_codec::{Code as ErrorCode, Error};

use super::{Found, Leaf, Leaves, Part};
use crate::state::embedding::Header;
use crate::state::{Embedding, Fields, Result};

/// What is known of an account's header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// What the leaves that are known say; fields in others are as of an empty account.
    pub header: Header,
    /// Whether the account is there.
    pub exists: bool,
    /// Fields in leaves that are not known.
    pub unknown: Fields,
    /// The leaves.
    pub leaves: [Found; 5],
}

/// What makes an account be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existence {
    /// That it has sent, has a balance or has code (EIP-161).
    #[default]
    NotEmpty,
    /// Any leaf at the place of its header, as on the Kaustinen-6 network.
    AnyLeaf,
}

impl Known {
    /// Reads the header of an account.
    ///
    /// # Errors
    /// `account_not_witnessed` if nothing is known of it; `malformed_node` if it says what no
    /// account can have.
    pub(super) fn read(
        leaves: &mut impl Leaves,
        address: &Address,
        embedding: Embedding,
        existence: Existence,
    ) -> Result<Self> {
        let known = Self::read_if_known(leaves, address, embedding, existence)?;
        match known.leaves.iter().all(|leaf| *leaf == Found::Unknown) {
            true => Err(Leaf::new(*address, Part::Header(0)).hole()),
            false => Ok(known),
        }
    }

    /// The same, where an account of which nothing is known is one that exists.
    ///
    /// # Errors
    /// `malformed_node`.
    pub(super) fn read_if_known(
        leaves: &mut impl Leaves,
        address: &Address,
        embedding: Embedding,
        existence: Existence,
    ) -> Result<Self> {
        let mut known = Self {
            header: Header::EMPTY,
            exists: false,
            unknown: Fields::NONE,
            leaves: [Found::Unknown; 5],
        };
        for (suffix, found) in (0..embedding.header_leaves()).zip(&mut known.leaves) {
            let leaf = Leaf::new(*address, Part::Header(suffix));
            *found = leaves.get(&leaf)?;
            match found {
                Found::Unknown => known.unknown = known.unknown.and(embedding.fields(suffix)),
                Found::Absent => {}
                Found::Value(value) => {
                    embedding.read(suffix, value, &mut known.header).ok_or_else(|| {
                        let error = Error::new(ErrorCode::MalformedNode);
                        Box::new(error.expected("an account").at(leaf))
                    })?;
                }
            }
        }
        if known.header.account.code_hash.is_zero() {
            known.header.account.code_hash = KECCAK256_EMPTY;
        }
        known.exists = match existence {
            Existence::NotEmpty => {
                known.header.account != Header::EMPTY.account || !known.unknown.is_empty()
            }
            Existence::AnyLeaf => leaves.has_header(address)?.unwrap_or(true),
        };
        if !known.exists {
            known.unknown = Fields::NONE;
        }
        Ok(known)
    }
}
