//! Sums of multiples of points, `Σ k·P`.
//!
//! However the multiples are cut up, what is left is to add up lists of known points, some of them
//! negated: [`sums`] does that, and everything else here decides which lists.
//!
//! | points | method | lists |
//! |---|---|---|
//! | of the reference string, any number of sums | [`tables`] | one a sum, of table entries |
//! | any, one sum | [`buckets`] | one a bucket, of the points themselves |

mod affine;
mod buckets;
mod digits;
mod entries;
mod sums;
mod tables;
#[cfg(test)]
mod tests;

pub use buckets::multiply_sum;
pub(crate) use entries::Lookup;
#[cfg(target_arch = "x86_64")]
pub(crate) use entries::Prepared;
pub(crate) use sums::Lists;
pub(crate) use tables::Bases;
pub use tables::{Budget, Tables, Update};
