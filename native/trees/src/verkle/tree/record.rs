//! Nodes as bytes, for whatever keeps them.
//!
//! An inner node is a record of its commitment and one for each group of sixteen slots, so that a
//! writer rewrites little and a prover reads all slots together. A stem is one record. Points are
//! kept with both coordinates: to find the second anew would take a square root. Nothing here
//! comes from outside, and nothing is checked but its form.

use super::Value;
use super::source::{StoredInner, StoredNode, StoredStem};
use super::vector::{Committed, Scalar, VectorCommitment};
use super::write::GROUP;
use crate::verkle::field::Field;
use crate::verkle::keys::Stem;

const INNER: u8 = 0;
const STEM: u8 = 1;

/// Which record of the node at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The node itself.
    Node,
    /// The group with this number of an inner node's slots.
    Group(u8),
}

/// Number of groups of an inner node.
pub const GROUPS: u8 = (256 / GROUP as usize) as u8;

/// Calls `each` with the records of a changed node that have changed; `None` is a group in which
/// there is nothing any longer. `changed` has a bit for each group that has changed.
pub fn records<V: VectorCommitment>(
    node: &StoredNode<V>,
    changed: u16,
    mut each: impl FnMut(Part, Option<Vec<u8>>),
) {
    match node {
        StoredNode::Stem(stem) => each(Part::Node, Some(stem_record(stem))),
        StoredNode::Inner(inner) => {
            let mut groups = [const { Vec::new() }; GROUPS as usize];
            for (slot, scalar) in &inner.slots {
                if let Some(group) = groups.get_mut(usize::from(slot / GROUP)) {
                    group.push(*slot);
                    group.extend_from_slice(&scalar.to_le_bytes());
                }
            }
            let there = groups.iter().enumerate().filter(|(_, group)| !group.is_empty());
            let there: u16 = there.fold(0, |all, (index, _)| all | 1 << index);
            let mut record = vec![INNER];
            record.extend_from_slice(&there.to_le_bytes());
            V::put_point(&inner.commitment, &mut record);
            each(Part::Node, Some(record));
            for (index, group) in (0..GROUPS).zip(groups) {
                if changed >> index & 1 == 1 {
                    each(Part::Group(index), Some(group).filter(|group| !group.is_empty()));
                }
            }
        }
    }
}

/// Reads a node whose records `record` finds; `None` if one is not there, or is malformed.
pub fn read<'r, V: VectorCommitment>(
    mut record: impl FnMut(Part) -> Option<&'r [u8]>,
) -> Option<StoredNode<V>> {
    let mut reader = Reader(record(Part::Node)?);
    match reader.byte()? {
        STEM => reader.stem().map(|stem| StoredNode::Stem(Box::new(stem))),
        INNER => {
            let there = u16::from_le_bytes(reader.array()?);
            let commitment = V::take_point(&mut reader.0)?;
            let mut slots = Vec::new();
            for group in (0..GROUPS).filter(|group| there >> group & 1 == 1) {
                let mut reader = Reader(record(Part::Group(group))?);
                while !reader.0.is_empty() {
                    slots.push((reader.byte()?, Field::from_le_bytes(&reader.array()?)?));
                }
            }
            Some(StoredNode::Inner(StoredInner { commitment, slots }))
        }
        _ => None,
    }
}

fn stem_record<V: VectorCommitment>(stem: &StoredStem<V>) -> Vec<u8> {
    let mut record = Vec::with_capacity(1 + 31 + 64 + 2 * 96 + 33 * stem.values.len());
    record.push(STEM);
    record.extend_from_slice(&stem.stem);
    V::put_point(&stem.commitment, &mut record);
    for half in &stem.halves {
        V::put_point(&half.point, &mut record);
        record.extend_from_slice(&half.scalar.to_le_bytes());
    }
    for (suffix, value) in &stem.values {
        record.push(*suffix);
        record.extend_from_slice(value);
    }
    record
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn stem<V: VectorCommitment>(&mut self) -> Option<StoredStem<V>> {
        let stem: Stem = self.array()?;
        let commitment = V::take_point(&mut self.0)?;
        let halves = [self.half::<V>()?, self.half::<V>()?];
        let mut values: Vec<(u8, Value)> = Vec::with_capacity(self.0.len() / 33);
        while !self.0.is_empty() {
            values.push((self.byte()?, self.array()?));
        }
        Some(StoredStem { stem, commitment, halves, values })
    }

    fn half<V: VectorCommitment>(&mut self) -> Option<Committed<V>> {
        let point = V::take_point(&mut self.0)?;
        Some(Committed::<V> { point, scalar: Scalar::<V>::from_le_bytes(&self.array()?)? })
    }
}
