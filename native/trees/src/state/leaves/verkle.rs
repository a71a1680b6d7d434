//! Leaves in a Verkle tree, whatever it commits with.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use alloy_primitives::map::{AddressMap, HashMap};
use alloy_primitives::{Address, B256};
use weakstate_codec::{Code as ErrorCode, Error};

use super::kept::no_such_key;
use super::{Found, Leaf, Leaves, Part, Value};
use crate::kzg::{self, Kzg, setup::Setup};
use crate::state::Result;
use crate::verkle::keys::{AddressPoint, KeyHasher, Stem, TreeIndex, chunk_place, slot_place};
use crate::verkle::machine::Machine;
use crate::verkle::msm::{Budget, Tables};
use crate::verkle::tree::record::{self, Part as Record};
use crate::verkle::tree::{
    Committed, Ipa, Key, Miss, NoSource, Opened, Source, Tree, VectorCommitment, Write, ssz,
};

/// The tables that every verification of this process shares; they fill as they are needed.
static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables::new(Budget::VERIFIER, Machine::new(1)));
static HASHER: LazyLock<KeyHasher> =
    LazyLock::new(|| KeyHasher::new(KeyHasher::VERIFIER, Machine::new(1)));

/// A scheme of commitments by which a state has a root of 32 bytes and witnesses.
pub trait StateCommitment: VectorCommitment {
    /// The tables that every verification of this process shares.
    fn tables() -> &'static Self::Tables;

    /// What a header says of a tree.
    fn root(root: &Committed<Self>) -> B256;

    /// Opens what a witness proves of the tree with this root: `proof` is its diff and proof in
    /// SSZ.
    ///
    /// # Errors
    /// `malformed_proof`, `wrong_proof`.
    fn open(root: &B256, proof: &[u8], machine: Machine) -> Result<Tree<NoSource, Self>>;
}

impl StateCommitment for Ipa {
    fn tables() -> &'static Tables {
        &TABLES
    }

    fn root(root: &Committed<Self>) -> B256 {
        B256::from(root.point.to_bytes())
    }

    /// Values of after the block that the diff may state are passed over.
    fn open(root: &B256, proof: &[u8], machine: Machine) -> Result<Tree> {
        let (diff, proof) = ssz::decode(proof)?;
        let opened = Opened::read(&root.0, &proof, &diff, machine)?;
        Ok(opened.check(machine)?)
    }
}

impl StateCommitment for Kzg {
    fn tables() -> &'static Setup {
        Setup::get()
    }

    fn root(root: &Committed<Self>) -> B256 {
        B256::from(kzg::root_hash(root))
    }

    fn open(root: &B256, proof: &[u8], machine: Machine) -> Result<Tree<NoSource, Self>> {
        let (diff, proof) = ssz::decode(proof)?;
        Ok(kzg::open(&root.0, &proof, &diff, machine)?)
    }
}

/// The keys of leaves: the same for all commitments. What was computed is kept.
#[derive(Debug)]
struct Keys {
    hasher: &'static KeyHasher,
    addresses: AddressMap<AddressPoint>,
    stems: HashMap<(Address, TreeIndex), Stem>,
}

/// Where a leaf stands among the stems of its account.
fn place(leaf: &Leaf) -> (TreeIndex, u8) {
    match leaf.part {
        Part::Header(suffix) => (TreeIndex::default(), suffix),
        Part::Slot(slot) => slot_place(&slot.to_be_bytes()),
        Part::Chunk(chunk) | Part::Shared(_, chunk) => chunk_place(chunk),
        Part::At(index, suffix) => (index, suffix),
    }
}

fn padded(address: &Address) -> [u8; 32] {
    address.into_word().0
}

impl Keys {
    fn new(hasher: &'static KeyHasher) -> Self {
        Self { hasher, addresses: AddressMap::default(), stems: HashMap::default() }
    }

    fn key(&mut self, leaf: &Leaf, machine: Machine) -> Key {
        let (index, suffix) = place(leaf);
        if !self.stems.contains_key(&(leaf.address, index)) {
            self.derive(&[(leaf.address, index)], machine);
        }
        let stem = self.stems.get(&(leaf.address, index)).copied().unwrap_or_default();
        key(&stem, suffix)
    }

    /// The keys of many leaves: what they need is computed at once.
    fn keys(&mut self, leaves: impl Iterator<Item = Leaf> + Clone, machine: Machine) -> Vec<Key> {
        let mut wanted: Vec<(Address, TreeIndex)> =
            leaves.clone().map(|leaf| (leaf.address, place(&leaf).0)).collect();
        wanted.retain(|stem| !self.stems.contains_key(stem));
        wanted.sort_unstable();
        wanted.dedup();
        self.derive(&wanted, machine);
        leaves.map(|leaf| self.key(&leaf, machine)).collect()
    }

    fn derive(&mut self, wanted: &[(Address, TreeIndex)], machine: Machine) {
        let mut addresses: Vec<Address> = wanted.iter().map(|(address, _)| *address).collect();
        addresses.retain(|address| !self.addresses.contains_key(address));
        addresses.dedup();
        let words: Vec<[u8; 32]> = addresses.iter().map(padded).collect();
        let points = self.hasher.addresses(&words, machine);
        self.addresses.extend(addresses.into_iter().zip(points));
        let places: Vec<(AddressPoint, TreeIndex)> = wanted
            .iter()
            .filter_map(|(address, index)| Some((*self.addresses.get(address)?, *index)))
            .collect();
        let stems = self.hasher.stems(&places, machine);
        self.stems.extend(wanted.iter().copied().zip(stems));
    }
}

