//! Whether an element of the field of coordinates is a square, without computing a root.

use super::euclid::jacobi;
use super::limbs::Limbs;
use super::{BasePrime, Fp, Prime};

impl Fp {
    /// 1 for a square, -1 for a non-square, 0 for zero.
    pub(crate) fn legendre(self) -> i8 {
        // The Montgomery factor 2²⁵⁶ is a square: the symbol of the form is that of the element.
        legendre_of(self.montgomery())
    }
}

/// The symbol of an integer, which need not be reduced.
pub(crate) fn legendre_of(integer: &Limbs) -> i8 {
    jacobi(integer, &BasePrime::MODULUS)
}
