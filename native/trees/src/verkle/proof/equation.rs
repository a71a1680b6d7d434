//! What a verifier has left to check at the end: that one sum of multiples is neutral.

use sha2::{Digest, Sha256};

use crate::verkle::crs::{self, WIDTH};
use crate::verkle::field::Fr;
use crate::verkle::group::Affine;
use crate::verkle::machine::Machine;
use crate::verkle::msm::multiply_sum;

/// A sum of multiples of points that is the neutral element if, and only if, a proof is right.
#[derive(Clone, Debug)]
#[must_use = "a proof is checked only when its equation is"]
pub struct Equation {
    /// What each point of the reference string is multiplied by.
    pub(super) reference: [Fr; WIDTH],
    /// What the generator is multiplied by.
    pub(super) generator: Fr,
    /// Other points, and what they are multiplied by.
    pub(super) others: Vec<(Affine, Fr)>,
}

impl Equation {
    /// Whether the sum is neutral.
    #[must_use]
    pub fn holds(&self, machine: Machine) -> bool {
        let reference = crs::points().iter().copied().zip(self.reference);
        let generator = [(Affine::GENERATOR, self.generator)];
        let terms: Vec<(Affine, Fr)> =
            reference.chain(generator).chain(self.others.iter().copied()).collect();
        multiply_sum(&terms, machine).is_identity()
    }

    /// The first of the equations that does not hold; `None` if all hold.
    ///
    /// All are checked at once, as the one equation that a random combination of them is: a false
    /// one survives that with a probability of 2⁻¹²⁸. Only if it does not hold, they are checked
    /// one by one.
    #[must_use]
    pub fn first_false(equations: &[Self], machine: Machine) -> Option<usize> {
        if let [_, _, ..] = equations
            && Self::combine(equations).holds(machine)
        {
            return None;
        }
        equations.iter().position(|equation| !equation.holds(machine))
    }

    /// A combination with coefficients of 128 bits that depend on all the equations, so that
    /// nobody can choose equations to fit them.
    fn combine(equations: &[Self]) -> Self {
        let seed = equations.iter().fold(Sha256::new(), Self::hash).finalize();
        let mut sum =
            Self { reference: [Fr::ZERO; WIDTH], generator: Fr::ZERO, others: Vec::new() };
        for (index, equation) in (0u64..).zip(equations) {
            let hash = Sha256::new().chain_update(seed).chain_update(index.to_le_bytes());
            let bytes: [u8; 32] = hash.finalize().into();
            let (half, _) = bytes.as_chunks::<16>();
            let coefficient = Fr::from(half.first().map_or(1, |half| u128::from_le_bytes(*half)));
            for (sum, scalar) in sum.reference.iter_mut().zip(&equation.reference) {
                *sum += coefficient * *scalar;
            }
            sum.generator += coefficient * equation.generator;
            let scale = |(point, scalar): &(Affine, Fr)| (*point, coefficient * *scalar);
            sum.others.extend(equation.others.iter().map(scale));
        }
        sum
    }

    fn hash(mut hash: Sha256, equation: &Self) -> Sha256 {
        hash.update((equation.others.len() as u64).to_le_bytes());
        for scalar in equation.reference.iter().chain([&equation.generator]) {
            hash.update(scalar.to_le_bytes());
        }
        for (point, scalar) in &equation.others {
            hash.update(point.to_uncompressed());
            hash.update(scalar.to_le_bytes());
        }
        hash
    }
}
