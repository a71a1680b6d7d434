//! Proving what a whole tree holds under some keys.
//!
//! The tree is walked in the order of paths, a node before what is below it. Every opening that the
//! verifier will derive from keys and extensions is made on the way, in the verifier's order.

use super::node::{Child, InnerId, StemId};
use super::nodes::{Found, ROOT};
use super::source::Source;
use super::vector::{Claims, Ipa, Scalar, VectorCommitment};
use super::witness::{Extension, Proof, StemDiff, SuffixDiff};
use super::{Key, Miss, Tree, Value, half_of, place, places_of, scalars_of, ssz, stem_scalar};
use crate::verkle::keys::Stem;
use crate::verkle::machine::Machine;
use crate::verkle::proof::multiproof::Opening;

/// Values and their proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven<V: VectorCommitment = Ipa> {
    /// The keys in ascending order, each once, and their values.
    pub values: Vec<(Key, Option<Value>)>,
    /// That these are the values.
    pub proof: Proof<V>,
}

impl<V: VectorCommitment> Proven<V> {
    /// What was proven and its proof, in SSZ.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut diff: Vec<StemDiff> = Vec::new();
        for ([stem @ .., suffix], current) in &self.values {
            let entry = SuffixDiff { suffix: *suffix, current: *current, new: None };
            match diff.last_mut().filter(|last| last.stem == *stem) {
                Some(last) => last.suffixes.push(entry),
                None => diff.push(StemDiff { stem: *stem, suffixes: vec![entry] }),
            }
        }
        ssz::encode(&diff, &self.proof)
    }
}

impl<V: VectorCommitment, S: Source<V>> Tree<S, V> {
    /// Proves what is kept under `keys`, absence included.
    ///
    /// # Errors
    ///
    /// If there is a hole anywhere in a node that must be opened.
    pub fn prove(
        &mut self,
        keys: &[Key],
        tables: &V::Tables,
        machine: Machine,
    ) -> Result<Proven<V>, Miss> {
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        keys.dedup();
        let mut walk = Walk::<V>::default();
        walk.inner(self, ROOT, 0, &keys)?;
        let (encodings, multiproof) = V::prove(&walk.claims, tables, machine);
        let proof = Proof {
            other_stems: walk.other_stems,
            depth_extension_present: walk.extensions,
            commitments_by_path: encodings.into_iter().skip(1).collect(),
            multiproof,
        };
        Ok(Proven { values: walk.values, proof })
    }
}

/// What a walk over the tree gathers.
#[derive(Default)]
struct Walk<V: VectorCommitment> {
    claims: Claims<V>,
    extensions: Vec<u8>,
    other_stems: Vec<Stem>,
    values: Vec<(Key, Option<Value>)>,
}

impl<V: VectorCommitment> Walk<V> {
    fn open(&mut self, commitment: u32, z: u8, y: Scalar<V>) {
        self.claims.openings.push(Opening { commitment, z, y });
    }

    /// Proves the keys below an inner node at `depth`.
    fn inner<S: Source<V>>(
        &mut self,
        tree: &mut Tree<S, V>,
        id: InnerId,
        depth: usize,
        keys: &[Key],
    ) -> Result<(), Miss> {
        let first = keys.first().copied().unwrap_or_default();
        let node = tree.inner(id);
        for (slot, child) in node.slots() {
            let scalar = match child {
                Child::Empty => Scalar::<V>::ZERO,
                Child::Inner(id) => tree.inner(*id).commitment.scalar,
                Child::Stem(id) => tree.stem(*id).commitment.scalar,
                Child::Stored(scalar) => *scalar,
                Child::Hole => return Err(Miss { key: first, depth }),
            };
            if !scalar.is_zero() {
                self.claims.values.push((*slot, scalar));
            }
        }
        if !node.is_whole() {
            return Err(Miss { key: first, depth });
        }
        let commitment = self.claims.add_commitment(node.commitment);
        let groups = || keys.chunk_by(|a, b| a.get(depth) == b.get(depth));
        let mut children = Vec::new();
        for group in groups() {
            let Some(key) = group.first() else { continue };
            let found = tree.resolve(id, key, depth)?;
            self.open(commitment, key.get(depth).copied().unwrap_or_default(), tree.scalar(found));
            children.push(found);
        }
        for (group, child) in groups().zip(children) {
            match child {
                Found::Inner(child) => self.inner(tree, child, depth + 1, group)?,
                Found::Stem(child) => self.stem(tree, child, depth + 1, group)?,
                Found::Empty => self.absent(Extension::Empty, depth + 1, group),
            }
        }
        Ok(())
    }

