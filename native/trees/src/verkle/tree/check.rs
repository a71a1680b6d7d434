//! Whether the nodes that a source gives make a tree: each commitment is computed anew from what it
//! commits to, and held against what is kept of it.
//!
//! Nodes are visited in the order of their paths. Memory is that of one path, and of some nodes
//! that are committed to together.

use weakstate_codec::{Code, Error};

use super::source::{Source, StoredInner, StoredNode, StoredStem};
use super::vector::{Committed, Scalar, VectorCommitment};
use super::{GROUP, Key, Value, half_of, place, places_of, scalars_of, stem_scalar};
use crate::verkle::group::Commitment;
use crate::verkle::machine::Machine;
use crate::verkle::msm::Update;

type Result<T> = std::result::Result<T, Box<Error>>;

/// How many commitments are computed at a time.
const TOGETHER: usize = 1 << 10;

/// A part of a tree that was visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// A node that is kept in so many records.
    Node(u64),
    /// A leaf.
    Leaf(Key, Value),
}

/// Visits a whole tree, and returns its root's commitment. `each` may end it with an error. What was visited is
/// known to be right only once all is.
///
/// # Errors
/// `store_damaged`, `store_missing_node`.
pub fn check<V: VectorCommitment, S: Source<V>>(
    source: &mut S,
    tables: &V::Tables,
    machine: Machine,
    mut each: impl FnMut(Visit) -> Result<()>,
) -> Result<Committed<V>> {
    let mut sums = Sums::<V> { tables, machine, sums: Vec::new() };
    let Some(StoredNode::Inner(root)) = source.node(&[]) else { return Err(missing(&[])) };
    let point = root.commitment;
    each(Visit::Node(records(&root)))?;
    sums.inner(&[], &root, None)?;
    let mut path = Vec::new();
    let mut line = vec![root.slots.into_iter()];
    while let Some(slots) = line.last_mut() {
        let Some((slot, scalar)) = slots.next() else {
            line.pop();
            path.pop();
            continue;
        };
        path.push(slot);
        match source.node(&path).ok_or_else(|| missing(&path))? {
            StoredNode::Inner(inner) => {
                each(Visit::Node(records(&inner)))?;
                sums.inner(&path, &inner, Some(scalar))?;
                line.push(inner.slots.into_iter());
            }
            StoredNode::Stem(stem) => {
                each(Visit::Node(1))?;
                for (suffix, value) in &stem.values {
                    let mut key = [*suffix; 32];
                    key.iter_mut().zip(stem.stem).for_each(|(to, from)| *to = from);
                    each(Visit::Leaf(key, *value))?;
                }
                sums.stem(&path, &stem, scalar)?;
                path.pop();
            }
        }
    }
    sums.finish()?;
    Ok(Commitment { point, scalar: V::scalar_of(&point) })
}

/// In how many records an inner node is kept.
fn records<V: VectorCommitment>(inner: &StoredInner<V>) -> u64 {
    let groups = inner.slots.chunk_by(|(a, _), (b, _)| a / GROUP == b / GROUP);
    1 + groups.count() as u64
}

/// A commitment to be computed, and what is kept of it.
struct Sum<V: VectorCommitment> {
    path: Vec<u8>,
    multiples: Vec<(u16, Scalar<V>)>,
    point: V::Point,
    /// What it maps to; nobody says it of the root.
    scalar: Option<Scalar<V>>,
}

struct Sums<'a, V: VectorCommitment> {
    tables: &'a V::Tables,
    machine: Machine,
    sums: Vec<Sum<V>>,
}

impl<V: VectorCommitment> Sums<'_, V> {
    fn inner(
        &mut self,
        path: &[u8],
        inner: &StoredInner<V>,
        scalar: Option<Scalar<V>>,
    ) -> Result<()> {
        ascending(path, inner.slots.iter().map(|(slot, _)| *slot))?;
        let multiples = inner.slots.iter().map(|(slot, scalar)| (u16::from(*slot), *scalar));
        self.add(path, multiples.collect(), inner.commitment, scalar)
    }

    fn stem(&mut self, path: &[u8], stem: &StoredStem<V>, scalar: Scalar<V>) -> Result<()> {
        ascending(path, stem.values.iter().map(|(suffix, _)| *suffix))?;
        let mut values = [const { Vec::new() }; 2];
        for (suffix, value) in &stem.values {
            let scalars =
                places_of(*suffix).map(u16::from).into_iter().zip(scalars_of(Some(value)));
            if let Some(half) = values.get_mut(half_of(*suffix)) {
                half.extend(scalars);
            }
        }
        for (multiples, half) in values.into_iter().zip(stem.halves) {
            self.add(path, multiples, half.point, Some(half.scalar))?;
        }
        let [lower, upper] = stem.halves.map(|half| half.scalar);
        let multiples = vec![
            (place::MARKER.into(), Scalar::<V>::ONE),
            (place::STEM.into(), stem_scalar(&stem.stem)),
            (place::HALVES.into(), lower),
            ((place::HALVES + 1).into(), upper),
        ];
        self.add(path, multiples, stem.commitment, Some(scalar))
    }

    fn add(
        &mut self,
        path: &[u8],
        multiples: Vec<(u16, Scalar<V>)>,
        point: V::Point,
        scalar: Option<Scalar<V>>,
    ) -> Result<()> {
        self.sums.push(Sum { path: path.to_vec(), multiples, point, scalar });
        if self.sums.len() < TOGETHER {
            return Ok(());
        }
        self.finish()
    }

    /// Holds what is left against what is kept.
    fn finish(&mut self) -> Result<()> {
        let sums = self.sums.iter();
        let updates: Vec<Update<'_, V::Point, Scalar<V>>> =
            sums.map(|sum| Update { start: V::EMPTY.point, multiples: &sum.multiples }).collect();
        let found = V::update_all(self.tables, &updates, self.machine);
        for (sum, Commitment { point, scalar }) in self.sums.iter().zip(found) {
            // Points are equal by the quotient of their coordinates, which says nothing off the curve.
            let same = point == sum.point && V::is_on_curve(&sum.point);
            if !same || sum.scalar.is_some_and(|kept| kept != scalar) {
                return Err(damaged("the commitment to what is there", &sum.path));
            }
        }
        self.sums.clear();
        Ok(())
    }
}

fn ascending(path: &[u8], numbers: impl Iterator<Item = u8> + Clone) -> Result<()> {
    match numbers.clone().zip(numbers.skip(1)).all(|(a, b)| a < b) {
        true => Ok(()),
        false => Err(damaged("ascending slots and suffixes", path)),
    }
}

fn missing(path: &[u8]) -> Box<Error> {
    let error = Error::new(Code::StoreMissingNode).expected("a node of a Verkle tree");
    Box::new(error.at(format_args!("path {}", alloy_primitives::hex::encode_prefixed(path))))
}

fn damaged(expected: &str, path: &[u8]) -> Box<Error> {
    let error = Error::new(Code::StoreDamaged).expected(expected);
    Box::new(error.at(format_args!("path {}", alloy_primitives::hex::encode_prefixed(path))))
}
