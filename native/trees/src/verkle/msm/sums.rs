//! Sums of lists of points.

use std::ops::Range;

use super::Lookup;
use super::affine::Rows;
use crate::verkle::group::{Addend, Affine, Montgomery, Point};
use crate::verkle::machine::{Machine, Method};

/// Additions below which another thread costs more than it saves.
const WORTH_A_THREAD: usize = 1_000;

/// Lists of this length are not cut.
const SHORT: usize = 24;

/// Points that are added up in one go: what belongs to them fits into the caches.
const AT_ONCE: usize = 4096;

/// Lists of points of a [`Lookup`], one behind the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lists {
    /// Twice the index of a point, plus one if it is to be negated.
    pub(crate) terms: Vec<u32>,
    /// Where in `terms` each list ends.
    pub(crate) ends: Vec<u32>,
}

impl Lists {
    /// How a point stands in a list.
    #[inline]
    pub(crate) fn term(index: u32, negative: bool) -> u32 {
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
    pub(crate) fn list(&self, index: usize) -> &[u32] {
        let end = |index| self.ends.get(index).map_or(0, |&end| end as usize);
        let start = index.checked_sub(1).map_or(0, end);
        self.terms.get(start..end(index)).unwrap_or_default()
    }

    /// Adds up every list.
    pub(super) fn sums(&self, points: &(impl Lookup + ?Sized), machine: Machine) -> Vec<Point> {
        self.sums_from(points, &[], machine)
    }

    /// Adds up every list, each onto the point that stands at the same place in `starts`, or onto
    /// nothing where there is none.
    pub(crate) fn sums_from(
        &self,
        points: &(impl Lookup + ?Sized),
        starts: &[Affine],
        machine: Machine,
    ) -> Vec<Point> {
        let pieces = machine.at_once();
        let longest = (self.terms.len() / (2 * pieces)).max(SHORT);
        if pieces > 1 && self.lengths().any(|length| length > longest) {
            return self.sums_of_pieces(points, starts, longest, machine);
        }
        let machine = machine.for_work(self.terms.len(), WORTH_A_THREAD);
        machine.map_ranges(self.ends.len(), |range| match machine.method() {
            #[cfg(target_arch = "x86_64")]
            Method::Eight(instructions) => instructions.sums(points, self, starts, range),
            Method::One => self.sums_one_by_one(points, starts, range),
        })
    }

    fn lengths(&self) -> impl Iterator<Item = usize> {
        let mut start = 0;
        self.ends.iter().map(move |&end| (end - std::mem::replace(&mut start, end)) as usize)
    }

    /// As [`sums_from`](Self::sums_from), with long lists cut into pieces that are added up at the
    /// same time.
    fn sums_of_pieces(
        &self,
        points: &(impl Lookup + ?Sized),
        starts: &[Affine],
        longest: usize,
        machine: Machine,
    ) -> Vec<Point> {
        let mut pieces = Self { terms: self.terms.clone(), ends: Vec::new() };
        let mut piece_starts = Vec::new();
        let mut start = 0;
        for (list, &end) in self.ends.iter().enumerate() {
            let cuts = (start + longest as u32..end).step_by(longest);
            piece_starts.push(starts.get(list).copied().unwrap_or(Affine::IDENTITY));
            for cut in cuts {
                pieces.ends.push(cut);
                piece_starts.push(Affine::IDENTITY);
            }
            pieces.ends.push(end);
            start = end;
        }
        let mut sums = pieces.sums_from(points, &piece_starts, machine).into_iter();
        let count = |length: usize| length.div_ceil(longest).max(1);
        self.lengths().map(|length| sums.by_ref().take(count(length)).sum()).collect()
    }

    fn sums_one_by_one(
        &self,
        points: &(impl Lookup + ?Sized),
        starts: &[Affine],
        range: Range<usize>,
    ) -> Vec<Point> {
        let mut sums = Vec::with_capacity(range.len());
        let mut rows = Rows::default();
        for list in range.clone() {
            let point = |term: &u32| points.one(term >> 1).with_sign(term & 1 == 1);
            rows.push(self.list(list).iter().map(point));
            if rows.len() >= AT_ONCE {
                sums.append(&mut rows.take_sums());
            }
        }
        sums.append(&mut rows.take_sums());
        let add = |(list, sum): (usize, Montgomery)| match starts.get(list) {
            Some(start) => sum.to_point() + Addend::from(*start),
            None => sum.to_point(),
        };
        range.zip(sums).map(add).collect()
    }
}
