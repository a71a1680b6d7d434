//! The same group on a curve on which two points are added with fewer multiplications.
//!
//! The Edwards curve is birationally equivalent to the Montgomery curve `v² = u³ + A·u² + B²·u` by
//! `u = B·(1 + y) / (1 - y)` and `v = B·u / x`. A sum takes a division, which many independent sums
//! share, and then three multiplications. Source: Bernstein, Birkner, Joye, Lange, Peters, "Twisted
//! Edwards Curves", 2008, section 3; `v` is scaled so that it has no coefficient.
//!
//! `(0, 0)` is the point of order two, which is neutral in the group. It stands for the point at
//! infinity as well, so that every element has coordinates.

use super::{Affine, Point};
use crate::verkle::field::{Fp, invert_all};

/// `2·(a + d) / (a - d) · B`, for `a` and `d` of the Edwards curve.
const A: Fp = Fp::from_montgomery([
    0x81d9_d886_0ebf_c722,
    0xcaa0_28da_e7da_f982,
    0xa372_f145_f0b3_4330,
    0x6846_7314_f318_5f1b,
]);
/// `4 / (a - d)`.
const B: Fp = Fp::from_montgomery([
    0x40ec_ec43_d42c_b05d,
    0x88b8_5e04_a721_fff5,
    0x758b_3236_23d8_27fa,
    0x3dcb_807b_250e_31ba,
]);
/// `B²`.
const B_SQUARED: Fp = Fp::from_montgomery([
    0xcc0f_42fc_41c7_c4d5,
    0xc153_dca2_285e_9082,
    0xe384_c6e4_64c1_20fd,
    0x465a_f684_1d5f_bcc4,
]);

/// A point of the group by its coordinates on the Montgomery curve.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Montgomery {
    u: Fp,
    v: Fp,
}

impl Montgomery {
    /// The neutral element.
    pub(crate) const IDENTITY: Self = Self { u: Fp::ZERO, v: Fp::ZERO };

    /// The points on the Montgomery curve, for one inversion in all.
    pub(crate) fn from_affine_all(points: &[Affine]) -> Vec<Self> {
        let denominator = |point: &Affine| (Fp::ONE - point.y) * point.x;
        let mut inverses: Vec<Fp> = points.iter().map(denominator).collect();
        invert_all(&mut inverses);
        let convert = |(point, inverse): (&Affine, Fp)| {
            // With x = 0 the inverse is zero, and so is what follows.
            let quotient = B * (Fp::ONE + point.y) * inverse;
            Self { u: quotient * point.x, v: B * quotient }
        };
        points.iter().zip(inverses).map(convert).collect()
    }

    /// The point on the Edwards curve.
    pub(crate) fn to_point(self) -> Point {
        if self.v.is_zero() {
            return Point::IDENTITY;
        }
        // x = B·u / v and y = (u - B) / (u + B).
        let (bu, plus, minus) = (B * self.u, self.u + B, self.u - B);
        Point { x: bu * plus, y: minus * self.v, z: self.v * plus, t: bu * minus }
    }

    /// The point, negated if `negative`.
    #[inline(always)]
    pub(crate) fn with_sign(self, negative: bool) -> Self {
        if negative { Self { u: self.u, v: -self.v } } else { self }
    }

    /// What the sum of two points is divided by; never zero.
    #[inline(always)]
    pub(crate) fn divisor(&self, other: &Self) -> Fp {
        let difference = other.u - self.u;
        if difference.is_zero() { self.divisor_of_double(other) } else { difference }
    }

    #[cold]
    fn divisor_of_double(&self, other: &Self) -> Fp {
        if self.is_doubled_by(other) { self.v.double() } else { Fp::ONE }
    }

    /// Whether two points with the same `u` are the same and have a double other than neutral.
    fn is_doubled_by(&self, other: &Self) -> bool {
        self.v == other.v && !self.v.is_zero()
    }

    /// The sum of two points, given the inverse of their [`divisor`](Self::divisor).
    #[inline(always)]
    pub(crate) fn plus(&self, other: &Self, inverse: Fp) -> Self {
        if self.u == other.u {
            return self.double(other, inverse);
        }
        self.on_line(other, (other.v - self.v) * inverse)
    }

    #[cold]
    fn double(&self, other: &Self, inverse: Fp) -> Self {
        if !self.is_doubled_by(other) {
            return Self::IDENTITY;
        }
        let triple = self.u.double() + self.u;
        let slope = ((triple + A.double()) * self.u + B_SQUARED) * inverse;
        self.on_line(other, slope)
    }

    /// The negative of the third point on a line through two, given its slope.
    #[inline(always)]
    fn on_line(&self, other: &Self, slope: Fp) -> Self {
        let u = slope.square() - A - self.u - other.u;
        Self { u, v: slope * (self.u - u) - self.v }
    }
}
