//! Proofs of what committed values are.
//!
//! A commitment is to the values of a polynomial at 0 to 255. An inner product argument
//! ([`ipa`]) proves its value at one place; a [`multiproof`] folds the openings of many commitments
//! at many places into one such argument.

mod equation;
pub mod ipa;
mod lagrange;
pub mod multiproof;

pub use equation::Equation;
pub use lagrange::Domain;
