//! Writing, first part: values, stems and inner nodes change their places.
//!
//! Nothing is committed to here. What has changed is noted level by level, with what it was before,
//! so that the second part can update each commitment by the difference alone.

use super::commit::{InnerChange, Plan, StemChange, ValueChange};
use super::node::{Inner, InnerId, Rest, StemId, StemNode};
use super::nodes::{Found, ROOT};
use super::source::{Source, StoredInner, StoredNode, StoredStem};
use super::{Key, Miss, Tree, Value, half_of};
use crate::verkle::field::Fr;
use crate::verkle::group::Commitment;
use crate::verkle::machine::Machine;
use crate::verkle::msm::Tables;

/// What a write has changed.
#[derive(Debug)]
pub struct Written {
    /// The root afterwards.
    pub root: Commitment,
    plan: Plan,
}

impl<S: Source> Tree<S> {
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
        tables: &Tables,
        machine: Machine,
    ) -> Result<Written, Miss> {
        let mut plan = Plan::default();
        if writes.is_sorted_by_key(|(key, _)| key) {
            self.write_inner(ROOT, 0, writes, &mut plan)?;
        } else {
            let mut sorted = writes.to_vec();
            sorted.sort_by_key(|(key, _)| *key);
            self.write_inner(ROOT, 0, &sorted, &mut plan)?;
        }
        self.commit(&plan, tables, machine);
        Ok(Written { root: *self.root(), plan })
    }

    /// Writes below an inner node at `depth`, to whose path all keys lead.
    fn write_inner(
        &mut self,
        id: InnerId,
        depth: usize,
        writes: &[(Key, Value)],
        plan: &mut Plan,
    ) -> Result<(), Miss> {
        let mut slots = Vec::new();
        for group in groups(writes, depth) {
            let Some((key, _)) = group.first() else { continue };
            let Some(&slot) = key.get(depth) else { continue };
            let found = self.resolve(id, key, depth)?;
            let before = self.scalar(found);
            let now = match found {
                Found::Inner(child) => {
                    self.write_inner(child, depth + 1, group, plan)?;
                    found
                }
                Found::Stem(stem) => self.write_beside(Some(stem), depth + 1, group, plan)?,
                Found::Empty => self.write_beside(None, depth + 1, group, plan)?,
            };
            self.inner_mut(id).set(slot, now.into());
            slots.push((slot, before, now));
        }
        let path = writes.first().map(|(key, _)| *key).unwrap_or_default();
        plan.add_inner(depth, InnerChange { id, path, slots });
        Ok(())
    }

    /// Writes where there was nothing or a single stem: that stem stays if no other one comes, else
    /// an inner node takes its place.
    fn write_beside(
        &mut self,
        present: Option<StemId>,
        depth: usize,
        writes: &[(Key, Value)],
        plan: &mut Plan,
    ) -> Result<Found, Miss> {
        let Some((first, _)) = writes.first() else {
            return Ok(present.map_or(Found::Empty, Found::Stem));
        };
        let [first_stem @ .., _] = *first;
        let one = present.map_or(first_stem, |id| self.stem(id).stem);
        if writes.iter().all(|(key, _)| key.starts_with(&one)) {
            let fresh = present.is_none();
            let id = present.unwrap_or_else(|| self.push_stem(StemNode::new(one)));
            self.write_stem(id, fresh, depth, writes, plan)?;
            return Ok(Found::Stem(id));
        }
        let mut slots = Vec::new();
        let mut present = present;
        let inner = self.push_inner(Inner::new(Commitment::EMPTY, Rest::Empty));
        for group in groups(writes, depth) {
            let Some(&slot) = group.first().and_then(|(key, _)| key.get(depth)) else { continue };
            let here = present.take_if(|id| self.stem(*id).stem.get(depth) == Some(&slot));
            let now = self.write_beside(here, depth + 1, group, plan)?;
            self.inner_mut(inner).set(slot, now.into());
            slots.push((slot, Fr::ZERO, now));
        }
        if let Some(id) = present {
            let stem = self.stem(id).stem;
            if let Some(&slot) = stem.get(depth) {
                self.inner_mut(inner).set(slot, Found::Stem(id).into());
                slots.push((slot, Fr::ZERO, Found::Stem(id)));
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
        writes: &[(Key, Value)],
        plan: &mut Plan,
    ) -> Result<(), Miss> {
        let first = plan.values.len();
        let node = self.stem_mut(id);
        for (key, value) in writes {
            let [.., suffix] = *key;
            let known = node.halves.get(half_of(suffix)).is_some_and(Option::is_some);
            let before = node.value(suffix).filter(|_| known);
            let before = before.ok_or(Miss { key: *key, depth: key.len() })?;
            if before != Some(*value) {
                node.set(suffix, Some(*value));
                plan.values.push(ValueChange { suffix, before, now: *value });
            }
        }
        plan.stems.push(StemChange { id, fresh, depth, values: first..plan.values.len() });
        Ok(())
    }

    /// Calls `each` with every node that a write has changed and its path. Of an inner node only
    /// the slots that have changed are listed.
    ///
    /// Meant for whole trees: a node that is not known as a whole is left out.
    pub fn each_change(&self, written: &Written, mut each: impl FnMut(&[u8], StoredNode)) {
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
                each(path, StoredNode::Stem(Box::new(stored)));
            }
        }
        for (depth, change) in written.plan.inners() {
            let slots = change.slots.iter().map(|(slot, _, now)| (*slot, self.scalar(*now)));
            let mut slots: Vec<(u8, Fr)> = slots.collect();
            slots.sort_unstable_by_key(|(slot, _)| *slot);
            let commitment = self.inner(change.id).commitment.point;
            let path = change.path.get(..depth).unwrap_or_default();
            each(path, StoredNode::Inner(StoredInner { commitment, slots }));
        }
    }
}

/// The writes in groups that lead to the same slot of an inner node at `depth`.
fn groups(writes: &[(Key, Value)], depth: usize) -> impl Iterator<Item = &[(Key, Value)]> {
    writes.chunk_by(move |(a, _), (b, _)| a.get(depth) == b.get(depth))
}
