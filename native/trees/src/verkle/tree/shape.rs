//! The shape of an opened tree, and which openings it calls for.
//!
//! It follows from the stems and from what the proof says stands at the end of each one's path.
//! Nothing may be left over, and no two statements may contradict each other: what two stems share
//! of their paths must end in the same thing. Otherwise a proven node could be passed off as empty.

use weakstate_codec::{Code, Error};

use super::node::{Inner, InnerId, Rest, StemId, StemNode};
use super::nodes::Found;
use super::source::NoSource;
use super::vector::{Committed, Scalar, VectorCommitment};
use super::witness::{Extension, Proof, StemDiff};
use super::{Tree, half_of, place, places_of, scalars_of, stem_scalar};
use crate::verkle::keys::Stem;
use crate::verkle::proof::multiproof::Opening;

/// What a commitment, by its index in the order of paths, is the commitment of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    Inner(InnerId),
    Stem(StemId),
    Half(StemId, usize),
}

/// What a polynomial is opened to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Y<V: VectorCommitment> {
    Known(Scalar<V>),
    /// What the commitment with this index maps to.
    Commitment(u32),
}

/// The tree without its commitments, and the openings in the order in which they are proven.
pub(crate) struct Shape<V: VectorCommitment> {
    pub(super) tree: Tree<NoSource, V>,
    pub(super) targets: Vec<Target>,
    /// Index of a commitment, place, value.
    pub(super) openings: Vec<(u32, u8, Y<V>)>,
}

/// A stem of the diff, and what stands at the end of its path.
struct Entry<'a> {
    diff: &'a StemDiff,
    depth: usize,
    extension: Extension,
}

impl<V: VectorCommitment> Shape<V> {
    /// The shape that a proof claims.
    pub(crate) fn new(proof: &Proof<V>, diff: &[StemDiff]) -> Result<Self, Error> {
        let entries = entries(proof, diff)?;
        if !proof.other_stems.is_sorted_by(|a, b| a < b) {
            return Err(malformed("other stems in ascending order", "the other stems"));
        }
        let root = Inner::new(V::EMPTY, Rest::Hole);
        let mut builder = Builder {
            shape: Self {
                tree: Tree::with_root(NoSource, root),
                targets: Vec::new(),
                openings: Vec::new(),
            },
            other_stems: proof.other_stems.iter(),
            commitments: proof.commitments_by_path.len(),
        };
        builder.inner(super::nodes::ROOT, 0, &entries)?;
        if let Some(stem) = builder.other_stems.next() {
            return Err(malformed("other stems that are needed", stem_text(stem)));
        }
        let (expected, actual) = (builder.shape.targets.len() - 1, proof.commitments_by_path.len());
        if expected != actual {
            let error = malformed(format_args!("{expected} commitments"), "the commitments");
            return Err(error.actual(actual));
        }
        Ok(builder.shape)
    }

    /// The tree with its commitments, which come in the order of paths, and the openings.
    pub(crate) fn fill(
        self,
        commitments: &[Committed<V>],
    ) -> (Tree<NoSource, V>, Vec<Opening<Scalar<V>>>) {
        let Self { mut tree, targets, openings } = self;
        for (target, commitment) in targets.iter().zip(commitments) {
            match target {
                Target::Inner(id) => tree.inner_mut(*id).commitment = *commitment,
                Target::Stem(id) => tree.stem_mut(*id).commitment = *commitment,
                Target::Half(id, half) => {
                    if let Some(half) = tree.stem_mut(*id).halves.get_mut(*half) {
                        *half = Some(*commitment);
                    }
                }
            }
        }
        let value = |y: Y<V>| match y {
            Y::Known(scalar) => scalar,
            Y::Commitment(index) => commitments.get(index as usize).unwrap_or(&V::EMPTY).scalar,
        };
        let openings = openings
            .into_iter()
            .map(|(commitment, z, y)| Opening { commitment, z, y: value(y) })
            .collect();
        (tree, openings)
    }
}

