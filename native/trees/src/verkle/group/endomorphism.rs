//! A fast multiplication by one large scalar, and what it is good for.
//!
//! The curve has an endomorphism ψ that acts on the group as multiplication by a root λ of -2
//! modulo `r`. Any scalar `k` is `k1 + λ·k2` with both halves below 2¹²⁶, so that `k·P` is
//! `k1·P + k2·ψ(P)`, with half the doublings. Source: Masson, Sanso, Zhang, "Bandersnatch", 2021;
//! Gallant, Lambert, Vanstone, 2001.

use super::Affine;
use crate::verkle::field::limbs::{Limbs, multiply_add};
use crate::verkle::field::{Fp, Fr, invert_all};

/// The constants of the endomorphism, as the paper names them.
const B: Fp = Fp::from_montgomery([
    0xa250_4eaa_126f_b8e8,
    0xabee_190a_21d5_d1e5,
    0x0c3f_1183_54cb_77ef,
    0x6085_ed8a_47d4_bdae,
]);
const C: Fp = Fp::from_montgomery([
    0xc278_0b52_6ccb_e0c8,
    0x448f_3bf4_7388_0956,
    0x6249_f6e3_0201_4353,
    0x304c_14af_ac09_e900,
]);

/// Both, for other ways to compute the same.
#[cfg(target_arch = "x86_64")]
pub(crate) const ENDOMORPHISM: [Fp; 2] = [B, C];

/// The short vector (`LONG`, `SHORT`) of the lattice of pairs with `u + λ·v = 0` modulo `r`; the
/// other one is (`-2·SHORT`, `LONG`).
const LONG: u128 = 0x555f_e200_4be6_928e_4b02_f94a_9789_181f;
const SHORT: u128 = 0x0814_b3ee_e55e_8f5d_f8e2_591a_23d6_1f44;
/// `2²⁵³·LONG / r` and `2²⁵³·SHORT / r`, rounded.
const LONG_SHARE: u128 = 0x5e43_beb6_0a83_9ec6_5bd7_58ef_47e8_e8f8;
const SHORT_SHARE: u128 = 0x08ec_1e24_fb0e_cf7b_d327_6ebc_ea8e_ed15;

/// ψ of every point, for one inversion in all. No point may be the neutral element.
pub(crate) fn apply_endomorphism(points: &[Affine]) -> Vec<Affine> {
    let mut denominators: Vec<Fp> =
        points.iter().map(|point| point.x * point.y * (point.y.square() - B)).collect();
    invert_all(&mut denominators);
    let image = |(point, inverse): (&Affine, Fp)| {
        let (xy, y2) = (point.x * point.y, point.y.square());
        let h = y2 - B;
        Affine { x: C * (Fp::ONE - y2) * h * inverse, y: B * (y2 + B) * xy * inverse }
    };
    points.iter().zip(denominators).map(image).collect()
}

/// `k1` and `k2` with `k = k1 + λ·k2` modulo `r`, both between -2¹²⁶ and 2¹²⁶.
pub(crate) fn decompose(scalar: Fr) -> (i128, i128) {
    let k = scalar.to_limbs();
    let (long, short) = (share(&k, LONG_SHARE), share(&k, SHORT_SHARE));
    // The results are so small that 128 bits of every product are enough.
    let k0 = u128::from(k[1]) << 64 | u128::from(k[0]);
    let k1 = k0.wrapping_sub(long.wrapping_mul(LONG)).wrapping_sub(short.wrapping_mul(2 * SHORT));
    let k2 = short.wrapping_mul(LONG).wrapping_sub(long.wrapping_mul(SHORT));
    (k1.cast_signed(), k2.cast_signed())
}

/// `scalar * share / 2²⁵³`, rounded, for a scalar below 2²⁵³.
fn share(scalar: &Limbs, share: u128) -> u128 {
    let [s0, s1, s2, s3] = *scalar;
    let scaled = [s0 << 3, s1 << 3 | s0 >> 61, s2 << 3 | s1 >> 61, s3 << 3 | s2 >> 61];
    let (low, high) = (share as u64, (share >> 64) as u64);
    let (_, carry) = multiply_add(0, scaled[0], low, 0);
    let (t1, carry) = multiply_add(0, scaled[1], low, carry);
    let (t2, carry) = multiply_add(0, scaled[2], low, carry);
    let (t3, t4) = multiply_add(0, scaled[3], low, carry);
    let (_, carry) = multiply_add(t1, scaled[0], high, 0);
    let (_, carry) = multiply_add(t2, scaled[1], high, carry);
    let (t3, carry) = multiply_add(t3, scaled[2], high, carry);
    let (t4, t5) = multiply_add(t4, scaled[3], high, carry);
    (u128::from(t5) << 64 | u128::from(t4)) + u128::from(t3 >> 63)
}
