//! BLAKE3 and SHA-256 of many short messages at once.
//!
//! A tree hashes thousands of messages of one to three blocks that do not depend on each other, so
//! the width of a vector register is spent on several messages rather than on one. Results are the
//! same on every machine; only the time differs.
//!
//! Sources: the BLAKE3 paper, version 20211102 (only messages of one chunk, 1024 bytes); FIPS 180-4.

#[cfg(target_arch = "x86_64")]
#[macro_use]
mod rounds;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod climb;
#[cfg(target_arch = "x86_64")]
mod lanes;
mod messages;
mod portable;

#[cfg(test)]
mod tests;

pub use messages::Messages;

use super::Hash;

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// BLAKE3, of messages up to 1024 bytes.
    Blake3,
    /// SHA-256.
    Sha256,
}

/// A hash and its way without forks: hashed again and again, with zeros beside it.
#[derive(Clone, Copy, Debug)]
pub struct Climb {
    /// Which hash it is.
    pub index: u32,
    /// How many times it is hashed, at most eight.
    pub steps: u8,
    /// Set where it is the second half of the message, the first step in the lowest bit.
    pub sides: u8,
}

/// Replaces the contents of `digests` by the digests of `messages`, in their order.
pub fn hash_all(function: Function, messages: &Messages, digests: &mut Vec<Hash>) {
    Method::best().hash_all(function, messages, digests);
}

/// Replaces hashes by the BLAKE3 digests that their ways without forks end in.
pub fn climb(climbs: &[Climb], hashes: &mut [Hash]) {
    Method::best().climb(climbs, hashes);
}

/// The digest of one message, its parts one behind the other.
#[must_use]
pub fn hash(function: Function, parts: &[&[u8]]) -> Hash {
    let mut messages = Messages::default();
    messages.add(parts);
    messages.iter().next().map(|message| portable::hash(function, message)).unwrap_or_default()
}

/// How a batch is hashed: all methods give the same digests.
///
/// Public for measurements and tests; everyone else calls [`hash_all`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Sixteen messages at once, on x86-64 with AVX-512.
    Sixteen,
    /// Eight messages at once, on x86-64 with AVX2.
    Eight,
    /// One message after the other, on every machine.
    One,
}

impl Method {
    /// All methods, the fastest first.
    pub const ALL: [Self; 3] = [Self::Sixteen, Self::Eight, Self::One];

    /// Whether this processor has the instructions; where not, the method is that of [`Self::One`].
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Sixteen => avx512::Avx512::detect().is_some(),
            #[cfg(target_arch = "x86_64")]
            Self::Eight => avx2::Avx2::detect().is_some(),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Sixteen | Self::Eight => false,
            Self::One => true,
        }
    }

    /// The fastest method of this processor.
    #[must_use]
    pub fn best() -> Self {
        Self::ALL.into_iter().find(|method| method.is_available()).unwrap_or(Self::One)
    }

    /// As [`hash_all`], by this method.
    pub fn hash_all(self, function: Function, messages: &Messages, digests: &mut Vec<Hash>) {
        digests.clear();
        #[cfg(target_arch = "x86_64")]
        if messages.len() > 1 {
            match self {
                Self::Sixteen => {
                    if let Some(kernel) = avx512::Avx512::detect() {
                        return lanes::hash_all(&kernel, function, messages, digests);
                    }
                }
                Self::Eight => {
                    if let Some(kernel) = avx2::Avx2::detect() {
                        return lanes::hash_all(&kernel, function, messages, digests);
                    }
                }
                Self::One => {}
            }
        }
        digests.extend(messages.iter().map(|message| portable::hash(function, message)));
    }

    /// As [`climb`], by this method.
    pub fn climb(self, climbs: &[Climb], hashes: &mut [Hash]) {
        #[cfg(target_arch = "x86_64")]
        match self {
            Self::Sixteen => {
                if let Some(kernel) = avx512::Avx512::detect() {
                    return climb::in_lanes(&kernel, climbs, hashes);
                }
            }
            Self::Eight => {
                if let Some(kernel) = avx2::Avx2::detect() {
                    return climb::in_lanes(&kernel, climbs, hashes);
                }
            }
            Self::One => {}
        }
        portable::climb(climbs, hashes);
    }
}
