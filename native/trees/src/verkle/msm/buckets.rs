//! One sum of multiples of any points.
//!
//! Every scalar is halved by the endomorphism and cut into signed digits. For each window of
//! digits, points with the same digit go to the same bucket; a running sum over the buckets then
//! counts each as often as its digit says. Source: Pippenger 1976, as described by Bernstein,
//! Doumen, Lange, Oosterwijk, "Faster batch forgery identification", 2012.

use std::ops::Range;

use super::digits::Digits;
use super::entries::Entries;
use super::sums::Lists;
use crate::verkle::field::Fr;
use crate::verkle::group::{Affine, Montgomery, Point, apply_endomorphism, decompose};
use crate::verkle::machine::{Machine, Method};

/// Bits of a half scalar, and one for the carry of signed digits.
const BITS: u32 = 127;
/// Additions below which another thread costs more than it saves.
const WORTH_A_THREAD: usize = 3_000;

/// `Σ scalar · point` over the pairs of points and scalars.
#[must_use]
pub fn multiply_sum(terms: &[(Affine, Fr)], machine: Machine) -> Point {
    // Neutral elements add nothing, and the endomorphism's formula does not cover them.
    let terms: Vec<(Affine, Fr)> =
        terms.iter().copied().filter(|(point, k)| !point.x.is_zero() && !k.is_zero()).collect();
    let (points, halves) = halve(&terms, machine);
    let window = best_window(halves.len(), machine.method());
    let one = Machine::new(1).with_method(machine.method());
    let machine = machine.for_work(halves.len() * windows(window), WORTH_A_THREAD);
    let counts = machine.map_ranges(windows(window), |range| {
        let lists = sort_into_buckets(&halves, window, range);
        count_all(&lists.sums(&points, one), 1 << (window - 1), one)
    });
    counts
        .iter()
        .rev()
        .fold(Point::IDENTITY, |sum, count| (0..window).fold(sum, |sum, _| sum.double()) + *count)
}

/// The points and their images, and for each of them the half scalar that it is multiplied by.
///
/// Each thread's points stand before their images, and so do the halves.
fn halve(terms: &[(Affine, Fr)], machine: Machine) -> (Entries, Vec<i128>) {
    let machine = machine.for_work(terms.len(), WORTH_A_THREAD / 10);
    let points: Vec<Affine> = terms.iter().map(|(point, _)| *point).collect();
    let points = |range: Range<usize>| points.get(range).unwrap_or_default();
    let entries = match machine.method() {
        #[cfg(target_arch = "x86_64")]
        Method::Eight(instructions) => Entries::Eight(
            machine.map_ranges(terms.len(), |range| instructions.halve(points(range))),
        ),
        Method::One => Entries::One(machine.map_ranges(terms.len(), |range| {
            let images = apply_endomorphism(points(range.clone()));
            Montgomery::from_affine_all(&[points(range), &images].concat())
        })),
    };
    let halves = machine.map_ranges(terms.len(), |range| {
        let terms = terms.get(range).unwrap_or_default();
        let (mut first, second): (Vec<i128>, Vec<i128>) =
            terms.iter().map(|(_, scalar)| decompose(*scalar)).unzip();
        first.extend(second);
        first
    });
    (entries, halves)
}

fn windows(window: u32) -> usize {
    BITS.div_ceil(window) as usize
}

/// The window that makes a sum over so many half scalars cheapest.
fn best_window(halves: usize, method: Method) -> u32 {
    // What it takes to add a point to a bucket, and to count a bucket by two additions.
    let (term, bucket) = match method {
        #[cfg(target_arch = "x86_64")]
        Method::Eight(_) => (4, 9),
        Method::One => (6, 20),
    };
    let price = |&window: &u32| windows(window) * (halves * term + (bucket << (window - 1)));
    (3..=14).min_by_key(price).unwrap_or(3)
}

/// A list for every bucket of some windows, window after window, the lowest digit first.
fn sort_into_buckets(halves: &[i128], window: u32, windows: Range<usize>) -> Lists {
    let mut lists = Lists::default();
    lists.ends.resize(windows.len() << (window - 1), 0);
    let mut placed: Vec<(u32, u32)> = Vec::with_capacity(halves.len() * windows.len());
    let digits = Digits::new(window, &windows);
    for (index, half) in (0..).zip(halves) {
        digits.each(half.unsigned_abs(), |position, digit| {
            let bucket = (position << (window - 1)) + digit.unsigned_abs() as usize - 1;
            placed.push((bucket as u32, Lists::term(index, (digit < 0) != (*half < 0))));
            if let Some(count) = lists.ends.get_mut(bucket) {
                *count += 1;
            }
        });
    }
    // From counts to the places where lists start; filling a list moves its place to its end.
    let mut start = 0;
    for count in &mut lists.ends {
        start += std::mem::replace(count, start);
    }
    lists.terms.resize(placed.len(), 0);
    for (bucket, term) in placed {
        if let Some(end) = lists.ends.get_mut(bucket as usize) {
            if let Some(place) = lists.terms.get_mut(*end as usize) {
                *place = term;
            }
            *end += 1;
        }
    }
    lists
}

/// `Σ (place + 1) · bucket` over the buckets of each window.
fn count_all(buckets: &[Point], buckets_a_window: usize, machine: Machine) -> Vec<Point> {
    match machine.method() {
        #[cfg(target_arch = "x86_64")]
        Method::Eight(instructions) => instructions.counts(buckets, buckets_a_window),
        Method::One => buckets.chunks(buckets_a_window).map(count).collect(),
    }
}

fn count(buckets: &[Point]) -> Point {
    let (mut running, mut sum) = (Point::IDENTITY, Point::IDENTITY);
    for bucket in buckets.iter().rev() {
        running += *bucket;
        sum += running;
    }
    sum
}
