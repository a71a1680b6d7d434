//! Polynomials by their values at the 256 powers of a root of unity.
//!
//! With `w` the root, `X²⁵⁶ - 1` is zero at each `w^i` and its slope there is `256 / w^i`: the
//! value of a polynomial elsewhere, and its quotient by `X - w^z`, follow from its values as for
//! any domain (Berrut and Trefethen, "Barycentric Lagrange Interpolation", 2004).

use std::sync::LazyLock;

use crate::verkle::crs::WIDTH;
use crate::verkle::field::limbs::{self, Limbs};
use crate::verkle::field::{BasePrime, Fp, Prime, invert_all};

/// What generates all that is not zero in the field.
const GENERATOR: u64 = 7;

/// The order of the group less one, divided by the width of the domain.
const EXPONENT: Limbs = {
    // The order is odd: halving it drops the one.
    let mut exponent = BasePrime::MODULUS;
    let mut width = WIDTH;
    while width > 1 {
        exponent = limbs::half(&exponent);
        width /= 2;
    }
    exponent
};

static POINTS: LazyLock<[Fp; WIDTH]> = LazyLock::new(|| {
    let root = Fp::from(GENERATOR).power(&EXPONENT);
    let mut power = Fp::ONE;
    std::array::from_fn(|_| {
        let point = power;
        power *= root;
        point
    })
});

/// The places at which polynomials are known.
pub(super) fn points() -> &'static [Fp; WIDTH] {
    &POINTS
}

/// The place with this number.
pub(super) fn point(place: u8) -> Fp {
    points().get(usize::from(place)).copied().unwrap_or_default()
}

/// `1 / (at - w^i)` for each place; `None` where `at` is one of them.
pub(super) fn inverse_distances(at: Fp) -> Option<[Fp; WIDTH]> {
    let mut distances = points().map(|point| at - point);
    if distances.iter().any(Fp::is_zero) {
        return None;
    }
    invert_all(&mut distances);
    Some(distances)
}

/// The value of a polynomial at the place whose [`inverse_distances`] are given.
pub(super) fn evaluate(values: &[Fp; WIDTH], at: Fp, distances: &[Fp; WIDTH]) -> Fp {
    let terms = values.iter().zip(points()).zip(distances);
    let sum = terms.fold(Fp::ZERO, |sum, ((value, point), by)| sum + *value * *point * *by);
    let power = (0..WIDTH.ilog2()).fold(at, |power, _| power.square());
    sum * (power - Fp::ONE) * Fp::from(WIDTH as u64).invert()
}

/// Adds `(f(X) - f(w^z)) / (X - w^z)` to `sum`, for the polynomial `f` with these values.
///
/// Where `X` is `w^z`, the quotient's value is the one with which its degree is below 255.
pub(super) fn add_quotient(values: &[Fp; WIDTH], z: u8, sum: &mut [Fp; WIDTH]) {
    let z = usize::from(z);
    let (Some(&at_z), Some(&point_z)) = (values.get(z), points().get(z)) else { return };
    // The product of two zeros stays zero: the place itself is left out.
    let mut inverses = points().map(|point| point - point_z);
    invert_all(&mut inverses);
    let mut others = Fp::ZERO;
    let terms = values.iter().zip(points()).zip(&inverses).zip(sum.iter_mut());
    for (((value, point), inverse), sum) in terms {
        let quotient = (*value - at_z) * *inverse;
        others += quotient * *point;
        *sum += quotient;
    }
    if let Some(sum) = sum.get_mut(z) {
        // The slope there over that at another place: w^i / w^z.
        *sum -= others * point_z.invert();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 3X² + 5X + 7.
    fn polynomial(at: Fp) -> Fp {
        Fp::from(3u64) * at.square() + Fp::from(5u64) * at + Fp::from(7u64)
    }

    #[test]
    fn the_places_are_the_powers_of_a_root_of_unity() {
        let [one, root, ..] = points();
        let mut places = points().to_vec();
        places.dedup();
        assert_eq!((*one, places.len()), (Fp::ONE, WIDTH));
        assert_eq!(point(255) * *root, Fp::ONE);
        // 7^((r - 1) / 256), computed elsewhere.
        let known = "4f9b4098e2e9f12e6b368121ac0cf4ad0a0865a899e8deff4935bd2f817f694b";
        assert_eq!(alloy_primitives::hex::encode(root.to_be_bytes()), known);
    }

    #[test]
    fn values_anywhere_follow_from_those_at_the_places() {
        let values = points().map(polynomial);
        for at in [Fp::from(256u64), -Fp::from(2u64), Fp::ZERO] {
            let distances = inverse_distances(at).unwrap_or([Fp::ZERO; WIDTH]);
            assert_eq!(evaluate(&values, at, &distances), polynomial(at));
        }
        assert!(inverse_distances(point(3)).is_none());
    }

    #[test]
    fn a_quotient_times_its_divisor_is_the_polynomial() {
        let values = points().map(polynomial);
        for z in [0u8, 1, 100, 255] {
            let mut quotient = [Fp::ZERO; WIDTH];
            add_quotient(&values, z, &mut quotient);
            // (f(X) - f(z)) / (X - z) = 3X + 3z + 5.
            for (place, value) in points().iter().zip(&quotient) {
                assert_eq!(*value, Fp::from(3u64) * (*place + point(z)) + Fp::from(5u64));
            }
        }
    }
}
