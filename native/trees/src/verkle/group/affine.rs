//! Points by their two coordinates, and the form in which they are added to others.

use super::Point;
use crate::verkle::field::Fp;

/// `d` of the curve's equation.
pub(crate) const D: Fp = Fp::from_montgomery([
    0xa8dc_ed1b_47a2_c730,
    0x381c_065a_ad3c_ccc7,
    0x53ff_52e1_1883_51f8,
    0x362e_8d63_990f_e940,
]);

/// Five times an element: the curve's `a` is -5.
#[inline(always)]
pub(super) fn times_five(element: Fp) -> Fp {
    element.double().double() + element
}

/// A point of the group by its coordinates.
///
/// Equality is that of group elements: `(x, y)` equals `(-x, -y)`.
#[derive(Clone, Copy, Debug)]
pub struct Affine {
    pub(crate) x: Fp,
    pub(crate) y: Fp,
}

impl Affine {
    /// The neutral element.
    pub const IDENTITY: Self = Self { x: Fp::ZERO, y: Fp::ONE };

    /// The generator that the specification names; no point of the common reference string.
    pub const GENERATOR: Self = Self {
        x: Fp::from_montgomery([
            0xec26_27e1_e7ab_47f5,
            0x3e63_de48_4f01_aa9c,
            0xfe0f_5c3b_5394_6dc4,
            0x2d71_920b_aeb2_cfcd,
        ]),
        y: Fp::from_montgomery([
            0x4e30_593e_1895_bd34,
            0x156d_738f_32af_be4b,
            0x45ef_0b1c_cdeb_75f4,
            0x6a7c_ca00_37d2_e71f,
        ]),
    };

    /// Whether the coordinates satisfy the curve's equation.
    #[must_use]
    pub fn is_on_curve(&self) -> bool {
        let (x2, y2) = (self.x.square(), self.y.square());
        y2 - times_five(x2) == Fp::ONE + D * x2 * y2
    }

    /// Whether a point of the curve is in the group: if, and only if, `1 + 5x²` is a square.
    #[must_use]
    pub fn is_in_group(&self) -> bool {
        (Fp::ONE + times_five(self.x.square())).legendre() == 1
    }
}

impl PartialEq for Affine {
    fn eq(&self, other: &Self) -> bool {
        self.x * other.y == other.x * self.y
    }
}

impl Eq for Affine {}

impl std::ops::Neg for Affine {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        Self { x: -self.x, y: self.y }
    }
}

/// A point that is to be added to others: its coordinates and `d·x·y`.
#[derive(Clone, Copy, Debug)]
pub struct Addend {
    pub(crate) x: Fp,
    pub(crate) y: Fp,
    pub(crate) dxy: Fp,
}

impl Addend {
    /// The point, negated if `negative`.
    #[inline(always)]
    #[must_use]
    pub fn with_sign(&self, negative: bool) -> Self {
        if negative { Self { x: -self.x, y: self.y, dxy: -self.dxy } } else { *self }
    }
}

impl From<Affine> for Addend {
    #[inline]
    fn from(Affine { x, y }: Affine) -> Self {
        Self { x, y, dxy: D * x * y }
    }
}

impl From<Affine> for Point {
    #[inline]
    fn from(Affine { x, y }: Affine) -> Self {
        Self { x, y, z: Fp::ONE, t: x * y }
    }
}
