//! The group's arithmetic on eight points at once, on x86-64 with AVX-512 IFMA.
//!
//! The processor multiplies integers of 52 bits, eight at a time. Results are those of the portable
//! code; only the time differs.

mod batch;
mod decompress;
mod field;
mod inverses;
mod point;
mod roots;
mod rows;
mod sums;
mod tables;

pub(super) use batch::NEUTRAL;

/// The processor's instructions; a value exists only where it has them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ifma(());

impl Ifma {
    /// The instructions, if this processor has them.
    pub(super) fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma");
        found.then_some(Self(()))
    }
}
