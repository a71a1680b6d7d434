//! Writing, first part: values, stems and inner nodes change their places.
//!
//! Nothing is committed to here. What has changed is noted level by level, with what it was before,
//! so that the second part can update each commitment by the difference alone.

use super::commit::{InnerChange, Plan, StemChange, ValueChange};
use super::node::{Child, Inner, InnerId, Rest, StemId, StemNode};
use super::nodes::{Found, ROOT};
use super::source::{Source, StoredInner, StoredNode, StoredStem};
use super::vector::{Committed, Ipa, Scalar, VectorCommitment};
use super::{Key, Miss, Tree, Value, half_of};
use crate::verkle::machine::Machine;

/// A key, and the value that it is to have.
pub type Write = (Key, Option<Value>);

/// What a write has changed.
#[derive(Debug)]
pub struct Written<V: VectorCommitment = Ipa> {
    /// The root afterwards.
    pub root: Committed<V>,
    plan: Plan<V>,
}

impl<V: VectorCommitment> Written<V> {
    /// Paths at which there was a node that is nowhere now, or hangs at another path.
    pub fn gone(&self) -> &[Vec<u8>] {
        &self.plan.gone
    }
}

/// Slots of an inner node are kept in groups of so many.
pub const GROUP: u8 = 16;

impl<V: VectorCommitment, S: Source<V>> Tree<S, V> {
    /// Writes values. Of several under one key the last counts.
    ///
    /// A value of zeros is a value like others: nothing is ever removed.
    ///
    /// # Errors
    ///
    /// If there is a hole at what is to be written. The tree is then left half written, and must be
    /// dropped.
    pub fn write(
        &mut self,
        writes: &[(Key, Value)],
        tables: &V::Tables,
        machine: Machine,
    ) -> Result<Written<V>, Miss> {
        let mut sorted: Vec<Write> =
            writes.iter().map(|(key, value)| (*key, Some(*value))).collect();
        sorted.sort_by_key(|(key, _)| *key);
        self.change(&sorted, tables, machine)
    }

    /// Gives keys, in ascending order, the values that they once had: `None` is none. What is left
    /// is the tree that it would be had the others never been there. For taking blocks back: no
    /// block takes anything away.
    ///
    /// # Errors
    ///
    /// As [`Self::write`]. Only a whole tree knows what moves up when a stem goes.
    pub fn restore(
        &mut self,
        values: &[Write],
        tables: &V::Tables,
        machine: Machine,
    ) -> Result<Written<V>, Miss> {
        self.change(values, tables, machine)
    }

    fn change(
        &mut self,
        writes: &[Write],
        tables: &V::Tables,
        machine: Machine,
    ) -> Result<Written<V>, Miss> {
        let mut plan = Plan::default();
        self.write_inner(ROOT, 0, writes, &mut plan)?;
        self.commit(&plan, tables, machine);
        Ok(Written { root: *self.root(), plan })
    }

    /// Writes below an inner node at `depth`, to whose path all keys lead. Returns what hangs there
    /// afterwards.
    fn write_inner(
        &mut self,
        id: InnerId,
        depth: usize,
        writes: &[Write],
        plan: &mut Plan<V>,
    ) -> Result<Found, Miss> {
        let mut slots = Vec::new();
        let mut emptied = false;
        for group in groups(writes, depth) {
            let Some((key, _)) = group.first() else { continue };
            let Some(&slot) = key.get(depth) else { continue };
            let found = self.resolve(id, key, depth)?;
            let before = self.scalar(found);
            let now = match found {
                Found::Inner(child) => self.write_inner(child, depth + 1, group, plan)?,
                Found::Stem(stem) => self.write_beside(Some(stem), depth + 1, group, plan)?,
                Found::Empty => self.write_beside(None, depth + 1, group, plan)?,
            };
            self.inner_mut(id).set(slot, now.into());
            slots.push((slot, before, now));
            emptied |= !matches!(
                (now, found),
                (Found::Inner(_), _) | (Found::Stem(_), Found::Stem(_) | Found::Empty)
            );
        }
        let path = writes.first().map(|(key, _)| *key).unwrap_or_default();
        if emptied
            && id != ROOT
            && let Some(alone) = self.collapse(id, &path, depth, plan)?
        {
            plan.gone.push(path.get(..depth).unwrap_or_default().to_vec());
            return Ok(alone);
        }
        plan.add_inner(depth, InnerChange { id, path, slots });
        Ok(Found::Inner(id))
    }

    /// What is to stand in the place of an inner node at `depth` that has no more than a stem left;
    /// `None` if it has more.
    fn collapse(
        &mut self,
        id: InnerId,
        path: &Key,
        depth: usize,
        plan: &mut Plan<V>,
    ) -> Result<Option<Found>, Miss> {
        let mut left =
            self.inner(id).slots().iter().filter(|(_, child)| !matches!(child, Child::Empty));
        let (first, more) = (left.next().map(|(slot, _)| *slot), left.next().is_some());
        let Some(slot) = first.filter(|_| !more) else {
            return Ok(if more { None } else { Some(Found::Empty) });
        };
        let mut key = *path;
        if let Some(byte) = key.get_mut(depth) {
            *byte = slot;
        }
        let found = self.resolve(id, &key, depth)?;
        let Found::Stem(stem) = found else { return Ok(None) };
        plan.gone.push(key.get(..=depth).unwrap_or_default().to_vec());
        plan.lift(stem, depth);
        Ok(Some(found))
    }

