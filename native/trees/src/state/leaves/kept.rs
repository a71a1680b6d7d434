//! Leaves of a whole tree whose nodes are kept as records, whatever the tree commits with.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::marker::PhantomData;

use alloy_primitives::{Address, B256};
use weakstate_codec::{Code as ErrorCode, Error};

use super::verkle::{Noted, StateCommitment, VerkleLeaves};
use super::whole::EMPTY_ROOT;
use super::{Entry, Found, Leaf, Leaves, Value};
use crate::kzg::Kzg;
use crate::source::{Place, Source};
use crate::state::Result;
use crate::state::opened::Scheme;
use crate::verkle::machine::Machine;
use crate::verkle::tree::record::{self, Part as Record};
use crate::verkle::tree::{
    self, Ipa, Key, Source as NodeSource, StoredNode, Tree, VectorCommitment, Visit,
};

/// Where a record of the node at `path` is kept.
pub(super) fn place(path: &[u8], part: Record) -> Place {
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
    failed: Option<Box<Error>>,
    records: PhantomData<&'s [u8]>,
}

impl<'s, V: VectorCommitment, N: Source<'s>> NodeSource<V> for Kept<'s, N> {
    fn node(&mut self, path: &[u8]) -> Option<StoredNode<V>> {
        let Self { nodes, failed, .. } = self;
        let found = record::read(|part| match nodes.node(&place(path, part), &B256::ZERO) {
            Ok(record) => record,
            Err(error) => {
                failed.get_or_insert(error);
                None
            }
        });
        if found.is_none() {
            let error = || Error::new(ErrorCode::StoreDamaged).expected("a node of a Verkle tree");
            failed.get_or_insert_with(|| Box::new(error()));
        }
        found
    }
}

/// The leaves, by what their tree commits with.
#[derive(Debug)]
pub(super) enum KeptLeaves<'s, N> {
    Ipa(VerkleLeaves<Kept<'s, N>, Ipa>),
    Kzg(VerkleLeaves<Kept<'s, N>, Kzg>),
}

/// Calls the same method of whatever tree it is.
macro_rules! each {
    ($leaves:ident, $call:ident($($argument:expr),*)) => {
        match $leaves {
            Self::Ipa(leaves) => leaves.$call($($argument),*),
            Self::Kzg(leaves) => leaves.$call($($argument),*),
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
        }
    }

    /// Why a node could not be read, since this was last asked.
    pub(super) fn failure(&mut self) -> Option<Box<Error>> {
        each!(self, source_mut()).failed.take()
    }

    /// As [`VerkleLeaves::key`].
    pub(super) fn key(&mut self, leaf: &Leaf) -> Key {
        each!(self, key(leaf))
    }

    /// As [`VerkleLeaves::prove`].
    pub(super) fn prove(&mut self, leaves: &BTreeSet<Leaf>) -> Result<Vec<u8>> {
        each!(self, prove(leaves))
    }

    /// As [`VerkleLeaves::prove_keys`].
    pub(super) fn prove_keys(&mut self, keys: &[Key]) -> Result<Vec<u8>> {
        each!(self, prove_keys(keys))
    }

    /// As [`VerkleLeaves::change`].
    pub(super) fn change(&mut self, entries: &[Entry]) -> Result<Noted> {
        each!(self, change(entries))
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

fn open<'s, V: StateCommitment, N: Source<'s> + Debug>(
    root: &B256,
    nodes: N,
) -> Result<VerkleLeaves<Kept<'s, N>, V>> {
    let mut kept = Kept { nodes, failed: None, records: PhantomData };
    let tree = if *root == EMPTY_ROOT {
        Tree::empty(kept)
    } else {
        let found: Option<StoredNode<V>> = kept.node(&[]);
        if let Some(error) = kept.failed.take() {
            return Err(error);
        }
        drop(found);
        Tree::load(kept).ok_or_else(|| damaged(root, "none"))?
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
    each: impl FnMut(Visit) -> Result<()>,
) -> Result<()> {
    match scheme {
        Scheme::VerkleKzg => check_tree::<Kzg, N>(root, nodes, each),
        Scheme::Mpt | Scheme::Verkle => check_tree::<Ipa, N>(root, nodes, each),
    }
}

fn check_tree<'s, V: StateCommitment, N: Source<'s>>(
    root: &B256,
    nodes: N,
    each: impl FnMut(Visit) -> Result<()>,
) -> Result<()> {
    if *root == EMPTY_ROOT {
        return Ok(());
    }
    let mut kept = Kept { nodes, failed: None, records: PhantomData };
    let found = tree::check::<V, _>(&mut kept, V::tables(), Machine::available(), each);
    let found = V::root(&found.map_err(|error| kept.failed.take().unwrap_or(error))?);
    match found == *root {
        true => Ok(()),
        false => Err(damaged(root, &found.to_string())),
    }
}

fn damaged(root: &B256, found: &str) -> Box<Error> {
    Box::new(Error::new(ErrorCode::StoreDamaged).expected(root).actual(found).at("state root"))
}