/// Puts the stems of the diff together with the proof's statements about them.
fn entries<'a, V: VectorCommitment>(
    proof: &Proof<V>,
    diff: &'a [StemDiff],
) -> Result<Vec<Entry<'a>>, Error> {
    if !diff.is_sorted_by(|a, b| a.stem < b.stem) {
        return Err(malformed("stems in ascending order", "the state diff"));
    }
    if proof.depth_extension_present.len() != diff.len() {
        let expected = format_args!("{} extensions", diff.len());
        let error = malformed(expected, "the extensions");
        return Err(error.actual(proof.depth_extension_present.len()));
    }
    let entry = |(diff, byte): (&'a StemDiff, &u8)| {
        let at = || stem_text(&diff.stem);
        if diff.suffixes.is_empty() || !diff.suffixes.is_sorted_by(|a, b| a.suffix < b.suffix) {
            return Err(malformed("suffixes in ascending order", at()));
        }
        let (depth, extension) = Extension::from_byte(*byte)
            .ok_or_else(|| malformed("a depth and an extension", at()).actual(byte))?;
        let has_value = diff.suffixes.iter().any(|suffix| suffix.current.is_some());
        if extension != Extension::Present && has_value {
            return Err(malformed("no values of an absent stem", at()));
        }
        Ok(Entry { diff, depth, extension })
    };
    diff.iter().zip(&proof.depth_extension_present).map(entry).collect()
}

struct Builder<'a, V: VectorCommitment> {
    shape: Shape<V>,
    /// Those that have not been used yet.
    other_stems: std::slice::Iter<'a, Stem>,
    /// How many commitments the proof has, besides the root's.
    commitments: usize,
}

