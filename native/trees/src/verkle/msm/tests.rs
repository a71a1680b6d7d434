//! Every method against multiplication bit by bit.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::digits::{Digits, each_digit, magnitude};
use super::*;
use crate::verkle::crs::{self, WIDTH};
use crate::verkle::field::limbs::Limbs;
use crate::verkle::field::{Fr, Prime, ScalarPrime};
use crate::verkle::group::{Addend, Affine, Point};
use crate::verkle::machine::Machine;

/// With and without other threads, with and without instructions that not every machine has.
fn machines() -> [Machine; 4] {
    let [one, three] = [1, 3].map(Machine::new);
    [one, three.portable(), three, one.portable()]
}

fn multiply(point: &Affine, scalar: Fr) -> Point {
    let bits = scalar.to_limbs();
    (0..256usize).rev().fold(Point::IDENTITY, |sum, position| {
        let sum = sum.double();
        let bit = bits[position / 64] >> (position % 64) & 1 == 1;
        if bit { sum + Addend::from(*point) } else { sum }
    })
}

/// Scalars at which digits carry, and arbitrary ones.
fn scalars(count: usize) -> Vec<Fr> {
    let half = crate::verkle::field::limbs::half(&ScalarPrime::MODULUS);
    let half = Fr::from_limbs(&half).unwrap();
    let mut scalars = vec![Fr::ZERO, Fr::ONE, -Fr::ONE, half, half + Fr::ONE, -half];
    scalars.extend((1..253).map(|bits| Fr::from(2u64).power(&[bits, 0, 0, 0])));
    scalars.extend((1..253).map(|bits| Fr::from(2u64).power(&[bits, 0, 0, 0]) - Fr::ONE));
    let mut arbitrary = Fr::from(3u64).invert();
    while scalars.len() < count {
        arbitrary = arbitrary.square() + Fr::ONE;
        scalars.push(arbitrary);
    }
    scalars.truncate(count);
    scalars
}

#[test]
fn digits_add_up_to_the_scalar() {
    for scalar in scalars(600) {
        for window in 2..=16 {
            let (limbs, negative) = magnitude(scalar);
            let mut sum = Fr::ZERO;
            each_digit(&limbs, window, |position, digit| {
                assert!(digit != 0 && digit.unsigned_abs() <= 1 << (window - 1));
                let shift: Limbs = [u64::from(window) * position as u64, 0, 0, 0];
                let weight = Fr::from(2u64).power(&shift);
                let digit_ = Fr::from(u64::from(digit.unsigned_abs())) * weight;
                sum += if digit < 0 { -digit_ } else { digit_ };
            });
            assert_eq!(if negative { -sum } else { sum }, scalar);
        }
    }
}

#[test]
fn digits_in_a_range_are_those_of_the_whole() {
    for scalar in scalars(600) {
        let [low, high, ..] = magnitude(scalar).0;
        let half = u128::from(low) | u128::from(high >> 2) << 64;
        for window in 2..=16 {
            let positions = 127usize.div_ceil(window as usize);
            for range in [0..positions, 0..positions / 2, positions / 2..positions] {
                let mut expected = Vec::new();
                let limbs = [half as u64, (half >> 64) as u64, 0, 0];
                each_digit(&limbs, window, |position, digit| {
                    if range.contains(&position) {
                        expected.push((position - range.start, digit));
                    }
                });
                let mut found = Vec::new();
                Digits::new(window, &range).each(half, |place, digit| found.push((place, digit)));
                assert_eq!(found, expected);
            }
        }
    }
}

#[test]
fn buckets_add_up_any_points() {
    for count in [0, 1, 2, 17, 600] {
        let terms: Vec<(Affine, Fr)> = scalars(count)
            .into_iter()
            .enumerate()
            // Every point twice, once with the opposite sign, and the neutral element.
            .map(|(index, scalar)| match index % 5 {
                0 => (Affine::IDENTITY, scalar),
                1 => (-crs::points()[index / 2 % WIDTH], scalar),
                _ => (crs::points()[index / 2 % WIDTH], scalar),
            })
            .collect();
        let expected: Point = terms.iter().map(|(point, k)| multiply(point, *k)).sum();
        for machine in machines() {
            assert_eq!(multiply_sum(&terms, machine), expected);
        }
    }
}

#[test]
fn tables_of_every_width_commit_alike() {
    let scalars = scalars(530);
    let sizes = [7_000, 9_000, 13_000, 24_000, 32_000, 64_000, 100_000];
    for (kilobytes, machine) in sizes.into_iter().zip(machines().into_iter().cycle()) {
        let tables = Tables::new(Budget { bytes: kilobytes << 10 }, machine);
        let point = |number: u16| {
            crs::points().get(usize::from(number)).copied().unwrap_or(Affine::GENERATOR)
        };
        for scalars in scalars.chunks(5) {
            let multiples: Vec<(u16, Fr)> =
                scalars.iter().zip([0, 1, 77, 255, 256]).map(|(k, number)| (number, *k)).collect();
            let expected: Point =
                multiples.iter().map(|(number, k)| multiply(&point(*number), *k)).sum();
            assert_eq!(tables.commit(&multiples), expected, "{kilobytes}");
        }
    }
}

#[test]
fn updates_start_where_they_are_told_to() {
    let scalars = scalars(520);
    let multiples: Vec<(u16, Fr)> =
        scalars.iter().enumerate().map(|(index, k)| ((index % 3) as u16, *k)).collect();
    let updates: Vec<Update<'_>> = multiples
        .chunks(2)
        .zip(crs::points().iter().cycle())
        .map(|(multiples, start)| Update { start: *start, multiples })
        .collect();
    for machine in machines() {
        let tables = Tables::new(Budget::VERIFIER, machine);
        // All at once, and so few that their lists are cut into pieces.
        for updates in [&updates[..], &updates[..3], &updates[..0]] {
            let results = tables.update_all(updates, machine);
            assert_eq!(results.len(), updates.len());
            for (update, result) in updates.iter().zip(results) {
                assert_eq!(result, Point::from(update.start) + tables.commit(update.multiples));
            }
        }
    }
}

#[test]
fn tables_stay_within_their_budget() {
    for budget in [Budget::VERIFIER, Budget { bytes: 20 << 20 }] {
        let tables = Tables::new(budget, Machine::new(1));
        assert_eq!(tables.size(), 0);
        tables.build(Machine::available());
        assert!(tables.size() <= budget.bytes && tables.size() > budget.bytes / 2);
    }
}
