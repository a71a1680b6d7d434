//! Sums of multiples of points that are known beforehand, from tables.
//!
//! For each point `G` and each window of digits the table holds `digit·2^(window·position)·G`, so
//! that a multiple is a sum of table entries, without doublings. Wide windows make short sums and
//! large tables. A point's table is made when the point is first needed.

use std::sync::OnceLock;

use super::Prepared;
use super::digits::{each_digit, magnitude};
use super::entries::{Entries, Lookup};
use super::sums::Lists;
use crate::verkle::crs::{self, WIDTH};
use crate::verkle::field::Fr;
use crate::verkle::field::limbs::Limbs;
use crate::verkle::group::{Affine, Montgomery, Point, commitments};
use crate::verkle::machine::{Machine, Method};

/// Bits of a scalar between `-r/2` and `r/2`.
const SCALAR_BITS: u32 = 252;
/// Bits of a term that number a table entry; those above number the point.
const ENTRY_BITS: u32 = 20;
const ENTRY: u32 = (1 << ENTRY_BITS) - 1;

/// Memory that tables may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Bytes for the tables of all points.
    pub bytes: usize,
}

impl Budget {
    /// For a verifier: at most 32 MiB.
    pub const VERIFIER: Self = Self { bytes: 32 << 20 };
    /// For a sequencer: at most 256 MiB. Larger ones gain next to nothing.
    pub const SEQUENCER: Self = Self { bytes: 256 << 20 };

    /// The widest window with which tables of so many points stay within the budget.
    fn window(self, points: usize, bits: u32, method: Method) -> u32 {
        let fits = |&window: &u32| {
            points * entries(window, bits) * Entries::size_of_one(method) <= self.bytes
        };
        (2..=16).rev().find(fits).unwrap_or(2)
    }
}

/// Entries in the table of one point.
///
/// Above the whole windows the last digit is small: it holds what bits are left, and a carry.
const fn entries(window: u32, bits: u32) -> usize {
    ((bits / window) as usize) * half(window) + (1 << (bits % window))
}

/// Entries for one window: digits are at most this large.
const fn half(window: u32) -> usize {
    1 << (window - 1)
}

/// The table of a point that is not there.
static NOTHING: Entries = Entries::One(Vec::new());

/// Tables over any points, for integers of a bounded length.
#[derive(Debug)]
pub(crate) struct Bases {
    window: u32,
    bits: u32,
    method: Method,
    bases: Vec<(Affine, OnceLock<Entries>)>,
}

impl Bases {
    /// Tables for integers of up to so many bits, within a budget. Nothing is computed yet.
    pub(crate) fn new(
        points: impl IntoIterator<Item = Affine>,
        bits: u32,
        budget: Budget,
        machine: Machine,
    ) -> Self {
        let bases: Vec<_> = points.into_iter().map(|point| (point, OnceLock::new())).collect();
        let method = machine.method();
        Self { window: budget.window(bases.len(), bits, method), bits, method, bases }
    }

    /// Makes all tables that have not been made yet.
    pub(crate) fn build(&self, machine: Machine) {
        let entries = |range: std::ops::Range<usize>| range.map(|base| self.table(base).len());
        machine.map_ranges(self.bases.len(), |range| entries(range).collect());
    }

    /// Bytes that the tables made so far take.
    pub(crate) fn size(&self) -> usize {
        let made = self.bases.iter().filter_map(|(_, table)| table.get());
        made.map(|table| table.len() * Entries::size_of_one(self.method)).sum()
    }

    /// The machine with the instructions that the tables are for.
    pub(crate) fn with_method(&self, machine: Machine) -> Machine {
        machine.with_method(self.method)
    }

