//! The part of a Merkle Patricia state that a witness proves.

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256};
use weakstate_codec::{Code as ErrorCode, Error, PADDING, Witness};

use super::{Account, Changes, Code, Codes, Result, State, Tries};
use crate::mpt::EMPTY_ROOT;
use crate::source::{Place, Preimages};

/// State whose nodes and codes come from a witness.
#[derive(Debug)]
pub struct WitnessedState<'w> {
    tries: Tries<'w, Preimages<'w>>,
    codes: Preimages<'w>,
    code_buffer: Bytes,
}

impl<'w> WitnessedState<'w> {
    /// Opens the state with this root over a witness.
    pub fn open(root: &B256, witness: &'w Witness) -> Self {
        let buffer = Buffer(witness.codes.buffer().clone());
        Self {
            tries: Tries::open(root, Preimages::new(&witness.nodes)),
            codes: Preimages::new(&witness.codes),
            code_buffer: Bytes(alloy_primitives::bytes::Bytes::from_owner(buffer)),
        }
    }

    /// The node whose Keccak-256 is `hash`; `None` if the witness lacks it.
    pub(super) fn node(&mut self, hash: &B256) -> Option<&'w [u8]> {
        self.tries.source_mut().get(hash)
    }

    /// For each node of the witness, whether it was needed.
    pub fn nodes_used(&self) -> &[bool] {
        self.tries.source().used()
    }

    /// For each code of the witness, whether it was needed.
    pub fn codes_used(&self) -> &[bool] {
        self.codes.used()
    }
}

impl State for WitnessedState<'_> {
    fn account(&mut self, address: &Address) -> Result<Option<Account>> {
        self.tries.account(address)
    }

    fn has_storage(&mut self, address: &Address) -> Result<bool> {
        self.tries.has_storage(address)
    }

    fn slot(&mut self, address: &Address, slot: &U256) -> Result<U256> {
        self.tries.slot(address, slot)
    }

    fn code(&mut self, hash: &B256) -> Result<Code> {
        if *hash == KECCAK256_EMPTY {
            return Ok(Code::empty());
        }
        let found = self.codes.find(hash).and_then(|index| self.codes.blobs().span(index));
        let Some((start, len)) = found else {
            let error = Error::new(ErrorCode::CodeNotWitnessed);
            return Err(Box::new(error.at(format_args!("code {hash}"))));
        };
        let padded = self.code_buffer.slice(start..start + len + PADDING);
        Ok(Code { padded, len, chunks: None })
    }

    fn write(&mut self, changes: &Changes, _: &Codes) -> Result<B256> {
        self.tries.write(changes, |_, _, _| {})
    }
}

/// Builds the state that `changes` make of nothing. `emit` is handed every node of it.
///
/// # Errors
/// None in practice: nothing is read.
pub fn build(changes: &Changes, emit: impl FnMut(&Place, &B256, &[u8])) -> Result<B256> {
    let nothing = Witness::default();
    Tries::open(&EMPTY_ROOT, Preimages::new(&nothing.nodes)).write(changes, emit)
}

/// Lets execution borrow codes where they lie.
struct Buffer(std::sync::Arc<Vec<u8>>);

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
