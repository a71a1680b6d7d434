//! Sums of lists of points.

use std::ops::Range;

use crate::verkle::group::{Addend, Affine, Point};
use crate::verkle::threads::Threads;

/// Additions below which another thread costs more than it saves.
const WORTH_A_THREAD: usize = 1_000;

/// Where the points of the lists are found.
pub(crate) trait Lookup: Sync {
    /// The point with this index.
    fn addend(&self, index: u32) -> &Addend;
}

impl Lookup for [Addend] {
    #[inline(always)]
    #[expect(clippy::indexing_slicing, reason = "indices are made from the slice's own length")]
    fn addend(&self, index: u32) -> &Addend {
        &self[index as usize]
    }
}

/// Lists of points of a [`Lookup`], one behind the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lists {
    /// Twice the index of a point, plus one if it is to be negated.
    pub(super) terms: Vec<u32>,
    /// Where in `terms` each list ends.
    pub(super) ends: Vec<u32>,
}

impl Lists {
    /// How a point stands in a list.
    #[inline]
    pub(super) fn term(index: u32, negative: bool) -> u32 {
        index << 1 | u32::from(negative)
    }

    /// Room for so many lists and terms.
    pub(crate) fn with_capacity(lists: usize, terms: usize) -> Self {
        Self { terms: Vec::with_capacity(terms), ends: Vec::with_capacity(lists) }
    }

    /// Ends the last list; terms that are pushed from now on make another one.
    #[inline]
    pub(crate) fn finish_list(&mut self) {
        self.ends.push(self.terms.len() as u32);
    }

    /// The terms of one list.
    #[inline]
    fn list(&self, index: usize) -> &[u32] {
        let end = |index| self.ends.get(index).map_or(0, |&end| end as usize);
        let start = index.checked_sub(1).map_or(0, end);
        self.terms.get(start..end(index)).unwrap_or_default()
    }

    /// Adds up every list.
    pub(super) fn sums(&self, points: &(impl Lookup + ?Sized), threads: Threads) -> Vec<Point> {
        self.sums_from(points, &[], threads)
    }

    /// Adds up every list, each onto the point that stands at the same place in `starts`, or onto
    /// nothing where there is none.
    pub(crate) fn sums_from(
        &self,
        points: &(impl Lookup + ?Sized),
        starts: &[Affine],
        threads: Threads,
    ) -> Vec<Point> {
        let threads = threads.for_work(self.terms.len(), WORTH_A_THREAD);
        threads.map_ranges(self.ends.len(), |lists| self.sum_range(points, starts, lists))
    }

    fn sum_range(
        &self,
        points: &(impl Lookup + ?Sized),
        starts: &[Affine],
        lists: Range<usize>,
    ) -> Vec<Point> {
        let sum = |index| {
            let start = starts.get(index).map_or(Point::IDENTITY, |&start| Point::from(start));
            self.list(index)
                .iter()
                .fold(start, |sum, term| sum + points.addend(term >> 1).with_sign(term & 1 == 1))
        };
        lists.map(sum).collect()
    }
}
