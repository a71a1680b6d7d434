//! Leaves of a whole tree whose nodes are kept as records, whatever the tree commits with.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::marker::PhantomData;

use alloy_primitives::{Address, B256};
use weakstate_codec::{Code as ErrorCode, Error};

use super::binary::{BinaryLeaves, beside};
use super::kept_binary;
use super::verkle::{self, StateCommitment, VerkleLeaves};
use super::whole::EMPTY_ROOT;
use super::{Entry, Found, Leaf, Leaves, Value};
use crate::binary::Profile;
use crate::kzg::Kzg;
use crate::source::{Place, Source};
use crate::state::Result;
use crate::state::opened::Scheme;
use crate::verkle::machine::Machine;
use crate::verkle::tree::record::{self, Part as Record};
use crate::verkle::tree::{
    self, Ipa, Key, Source as NodeSource, StoredNode, Tree, VectorCommitment, Write,
};

/// What was found in a tree of leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit<'k> {
    /// A node that is kept in so many records.
    Node(u64),
    /// A leaf, by its key.
    Leaf(&'k [u8], Value),
}

/// Records of a tree that have changed.
#[derive(Debug)]
pub(super) struct Noted {
    /// The root.
    pub root: B256,
    /// Records that are new or have changed.
    pub changed: Vec<(Place, Box<[u8]>)>,
    /// Places where there may be no record any longer; those that have changed count more.
    pub gone: Vec<Place>,
}

/// Where a record of the node at `path` is kept.
fn place(path: &[u8], part: Record) -> Place {
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(path).for_each(|(to, from)| *to = *from);
    let mut depth = 2 * path.len();
    if let Record::Group(group) = part {
        if let Some(byte) = bytes.get_mut(path.len()) {
            *byte = group << 4;
        }
        depth += 1;
    }
    Place { owner: None, path: B256::from(bytes), depth }
}

/// Reads a tree's nodes from where their records are kept.
#[derive(Debug)]
pub(super) struct Kept<'s, N> {
    nodes: N,
    /// Why a node could not be read.
    pub failed: Option<Box<Error>>,
    records: PhantomData<&'s [u8]>,
}

impl<'s, N: Source<'s>> Kept<'s, N> {
    /// The nodes that these records are of.
    pub(super) fn new(nodes: N) -> Self {
        Self { nodes, failed: None, records: PhantomData }
    }

    /// The record at a place; what is wrong with it is taken down.
    pub(super) fn record(&mut self, place: &Place) -> Option<&'s [u8]> {
        match self.nodes.node(place, &B256::ZERO) {
            Ok(record) => record,
            Err(error) => {
                self.failed.get_or_insert(error);
                None
            }
        }
    }

    /// A node, which must be there.
    pub(super) fn expect<T>(&mut self, found: Option<T>) -> Option<T> {
        if found.is_none() {
            let error = || Error::new(ErrorCode::StoreDamaged).expected("a node of the tree");
            self.failed.get_or_insert_with(|| Box::new(error()));
        }
        found
    }
}

impl<'s, V: VectorCommitment, N: Source<'s>> NodeSource<V> for Kept<'s, N> {
    fn node(&mut self, path: &[u8]) -> Option<StoredNode<V>> {
        let found = record::read(|part| self.record(&place(path, part)));
        self.expect(found)
    }
}

