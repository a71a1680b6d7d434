//! An element as 32 bytes: `x`, most significant byte first, with the sign that makes `y` the
//! larger of `y` and `-y`.
//!
//! Each element has one encoding, and what is no encoding is refused: `x` not below `p`, `x` of no
//! point of the curve, or of one outside the group.

use std::fmt;

use super::{Affine, Point};
use crate::verkle::field::Fp;
use crate::verkle::machine::Machine;

/// Why 32 bytes are no element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MalformedPoint {
    /// The bytes, as an integer, are not below the field's prime.
    NotCanonical,
    /// No point of the curve has this `x`.
    NotOnCurve,
    /// The points with this `x` are not in the group.
    NotInGroup,
}

impl fmt::Display for MalformedPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotCanonical => "a coordinate that is not below the field's prime",
            Self::NotOnCurve => "a coordinate of no point of the curve",
            Self::NotInGroup => "a point outside the group",
        })
    }
}

impl std::error::Error for MalformedPoint {}

/// A coordinate `x` with what the search for `y` needs: `y² = u / v`.
pub(super) struct Candidate {
    pub(super) x: Fp,
    pub(super) u: Fp,
    pub(super) v: Fp,
    pub(super) uv: Fp,
}

impl Candidate {
    /// Reads `x`, and refuses it if it is too large or belongs to points outside the group.
    ///
    /// Whether it belongs to any point is for the square root to say.
    pub(super) fn read(bytes: &[u8; 32]) -> Result<Self, MalformedPoint> {
        let x = Fp::from_be_bytes(bytes).ok_or(MalformedPoint::NotCanonical)?;
        let x2 = x.square();
        let u = Fp::ONE + super::affine::times_five(x2);
        let v = Fp::ONE - super::affine::D * x2;
        Ok(Self { x, u, v, uv: u * v })
    }

    /// Whether the points with this `x`, if there are any, are outside the group.
    pub(super) fn is_outside_group(&self) -> bool {
        self.u.legendre() != 1
    }
}

impl Affine {
    /// Reads an element. For many of them see [`decompress_all`](super::decompress_all).
    ///
    /// # Errors
    ///
    /// If the bytes are not an element's one encoding.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, MalformedPoint> {
        super::decompress_all(std::slice::from_ref(bytes), Machine::new(1))
            .map_err(|(_, error)| error)
            .map(|points| points.first().map_or(Self::IDENTITY, |first| first.point))
    }

    /// The element's one encoding.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        let x = if self.y.is_lexicographically_largest() { self.x } else { -self.x };
        x.to_be_bytes()
    }

    /// Both coordinates, most significant byte first, as other implementations store them.
    #[must_use]
    pub fn to_uncompressed(&self) -> [u8; 64] {
        let mut bytes = [0; 64];
        let (x, y) = bytes.split_at_mut(32);
        x.copy_from_slice(&self.x.to_be_bytes());
        y.copy_from_slice(&self.y.to_be_bytes());
        bytes
    }

    /// Reads two coordinates from a trusted place; only the curve's equation is checked, so that
    /// damage is found.
    #[must_use]
    pub fn from_uncompressed(bytes: &[u8; 64]) -> Option<Self> {
        let (coordinates, _) = bytes.as_chunks();
        let [x, y] = coordinates else { return None };
        let point = Self { x: Fp::from_be_bytes(x)?, y: Fp::from_be_bytes(y)? };
        point.is_on_curve().then_some(point)
    }
}

impl Point {
    /// The element's one encoding.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.to_affine().to_bytes()
    }
}
