//! The part of a state that a witness proves, whatever tree commits to it.

use alloy_primitives::{Address, B256, U256};
use weakstate_codec::{Code as ErrorCode, Error, Witness};

use super::leaves::{
    BinaryLeaves, EMPTY_ROOT, Existence, Leaf, LeafState, Value, VerkleLeaves, Visit, WholeLeaves,
    check,
};
use super::{
    Account, Changes, Code, Codes, Embedding, Fields, Result, State, WitnessedState, build,
};
use crate::binary::Profile;
use crate::kzg::Kzg;
use crate::mpt;
use crate::source::{Place, Preimages, Source};
use crate::verkle::tree::NoSource;

/// Which tree commits to the state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheme {
    /// Merkle Patricia tries, as Ethereum has them.
    #[default]
    Mpt,
    /// The Verkle tree of EIP-6800: Pedersen commitments over Banderwagon.
    Verkle,
    /// The same tree over KZG commitments, on BLS12-381.
    VerkleKzg,
    /// A binary tree.
    Binary(Profile),
}

impl Scheme {
    /// Whether zero is a value of a slot, which then stays, and not its absence.
    pub const fn zeros_stay(self) -> bool {
        match self {
            Self::Mpt => false,
            Self::Verkle | Self::VerkleKzg => true,
            Self::Binary(profile) => profile.has_stems(),
        }
    }

    /// How accounts are laid out in it, where the chain does not say.
    pub const fn embedding(self) -> Embedding {
        match self {
            Self::Mpt | Self::Verkle | Self::VerkleKzg => Embedding::Packed,
            Self::Binary(Profile::Eip7864 | Profile::Geth) => Embedding::Packed,
            Self::Binary(Profile::Eip8297) => Embedding::Zoned,
        }
    }
}

/// A scheme, and how accounts are laid out in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Which tree it is.
    pub scheme: Scheme,
    /// How accounts are laid out, where the tree holds nothing but leaves.
    pub embedding: Embedding,
    /// What makes an account be there, likewise.
    pub existence: Existence,
    /// Which leaves a witness holds, likewise.
    pub witnessed: Witnessed,
}

/// Which leaves a block's witness holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Witnessed {
    /// Those that execution reads or writes.
    #[default]
    Read,
    /// Those that gas is charged for.
    Charged,
}

impl Layout {
    /// The layout of a scheme where the chain says no more.
    pub fn of(scheme: Scheme) -> Self {
        Self { scheme, embedding: scheme.embedding(), ..Self::default() }
    }

    /// Builds the state that `changes` make of nothing, and returns its root. `emit` is handed
    /// every node of it.
    ///
    /// # Errors
    /// `code_not_witnessed` if one of the accounts' codes is not among `codes`.
    pub fn build(
        &self,
        changes: &Changes,
        codes: &Codes,
        mut emit: impl FnMut(Place, &[u8]),
    ) -> Result<B256> {
        match self.scheme {
            Scheme::Mpt => build(changes, |place, _, node| emit(place.canonical(), node)),
            Scheme::Verkle | Scheme::VerkleKzg | Scheme::Binary(_) => {
                let nothing = Witness::default();
                let nodes = Preimages::new(&nothing.nodes);
                let mut tree = WholeLeaves::open(self, &EMPTY_ROOT, nodes)?;
                let root = tree.write(None, changes, codes)?;
                tree.into_made().changed.iter().for_each(|(place, node)| emit(*place, node));
                Ok(root)
            }
        }
    }

    /// Proves what the tree with this root holds under `keys`, in the form that a witness holds
    /// it in.
    ///
    /// # Errors
    /// What `nodes` fail with; `missing_part` under a scheme whose nodes are their own proof, or if
    /// it has no such keys.
    pub fn prove<'s, N>(&self, root: &B256, nodes: N, keys: &[Vec<u8>]) -> Result<Vec<u8>>
    where
        N: Source<'s> + std::fmt::Debug,
    {
        match self.scheme {
            Scheme::Mpt => Err(no_leaves()),
            Scheme::Verkle | Scheme::VerkleKzg | Scheme::Binary(_) => {
                WholeLeaves::open(self, root, nodes)?.prove_keys(keys)
            }
        }
    }

    /// What the tree with this root holds under leaves, where it holds leaves alone.
    ///
    /// # Errors
    /// What `nodes` fail with; `missing_part` under other schemes.
    pub fn get<'s, N>(&self, root: &B256, nodes: N, leaves: &[Leaf]) -> Result<Vec<Option<Value>>>
    where
        N: Source<'s> + std::fmt::Debug,
    {
        match self.scheme {
            Scheme::Mpt => Err(no_leaves()),
            Scheme::Verkle | Scheme::VerkleKzg | Scheme::Binary(_) => {
                WholeLeaves::open(self, root, nodes)?.get(leaves)
            }
        }
    }

