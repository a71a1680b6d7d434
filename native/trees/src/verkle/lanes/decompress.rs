//! Reading encodings of elements, eight at a time.

use super::Ifma;
use super::field::Fp8;
use super::inverses::invert_all;
use super::roots::roots;
use super::rows::{load, store_pairs};
use crate::verkle::field::limbs::{self, Limbs};
use crate::verkle::field::{BasePrime, Fp, Fr, Prime, legendre_of};
use crate::verkle::group::{Affine, Commitment, D};

/// Groups of eight whose square roots are searched for together.
const TOGETHER: usize = 2;

/// A group of eight: `x`, `u`, `v` and a square root of `u·v`, where `y² = u / v`.
struct Group {
    x: Fp8,
    u: Fp8,
    v: Fp8,
    root: Fp8,
}

impl Ifma {
    /// Reads elements; `None` if any of them is malformed.
    pub(in crate::verkle) fn decompress_all(
        self,
        encodings: &[[u8; 32]],
    ) -> Option<Vec<Commitment>> {
        // SAFETY: `self` exists, hence `detect` has found the instructions.
        unsafe { decompress_all(encodings) }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn decompress_all(encodings: &[[u8; 32]]) -> Option<Vec<Commitment>> {
    let mut groups = Vec::with_capacity(encodings.len().div_ceil(8) + 1);
    let mut products = Vec::with_capacity(encodings.len().div_ceil(8) + 1);
    for encodings in encodings.chunks(8 * TOGETHER) {
        read(encodings, &mut groups, &mut products)?;
    }
    invert_all(&mut products);
    let mut commitments = Vec::with_capacity(groups.len() * 8);
    for (group, inverse) in groups.iter().zip(products) {
        finish(group, inverse, &mut commitments);
    }
    commitments.truncate(encodings.len());
    Some(commitments)
}

/// Reads up to two groups; `None` if any encoding is malformed.
#[target_feature(enable = "avx512f,avx512ifma")]
fn read(encodings: &[[u8; 32]], groups: &mut Vec<Group>, products: &mut Vec<Fp8>) -> Option<()> {
    let mut integers = [[[0; 4]; 8]; TOGETHER];
    for (integer, encoding) in integers.as_flattened_mut().iter_mut().zip(encodings) {
        let mut bytes = *encoding;
        bytes.reverse();
        *integer = limbs::from_le_bytes(&bytes);
        if !limbs::less(integer, &BasePrime::MODULUS) {
            return None;
        }
    }
    let one = Fp8::splat(Fp::ONE);
    let x = integers.each_ref().map(|group| load(group.each_ref()).times(Fp8::from_integer()));
    let uv = x.map(|x| {
        let x2 = x.square();
        let u = one.plus(x2.times_five()).tight(); // 6.2p
        let v = one.plus(Fp8::modulus::<2>()).minus(x2.times(Fp8::splat(D))).tight(); // 3p
        (u, v)
    });
    let products_here = uv.map(|(u, v)| u.times(v));
    let found = roots(products_here);
    let rows = x.into_iter().zip(uv).zip(products_here).zip(found);
    for ((((x, (u, v)), product), (root, odd)), encodings) in rows.zip(encodings.chunks(8)) {
        let integers = [u, product].map(|value| value.times(Fp8::to_integer()));
        let [u_integer, product_integer] = integers;
        let checks = store_pairs(u_integer, product_integer);
        let right = |[u, product]: &[Limbs; 2]| {
            legendre_of(u) == 1 && !Fp::from_montgomery_unreduced(product).is_zero()
        };
        // Lanes without an encoding hold that of the neutral element.
        if odd != 0 || !checks.iter().take(encodings.len()).all(right) {
            return None;
        }
        groups.push(Group { x, u, v, root });
        products.push(product);
    }
    Some(())
}

/// Adds the elements of a group, given `1 / (u·v)`.
#[target_feature(enable = "avx512f,avx512ifma")]
fn finish(group: &Group, inverse: Fp8, commitments: &mut Vec<Commitment>) {
    // With s² = u·v: y = s / v and 1 / y = s / u.
    let share = group.root.times(inverse);
    let y = share.times(group.u);
    let scalar = group.x.times(share.times(group.v));
    let points = store_pairs(group.x.times(Fp8::to_fp()), y.times(Fp8::to_fp()));
    let integers = store_pairs(y.times(Fp8::to_integer()), scalar.times(Fp8::to_integer()));
    for ([x, y], [y_integer, scalar]) in points.iter().zip(&integers) {
        let (x, y) = (Fp::from_montgomery_unreduced(x), Fp::from_montgomery_unreduced(y));
        let [y_integer, scalar] = [y_integer, scalar].map(reduce);
        commitments.push(if Fp::is_largest(&y_integer) {
            Commitment { point: Affine { x, y }, scalar: Fr::from_limbs_reduced(&scalar) }
        } else {
            let (scalar, _) = limbs::subtract(&BasePrime::MODULUS, &scalar);
            let scalar = if scalar == BasePrime::MODULUS { [0; 4] } else { scalar };
            Commitment { point: Affine { x, y: -y }, scalar: Fr::from_limbs_reduced(&scalar) }
        });
    }
}

/// An integer below `2p`, reduced.
#[inline]
fn reduce(integer: &Limbs) -> Limbs {
    *Fp::from_montgomery_unreduced(integer).montgomery()
}