/// The leaves, by the tree that they are in.
#[derive(Debug)]
pub(super) enum KeptLeaves<'s, N> {
    Ipa(VerkleLeaves<Kept<'s, N>, Ipa>),
    Kzg(VerkleLeaves<Kept<'s, N>, Kzg>),
    Binary(BinaryLeaves<(Profile, Kept<'s, N>)>),
}

/// Calls the same method of whatever tree it is.
macro_rules! each {
    ($leaves:ident, $call:ident($($argument:expr),*)) => {
        match $leaves {
            Self::Ipa(leaves) => leaves.$call($($argument),*),
            Self::Kzg(leaves) => leaves.$call($($argument),*),
            Self::Binary(leaves) => leaves.$call($($argument),*),
        }
    };
}

impl<'s, N: Source<'s> + Debug> KeptLeaves<'s, N> {
    /// The tree with this root.
    ///
    /// # Errors
    /// What `nodes` fail with; `store_damaged` if they hold another root.
    pub(super) fn open(scheme: Scheme, root: &B256, nodes: N) -> Result<Self> {
        match scheme {
            Scheme::VerkleKzg => open(root, nodes).map(Self::Kzg),
            Scheme::Mpt | Scheme::Verkle => open(root, nodes).map(Self::Ipa),
            Scheme::Binary(profile) => kept_binary::open(profile, root, nodes).map(Self::Binary),
        }
    }

    /// Why a node could not be read, since this was last asked.
    pub(super) fn failure(&mut self) -> Option<Box<Error>> {
        match self {
            Self::Ipa(leaves) => leaves.source_mut().failed.take(),
            Self::Kzg(leaves) => leaves.source_mut().failed.take(),
            Self::Binary(leaves) => leaves.tree_mut().source_mut().1.failed.take(),
        }
    }

    /// The key of a leaf.
    pub(super) fn key(&mut self, leaf: &Leaf) -> Vec<u8> {
        match self {
            Self::Ipa(leaves) => leaves.key(leaf).to_vec(),
            Self::Kzg(leaves) => leaves.key(leaf).to_vec(),
            Self::Binary(leaves) => leaves.key(leaf).bytes().to_vec(),
        }
    }

    /// What a witness proves leaves with: those that are read, and those that are then written, of
    /// which a binary tree also shows what writing needs.
    ///
    /// # Errors
    /// What the tree lacks.
    pub(super) fn prove(
        &mut self,
        read: &BTreeSet<Leaf>,
        written: &[(Leaf, Value)],
    ) -> Result<Vec<u8>> {
        if let Self::Binary(leaves) = self {
            let writes = leaves.changes(written);
            let tree = leaves.tree_mut();
            let reads = super::binary::keys(tree.profile(), read.iter().copied());
            return tree.prove(&reads, &writes).map_err(beside);
        }
        let mut all = read.clone();
        all.extend(written.iter().map(|(leaf, _)| *leaf));
        match self {
            Self::Ipa(leaves) => leaves.prove(&all),
            Self::Kzg(leaves) => leaves.prove(&all),
            Self::Binary(_) => Ok(Vec::new()),
        }
    }

    /// What a witness proves reading these keys with.
    ///
    /// # Errors
    /// What the tree lacks; `missing_part` if it has no such keys.
    pub(super) fn prove_keys(&mut self, keys: &[Vec<u8>]) -> Result<Vec<u8>> {
        match self {
            Self::Ipa(leaves) => leaves.prove_keys(&verkle_keys(keys)?),
            Self::Kzg(leaves) => leaves.prove_keys(&verkle_keys(keys)?),
            Self::Binary(leaves) => {
                let tree = leaves.tree_mut();
                let keys = keys.iter().map(|key| kept_binary::key_of(tree.profile(), key));
                let keys = keys.collect::<Result<Vec<_>>>()?;
                tree.prove(&keys, &[]).map_err(beside)
            }
        }
    }

    /// Gives keys, in ascending order, other values, or none.
    ///
    /// # Errors
    /// What the tree lacks.
    pub(super) fn change(&mut self, entries: &[Entry]) -> Result<Noted> {
        match self {
            Self::Ipa(leaves) => leaves.change(&verkle_writes(entries)?).map(placed),
            Self::Kzg(leaves) => leaves.change(&verkle_writes(entries)?).map(placed),
            Self::Binary(leaves) => kept_binary::change(leaves.tree_mut(), entries),
        }
    }
}

impl<'s, N: Source<'s> + Debug> Leaves for KeptLeaves<'s, N> {
    fn get(&mut self, leaf: &Leaf) -> Result<Found> {
        each!(self, get(leaf))
    }

    fn has_header(&mut self, address: &Address) -> Result<Option<bool>> {
        each!(self, has_header(address))
    }

    fn write(&mut self, writes: &[(Leaf, Value)]) -> Result<B256> {
        each!(self, write(writes))
    }
}

pub(super) fn no_such_key() -> Box<Error> {
    Box::new(Error::new(ErrorCode::MissingPart).expected("a key of this scheme's tree"))
}

fn verkle_key(key: &[u8]) -> Result<Key> {
    key.try_into().map_err(|_| no_such_key())
}

fn verkle_keys(keys: &[Vec<u8>]) -> Result<Vec<Key>> {
    keys.iter().map(|key| verkle_key(key)).collect()
}

fn verkle_writes(entries: &[Entry]) -> Result<Vec<Write>> {
    entries.iter().map(|(key, value)| Ok((verkle_key(key)?, *value))).collect()
}

/// Records of a Verkle tree by their places.
fn placed(noted: verkle::Noted) -> Noted {
    let verkle::Noted { root, changed, gone } = noted;
    let all = |path: &Vec<u8>| {
        let groups = (0..record::GROUPS).map(Record::Group);
        let parts = std::iter::once(Record::Node).chain(groups);
        parts.map(|part| place(path, part)).collect::<Vec<_>>()
    };
    let mut placed = Noted { root, changed: Vec::new(), gone: Vec::new() };
    placed.gone.extend(gone.iter().flat_map(all));
    for (path, part, record) in changed {
        let place = place(&path, part);
        match record {
            Some(record) => placed.changed.push((place, record)),
            None => placed.gone.push(place),
        }
    }
    if root == EMPTY_ROOT {
        // A tree that holds nothing has no root either.
        placed.changed.clear();
        placed.gone.extend(all(&Vec::new()));
    }
    placed
}

fn open<'s, V: StateCommitment, N: Source<'s> + Debug>(
    root: &B256,
    nodes: N,
) -> Result<VerkleLeaves<Kept<'s, N>, V>> {
    let mut kept = Kept::new(nodes);
    let tree = if *root == EMPTY_ROOT {
        Tree::empty(kept)
    } else {
        let Some(StoredNode::Inner(found)) = kept.node(&[]) else {
            return Err(kept.failed.take().unwrap_or_else(|| damaged(root, "none")));
        };
        Tree::below(&found, kept)
    };
    let found = V::root(tree.root());
    if found != *root {
        return Err(damaged(root, &found.to_string()));
    }
    Ok(VerkleLeaves::new(tree, Machine::available()))
}

