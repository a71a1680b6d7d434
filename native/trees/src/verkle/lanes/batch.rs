//! Coordinates and scalars of points, their images under the endomorphism, and tables.

use super::Ifma;
use super::field::{Fp8, to_2_260};
use super::inverses::invert_all;
use super::rows::{load, store_pairs};
use crate::verkle::field::{Fp, Fr, power_of_two};
use crate::verkle::group::{Addend, Affine, Commitment, D, ENDOMORPHISM, Point};
use crate::verkle::msm::Prepared;

impl Ifma {
    /// The coordinates of points, and their scalars.
    pub(in crate::verkle) fn commitments(self, points: &[Point]) -> Vec<Commitment> {
        // SAFETY: `self` exists, hence `detect` has found the instructions.
        unsafe { commitments(points) }
    }

    /// The points, and then their images under the endomorphism, prepared for addition. None may
    /// be the neutral element.
    pub(in crate::verkle) fn halve(self, points: &[Affine]) -> Vec<Prepared> {
        // SAFETY: as above.
        unsafe { halve(points) }
    }
}

/// A point, prepared for addition.
pub(super) fn prepare(point: &Affine) -> Prepared {
    let Addend { x, y, dxy } = Addend::from(*point);
    Prepared { xy: [to_2_260(x), to_2_260(y)], dxy: to_2_260(dxy) }
}

/// The neutral element, prepared for addition.
pub(in crate::verkle) static NEUTRAL: Prepared =
    Prepared { xy: [[0; 4], power_of_two(260)], dxy: [0; 4] };

/// Eight items of a list, of which the last stands for those that are not there.
fn eight<T>(items: &[T]) -> Option<[&T; 8]> {
    let last = items.last()?;
    Some(std::array::from_fn(|lane| items.get(lane).unwrap_or(last)))
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn commitments(points: &[Point]) -> Vec<Commitment> {
    // All coordinates of a point may be taken for a sixteenth of what they are: only quotients
    // of them matter.
    let mut inverses = Vec::with_capacity(points.len().div_ceil(8));
    for points in points.chunks(8).filter_map(eight) {
        let (y, z) =
            (load(points.map(|p| p.y.montgomery())), load(points.map(|p| p.z.montgomery())));
        inverses.push(y.times(z));
    }
    invert_all(&mut inverses);
    let mut commitments = Vec::with_capacity(points.len().next_multiple_of(8));
    for (points, inverse) in points.chunks(8).filter_map(eight).zip(inverses) {
        let x = load(points.map(|p| p.x.montgomery()));
        let (y, z) =
            (load(points.map(|p| p.y.montgomery())), load(points.map(|p| p.z.montgomery())));
        let over_z = y.times(inverse).times(Fp8::to_fp());
        let over_y = z.times(inverse).times(Fp8::to_integer());
        let coordinates = store_pairs(x.times(over_z), y.times(over_z));
        let integers = store_pairs(x.times(over_y), x);
        for ([x, y], [scalar, _]) in coordinates.iter().zip(&integers) {
            let [x, y, scalar] = [x, y, scalar].map(Fp::from_montgomery_unreduced);
            let scalar = Fr::from_limbs_reduced(scalar.montgomery());
            commitments.push(Commitment { point: Affine { x, y }, scalar });
        }
    }
    commitments.truncate(points.len());
    commitments
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn halve(points: &[Affine]) -> Vec<Prepared> {
    let [b, c] = ENDOMORPHISM.map(|constant| Fp8::splat(constant));
    let one = Fp8::splat(Fp::ONE);
    let mut coordinates = Vec::with_capacity(points.len().div_ceil(8));
    let mut inverses = Vec::with_capacity(points.len().div_ceil(8));
    for points in points.chunks(8).filter_map(eight) {
        let x = load(points.map(|p| p.x.montgomery())).times(Fp8::from_fp());
        let y = load(points.map(|p| p.y.montgomery())).times(Fp8::from_fp());
        let xy = x.times(y);
        let h = y.square().plus(Fp8::modulus::<1>()).minus(b).tight(); // 3p
        coordinates.push((x, y, xy, h));
        inverses.push(xy.times(h));
    }
    invert_all(&mut inverses);
    let mut prepared = vec![NEUTRAL; 2 * points.len().next_multiple_of(8)];
    let (first, images) = prepared.split_at_mut(points.len());
    let d = Fp8::splat(D);
    for (group, ((x, y, xy, h), inverse)) in coordinates.into_iter().zip(inverses).enumerate() {
        let y2 = y.square();
        let numerator = one.plus(Fp8::modulus::<2>()).minus(y2).tight(); // 3p
        let image_x = c.times(numerator).times(h.times(inverse));
        let image_y = b.times(y2.plus(b).tight()).times(xy.times(inverse));
        let image_dxy = d.times(image_x.times(image_y));
        let targets =
            [(&mut *first, store_pairs(x, y)), (&mut *images, store_pairs(image_x, image_y))];
        let products = store_pairs(d.times(xy), image_dxy);
        for (half, (target, pairs)) in targets.into_iter().enumerate() {
            for ((target, xy), products) in
                target.iter_mut().skip(8 * group).zip(pairs).zip(&products)
            {
                let [own, image] = *products;
                *target = Prepared { xy, dxy: if half == 0 { own } else { image } };
            }
        }
    }
    prepared.truncate(2 * points.len());
    prepared
}
