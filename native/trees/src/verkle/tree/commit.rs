//! Writing, second part: commitments are updated by what has changed, level by level.
//!
//! A commitment is linear in what it commits to: if a value grows by some difference, the
//! commitment grows by that multiple of one point. Each level takes one inversion for all its nodes.

use std::ops::Range;

use super::node::{InnerId, StemId};
use super::nodes::Found;
use super::vector::{Committed, Scalar, VectorCommitment};
use super::{Key, Tree, Value, half_of, place, places_of, scalars_of, stem_scalar};
use crate::verkle::machine::Machine;
use crate::verkle::msm::Update;

/// A value that has changed.
#[derive(Debug)]
pub(super) struct ValueChange {
    pub(super) suffix: u8,
    pub(super) before: Option<Value>,
    pub(super) now: Option<Value>,
}

/// A stem whose values have changed.
#[derive(Debug)]
pub(super) struct StemChange {
    pub(super) id: StemId,
    /// Whether it was not committed to before.
    pub(super) fresh: bool,
    pub(super) depth: usize,
    /// Where its values stand in the plan, in ascending order of suffix.
    pub(super) values: Range<usize>,
}

/// An inner node of which slots have changed.
#[derive(Debug)]
pub(super) struct InnerChange<V: VectorCommitment> {
    pub(super) id: InnerId,
    /// A key that leads there.
    pub(super) path: Key,
    /// Slots, what they mapped to before, and what is there now.
    pub(super) slots: Vec<(u8, Scalar<V>, Found)>,
}

/// All that a write changes, none of it committed to.
#[derive(Debug, Default)]
pub(super) struct Plan<V: VectorCommitment> {
    pub(super) values: Vec<ValueChange>,
    pub(super) stems: Vec<StemChange>,
    /// Stems that hang lower than before, and at which depth.
    pub(super) moved: Vec<(StemId, usize)>,
    /// Paths at which a node was that is nowhere now, or somewhere else.
    pub(super) gone: Vec<Vec<u8>>,
    /// Inner nodes by depth.
    levels: Vec<Vec<InnerChange<V>>>,
}

impl<V: VectorCommitment> Plan<V> {
    pub(super) fn add_inner(&mut self, depth: usize, change: InnerChange<V>) {
        if self.levels.len() <= depth {
            self.levels.resize_with(depth + 1, Vec::new);
        }
        if let Some(level) = self.levels.get_mut(depth) {
            level.push(change);
        }
    }

    /// A stem has moved up to `depth`, whether its values have changed or not.
    pub(super) fn lift(&mut self, id: StemId, depth: usize) {
        let mut found = false;
        for change in self.stems.iter_mut().filter(|change| change.id == id) {
            (change.depth, found) = (depth, true);
        }
        for moved in self.moved.iter_mut().filter(|(moved, _)| *moved == id) {
            (moved.1, found) = (depth, true);
        }
        if !found {
            self.moved.push((id, depth));
        }
    }

    /// The inner nodes and their depths.
    pub(super) fn inners(&self) -> impl Iterator<Item = (usize, &InnerChange<V>)> {
        self.levels
            .iter()
            .enumerate()
            .flat_map(|(depth, level)| level.iter().map(move |c| (depth, c)))
    }
}

/// Commitments that are to be updated, and by what.
struct Batch<V: VectorCommitment> {
    starts: Vec<V::Point>,
    multiples: Vec<(u16, Scalar<V>)>,
    ends: Vec<usize>,
}

impl<V: VectorCommitment> Batch<V> {
    fn new() -> Self {
        Self { starts: Vec::new(), multiples: Vec::new(), ends: Vec::new() }
    }

    fn add(&mut self, place: u8, scalar: Scalar<V>) {
        if !scalar.is_zero() {
            self.multiples.push((u16::from(place), scalar));
        }
    }

    /// Ends a commitment's changes; those that are added next belong to another one.
    fn finish(&mut self, start: V::Point) {
        self.starts.push(start);
        self.ends.push(self.multiples.len());
    }

