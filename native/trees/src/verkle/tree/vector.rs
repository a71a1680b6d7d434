//! What a tree commits with: a group, how its elements become scalars, and a proof of openings.
//!
//! The tree itself knows only that a commitment is linear in the 256 values that it commits to.

use std::fmt::Debug;

use weakstate_codec::{Code, Error};

use super::TRANSCRIPT;
use crate::verkle::crs;
use crate::verkle::field::{Field, Fp, Fr, Prime, ScalarPrime};
use crate::verkle::group::{Affine, Commitment, commitments};
use crate::verkle::machine::Machine;
use crate::verkle::msm::{Tables, Update};
use crate::verkle::proof::ipa::IpaProof;
use crate::verkle::proof::multiproof::{self, Encoded, Known, Multiproof, Opening};
use crate::verkle::transcript::Transcript;

/// A scheme of commitments to 256 scalars.
pub trait VectorCommitment: Copy + Debug + Default + Eq + 'static {
    /// The order of the group.
    type Prime: Prime;
    /// An element of the group.
    type Point: Copy + Debug + Eq;
    /// The bytes of an element in a proof.
    type Encoding: Copy + Debug + Eq + AsRef<[u8]> + for<'a> TryFrom<&'a [u8]>;
    /// The proof of many openings.
    type Multiproof: Clone + Debug + Eq;
    /// What helps to compute commitments.
    type Tables;

    /// Bytes that the proof of openings takes in a witness.
    const MULTIPROOF_BYTES: usize;

    /// The commitment to nothing but zeros.
    const EMPTY: Committed<Self>;

    /// The commitment to one at the place that marks stems.
    fn marker() -> Self::Point;

    /// What a commitment is mapped to.
    fn scalar_of(point: &Self::Point) -> Scalar<Self>;

    /// Commitments after their values have changed.
    fn update_all(
        tables: &Self::Tables,
        updates: &[Update<'_, Self::Point, Scalar<Self>>],
        machine: Machine,
    ) -> Vec<Committed<Self>>;

    /// Proves openings, whose values must be the right ones. Returns the encodings of the
    /// commitments as well.
    fn prove(
        claims: &Claims<Self>,
        tables: &Self::Tables,
        machine: Machine,
    ) -> (Vec<Self::Encoding>, Self::Multiproof);

    /// Appends the proof of openings as a witness holds it.
    fn put_multiproof(proof: &Self::Multiproof, bytes: &mut Vec<u8>);

    /// Reads the proof of openings from as many bytes as it takes.
    ///
    /// # Errors
    ///
    /// [`Code::MalformedProof`], if scalars of it are not below the order of the group.
    fn take_multiproof(bytes: &[u8]) -> Result<Self::Multiproof, Error>;

    /// Whether a point that a store has kept is a point of the curve.
    fn is_on_curve(point: &Self::Point) -> bool;

    /// Appends a point as a store keeps it: fast to read, and not compressed.
    fn put_point(point: &Self::Point, record: &mut Vec<u8>);

    /// Reads a point that a store has kept from the front of a record.
    fn take_point(record: &mut &[u8]) -> Option<Self::Point>;
}

/// An integer modulo the order of a scheme's group.
pub type Scalar<V> = Field<<V as VectorCommitment>::Prime>;

/// A point of a scheme's group, and the scalar that stands for it in its parent.
pub type Committed<V> = Commitment<<V as VectorCommitment>::Point, Scalar<V>>;

/// Commitments, the values that they commit to, and which of them are opened.
#[derive(Debug)]
pub struct Claims<V: VectorCommitment> {
    /// The commitments.
    pub committed: Vec<Committed<V>>,
    /// Places and values that are not zero, of one commitment behind those of another.
    pub values: Vec<(u8, Scalar<V>)>,
    /// Where the values of each commitment end.
    ends: Vec<usize>,
    /// The openings, in the order in which they are proven.
    pub openings: Vec<Opening<Scalar<V>>>,
}

impl<V: VectorCommitment> Default for Claims<V> {
    fn default() -> Self {
        let (committed, values, ends, openings) = Default::default();
        Self { committed, values, ends, openings }
    }
}

