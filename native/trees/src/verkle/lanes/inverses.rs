//! Many inversions for the price of one, eight at a time.

use super::field::{Fp8, power};
use crate::verkle::field::limbs::Limbs;
use crate::verkle::field::{BasePrime, Fp, Prime};

const EXPONENT: Limbs = {
    let [p0, p1, p2, p3] = BasePrime::MODULUS;
    [p0 - 2, p1, p2, p3]
};

/// Inverts every element in place. None may be zero: it would make its whole lane zero.
///
/// Each lane is a batch of its own, and the lanes are inverted at once.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn invert_all(elements: &mut [Fp8]) {
    let mut product = Fp8::splat(Fp::ONE);
    let mut prefixes = Vec::with_capacity(elements.len());
    for element in elements.iter() {
        prefixes.push(product);
        product = product.times(*element);
    }
    let [mut inverse] = power([product], &EXPONENT);
    for (element, prefix) in elements.iter_mut().zip(prefixes).rev() {
        let inverted = inverse.times(prefix);
        inverse = inverse.times(*element);
        *element = inverted;
    }
}
