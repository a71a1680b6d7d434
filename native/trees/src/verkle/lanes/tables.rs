//! Tables of multiples of points, for eight windows at a time.

use super::Ifma;
use super::batch::{NEUTRAL, prepare};
use super::field::Fp8;
use super::inverses::invert_all;
use super::point::Point8;
use super::rows::store_pairs;
use crate::verkle::group::{Affine, D};
use crate::verkle::msm::Prepared;

/// Multiples of each base that share an inversion.
const TOGETHER: usize = 32;

impl Ifma {
    /// For each base its multiples from 1 to `each`, one base behind the other; of the last one only
    /// as many as there is room for among `count`.
    pub(in crate::verkle) fn multiples(
        self,
        bases: &[Affine],
        each: usize,
        count: usize,
    ) -> Vec<Prepared> {
        // SAFETY: `self` exists, hence `detect` has found the instructions.
        unsafe { multiples(bases, each, count) }
    }
}

/// The next multiples of eight bases.
struct Row {
    bases: [Prepared; 8],
    sum: Point8,
}

impl Row {
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn new(bases: &[Affine]) -> Self {
        let base = |lane: usize| bases.get(lane).copied().unwrap_or(Affine::IDENTITY);
        let bases = std::array::from_fn(base);
        Self { bases: bases.each_ref().map(prepare), sum: Point8::from_affine(bases) }
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    fn next(&mut self) -> Point8 {
        let sum = self.sum;
        self.sum = sum.plus(self.bases.each_ref(), 0);
        sum
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn multiples(bases: &[Affine], each: usize, count: usize) -> Vec<Prepared> {
    let mut table = vec![NEUTRAL; count];
    let mut rows = Vec::with_capacity(bases.len().div_ceil(8));
    for bases in bases.chunks(8) {
        rows.push(Row::new(bases));
    }
    let d = Fp8::splat(D);
    for first in (0..each).step_by(TOGETHER) {
        let places = first..each.min(first + TOGETHER);
        let mut sums = Vec::with_capacity(places.len() * rows.len());
        for place in places {
            for (first_base, row) in (0..).step_by(8).zip(&mut rows) {
                sums.push((first_base * each + place, row.next()));
            }
        }
        let mut inverses: Vec<Fp8> = sums.iter().map(|(_, sum)| sum.z).collect();
        invert_all(&mut inverses);
        for ((start, sum), inverse) in sums.into_iter().zip(inverses) {
            let (x, y) = (sum.x.times(inverse), sum.y.times(inverse));
            let dxy = store_pairs(d.times(x.times(y)), x);
            let entries = (start..).step_by(each).zip(store_pairs(x, y)).zip(dxy);
            for ((index, xy), [dxy, _]) in entries {
                if let Some(entry) = table.get_mut(index) {
                    *entry = Prepared { xy, dxy };
                }
            }
        }
    }
    table
}
