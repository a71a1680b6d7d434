//! Sums of lists of points, pair by pair.
//!
//! In every round the points of each list are added in pairs, until one is left. The sums of a round
//! do not depend on each other, so that one inversion does for all their divisions: a sum takes six
//! multiplications rather than the eight of a running sum in extended coordinates.

use crate::verkle::field::Fp;
use crate::verkle::group::{Affine, Montgomery};

/// Lists of points, all in one row.
#[derive(Default)]
pub(super) struct Rows {
    points: Vec<Montgomery>,
    /// Where each list ends.
    ends: Vec<usize>,
    /// What the next round gives, and products of divisors; kept for their memory.
    next: Vec<Montgomery>,
    prefixes: Vec<Fp>,
}

impl Rows {
    /// Adds a list.
    pub(super) fn push(&mut self, list: impl Iterator<Item = Montgomery>) {
        self.points.extend(list);
        self.ends.push(self.points.len());
    }

    /// Points that are there.
    pub(super) fn len(&self) -> usize {
        self.points.len()
    }

    /// The sum of every list. No list is there any longer.
    pub(super) fn take_sums(&mut self) -> Vec<Montgomery> {
        while self.halve() {}
        let mut start = 0;
        let sum = |&end: &usize| {
            let list = self.points.get(std::mem::replace(&mut start, end)..end);
            list.and_then(<[_]>::first).copied().unwrap_or(Montgomery::IDENTITY)
        };
        let sums = self.ends.iter().map(sum).collect();
        self.points.clear();
        self.ends.clear();
        sums
    }

    /// Adds the points of every list in pairs; one that is left over stays as it is. Whether there
    /// was any pair.
    ///
    /// Divisors are inverted as a batch: their product first, and on the way back each one's inverse
    /// is split off and used at once.
    fn halve(&mut self) -> bool {
        self.prefixes.clear();
        let mut product = Fp::ONE;
        let mut start = 0;
        let mut size = 0;
        for &end in &self.ends {
            let list = self.points.get(start..end).unwrap_or_default();
            start = end;
            size += list.len().div_ceil(2);
            for [a, b] in list.as_chunks().0 {
                self.prefixes.push(product);
                product *= a.divisor(b);
            }
        }
        let mut inverse = product.invert();
        self.next.clear();
        self.next.resize(size, Montgomery::IDENTITY);
        let (mut points, mut next) = (self.points.as_slice(), self.next.as_mut_slice());
        let mut prefixes = self.prefixes.iter().rev();
        let starts = self.ends.iter().rev().skip(1).copied().chain([0]).collect::<Vec<usize>>();
        for (end, start) in self.ends.iter_mut().rev().zip(starts) {
            let (before, list) = points.split_at(start);
            *end = next.len();
            let (before_next, sums) = next.split_at_mut(next.len() - list.len().div_ceil(2));
            let (pairs, rest) = list.as_chunks();
            if let (Some(last), [rest]) = (sums.last_mut(), rest) {
                *last = *rest;
            }
            for (([a, b], sum), prefix) in pairs.iter().zip(sums).rev().zip(prefixes.by_ref()) {
                *sum = a.plus(b, inverse * *prefix);
                inverse *= a.divisor(b);
            }
            (points, next) = (before, before_next);
        }
        std::mem::swap(&mut self.points, &mut self.next);
        !self.prefixes.is_empty()
    }
}

/// For each base its multiples from 1 to `each`, one base behind the other; of the last one only as
/// many as there is room for among `count`.
pub(super) fn multiples(bases: &[Affine], each: usize, count: usize) -> Vec<Montgomery> {
    let bases = Montgomery::from_affine_all(bases);
    let mut table = vec![Montgomery::IDENTITY; count];
    let mut rows = Rows::default();
    let mut sums = bases.clone();
    for place in 0..each {
        for (entry, sum) in table.iter_mut().skip(place).step_by(each).zip(&sums) {
            *entry = *sum;
        }
        sums.iter().zip(&bases).for_each(|(sum, base)| rows.push([*sum, *base].into_iter()));
        sums = rows.take_sums();
    }
    table
}