    /// Notes that no stem of the keys is there.
    fn absent(&mut self, extension: Extension, depth: usize, keys: &[Key]) {
        for stem in keys.chunk_by(same_stem) {
            self.extensions.push(extension.with_depth(depth));
            self.values.extend(stem.iter().map(|key| (*key, None)));
        }
    }

    /// Proves the keys that lead to a stem at `depth`: it is theirs, or stands where theirs would.
    fn stem<S: Source<V>>(
        &mut self,
        tree: &Tree<S, V>,
        id: StemId,
        depth: usize,
        keys: &[Key],
    ) -> Result<(), Miss> {
        let node = tree.stem(id);
        let miss = || Miss { key: keys.first().copied().unwrap_or_default(), depth };
        let [Some(low), Some(high)] = node.halves else { return Err(miss()) };
        if !node.is_whole() {
            return Err(miss());
        }
        let stem = stem_scalar(&node.stem);
        self.claims.values.extend([
            (place::MARKER, Scalar::<V>::ONE),
            (place::STEM, stem),
            (place::HALVES, low.scalar),
            (place::HALVES + 1, high.scalar),
        ]);
        let commitment = self.claims.add_commitment(node.commitment);
        self.open(commitment, place::MARKER, Scalar::<V>::ONE);
        self.open(commitment, place::STEM, stem);

        let mut present: &[Key] = &[];
        for group in keys.chunk_by(same_stem) {
            if group.first().is_some_and(|key| key.starts_with(&node.stem)) {
                present = group;
                self.extensions.push(Extension::Present.with_depth(depth));
                let value = |key: &Key| (*key, node.value(suffix(key)).flatten());
                self.values.extend(group.iter().map(value));
            } else {
                self.absent(Extension::Other, depth, group);
            }
        }
        if present.is_empty() {
            self.other_stems.push(node.stem);
        }
        let halves: Vec<&[Key]> =
            present.chunk_by(|a, b| half_of(suffix(a)) == half_of(suffix(b))).collect();
        let halves = halves.into_iter().map(|keys| match keys.first().map(suffix) {
            Some(suffix) if half_of(suffix) == 1 => (1, high, keys),
            _ => (0, low, keys),
        });
        for (half, found, _) in halves.clone() {
            self.open(commitment, place::HALVES + half as u8, found.scalar);
        }
        for (half, found, keys) in halves {
            for (suffix, value) in node.values().filter(|(suffix, _)| half_of(*suffix) == half) {
                let places = places_of(suffix).into_iter().zip(scalars_of(Some(&value)));
                self.claims.values.extend(places);
            }
            let commitment = self.claims.add_commitment(found);
            for key in keys {
                let value = node.value(suffix(key)).flatten();
                let places = places_of(suffix(key)).into_iter().zip(scalars_of(value.as_ref()));
                places.for_each(|(place, scalar)| self.open(commitment, place, scalar));
            }
        }
        Ok(())
    }
}

fn suffix(key: &Key) -> u8 {
    let [.., suffix] = *key;
    suffix
}

fn same_stem(a: &Key, b: &Key) -> bool {
    let ([a @ .., _], [b @ .., _]) = (a, b);
    a == b
}
