//! Eight points at once.

use std::arch::x86_64::__mmask8;

use super::field::{Fp8, to_2_260};
use super::rows::{load, load_pairs, store_pairs};
use crate::verkle::field::Fp;
use crate::verkle::group::{Affine, D, Point};
use crate::verkle::msm::Prepared;

/// Eight points in extended coordinates, all below `3p`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point8 {
    pub(super) x: Fp8,
    pub(super) y: Fp8,
    pub(super) z: Fp8,
    pub(super) t: Fp8,
}

impl Point8 {
    /// Eight points by their coordinates.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn from_affine(points: [Affine; 8]) -> Self {
        let pairs = points.map(|point| [point.x, point.y].map(to_2_260));
        let [x, y] = load_pairs(pairs.each_ref());
        Self { x, y, z: Fp8::splat(Fp::ONE), t: x.times(y) }
    }

    /// The sums with other points, negated where the mask says so.
    ///
    /// The formula is that of the portable code. What every value is below stands beside it.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn plus(self, others: [&Prepared; 8], negative: __mmask8) -> Self {
        let [x, y] = load_pairs(others.map(|other| &other.xy)); // 1.1p
        let dxy = load(others.map(|other| &other.dxy)); // 1.1p
        let a = self.x.times_loose(x).negated_where::<2>(negative); // 2p
        let b = self.y.times_loose(y); // 1.1p
        let c = self.t.times_loose(dxy).negated_where::<2>(negative); // 2p
        let left = self.x.plus(self.y).tight(); // 6p
        let right = x.negated_where::<2>(negative).plus(y).tight(); // 3.1p
        let e = left.times_loose(right).minus(a).minus(b).plus(Fp8::modulus::<4>()).tight(); // 5.6p
        let f = self.z.minus(c).plus(Fp8::modulus::<2>()).tight(); // 5p
        let g = self.z.plus(c).tight(); // 5p
        let h = a.times_five().plus(b).tight(); // 11.1p
        // The largest product is that of e and h, below (5.6 · 11.1 / 35 + 1)·p = 2.8p.
        Self { x: e.times(f), y: g.times(h), z: f.times(g), t: e.times(h) }
    }

    /// The sums with other points.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn plus_points(self, other: &Self) -> Self {
        let a = self.x.times_loose(other.x); // 1.3p
        let b = self.y.times_loose(other.y); // 1.3p
        let c = self.t.times_loose(Fp8::splat(D).times(other.t)); // 1.1p
        let d = self.z.times_loose(other.z); // 1.3p
        let left = self.x.plus(self.y).tight(); // 6p
        let right = other.x.plus(other.y).tight(); // 6p
        let e = left.times_loose(right).minus(a).minus(b).plus(Fp8::modulus::<3>()).tight(); // 5.1p
        let f = d.minus(c).plus(Fp8::modulus::<2>()).tight(); // 3.3p
        let g = d.plus(c).tight(); // 2.4p
        let h = a.times_five().plus(b).tight(); // 7.8p
        // The largest product is that of e and h, below (5.1 · 7.8 / 35 + 1)·p = 2.2p.
        Self { x: e.times(f), y: g.times(h), z: f.times(g), t: e.times(h) }
    }

    /// Eight points, each scaled by a sixteenth, which is the same point.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(super) fn load(points: [&Point; 8]) -> Self {
        Self {
            x: load(points.map(|point| point.x.montgomery())),
            y: load(points.map(|point| point.y.montgomery())),
            z: load(points.map(|point| point.z.montgomery())),
            t: load(points.map(|point| point.t.montgomery())),
        }
    }

    /// The eight points.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn to_points(self) -> [Point; 8] {
        let factor = Fp8::to_fp();
        // Products with it are below 1.1p, hence below 2²⁵⁶.
        let [x, y, z, t] = [self.x, self.y, self.z, self.t].map(|value| value.times(factor));
        let (first, second) = (store_pairs(x, y), store_pairs(z, t));
        std::array::from_fn(|lane| {
            let pair = |pairs: &[[_; 2]; 8]| pairs.get(lane).copied().unwrap_or_default();
            let ([x, y], [z, t]) = (pair(&first), pair(&second));
            let [x, y, z, t] = [x, y, z, t].map(|value| Fp::from_montgomery_unreduced(&value));
            Point { x, y, z, t }
        })
    }
}
