//! Polynomials by their values at 0 to 255.
//!
//! With `A(X) = (X - 0)(X - 1)…(X - 255)`, the value of a polynomial at any place is a fixed
//! combination of its values on the domain, and dividing by `X - z` for a `z` of the domain needs
//! one division a value. Source: Feist, "Inner Product Arguments", and Berrut and Trefethen,
//! "Barycentric Lagrange Interpolation", 2004.

use std::sync::LazyLock;

use crate::verkle::crs::WIDTH;
use crate::verkle::field::{Fr, invert_all};

/// What depends on the domain alone.
#[derive(Debug)]
pub struct Domain {
    /// `A'(i)` for each place.
    derivatives: [Fr; WIDTH],
    /// `1 / A'(i)`.
    inverse_derivatives: [Fr; WIDTH],
    /// `1 / i`, and zero at zero.
    inverses: [Fr; WIDTH],
}

static DOMAIN: LazyLock<Domain> = LazyLock::new(|| {
    let place = |index: usize| Fr::from(index as u64);
    let derivative = |at: usize| {
        let others = (0..WIDTH).filter(|&other| other != at);
        others.fold(Fr::ONE, |product, other| product * (place(at) - place(other)))
    };
    let derivatives = std::array::from_fn(derivative);
    let mut inverse_derivatives = derivatives;
    invert_all(&mut inverse_derivatives);
    let mut inverses = std::array::from_fn(place);
    invert_all(&mut inverses);
    Domain { derivatives, inverse_derivatives, inverses }
});

impl Domain {
    /// The domain.
    pub fn get() -> &'static Self {
        &DOMAIN
    }

    /// `1 / (at - i)` for each place `i`, zero where the two are the same.
    #[must_use]
    pub fn inverse_distances(at: Fr) -> [Fr; WIDTH] {
        let mut distances = std::array::from_fn(|index| at - Fr::from(index as u64));
        invert_all(&mut distances);
        distances
    }

    /// What each value on the domain counts for in the value at a place, whose
    /// [`inverse_distances`](Self::inverse_distances) are given.
    #[must_use]
    pub fn coefficients(&self, at: Fr, inverse_distances: &[Fr; WIDTH]) -> [Fr; WIDTH] {
        if let Some(place) = inverse_distances.iter().position(Fr::is_zero) {
            let mut coefficients = [Fr::ZERO; WIDTH];
            if let Some(coefficient) = coefficients.get_mut(place) {
                *coefficient = Fr::ONE;
            }
            return coefficients;
        }
        let product =
            (0..WIDTH as u64).fold(Fr::ONE, |product, index| product * (at - Fr::from(index)));
        let mut coefficients = self.inverse_derivatives;
        for (coefficient, distance) in coefficients.iter_mut().zip(inverse_distances) {
            *coefficient *= product * *distance;
        }
        coefficients
    }

    /// Adds `(f(X) - f(z)) / (X - z)` to `sum`, for the polynomial `f` with these values.
    ///
    /// Where `X` is `z`, the quotient's value is the one with which its degree is below 255.
    pub fn add_quotient(&self, values: &[Fr; WIDTH], z: u8, sum: &mut [Fr; WIDTH]) {
        let z = usize::from(z);
        let (Some(&at_z), Some(&derivative)) = (values.get(z), self.derivatives.get(z)) else {
            return;
        };
        let mut others = Fr::ZERO;
        let rows = values.iter().zip(&self.inverse_derivatives).zip(sum.iter_mut());
        for (place, ((value, inverse_derivative), sum)) in rows.enumerate() {
            let inverse = self.inverses.get(place.abs_diff(z)).copied().unwrap_or_default();
            let quotient = if place > z { *value - at_z } else { at_z - *value } * inverse;
            others += quotient * *inverse_derivative;
            *sum += quotient;
        }
        if let Some(sum) = sum.get_mut(z) {
            *sum -= derivative * others;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 3X² + 5X + 7.
    fn polynomial(at: Fr) -> Fr {
        Fr::from(3u64) * at.square() + Fr::from(5u64) * at + Fr::from(7u64)
    }

    fn values() -> [Fr; WIDTH] {
        std::array::from_fn(|index| polynomial(Fr::from(index as u64)))
    }

    #[test]
    fn values_anywhere_follow_from_those_on_the_domain() {
        for at in [Fr::from(256u64), Fr::from(10_000u64), -Fr::ONE, Fr::ZERO, Fr::from(255u64)] {
            let coefficients = Domain::get().coefficients(at, &Domain::inverse_distances(at));
            let value =
                coefficients.iter().zip(values()).fold(Fr::ZERO, |sum, (c, v)| sum + *c * v);
            assert_eq!(value, polynomial(at));
        }
    }

    #[test]
    fn a_quotient_times_its_divisor_is_the_polynomial() {
        for z in [0u8, 1, 100, 255] {
            let at_z = Fr::from(u64::from(z));
            let mut quotient = [Fr::ZERO; WIDTH];
            Domain::get().add_quotient(&values(), z, &mut quotient);
            // (f(X) - f(z)) / (X - z) = 3X + 3z + 5.
            for (place, value) in quotient.iter().enumerate() {
                let expected = Fr::from(3u64) * (Fr::from(place as u64) + at_z) + Fr::from(5u64);
                assert_eq!(*value, expected);
            }
        }
    }
}