    fn results(&self, tables: &V::Tables, machine: Machine) -> Vec<Committed<V>> {
        let mut first = 0;
        let update = |(start, end): (&V::Point, &usize)| {
            let multiples = self.multiples.get(first..*end).unwrap_or_default();
            first = *end;
            Update { start: *start, multiples }
        };
        let updates: Vec<Update<'_, V::Point, Scalar<V>>> =
            self.starts.iter().zip(&self.ends).map(update).collect();
        V::update_all(tables, &updates, machine)
    }
}

impl<S, V: VectorCommitment> Tree<S, V> {
    /// Commits to all that a plan has changed.
    pub(super) fn commit(&mut self, plan: &Plan<V>, tables: &V::Tables, machine: Machine) {
        let before = self.commit_halves(plan, tables, machine);
        self.commit_stems(plan, &before, tables, machine);
        for level in plan.levels.iter().rev() {
            self.commit_inners(level, tables, machine);
        }
    }

    /// Commits to the halves of values. Returns what the halves of each stem mapped to before.
    fn commit_halves(
        &mut self,
        plan: &Plan<V>,
        tables: &V::Tables,
        machine: Machine,
    ) -> Vec<[Scalar<V>; 2]> {
        let mut batch = Batch::<V>::new();
        let mut targets = Vec::new();
        let mut before = Vec::with_capacity(plan.stems.len());
        for change in &plan.stems {
            let halves = self.stem(change.id).halves;
            before.push(halves.map(|half| half.map_or(Scalar::<V>::ZERO, |half| half.scalar)));
            let values = plan.values.get(change.values.clone()).unwrap_or_default();
            for values in values.chunk_by(|a, b| half_of(a.suffix) == half_of(b.suffix)) {
                let Some(half) = values.first().map(|first| half_of(first.suffix)) else {
                    continue;
                };
                for value in values {
                    let now = scalars_of(value.now.as_ref());
                    let before = scalars_of(value.before.as_ref());
                    for ((place, now), before) in
                        places_of(value.suffix).into_iter().zip(now).zip(before)
                    {
                        batch.add(place, now - before);
                    }
                }
                let start = halves.get(half).copied().flatten().unwrap_or(V::EMPTY);
                batch.finish(start.point);
                targets.push((change.id, half));
            }
        }
        for ((id, half), now) in targets.into_iter().zip(batch.results(tables, machine)) {
            if let Some(half) = self.stem_mut(id).halves.get_mut(half) {
                *half = Some(now);
            }
        }
        before
    }

    fn commit_stems(
        &mut self,
        plan: &Plan<V>,
        before: &[[Scalar<V>; 2]],
        tables: &V::Tables,
        machine: Machine,
    ) {
        let marker = V::marker();
        let mut batch = Batch::<V>::new();
        for (change, before) in plan.stems.iter().zip(before) {
            let node = self.stem(change.id);
            for ((place, half), before) in (place::HALVES..).zip(node.halves).zip(before) {
                batch.add(place, half.map_or(Scalar::<V>::ZERO, |half| half.scalar - *before));
            }
            if change.fresh {
                batch.add(place::STEM, stem_scalar(&node.stem));
                batch.finish(marker);
            } else {
                batch.finish(node.commitment.point);
            }
        }
        for (change, now) in plan.stems.iter().zip(batch.results(tables, machine)) {
            self.stem_mut(change.id).commitment = now;
        }
    }

    fn commit_inners(&mut self, level: &[InnerChange<V>], tables: &V::Tables, machine: Machine) {
        let mut batch = Batch::<V>::new();
        for change in level {
            for (slot, before, now) in &change.slots {
                batch.add(*slot, self.scalar(*now) - *before);
            }
            batch.finish(self.inner(change.id).commitment.point);
        }
        for (change, now) in level.iter().zip(batch.results(tables, machine)) {
            self.inner_mut(change.id).commitment = now;
        }
    }
}