    /// Adds the table entries that make up an integer, or its negative, times the point `base`.
    #[inline]
    pub(crate) fn push_terms(&self, lists: &mut Lists, base: u16, integer: &Limbs, negative: bool) {
        let first = u32::from(base) << ENTRY_BITS;
        each_digit(integer, self.window, |position, digit| {
            let entry = position * half(self.window) + digit.unsigned_abs() as usize - 1;
            lists.terms.push(Lists::term(first | entry as u32, (digit < 0) != negative));
        });
    }

    fn table(&self, base: usize) -> &Entries {
        self.bases.get(base).map_or(&NOTHING, |(point, table)| {
            table.get_or_init(|| {
                let machine = self.with_method(Machine::new(1));
                let bases = bases(point, self.window, self.bits, machine);
                let count = entries(self.window, self.bits);
                Entries::of_multiples(&bases, half(self.window), count, self.method)
            })
        })
    }
}

impl Lookup for Bases {
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn eight(&self, index: u32) -> &Prepared {
        self.table((index >> ENTRY_BITS) as usize).eight(index & ENTRY)
    }

    #[inline(always)]
    fn one(&self, index: u32) -> &Montgomery {
        self.table((index >> ENTRY_BITS) as usize).one(index & ENTRY)
    }

    fn neighbourhood(&self, index: u32) -> u32 {
        index >> ENTRY_BITS
    }
}

/// The points of which a table holds multiples, one for each window.
fn bases(point: &Affine, window: u32, bits: u32, machine: Machine) -> Vec<Affine> {
    let mut base = Point::from(*point);
    let mut bases = Vec::with_capacity((bits / window) as usize + 1);
    for _ in 0..=bits / window {
        bases.push(base);
        base = (0..window).fold(base, |base, _| base.double());
    }
    commitments(&bases, machine).iter().map(|found| found.point).collect()
}

/// Multiples of points of the reference string that are to be added to a point.
#[derive(Clone, Copy, Debug)]
pub struct Update<'a, P = Affine, S = Fr> {
    /// What they are added to.
    pub start: P,
    /// The points' numbers, or [`Tables::GENERATOR`], and the scalars.
    pub multiples: &'a [(u16, S)],
}

/// Tables over the reference string and the generator.
#[derive(Debug)]
pub struct Tables(Bases);

impl Tables {
    /// The number of [`Affine::GENERATOR`], beside those of the reference string's points.
    pub const GENERATOR: u16 = WIDTH as u16;

    /// Tables within a budget, for the instructions of `machine`. Nothing is computed yet.
    #[must_use]
    pub fn new(budget: Budget, machine: Machine) -> Self {
        let points = crs::points().iter().copied().chain([Affine::GENERATOR]);
        Self(Bases::new(points, SCALAR_BITS, budget, machine))
    }

    /// Makes all tables that have not been made yet.
    pub fn build(&self, machine: Machine) {
        self.0.build(machine);
    }

    /// Bytes that the tables made so far take.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.size()
    }

    /// `Σ scalar · point` over points of the reference string by their numbers.
    #[must_use]
    pub fn commit(&self, multiples: &[(u16, Fr)]) -> Point {
        let update = Update { start: Affine::IDENTITY, multiples };
        self.update_all(&[update], Machine::new(1)).pop().unwrap_or_default()
    }

    /// The result of each update.
    #[must_use]
    pub fn update_all(&self, updates: &[Update<'_>], machine: Machine) -> Vec<Point> {
        let digits = (SCALAR_BITS / self.0.window) as usize + 1;
        let count: usize = updates.iter().map(|update| update.multiples.len()).sum();
        let mut lists = Lists::with_capacity(updates.len(), count * digits);
        for update in updates {
            for &(number, scalar) in update.multiples {
                let (magnitude, negative) = magnitude(scalar);
                self.0.push_terms(&mut lists, number, &magnitude, negative);
            }
            lists.finish_list();
        }
        let starts: Vec<Affine> = updates.iter().map(|update| update.start).collect();
        lists.sums_from(&self.0, &starts, self.0.with_method(machine))
    }
}
