//! The tree over KZG commitments.

mod hostile;
mod page;
mod setup;
mod trees;

use std::collections::BTreeMap;

use weakstate_codec::Error;
use weakstate_trees::kzg::setup::Setup;
use weakstate_trees::kzg::{self, Kzg, root_hash};
use weakstate_trees::verkle::machine::Machine;
use weakstate_trees::verkle::tree::{Key, NoSource, Proof, Proven, StateDiff, Tree, Value};

type Whole = Tree<NoSource, Kzg>;

fn whole(pairs: &[(Key, Value)]) -> Whole {
    let mut tree = Tree::empty(NoSource);
    tree.write(pairs, Setup::get(), Machine::new(1)).unwrap();
    tree
}

fn root<S>(tree: &Tree<S, Kzg>) -> [u8; 32] {
    root_hash(tree.root())
}

fn open(root: &[u8; 32], proof: &Proof<Kzg>, diff: &StateDiff) -> Result<Whole, Error> {
    kzg::open(root, proof, diff, Machine::new(2))
}

fn diff(proven: &Proven<Kzg>) -> StateDiff {
    crate::honest::diff(&proven.values, &BTreeMap::new())
}
