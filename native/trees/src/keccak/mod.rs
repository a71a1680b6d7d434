//! Keccak-256 of many byte strings at once.
//!
//! Source: the Keccak submission, version 3.0 (padding `0x01`, not the `0x06` of FIPS 202's
//! SHA3-256); the permutation is `Keccak-f[1600]` of FIPS 202, section 3.
//!
//! Hashing is the hottest loop of every tree, and its inputs are independent of each other, so
//! the width of a vector register is spent on several messages rather than on one. Results are
//! the same on every machine; only the time differs.

#[cfg(target_arch = "x86_64")]
#[macro_use]
mod round;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod lanes;
#[cfg(target_arch = "x86_64")]
mod portable;

#[cfg(test)]
mod tests;

use alloy_primitives::B256;
pub use alloy_primitives::keccak256;

/// The Keccak-256 digests of `inputs`, in their order.
#[must_use]
pub fn hash_all(inputs: &[&[u8]]) -> Vec<B256> {
    let mut digests = Vec::new();
    hash_all_into(inputs, &mut digests);
    digests
}

/// Replaces the contents of `digests` by the Keccak-256 digests of `inputs`, in their order.
///
/// For callers that hash level after level and want to keep one allocation.
pub fn hash_all_into(inputs: &[&[u8]], digests: &mut Vec<B256>) {
    Method::best().hash_all_into(inputs, digests);
}

/// How a batch is hashed: all methods give the same digests.
///
/// Public for measurements and tests; everyone else calls [`hash_all`]. The example
/// `keccak_timing` prints what each method is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Eight messages at once, on x86-64 with AVX-512.
    Eight,
    /// Four messages at once, on x86-64 with AVX2.
    Four,
    /// One message after the other, on every machine.
    One,
}

impl Method {
    /// All methods, the fastest first.
    pub const ALL: [Self; 3] = [Self::Eight, Self::Four, Self::One];

    /// Whether this processor has the instructions; where not, the method is that of [`Self::One`].
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Eight => avx512::Avx512::detect().is_some(),
            #[cfg(target_arch = "x86_64")]
            Self::Four => avx2::Avx2::detect().is_some(),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Eight | Self::Four => false,
            Self::One => true,
        }
    }

    /// The fastest method of this processor.
    #[must_use]
    pub fn best() -> Self {
        Self::ALL.into_iter().find(|method| method.is_available()).unwrap_or(Self::One)
    }

    /// As [`hash_all_into`], by this method; one message alone is always hashed as by [`Self::One`].
    pub fn hash_all_into(self, inputs: &[&[u8]], digests: &mut Vec<B256>) {
        digests.clear();
        #[cfg(target_arch = "x86_64")]
        if inputs.len() > 1 {
            match self {
                Self::Eight => {
                    if let Some(kernel) = avx512::Avx512::detect() {
                        return lanes::hash_into(&kernel, inputs, digests);
                    }
                }
                Self::Four => {
                    if let Some(kernel) = avx2::Avx2::detect() {
                        return lanes::hash_into(&kernel, inputs, digests);
                    }
                }
                Self::One => {}
            }
        }
        digests.extend(inputs.iter().map(keccak256));
    }
}