impl<V: VectorCommitment> Builder<'_, V> {
    /// Adds what a commitment is of, and returns that commitment's index.
    ///
    /// There cannot be more than commitments, lest claims take more memory than they have bytes.
    fn add(&mut self, target: Target) -> Result<u32, Error> {
        let index = self.shape.targets.len();
        if index > self.commitments {
            let error = malformed(format_args!("at least {index} commitments"), "the commitments");
            return Err(error.actual(self.commitments));
        }
        self.shape.targets.push(target);
        Ok(index as u32)
    }

    /// Adds an opening, and returns its index.
    fn open(&mut self, commitment: u32, z: u8, y: Y<V>) -> usize {
        self.shape.openings.push((commitment, z, y));
        self.shape.openings.len() - 1
    }

    /// Sets the value of an opening to what a commitment maps to.
    fn close(&mut self, opening: usize, commitment: u32) {
        if let Some((_, _, y)) = self.shape.openings.get_mut(opening) {
            *y = Y::Commitment(commitment);
        }
    }

    /// Adds an inner node at `depth`, below which all entries end. Returns its commitment's index.
    fn inner(&mut self, id: InnerId, depth: usize, entries: &[Entry<'_>]) -> Result<u32, Error> {
        let commitment = self.add(Target::Inner(id))?;
        let groups = || entries.chunk_by(|a, b| a.diff.stem.get(depth) == b.diff.stem.get(depth));
        let slot = |group: &[Entry<'_>]| {
            group.first().and_then(|first| first.diff.stem.get(depth).copied()).unwrap_or_default()
        };
        let openings: Vec<usize> = groups()
            .map(|group| self.open(commitment, slot(group), Y::Known(Scalar::<V>::ZERO)))
            .collect();
        for (group, opening) in groups().zip(openings) {
            let found = self.child(depth + 1, group, opening)?;
            self.shape.tree.inner_mut(id).set(slot(group), found.into());
        }
        Ok(commitment)
    }

    /// Adds what stands at `depth` on the paths of all entries.
    fn child(
        &mut self,
        depth: usize,
        entries: &[Entry<'_>],
        opening: usize,
    ) -> Result<Found, Error> {
        let all = |is: fn(&Entry<'_>, usize) -> bool| entries.iter().all(|entry| is(entry, depth));
        if all(|entry, depth| entry.depth > depth) {
            let id = self.shape.tree.push_inner(Inner::new(V::EMPTY, Rest::Hole));
            let commitment = self.inner(id, depth, entries)?;
            self.close(opening, commitment);
            Ok(Found::Inner(id))
        } else if all(|entry, depth| entry.depth == depth && entry.extension == Extension::Empty) {
            Ok(Found::Empty)
        } else if all(|entry, depth| entry.depth == depth && entry.extension != Extension::Empty) {
            let (id, commitment) = self.stem(depth, entries)?;
            self.close(opening, commitment);
            Ok(Found::Stem(id))
        } else {
            let at = entries.first().map_or_else(String::new, |entry| stem_text(&entry.diff.stem));
            Err(malformed(format_args!("one thing at depth {depth}"), at))
        }
    }

    /// Adds the stem that stands at `depth` on the paths of all entries: one of theirs or another.
    fn stem(&mut self, depth: usize, entries: &[Entry<'_>]) -> Result<(StemId, u32), Error> {
        let mut present = entries.iter().filter(|entry| entry.extension == Extension::Present);
        let (found, second) = (present.next(), present.next());
        if let Some(second) = second {
            let expected = format_args!("one stem at depth {depth}");
            return Err(malformed(expected, stem_text(&second.diff.stem)));
        }
        let stem = match found {
            Some(entry) => entry.diff.stem,
            None => self.other_stem(depth, entries)?,
        };
        let id = self.shape.tree.push_stem(StemNode::closed(stem, V::EMPTY));
        let commitment = self.add(Target::Stem(id))?;
        self.open(commitment, place::MARKER, Y::Known(Scalar::<V>::ONE));
        self.open(commitment, place::STEM, Y::Known(stem_scalar(&stem)));
        if let Some(entry) = found {
            self.values(id, commitment, entry.diff)?;
        }
        Ok((id, commitment))
    }

    /// The next of the other stems, which must stand where all entries lead to and be none of them.
    fn other_stem(&mut self, depth: usize, entries: &[Entry<'_>]) -> Result<Stem, Error> {
        let at = || entries.first().map_or_else(String::new, |entry| stem_text(&entry.diff.stem));
        let stem = self.other_stems.next();
        let stem = stem.ok_or_else(|| malformed("another stem", at()))?;
        let fits = |entry: &Entry<'_>| {
            entry.diff.stem != *stem && entry.diff.stem.get(..depth) == stem.get(..depth)
        };
        if !entries.iter().all(fits) {
            let expected = format_args!("another stem with the same first {depth} bytes");
            return Err(malformed(expected, at()).actual(stem_text(stem)));
        }
        Ok(*stem)
    }

    /// Adds the values of a stem that is there, and the commitments to their halves.
    fn values(&mut self, id: StemId, stem: u32, diff: &StemDiff) -> Result<(), Error> {
        let groups = || diff.suffixes.chunk_by(|a, b| half_of(a.suffix) == half_of(b.suffix));
        let halves: Vec<(usize, usize)> = groups()
            .map(|group| {
                let half = group.first().map_or(0, |first| half_of(first.suffix));
                (half, self.open(stem, place::HALVES + half as u8, Y::Known(Scalar::<V>::ZERO)))
            })
            .collect();
        for (group, (half, opening)) in groups().zip(halves) {
            let commitment = self.add(Target::Half(id, half))?;
            self.close(opening, commitment);
            for diff in group {
                let scalars = scalars_of(diff.current.as_ref());
                for (place, scalar) in places_of(diff.suffix).into_iter().zip(scalars) {
                    self.open(commitment, place, Y::Known(scalar));
                }
                self.shape.tree.stem_mut(id).set(diff.suffix, diff.current);
            }
        }
        Ok(())
    }
}

fn malformed(expected: impl std::fmt::Display, at: impl std::fmt::Display) -> Error {
    Error::new(Code::MalformedProof).expected(expected).at(at)
}

fn stem_text(stem: &Stem) -> String {
    format!("stem {}", alloy_primitives::hex::encode_prefixed(stem))
}