fn key(stem: &Stem, suffix: u8) -> Key {
    let mut key = [suffix; 32];
    key.iter_mut().zip(stem).for_each(|(to, from)| *to = *from);
    key
}

/// The keys of leaves, where nobody keeps what was computed.
pub(super) fn keys_of(leaves: &[Leaf]) -> Vec<Key> {
    Keys::new(&HASHER).keys(leaves.iter().copied(), Machine::available())
}

/// The leaves of a Verkle tree.
#[derive(Debug)]
pub struct VerkleLeaves<S = NoSource, V: VectorCommitment = Ipa> {
    tree: Tree<S, V>,
    keys: Keys,
    machine: Machine,
}

impl<V: StateCommitment> VerkleLeaves<NoSource, V> {
    /// Opens what a witness proves of the tree with this root.
    ///
    /// # Errors
    /// As [`StateCommitment::open`].
    pub fn open(root: &B256, proof: &[u8]) -> Result<Self> {
        let machine = Machine::new(1);
        Ok(Self::new(V::open(root, proof, machine)?, machine))
    }
}

impl<S, V: StateCommitment> VerkleLeaves<S, V> {
    /// The leaves of a tree.
    pub fn new(tree: Tree<S, V>, machine: Machine) -> Self {
        Self { tree, keys: Keys::new(&HASHER), machine }
    }

    /// Where nodes come from.
    pub(super) fn source_mut(&mut self) -> &mut S {
        self.tree.source_mut()
    }

    /// The key of a leaf.
    pub(super) fn key(&mut self, leaf: &Leaf) -> Key {
        self.keys.key(leaf, self.machine)
    }
}

/// A record by the path and part of its node; `None` if there is none any longer.
pub(super) type Change = (Vec<u8>, Record, Option<Box<[u8]>>);

/// Records of a tree that have changed.
#[derive(Debug)]
pub(super) struct Noted {
    /// The root.
    pub root: B256,
    /// Records that have changed.
    pub changed: Vec<Change>,
    /// Paths at which there is no node any longer, or another one.
    pub gone: Vec<Vec<u8>>,
}

impl<V: StateCommitment, S: Source<V>> VerkleLeaves<S, V> {
    /// The diff and proof of what is kept under leaves, in SSZ.
    ///
    /// # Errors
    /// What the tree lacks.
    pub(super) fn prove(&mut self, leaves: &BTreeSet<Leaf>) -> Result<Vec<u8>> {
        let keys = self.keys.keys(leaves.iter().copied(), self.machine);
        self.prove_keys(&keys)
    }

    /// The same for leaves by their keys.
    ///
    /// # Errors
    /// What the tree lacks.
    pub(super) fn prove_keys(&mut self, keys: &[Key]) -> Result<Vec<u8>> {
        Ok(self.tree.prove(keys, V::tables(), self.machine).map_err(beside)?.encode())
    }

    /// What is kept under a key; `None` is proven absence.
    ///
    /// # Errors
    /// `leaf_not_witnessed`; `missing_part` if the tree has no such key.
    pub(in crate::state) fn value(&mut self, key: &[u8]) -> Result<Option<Value>> {
        let key = key.try_into().map_err(|_| no_such_key())?;
        let missing = |miss| Box::new(Error::new(ErrorCode::LeafNotWitnessed).at(miss));
        self.tree.get(&key).map_err(missing)
    }

    /// Gives keys, in ascending order, other values, or none.
    ///
    /// # Errors
    /// What the tree lacks.
    pub(super) fn change(&mut self, entries: &[Write]) -> Result<Noted> {
        let written = self.tree.restore(entries, V::tables(), self.machine).map_err(beside)?;
        let mut changed = Vec::new();
        self.tree.each_change(&written, |path, node, groups| {
            record::records(&node, groups, |part, record| {
                changed.push((path.to_vec(), part, record.map(Vec::into_boxed_slice)));
            });
        });
        let root = V::root(&written.root);
        Ok(Noted { root, changed, gone: written.gone().to_vec() })
    }
}

fn beside(miss: Miss) -> Box<Error> {
    Box::new(Error::new(ErrorCode::SiblingNotWitnessed).at(miss))
}

impl<V: StateCommitment, S: Source<V> + std::fmt::Debug> Leaves for VerkleLeaves<S, V> {
    fn get(&mut self, leaf: &Leaf) -> Result<Found> {
        let key = self.keys.key(leaf, self.machine);
        Ok(match self.tree.get(&key) {
            Ok(Some(value)) => Found::Value(value),
            Ok(None) => Found::Absent,
            Err(_) => Found::Unknown,
        })
    }

    fn has_header(&mut self, address: &Address) -> Result<Option<bool>> {
        let key = self.keys.key(&Leaf::new(*address, Part::Header(0)), self.machine);
        Ok(self.tree.has_stem(&key).ok())
    }

    fn write(&mut self, writes: &[(Leaf, Value)]) -> Result<B256> {
        let keys = self.keys.keys(writes.iter().map(|(leaf, _)| *leaf), self.machine);
        let mut values: Vec<(Key, Value)> =
            keys.into_iter().zip(writes).map(|(key, (_, value))| (key, *value)).collect();
        values.sort_unstable();
        let written = self.tree.write(&values, V::tables(), self.machine).map_err(beside)?;
        Ok(V::root(&written.root))
    }
}
