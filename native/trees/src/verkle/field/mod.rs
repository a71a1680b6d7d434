//! The two prime fields of the Bandersnatch curve.
//!
//! | | field of coordinates, [`Fp`] | field of scalars, [`Fr`] |
//! |---|---|---|
//! | prime | 255 bits, `p - 1 = 2³² · odd` | 253 bits |
//! | holds | `x` and `y` of points | multipliers, values, evaluations |
//!
//! `Fp` is the scalar field of BLS12-381.

mod batch;
mod euclid;
mod legendre;
pub(crate) mod limbs;
mod prime;
mod square_root;
#[cfg(test)]
mod tests;

pub use batch::{invert_all, invert_all_with};
#[cfg(target_arch = "x86_64")]
pub(crate) use legendre::legendre_of;
pub use prime::{Field, Prime};
#[cfg(target_arch = "x86_64")]
pub(crate) use prime::{ODD_POWERS, Step, steps};
pub(crate) use square_root::SquareRoots;

/// `2^exponent` modulo the prime of [`Fp`]. For constants only: it is slow.
#[cfg(target_arch = "x86_64")]
pub(crate) const fn power_of_two(exponent: u32) -> limbs::Limbs {
    prime::power_of_two(exponent, &BasePrime::MODULUS)
}

/// The field of coordinates.
pub type Fp = Field<BasePrime>;

/// The field of scalars: integers modulo the order of the group.
pub type Fr = Field<ScalarPrime>;

/// The prime of [`Fp`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasePrime;

impl Prime for BasePrime {
    const MODULUS: [u64; 4] = [
        0xffff_ffff_0000_0001,
        0x53bd_a402_fffe_5bfe,
        0x3339_d808_09a1_d805,
        0x73ed_a753_299d_7d48,
    ];
    const NAME: &'static str = "Fp";
}

/// The prime of [`Fr`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScalarPrime;

impl Prime for ScalarPrime {
    const MODULUS: [u64; 4] = [
        0x74fd_06b5_2876_e7e1,
        0xff8f_8700_7419_0471,
        0x0cce_7602_0268_7600,
        0x1cfb_69d4_ca67_5f52,
    ];
    const NAME: &'static str = "Fr";
}

impl Fp {
    /// Whether the element, as an integer, is larger than its negative.
    pub(crate) fn is_lexicographically_largest(self) -> bool {
        Self::is_largest(&self.to_limbs())
    }

    /// The same of the integer that an element is.
    #[inline]
    pub(crate) fn is_largest(integer: &limbs::Limbs) -> bool {
        const HALF: limbs::Limbs = limbs::half(&BasePrime::MODULUS);
        limbs::less(&HALF, integer)
    }

    /// The integer that the element is, modulo the order of the group.
    pub(crate) fn to_scalar(self) -> Fr {
        Fr::from_limbs_reduced(&self.to_limbs())
    }
}

impl<P: Prime> Field<P> {
    /// An integer of 128 bits plus 2¹²⁸.
    pub(crate) fn with_marker(integer: u128) -> Self {
        Self::from_limbs_reduced(&[integer as u64, (integer >> 64) as u64, 1, 0])
    }
}
