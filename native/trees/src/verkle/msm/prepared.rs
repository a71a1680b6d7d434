//! Points in the form in which they are added to others.

use crate::verkle::field::Fp;
use crate::verkle::field::limbs::Limbs;
use crate::verkle::group::{Addend, Affine};
use crate::verkle::machine::Method;

/// A point that is to be added to others: `x`, `y` and `d·x·y`, in the form that a [`Method`] takes.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(32))]
pub(crate) struct Prepared {
    pub(crate) xy: [Limbs; 2],
    pub(crate) dxy: Limbs,
}

impl Prepared {
    /// No point; a place for one.
    #[cfg(target_arch = "x86_64")]
    pub(crate) const ZERO: Self = Self { xy: [[0; 4]; 2], dxy: [0; 4] };

    pub(crate) fn new(point: &Affine, method: Method) -> Self {
        let Addend { x, y, dxy } = Addend::from(*point);
        let form = |element: Fp| match method {
            #[cfg(target_arch = "x86_64")]
            Method::Eight(_) => crate::verkle::lanes::to_2_260(element),
            Method::One => *element.montgomery(),
        };
        Self { xy: [form(x), form(y)], dxy: form(dxy) }
    }

    /// The point, if it was prepared for [`Method::One`].
    #[inline(always)]
    pub(super) fn addend(&self) -> Addend {
        let [x, y] = self.xy.map(Fp::from_montgomery);
        Addend { x, y, dxy: Fp::from_montgomery(self.dxy) }
    }
}