    /// Visits the whole tree with this root, where it holds leaves alone: each commitment is
    /// computed anew from what it commits to.
    ///
    /// # Errors
    /// What `nodes` and `each` fail with; `store_damaged`; `missing_part` under other schemes.
    pub fn check<'s, N: Source<'s>>(
        &self,
        root: &B256,
        nodes: N,
        each: impl FnMut(Visit<'_>) -> Result<()>,
    ) -> Result<()> {
        match self.scheme {
            Scheme::Mpt => Err(no_leaves()),
            Scheme::Verkle | Scheme::VerkleKzg | Scheme::Binary(_) => {
                check(self.scheme, root, nodes, each)
            }
        }
    }

    /// The root of the state that holds nothing.
    pub fn empty_root(&self) -> B256 {
        match self.scheme {
            Scheme::Mpt => mpt::EMPTY_ROOT,
            Scheme::Verkle | Scheme::VerkleKzg | Scheme::Binary(_) => EMPTY_ROOT,
        }
    }
}

/// State over a witness.
#[derive(Debug)]
pub enum OpenedState<'w> {
    /// Of Merkle Patricia tries.
    Mpt(WitnessedState<'w>),
    /// Of a Verkle tree.
    Verkle(LeafState<VerkleLeaves>),
    /// Of a Verkle tree over KZG commitments.
    VerkleKzg(LeafState<VerkleLeaves<NoSource, Kzg>>),
    /// Of a binary tree.
    Binary(LeafState<BinaryLeaves>),
}

impl<'w> OpenedState<'w> {
    /// Opens the state with this root over a witness.
    ///
    /// # Errors
    /// `malformed_proof` and `wrong_proof`, where the scheme proves everything at once.
    pub fn open(layout: &Layout, root: &B256, witness: &'w Witness) -> Result<Self> {
        if layout.scheme != Scheme::Mpt {
            exact(witness)?;
        }
        let (proof, embedding, existence) = (&witness.proof, layout.embedding, layout.existence);
        Ok(match layout.scheme {
            Scheme::Mpt => Self::Mpt(WitnessedState::open(root, witness)),
            Scheme::Verkle => {
                Self::Verkle(LeafState::new(VerkleLeaves::open(root, proof)?, embedding, existence))
            }
            Scheme::VerkleKzg => {
                let leaves = VerkleLeaves::open(root, proof)?;
                Self::VerkleKzg(LeafState::new(leaves, embedding, existence))
            }
            Scheme::Binary(profile) => {
                let leaves = BinaryLeaves::open(profile, root, proof)?;
                Self::Binary(LeafState::new(leaves, embedding, existence))
            }
        })
    }

    /// What the tree holds under a key, where it holds leaves alone; `None` is proven absence.
    ///
    /// # Errors
    /// `leaf_not_witnessed`; `missing_part` under other schemes, or if the tree has no such key.
    pub fn leaf(&mut self, key: &[u8]) -> Result<Option<Value>> {
        match self {
            Self::Mpt(_) => Err(no_leaves()),
            Self::Verkle(state) => state.leaves_mut().value(key),
            Self::VerkleKzg(state) => state.leaves_mut().value(key),
            Self::Binary(state) => state.leaves_mut().value(key),
        }
    }

    /// For each node of the witness, whether it was needed.
    pub fn nodes_used(&self) -> &[bool] {
        match self {
            Self::Mpt(state) => state.nodes_used(),
            Self::Verkle(_) | Self::VerkleKzg(_) | Self::Binary(_) => &[],
        }
    }

    /// For each code of the witness, whether it was needed.
    pub fn codes_used(&self) -> &[bool] {
        match self {
            Self::Mpt(state) => state.codes_used(),
            Self::Verkle(_) | Self::VerkleKzg(_) | Self::Binary(_) => &[],
        }
    }
}

fn no_leaves() -> Box<Error> {
    Box::new(Error::new(ErrorCode::MissingPart).expected("a tree of leaves alone"))
}

/// What proves leaves has neither nodes nor codes beside it.
fn exact(witness: &Witness) -> Result<()> {
    for (at, count) in
        [("witness.state", witness.nodes.len()), ("witness.codes", witness.codes.len())]
    {
        if count > 0 {
            let error = Error::new(ErrorCode::MalformedProof).expected("none beside a proof");
            return Err(Box::new(error.actual(count).at(at)));
        }
    }
    Ok(())
}

/// Calls the same method of whatever state it is.
macro_rules! each {
    ($state:ident, $call:ident($($argument:expr),*)) => {
        match $state {
            Self::Mpt(state) => state.$call($($argument),*),
            Self::Verkle(state) => state.$call($($argument),*),
            Self::VerkleKzg(state) => state.$call($($argument),*),
            Self::Binary(state) => state.$call($($argument),*),
        }
    };
}

impl State for OpenedState<'_> {
    fn account(&mut self, address: &Address) -> Result<Option<Account>> {
        each!(self, account(address))
    }

    fn has_storage(&mut self, address: &Address) -> Result<bool> {
        each!(self, has_storage(address))
    }

    fn slot(&mut self, address: &Address, slot: &U256) -> Result<U256> {
        each!(self, slot(address, slot))
    }

    fn code(&mut self, hash: &B256) -> Result<Code> {
        each!(self, code(hash))
    }

    fn unknown(&mut self, address: &Address) -> Result<Fields> {
        each!(self, unknown(address))
    }

    fn code_of(&mut self, address: &Address, account: &Account) -> Result<Option<Code>> {
        each!(self, code_of(address, account))
    }

    fn write(&mut self, changes: &Changes, codes: &Codes) -> Result<B256> {
        each!(self, write(changes, codes))
    }
}
