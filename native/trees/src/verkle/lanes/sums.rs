//! Sums of lists of points, eight lists at a time.

use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
use std::ops::Range;

use super::Ifma;
use super::batch::NEUTRAL;
use super::point::Point8;
use crate::verkle::group::{Affine, Point};
use crate::verkle::msm::{Lists, Lookup, Prepared};

/// Terms that are asked for before they are needed: tables do not fit into the caches.
const AHEAD: usize = 2;

impl Ifma {
    /// Adds up some of the lists, each onto its start.
    pub(in crate::verkle) fn sums(
        self,
        points: &(impl Lookup + ?Sized),
        lists: &Lists,
        starts: &[Affine],
        range: Range<usize>,
    ) -> Vec<Point> {
        // SAFETY: `self` exists, hence `detect` has found the instructions.
        unsafe { sums(points, lists, starts, range) }
    }

    /// For every so many points of `buckets`: the first once, plus the second twice, and so on.
    pub(in crate::verkle) fn counts(self, buckets: &[Point], each: usize) -> Vec<Point> {
        // SAFETY: as above.
        unsafe { counts(buckets, each) }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn counts(buckets: &[Point], each: usize) -> Vec<Point> {
    let mut results = Vec::new();
    let neutral = [Affine::IDENTITY; 8];
    for windows in buckets.chunks(8 * each) {
        let (mut running, mut sum) = (Point8::from_affine(neutral), Point8::from_affine(neutral));
        for place in (0..each).rev() {
            let bucket = |lane: usize| windows.get(lane * each + place);
            let points = std::array::from_fn(|lane| bucket(lane).unwrap_or(&Point::IDENTITY));
            running = running.plus_points(&Point8::load(points));
            sum = sum.plus_points(&running);
        }
        results.extend(sum.to_points().into_iter().take(windows.len().div_ceil(each)));
    }
    results
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn sums(
    points: &(impl Lookup + ?Sized),
    lists: &Lists,
    starts: &[Affine],
    range: Range<usize>,
) -> Vec<Point> {
    let first = range.start;
    let mut results = vec![Point::IDENTITY; range.len()];
    // Lists that begin in the same place are added up one after the other, while it is in the
    // caches; of these, those of about the same length together, so that no lane waits for others.
    let key = |list: usize| {
        let terms = lists.list(list);
        (terms.first().map_or(0, |term| points.neighbourhood(term >> 1)), terms.len())
    };
    let mut order: Vec<usize> = range.collect();
    order.sort_by_cached_key(|&list| key(list));
    for group in order.chunks(8) {
        let lane = |lane: usize| group.get(lane).copied();
        let terms: [&[u32]; 8] =
            std::array::from_fn(|index| lane(index).map_or(&[][..], |list| lists.list(list)));
        let start = |index| lane(index).and_then(|list| starts.get(list)).copied();
        let mut sum =
            Point8::from_affine(std::array::from_fn(|i| start(i).unwrap_or(Affine::IDENTITY)));
        let longest = terms.iter().map(|terms| terms.len()).max().unwrap_or_default();
        for step in 0..longest {
            let mut negative = 0;
            let addends: [&Prepared; 8] = std::array::from_fn(|lane| {
                let terms = terms.get(lane).copied().unwrap_or_default();
                if let Some(later) = terms.get(step + AHEAD) {
                    prefetch(points.eight(later >> 1));
                }
                terms.get(step).map_or(&NEUTRAL, |term| {
                    negative |= ((term & 1) << lane) as u8;
                    points.eight(term >> 1)
                })
            });
            sum = sum.plus(addends, negative);
        }
        for (list, sum) in group.iter().zip(sum.to_points()) {
            if let Some(result) = results.get_mut(list - first) {
                *result = sum;
            }
        }
    }
    results
}

/// Asks for a point without waiting for it.
#[inline]
fn prefetch(point: &Prepared) {
    let first = std::ptr::from_ref(point).cast::<i8>();
    // SAFETY: nothing is read that could be seen; both addresses are within the point.
    unsafe {
        _mm_prefetch::<_MM_HINT_T0>(first);
        _mm_prefetch::<_MM_HINT_T0>(first.add(size_of::<Prepared>() - 1));
    }
}
