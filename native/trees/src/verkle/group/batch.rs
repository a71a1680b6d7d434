//! Many points at once, for one inversion in all.

use super::encoding::Candidate;
use super::{Affine, MalformedPoint, Point};
use crate::verkle::field::{Fp, Fr, SquareRoots, invert_all};
use crate::verkle::machine::{Machine, Method};

/// A point and the scalar that stands for it in its parent: `x / y`, as an integer, modulo `r`.
///
/// Trees over another group have points and scalars of their own.
#[derive(Clone, Copy, Debug)]
pub struct Commitment<P = Affine, S = Fr> {
    /// The point.
    pub point: P,
    /// What the point is mapped to.
    pub scalar: S,
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

impl<P: PartialEq, S> PartialEq for Commitment<P, S> {
    fn eq(&self, other: &Self) -> bool {
        self.point == other.point
    }
}

impl<P: Eq, S> Eq for Commitment<P, S> {}

/// Points below which another thread costs more than it saves.
const WORTH_A_THREAD: usize = 100;

/// Encodings that a thread takes at a time.
const TAKEN: usize = 128;

/// Reads elements; the error says which is the first that is malformed, and why.
///
/// # Errors
///
/// If any is not an element's one encoding.
pub fn decompress_all(
    encodings: &[[u8; 32]],
    machine: Machine,
) -> Result<Vec<Commitment>, (usize, MalformedPoint)> {
    let ((), commitments) =
        decompress_beside(encodings, machine, || Ok(()), |index, error| (index, error))?;
    Ok(commitments)
}

/// As [`decompress_all`], while the caller's thread does something else first.
///
/// # Errors
///
/// Of `beside`; then what `malformed` makes of the first encoding that is none.
pub(crate) fn decompress_beside<B, E: Send>(
    encodings: &[[u8; 32]],
    machine: Machine,
    beside: impl FnOnce() -> Result<B, E>,
    malformed: impl Fn(usize, MalformedPoint) -> E + Sync,
) -> Result<(B, Vec<Commitment>), E> {
    let machine = machine.for_work(encodings.len(), WORTH_A_THREAD);
    let read = |range: std::ops::Range<usize>| {
        let first = range.start;
        let encodings = encodings.get(range).unwrap_or_default();
        let read = match machine.method() {
            #[cfg(target_arch = "x86_64")]
            Method::Eight(instructions) => instructions.decompress_all(encodings),
            Method::One => None,
        };
        // One by one it is also found which of them is malformed.
        let read = read.map_or_else(|| decompress_one_by_one(encodings), Ok);
        read.map_err(|(index, error)| malformed(first + index, error))
    };
    let (made, parts) = machine.map_beside(encodings.len(), TAKEN, beside, read)?;
    Ok((made, parts.concat()))
}

fn decompress_one_by_one(
    encodings: &[[u8; 32]],
) -> Result<Vec<Commitment>, (usize, MalformedPoint)> {
    let roots = SquareRoots::get();
    let mut candidates = Vec::with_capacity(encodings.len());
    let mut inverses = Vec::with_capacity(encodings.len());
    for (index, bytes) in encodings.iter().enumerate() {
        let candidate = Candidate::read(bytes).map_err(|error| (index, error))?;
        let root = roots.root(candidate.uv).filter(|root| !root.is_zero());
        let root = root.ok_or((index, MalformedPoint::NotOnCurve))?;
        if candidate.is_outside_group() {
            return Err((index, MalformedPoint::NotInGroup));
        }
        inverses.push(candidate.uv);
        candidates.push((candidate, root));
    }
    invert_all(&mut inverses);
    let finish = |((candidate, root), inverse): (&(Candidate, Fp), Fp)| {
        let Candidate { x, u, v, .. } = *candidate;
        // With s² = u·v: y = s / v and 1 / y = s / u.
        let share = *root * inverse;
        let (mut y, mut inverted) = (share * u, share * v);
        if !y.is_lexicographically_largest() {
            (y, inverted) = (-y, -inverted);
        }
        Commitment { point: Affine { x, y }, scalar: (x * inverted).to_scalar() }
    };
    Ok(candidates.iter().zip(inverses).map(finish).collect())
}

/// The coordinates of points, and their scalars.
pub fn commitments(points: &[Point], machine: Machine) -> Vec<Commitment> {
    let machine = machine.for_work(points.len(), 10 * WORTH_A_THREAD);
    machine.map_ranges(points.len(), |range| {
        let points = points.get(range).unwrap_or_default();
        match machine.method() {
            #[cfg(target_arch = "x86_64")]
            Method::Eight(instructions) => instructions.commitments(points),
            Method::One => commitments_one_by_one(points),
        }
    })
}

fn commitments_one_by_one(points: &[Point]) -> Vec<Commitment> {
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