/// Visits the whole tree with this root, as [`tree::check`] does.
///
/// # Errors
/// What the nodes fail with; `store_damaged` if they are not those of this tree.
pub(in crate::state) fn check<'s, N: Source<'s>>(
    scheme: Scheme,
    root: &B256,
    nodes: N,
    mut each: impl FnMut(Visit<'_>) -> Result<()>,
) -> Result<()> {
    let of_verkle = |visit: tree::Visit| match visit {
        tree::Visit::Node(records) => each(Visit::Node(records)),
        tree::Visit::Leaf(key, value) => each(Visit::Leaf(&key, value)),
    };
    match scheme {
        Scheme::VerkleKzg => check_tree::<Kzg, N>(root, nodes, of_verkle),
        Scheme::Mpt | Scheme::Verkle => check_tree::<Ipa, N>(root, nodes, of_verkle),
        Scheme::Binary(profile) => kept_binary::check(profile, root, nodes, each),
    }
}

/// The keys of leaves, where nobody keeps what was computed.
pub fn keys_of(scheme: Scheme, leaves: &[Leaf]) -> Vec<Vec<u8>> {
    match scheme {
        Scheme::Binary(profile) => {
            let keys = super::binary::keys(profile, leaves.iter().copied());
            keys.iter().map(|key| key.bytes().to_vec()).collect()
        }
        Scheme::Mpt | Scheme::Verkle | Scheme::VerkleKzg => {
            verkle::keys_of(leaves).iter().map(|key| key.to_vec()).collect()
        }
    }
}

fn check_tree<'s, V: StateCommitment, N: Source<'s>>(
    root: &B256,
    nodes: N,
    each: impl FnMut(tree::Visit) -> Result<()>,
) -> Result<()> {
    if *root == EMPTY_ROOT {
        return Ok(());
    }
    let mut kept = Kept::new(nodes);
    let found = tree::check::<V, _>(&mut kept, V::tables(), Machine::available(), each);
    let found = V::root(&found.map_err(|error| kept.failed.take().unwrap_or(error))?);
    match found == *root {
        true => Ok(()),
        false => Err(damaged(root, &found.to_string())),
    }
}

pub(super) fn damaged(root: &B256, found: &str) -> Box<Error> {
    Box::new(Error::new(ErrorCode::StoreDamaged).expected(root).actual(found).at("state root"))
}
