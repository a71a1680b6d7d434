//! The part of a state of leaves that a proof opens.

use alloy_primitives::map::AddressMap;
use alloy_primitives::{Address, B256, Bytes, U256};
use weakstate_codec::{Code as ErrorCode, Error, PADDING};

use super::header::{Existence, Known};
use super::writes::writes;
use super::{Found, Leaf, Leaves, Part};
use crate::chunks::{self, CHUNK};
use crate::state::{Account, Changes, Code, Codes, Embedding, Fields, Result, State};

/// The longest code that is put together from chunks; no chain allows more.
const MAX_CODE: u32 = 1 << 24;

/// A state over the leaves of a tree.
#[derive(Debug)]
pub struct LeafState<L> {
    leaves: L,
    embedding: Embedding,
    existence: Existence,
    known: AddressMap<Known>,
}

impl<L: Leaves> LeafState<L> {
    /// The state that these leaves hold.
    pub fn new(leaves: L, embedding: Embedding, existence: Existence) -> Self {
        Self { leaves, embedding, existence, known: AddressMap::default() }
    }

    /// The leaves.
    pub(in crate::state) fn leaves_mut(&mut self) -> &mut L {
        &mut self.leaves
    }

    fn known(&mut self, address: &Address) -> Result<Known> {
        if let Some(known) = self.known.get(address) {
            return Ok(*known);
        }
        let known = Known::read(&mut self.leaves, address, self.embedding, self.existence)?;
        self.known.insert(*address, known);
        Ok(known)
    }
}

impl<L: Leaves> State for LeafState<L> {
    fn account(&mut self, address: &Address) -> Result<Option<Account>> {
        let known = self.known(address)?;
        Ok(known.exists.then_some(known.header.account))
    }

    /// Storage has no root of its own here, so that nobody can tell: EIP-7610 has no place.
    fn has_storage(&mut self, _: &Address) -> Result<bool> {
        Ok(false)
    }

    fn slot(&mut self, address: &Address, slot: &U256) -> Result<U256> {
        let leaf = Leaf::new(*address, Part::Slot(*slot));
        match self.leaves.get(&leaf)? {
            Found::Unknown => Err(leaf.hole()),
            Found::Absent => Ok(U256::ZERO),
            Found::Value(value) => Ok(U256::from_be_bytes(value)),
        }
    }

    /// Codes are found by their account: see [`Self::code_of`].
    fn code(&mut self, hash: &B256) -> Result<Code> {
        let error = Error::new(ErrorCode::CodeNotWitnessed);
        Err(Box::new(error.at(format_args!("code {hash}"))))
    }

    fn unknown(&mut self, address: &Address) -> Result<Fields> {
        Ok(self.known(address)?.unknown)
    }

    fn code_of(&mut self, address: &Address, _: &Account) -> Result<Option<Code>> {
        let known = self.known(address)?;
        let size = known.header.code_size;
        if self.embedding == Embedding::Zoned {
            if let Some(delegation) = known.header.delegation {
                let padded = [&delegation[..], &[0; PADDING]].concat().into();
                return Ok(Some(Code { padded, len: delegation.len(), chunks: None }));
            }
            // Nobody knows where the code is whose hash is not known.
            if known.unknown.intersects(Fields::CODE_HASH) {
                return Ok(None);
            }
        }
        if size == 0 || known.unknown.intersects(Fields::CODE_SIZE) {
            return Ok(None);
        }
        if size > MAX_CODE {
            let error = Error::new(ErrorCode::MalformedNode).expected("a code of at most 16 MiB");
            return Err(Box::new(error.actual(size).at(format_args!("account {address}"))));
        }
        let len = size as usize;
        let mut padded = vec![0; len + PADDING];
        let mut firsts = Vec::with_capacity(len.div_ceil(CHUNK));
        let mut rest = padded.get_mut(..len).unwrap_or_default();
        for chunk in 0..chunks::count(len) {
            let (bytes, behind) = rest.split_at_mut(rest.len().min(CHUNK));
            rest = behind;
            let leaf = self.embedding.chunk(address, known.header.account.code_hash, chunk);
            let found = self.leaves.get(&leaf)?;
            firsts.push(match found {
                Found::Unknown => None,
                // A chunk of zeros may never have been written.
                Found::Absent => Some(0),
                Found::Value([data, code @ ..]) => {
                    bytes.iter_mut().zip(code).for_each(|(to, from)| *to = from);
                    Some(data)
                }
            });
        }
        let chunks = firsts.contains(&None).then(|| firsts.into());
        Ok(Some(Code { padded: Bytes::from(padded), len, chunks }))
    }

    fn write(&mut self, changes: &Changes, codes: &Codes) -> Result<B256> {
        let rules = (self.embedding, self.existence);
        let writes = writes(&mut self.leaves, rules, changes, codes)?;
        self.known.clear();
        self.leaves.write(&writes)
    }
}
