//! Many points at once, for one inversion in all.

use super::encoding::Candidate;
use super::{Affine, MalformedPoint, Point};
use crate::verkle::field::{Fp, Fr, SquareRoots, invert_all};
use crate::verkle::threads::Threads;

/// A point and the scalar that stands for it in its parent: `x / y`, as an integer, modulo `r`.
#[derive(Clone, Copy, Debug)]
pub struct Commitment {
    /// The point.
    pub point: Affine,
    /// What the point is mapped to.
    pub scalar: Fr,
}

impl Commitment {
    /// The commitment to nothing but zeros.
    pub const EMPTY: Self = Self { point: Affine::IDENTITY, scalar: Fr::ZERO };

    /// A point and its scalar.
    #[must_use]
    pub fn new(point: Affine) -> Self {
        Self { point, scalar: (point.x * point.y.invert()).to_scalar() }
    }
}

impl PartialEq for Commitment {
    fn eq(&self, other: &Self) -> bool {
        self.point == other.point
    }
}

impl Eq for Commitment {}

/// Reads elements; the error says which of them is malformed first, and why.
///
/// # Errors
///
/// If any is not an element's one encoding.
pub fn decompress_all(
    encodings: &[[u8; 32]],
    threads: Threads,
) -> Result<Vec<Commitment>, (usize, MalformedPoint)> {
    let _ = threads;
    let mut candidates = Vec::with_capacity(encodings.len());
    for (index, bytes) in encodings.iter().enumerate() {
        candidates.push(Candidate::read(bytes).map_err(|error| (index, error))?);
    }
    let roots = SquareRoots::get();
    let mut found = Vec::with_capacity(candidates.len());
    for (index, candidate) in candidates.iter().enumerate() {
        let root = roots.root(candidate.uv).filter(|root| !root.is_zero());
        let root = root.ok_or((index, MalformedPoint::NotOnCurve))?;
        if candidate.is_outside_group() {
            return Err((index, MalformedPoint::NotInGroup));
        }
        found.push(root);
    }
    let mut inverses: Vec<Fp> = candidates.iter().map(|candidate| candidate.uv).collect();
    invert_all(&mut inverses);
    let finish = |((candidate, root), inverse): ((&Candidate, Fp), Fp)| {
        let Candidate { x, u, v, .. } = *candidate;
        // With s² = u·v: y = s / v and 1 / y = s / u.
        let share = root * inverse;
        let (mut y, mut inverted) = (share * u, share * v);
        if !y.is_lexicographically_largest() {
            (y, inverted) = (-y, -inverted);
        }
        Commitment { point: Affine { x, y }, scalar: (x * inverted).to_scalar() }
    };
    Ok(candidates.iter().zip(found).zip(inverses).map(finish).collect())
}

/// The coordinates of points, and their scalars.
pub fn commitments(points: &[Point]) -> Vec<Commitment> {
    let mut inverses: Vec<Fp> = points.iter().map(|point| point.y * point.z).collect();
    invert_all(&mut inverses);
    let finish = |(point, inverse): (&Point, Fp)| {
        let over_z = point.y * inverse;
        let over_y = point.z * inverse;
        Commitment {
            point: Affine { x: point.x * over_z, y: point.y * over_z },
            scalar: (point.x * over_y).to_scalar(),
        }
    };
    points.iter().zip(inverses).map(finish).collect()
}