impl<V: VectorCommitment> Claims<V> {
    /// Ends the values that were gathered last, and gives their commitment an index.
    pub fn add_commitment(&mut self, commitment: Committed<V>) -> u32 {
        self.committed.push(commitment);
        self.ends.push(self.values.len());
        self.committed.len() as u32 - 1
    }

    /// The commitments and the values of each.
    pub fn known(&self) -> impl Iterator<Item = (&Committed<V>, &[(u8, Scalar<V>)])> {
        let mut first = 0;
        self.committed.iter().zip(&self.ends).map(move |(commitment, end)| {
            let values = self.values.get(first..*end).unwrap_or_default();
            first = *end;
            (commitment, values)
        })
    }
}

/// Pedersen commitments over Banderwagon, opened by inner product arguments (EIP-6800).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ipa;

impl VectorCommitment for Ipa {
    type Prime = ScalarPrime;
    type Point = Affine;
    type Encoding = [u8; 32];
    type Multiproof = Multiproof;
    type Tables = Tables;

    const MULTIPROOF_BYTES: usize = Multiproof::BYTES;
    const EMPTY: Commitment = Commitment::EMPTY;

    fn marker() -> Affine {
        let [marker, ..] = *crs::points();
        marker
    }

    fn scalar_of(point: &Affine) -> Scalar<Self> {
        Commitment::new(*point).scalar
    }

    fn update_all(tables: &Tables, updates: &[Update<'_>], machine: Machine) -> Vec<Commitment> {
        commitments(&tables.update_all(updates, machine), machine)
    }

    fn prove(
        claims: &Claims<Self>,
        tables: &Tables,
        machine: Machine,
    ) -> (Vec<[u8; 32]>, Multiproof) {
        let known: Vec<Known<'_>> = claims
            .known()
            .map(|(Commitment { point, .. }, values)| {
                let commitment = Encoded { point: *point, bytes: point.to_bytes() };
                Known { commitment, values }
            })
            .collect();
        let mut transcript = Transcript::new(TRANSCRIPT);
        let proof = multiproof::prove(&mut transcript, tables, &known, &claims.openings, machine);
        (known.iter().map(|known| known.commitment.bytes).collect(), proof)
    }

    /// As the proof's own bytes, but the scalar's most significant byte comes first.
    fn put_multiproof(proof: &Multiproof, bytes: &mut Vec<u8>) {
        let Multiproof { d, ipa: IpaProof { l, r, a } } = proof;
        let last = a.to_be_bytes();
        for part in [&d[..], l.as_flattened(), r.as_flattened(), &last] {
            bytes.extend_from_slice(part);
        }
    }

    fn take_multiproof(bytes: &[u8]) -> Result<Multiproof, Error> {
        let (words, _) = bytes.as_chunks::<32>();
        let malformed = || Error::new(Code::MalformedProof).at("final evaluation");
        let ([d, points @ .., a], 18) = (words, words.len()) else { return Err(malformed()) };
        let (l, r) = points.split_at(8);
        let [l, r] = [l, r].map(|points| <[[u8; 32]; 8]>::try_from(points).unwrap_or_default());
        let a = Fr::from_be_bytes(a)
            .ok_or_else(|| malformed().expected("a scalar below the order of the group"))?;
        Ok(Multiproof { d: *d, ipa: IpaProof { l, r, a } })
    }

    fn is_on_curve(point: &Affine) -> bool {
        point.is_on_curve()
    }

    fn put_point(point: &Affine, record: &mut Vec<u8>) {
        record.extend_from_slice(&point.x.to_le_bytes());
        record.extend_from_slice(&point.y.to_le_bytes());
    }

    fn take_point(record: &mut &[u8]) -> Option<Affine> {
        let (x, rest) = record.split_first_chunk()?;
        let (y, rest) = rest.split_first_chunk()?;
        *record = rest;
        Some(Affine { x: Fp::from_le_bytes(x)?, y: Fp::from_le_bytes(y)? })
    }
}
