//! Nodes as they lie in memory.

use super::Value;
use super::source::{StoredInner, StoredStem};
use super::vector::{Committed, Scalar, VectorCommitment};
use crate::verkle::keys::Stem;

/// Index of an inner node in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InnerId(pub(super) u32);

/// Index of a stem in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StemId(pub(super) u32);

/// What hangs at one slot of an inner node.
#[derive(Clone, Copy, Debug)]
pub(super) enum Child<V: VectorCommitment> {
    Empty,
    Inner(InnerId),
    Stem(StemId),
    /// In the source, not loaded yet; its commitment maps to this.
    Stored(Scalar<V>),
    /// Not known.
    Hole,
}

/// What slots or suffixes hold that are not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    Empty,
    Hole,
}

/// An inner node.
#[derive(Clone, Debug)]
pub(super) struct Inner<V: VectorCommitment> {
    pub(super) commitment: Committed<V>,
    /// Slots in ascending order.
    slots: Vec<(u8, Child<V>)>,
    rest: Rest,
}

impl<V: VectorCommitment> Inner<V> {
    pub(super) fn new(commitment: Committed<V>, rest: Rest) -> Self {
        Self { commitment, slots: Vec::new(), rest }
    }

    /// A node as a source gives it, whose commitment maps to `scalar`.
    pub(super) fn from_stored(stored: &StoredInner<V>, scalar: Scalar<V>) -> Self {
        let there = stored.slots.iter().filter(|(_, scalar)| !scalar.is_zero());
        let slots = there.map(|(slot, scalar)| (*slot, Child::Stored(*scalar)));
        let commitment = Committed::<V> { point: stored.commitment, scalar };
        Self { commitment, slots: slots.collect(), rest: Rest::Empty }
    }

    fn find(&self, slot: u8) -> Result<usize, usize> {
        self.slots.binary_search_by_key(&slot, |(slot, _)| *slot)
    }

    pub(super) fn child(&self, slot: u8) -> Child<V> {
        match self.find(slot).ok().and_then(|index| self.slots.get(index)) {
            Some((_, child)) => *child,
            None if self.rest == Rest::Empty => Child::Empty,
            None => Child::Hole,
        }
    }

    pub(super) fn set(&mut self, slot: u8, child: Child<V>) {
        match self.find(slot) {
            Ok(index) => {
                if let Some((_, old)) = self.slots.get_mut(index) {
                    *old = child;
                }
            }
            Err(index) => self.slots.insert(index, (slot, child)),
        }
    }

    /// The slots that are listed, in ascending order.
    pub(super) fn slots(&self) -> &[(u8, Child<V>)] {
        &self.slots
    }

    /// Whether every slot is known.
    pub(super) fn is_whole(&self) -> bool {
        self.rest == Rest::Empty
    }
}

/// A stem and its values.
#[derive(Clone, Debug)]
pub(super) struct StemNode<V: VectorCommitment> {
    pub(super) stem: Stem,
    pub(super) commitment: Committed<V>,
    /// The commitments to the two halves of the values; `None` if not known.
    pub(super) halves: [Option<Committed<V>>; 2],
    /// Suffixes in ascending order, and their values.
    values: Vec<(u8, Option<Value>)>,
    rest: Rest,
}

impl<V: VectorCommitment> StemNode<V> {
    /// A stem without values, not committed to yet.
    pub(super) fn new(stem: Stem) -> Self {
        let halves = [Some(V::EMPTY); 2];
        Self { stem, commitment: V::EMPTY, halves, values: Vec::new(), rest: Rest::Empty }
    }

    /// A stem of which only the commitment is known.
    pub(super) fn closed(stem: Stem, commitment: Committed<V>) -> Self {
        Self { stem, commitment, halves: [None; 2], values: Vec::new(), rest: Rest::Hole }
    }

    /// A stem as a source gives it, whose commitment maps to `scalar`.
    pub(super) fn from_stored(stored: StoredStem<V>, scalar: Scalar<V>) -> Self {
        Self {
            stem: stored.stem,
            commitment: Committed::<V> { point: stored.commitment, scalar },
            halves: stored.halves.map(Some),
            values: stored.values.iter().map(|(suffix, value)| (*suffix, Some(*value))).collect(),
            rest: Rest::Empty,
        }
    }

    fn find(&self, suffix: u8) -> Result<usize, usize> {
        self.values.binary_search_by_key(&suffix, |(suffix, _)| *suffix)
    }

    /// The value of a suffix; the outer `None` is a hole.
    pub(super) fn value(&self, suffix: u8) -> Option<Option<Value>> {
        match self.find(suffix).ok().and_then(|index| self.values.get(index)) {
            Some((_, value)) => Some(*value),
            None => (self.rest == Rest::Empty).then_some(None),
        }
    }

    pub(super) fn set(&mut self, suffix: u8, value: Option<Value>) {
        match self.find(suffix) {
            Ok(index) => {
                if let Some((_, old)) = self.values.get_mut(index) {
                    *old = value;
                }
            }
            Err(index) => self.values.insert(index, (suffix, value)),
        }
    }

    /// The values that are there and known, in ascending order of suffix.
    pub(super) fn values(&self) -> impl Iterator<Item = (u8, Value)> {
        self.values.iter().filter_map(|(suffix, value)| Some((*suffix, (*value)?)))
    }

    /// Whether every suffix is known.
    pub(super) fn is_whole(&self) -> bool {
        self.rest == Rest::Empty
    }
}
