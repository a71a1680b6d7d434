//! Points in the form in which a [`Method`] adds them up.

use crate::verkle::group::{Affine, Montgomery};
use crate::verkle::machine::Method;
#[cfg(target_arch = "x86_64")]
use crate::verkle::{field::limbs::Limbs, lanes};

/// A point for [`Method::Eight`]: `x`, `y` and `d·x·y`.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug)]
#[repr(C, align(32))]
pub(crate) struct Prepared {
    pub(crate) xy: [Limbs; 2],
    pub(crate) dxy: Limbs,
}

/// Points in the form that a method takes.
#[derive(Debug)]
pub(crate) enum Entries {
    #[cfg(target_arch = "x86_64")]
    Eight(Vec<Prepared>),
    One(Vec<Montgomery>),
}

impl Entries {
    /// Bytes of one point.
    pub(super) fn size_of_one(method: Method) -> usize {
        match method {
            #[cfg(target_arch = "x86_64")]
            Method::Eight(_) => size_of::<Prepared>(),
            Method::One => size_of::<Montgomery>(),
        }
    }

    /// For each base its multiples from 1 to `each`, one base behind the other; of the last one
    /// only as many as there is room for among `count`.
    pub(super) fn of_multiples(
        bases: &[Affine],
        each: usize,
        count: usize,
        method: Method,
    ) -> Self {
        match method {
            #[cfg(target_arch = "x86_64")]
            Method::Eight(instructions) => Self::Eight(instructions.multiples(bases, each, count)),
            Method::One => Self::One(super::affine::multiples(bases, each, count)),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Eight(points) => points.len(),
            Self::One(points) => points.len(),
        }
    }
}

/// Where the points of lists are found. Those of a [`Method`] are asked for only where points were
/// prepared for it.
pub(crate) trait Lookup: Sync {
    /// The point with this index, for [`Method::Eight`].
    #[cfg(target_arch = "x86_64")]
    fn eight(&self, index: u32) -> &Prepared;

    /// The point with this index, for [`Method::One`].
    fn one(&self, index: u32) -> &Montgomery;

    /// Points with the same number lie together in memory.
    fn neighbourhood(&self, index: u32) -> u32 {
        let _ = index;
        0
    }
}

impl Lookup for Entries {
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    #[expect(clippy::indexing_slicing, reason = "indices are made from the number of points")]
    fn eight(&self, index: u32) -> &Prepared {
        match self {
            Self::Eight(points) => &points[index as usize],
            Self::One(_) => &lanes::NEUTRAL,
        }
    }

    #[inline(always)]
    #[expect(clippy::indexing_slicing, reason = "indices are made from the number of points")]
    fn one(&self, index: u32) -> &Montgomery {
        match self {
            Self::One(points) => &points[index as usize],
            #[cfg(target_arch = "x86_64")]
            Self::Eight(_) => &Montgomery::IDENTITY,
        }
    }
}