    /// Writes where there was nothing or a single stem: that stem stays if no other one comes, else
    /// an inner node takes its place.
    fn write_beside(
        &mut self,
        present: Option<StemId>,
        depth: usize,
        writes: &[Write],
        plan: &mut Plan<V>,
    ) -> Result<Found, Miss> {
        let first = match present {
            Some(_) => writes.first(),
            // Nothing is taken away where there is nothing.
            None => writes.iter().find(|(_, value)| value.is_some()),
        };
        let Some((first, _)) = first else {
            return Ok(present.map_or(Found::Empty, Found::Stem));
        };
        let [first_stem @ .., _] = *first;
        let one = present.map_or(first_stem, |id| self.stem(id).stem);
        if writes.iter().all(|(key, _)| key.starts_with(&one)) {
            let fresh = present.is_none();
            let id = present.unwrap_or_else(|| self.push_stem(StemNode::new(one)));
            return self.write_stem(id, fresh, depth, writes, plan);
        }
        if writes.iter().all(|(key, value)| key.starts_with(&one) || value.is_none()) {
            let own: Vec<Write> =
                writes.iter().filter(|(key, _)| key.starts_with(&one)).copied().collect();
            return self.write_beside(present, depth, &own, plan);
        }
        let mut slots = Vec::new();
        let mut present = present;
        let inner = self.push_inner(Inner::new(V::EMPTY, Rest::Empty));
        for group in groups(writes, depth) {
            let Some(&slot) = group.first().and_then(|(key, _)| key.get(depth)) else { continue };
            let here = present.take_if(|id| self.stem(*id).stem.get(depth) == Some(&slot));
            let now = self.write_beside(here, depth + 1, group, plan)?;
            self.inner_mut(inner).set(slot, now.into());
            slots.push((slot, Scalar::<V>::ZERO, now));
        }
        if let Some(id) = present {
            let stem = self.stem(id).stem;
            if let Some(&slot) = stem.get(depth) {
                self.inner_mut(inner).set(slot, Found::Stem(id).into());
                slots.push((slot, Scalar::<V>::ZERO, Found::Stem(id)));
                plan.moved.push((id, depth + 1));
            }
        }
        plan.add_inner(depth, InnerChange { id: inner, path: *first, slots });
        Ok(Found::Inner(inner))
    }

    /// Writes values of one stem, which hangs at `depth`.
    fn write_stem(
        &mut self,
        id: StemId,
        fresh: bool,
        depth: usize,
        writes: &[Write],
        plan: &mut Plan<V>,
    ) -> Result<Found, Miss> {
        let first = plan.values.len();
        let node = self.stem_mut(id);
        for (key, value) in writes {
            let [.., suffix] = *key;
            let known = node.halves.get(half_of(suffix)).is_some_and(Option::is_some);
            let before = node.value(suffix).filter(|_| known);
            let before = before.ok_or(Miss { key: *key, depth: key.len() })?;
            if before != *value {
                node.set(suffix, *value);
                plan.values.push(ValueChange { suffix, before, now: *value });
            }
        }
        if node.is_whole() && node.values().next().is_none() {
            plan.values.truncate(first);
            if !fresh {
                plan.gone.push(node.stem.get(..depth).unwrap_or_default().to_vec());
            }
            return Ok(Found::Empty);
        }
        plan.stems.push(StemChange { id, fresh, depth, values: first..plan.values.len() });
        Ok(Found::Stem(id))
    }

    /// Calls `each` with the path of every node that a write has changed, the node, and the groups
    /// of [`GROUP`] slots in which it has changed, a bit each.
    ///
    /// Meant for whole trees: a node that is not known as a whole is left out.
    pub fn each_change(
        &self,
        written: &Written<V>,
        mut each: impl FnMut(&[u8], StoredNode<V>, u16),
    ) {
        let stems = written.plan.stems.iter().map(|change| (change.id, change.depth));
        for (id, depth) in stems.chain(written.plan.moved.iter().copied()) {
            let node = self.stem(id);
            if let (true, [Some(low), Some(high)]) = (node.is_whole(), node.halves) {
                let stored = StoredStem {
                    stem: node.stem,
                    commitment: node.commitment.point,
                    halves: [low, high],
                    values: node.values().collect(),
                };
                let path = node.stem.get(..depth).unwrap_or_default();
                each(path, StoredNode::Stem(Box::new(stored)), 0);
            }
        }
        for (depth, change) in written.plan.inners() {
            let node = self.inner(change.id);
            let slots = node.slots().iter().filter_map(|(slot, child)| match child {
                Child::Empty | Child::Hole => None,
                Child::Inner(id) => Some((*slot, self.inner(*id).commitment.scalar)),
                Child::Stem(id) => Some((*slot, self.stem(*id).commitment.scalar)),
                Child::Stored(scalar) => Some((*slot, *scalar)),
            });
            let stored = StoredInner { commitment: node.commitment.point, slots: slots.collect() };
            let groups = change.slots.iter().fold(0, |all, (slot, ..)| all | 1 << (slot / GROUP));
            let path = change.path.get(..depth).unwrap_or_default();
            each(path, StoredNode::Inner(stored), groups);
        }
    }
}

/// The writes in groups that lead to the same slot of an inner node at `depth`.
fn groups(writes: &[Write], depth: usize) -> impl Iterator<Item = &[Write]> {
    writes.chunk_by(move |(a, _), (b, _)| a.get(depth) == b.get(depth))
}
