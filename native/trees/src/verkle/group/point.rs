//! Addition of points.
//!
//! In extended coordinates `x = X/Z`, `y = Y/Z`, `xy = T/Z` a sum costs nine multiplications and
//! no inversion, eight if one addend is given by [`Addend`]. The formulas are complete on the
//! group: no pair of its points is an exception. Source: Hisil, Wong, Carter, Dawson, "Twisted
//! Edwards Curves Revisited", 2008, sections 3.1 and 3.3, with `a = -5`.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use super::affine::{D, times_five};
use super::{Addend, Affine};
use crate::verkle::field::Fp;

/// A point of the group in extended coordinates.
///
/// Equality is that of group elements.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    pub(crate) x: Fp,
    pub(crate) y: Fp,
    pub(crate) z: Fp,
    pub(crate) t: Fp,
}

impl Point {
    /// The neutral element.
    pub const IDENTITY: Self = Self { x: Fp::ZERO, y: Fp::ONE, z: Fp::ONE, t: Fp::ZERO };

    /// The point plus itself.
    #[inline]
    #[must_use]
    pub fn double(&self) -> Self {
        let (x2, y2) = (self.x.square(), self.y.square());
        let ax2 = -times_five(x2);
        let e = (self.x + self.y).square() - x2 - y2;
        let g = ax2 + y2;
        let f = g - self.z.square().double();
        let h = ax2 - y2;
        Self { x: e * f, y: g * h, t: e * h, z: f * g }
    }

    /// Whether the point is the neutral element: `(0, 1)` or `(0, -1)`.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.x.is_zero()
    }

    /// The point's coordinates. Many points are better turned by
    /// [`commitments`](super::commitments), for one inversion in all.
    #[must_use]
    pub fn to_affine(&self) -> Affine {
        let inverse = self.z.invert();
        Affine { x: self.x * inverse, y: self.y * inverse }
    }
}

impl Default for Point {
    fn default() -> Self {
        Self::IDENTITY
    }
}

impl PartialEq for Point {
    fn eq(&self, other: &Self) -> bool {
        self.x * other.y == other.x * self.y
    }
}

impl Eq for Point {}

impl Add for Point {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        let a = self.x * other.x;
        let b = self.y * other.y;
        let c = self.t * (D * other.t);
        let d = self.z * other.z;
        let e = (self.x + self.y) * (other.x + other.y) - a - b;
        let (f, g, h) = (d - c, d + c, b + times_five(a));
        Self { x: e * f, y: g * h, t: e * h, z: f * g }
    }
}

impl Add<Addend> for Point {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Addend) -> Self {
        let a = self.x * other.x;
        let b = self.y * other.y;
        let c = self.t * other.dxy;
        let e = (self.x + self.y) * (other.x + other.y) - a - b;
        let (f, g, h) = (self.z - c, self.z + c, b + times_five(a));
        Self { x: e * f, y: g * h, t: e * h, z: f * g }
    }
}

impl Neg for Point {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        Self { x: -self.x, y: self.y, z: self.z, t: -self.t }
    }
}

impl Sub for Point {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl AddAssign for Point {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl AddAssign<Addend> for Point {
    #[inline(always)]
    fn add_assign(&mut self, other: Addend) {
        *self = *self + other;
    }
}

impl Sum for Point {
    fn sum<I: Iterator<Item = Self>>(points: I) -> Self {
        points.fold(Self::IDENTITY, Self::add)
    }
}
