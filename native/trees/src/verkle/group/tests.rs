//! The group against arkworks' curve and against itself.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use ark_ed_on_bls12_381_bandersnatch::{EdwardsAffine, EdwardsProjective, Fq, Fr as ArkFr};
use ark_ff::{BigInt, PrimeField};

use super::*;
use crate::verkle::crs;
use crate::verkle::field::limbs;
use crate::verkle::field::{BasePrime, Fp, Fr, Prime};
use crate::verkle::machine::Machine;

fn theirs(point: &Affine) -> EdwardsProjective {
    let coordinate = |c: Fp| Fq::from_bigint(BigInt(c.to_limbs())).unwrap();
    EdwardsAffine::new_unchecked(coordinate(point.x), coordinate(point.y)).into()
}

fn ours(point: EdwardsProjective) -> Affine {
    let affine = EdwardsAffine::from(point);
    let coordinate = |c: Fq| Fp::from_limbs(&c.into_bigint().0).unwrap();
    Affine { x: coordinate(affine.x), y: coordinate(affine.y) }
}

fn assert_same(ours_: &Point, theirs: EdwardsProjective) {
    let (a, b) = (ours_.to_affine(), ours(theirs));
    assert_eq!((a.x, a.y), (b.x, b.y));
    assert_eq!(ours_.t * ours_.z, ours_.x * ours_.y);
}

/// With and without other threads, with and without instructions that not every machine has.
fn machines() -> [Machine; 4] {
    let [one, three] = [1, 3].map(Machine::new);
    [one, three, one.portable(), three.portable()]
}

/// `scalar · point`, one bit after the other.
fn multiply(point: &Affine, scalar: Fr) -> Point {
    let bits = scalar.to_limbs();
    let mut sum = Point::IDENTITY;
    for position in (0..256).rev() {
        sum = sum.double();
        if bits[position / 64] >> (position % 64) & 1 == 1 {
            sum += Addend::from(*point);
        }
    }
    sum
}

#[test]
fn sums_are_those_of_arkworks() {
    let points = [Affine::IDENTITY, Affine::GENERATOR, crs::points()[0], -crs::points()[7]];
    for a in points {
        assert_same(&Point::from(a).double(), theirs(&a) + theirs(&a));
        for b in points {
            let sum = theirs(&a) + theirs(&b);
            assert_same(&(Point::from(a) + Point::from(b)), sum);
            assert_same(&(Point::from(a) + Addend::from(b)), sum);
            assert_same(
                &(Point::from(a) + Addend::from(b).with_sign(true)),
                theirs(&a) - theirs(&b),
            );
            let doubled = Point::from(a).double();
            assert_same(&(doubled + Addend::from(b)), theirs(&a) + sum);
            assert_same(
                &(doubled - Point::from(b).double()),
                theirs(&a) + theirs(&a) - theirs(&b) - theirs(&b),
            );
        }
    }
}

#[test]
fn multiples_are_those_of_arkworks() {
    let scalar = Fr::from(0x1234_5678_9abc_def0_u64).invert();
    let ark_scalar = ArkFr::from_bigint(BigInt(scalar.to_limbs())).unwrap();
    let point = crs::points()[3];
    assert_same(&multiply(&point, scalar), theirs(&point) * ark_scalar);
    assert!((multiply(&point, -Fr::ONE) + Addend::from(point)).is_identity());
}

#[test]
fn the_point_of_order_two_is_neutral() {
    let shift = Affine { x: Fp::ZERO, y: -Fp::ONE };
    let point = crs::points()[5];
    let shifted = Point::from(point) + Addend::from(shift);
    assert_eq!(shifted, Point::from(point));
    let [a, b] = [Point::from(point), shifted].map(|p| commitments(&[p], Machine::new(1))[0]);
    assert_eq!((a.point, a.scalar), (b.point, b.scalar));
    assert_ne!((a.point.x, a.point.y), (b.point.x, b.point.y));
    assert_eq!(a.point.to_bytes(), b.point.to_bytes());
    assert!(Point::from(shift).is_identity());
}

#[test]
fn every_element_is_read_as_it_is_written() {
    let mut point = Point::from(Affine::GENERATOR);
    let mut points = vec![Point::IDENTITY];
    for _ in 0..200 {
        point = point.double() + Addend::from(crs::points()[1]);
        points.push(point);
    }
    let known = commitments(&points, Machine::new(1).portable());
    let encodings: Vec<[u8; 32]> = known.iter().map(|c| c.point.to_bytes()).collect();
    for machine in machines() {
        let found = commitments(&points, machine);
        let same = |(a, b): (&Commitment, &Commitment)| a.point == b.point && a.scalar == b.scalar;
        assert!(known.len() == found.len() && known.iter().zip(&found).all(same));
    }
    let machines = machines().into_iter();
    let read: Vec<Vec<Commitment>> =
        machines.map(|machine| decompress_all(&encodings, machine).unwrap()).collect();
    let read = |index: usize| read.iter().map(move |read| read[index]);
    for ((known, read), encoding) in known.iter().zip((0..).map(read)).zip(&encodings) {
        for read in read {
            assert_eq!(known.point, read.point);
            assert_eq!(known.scalar, read.scalar);
            assert!(read.point.is_on_curve() && read.point.is_in_group());
        }
        assert_eq!(Affine::from_bytes(encoding).unwrap(), known.point);
        assert_eq!(Affine::from_uncompressed(&known.point.to_uncompressed()), Some(known.point));
    }
    assert_eq!(encodings[0], [0; 32]);
    assert_eq!(known[0].scalar, Fr::ZERO);
}

#[test]
fn what_is_no_element_is_refused() {
    let mut modulus = limbs::to_le_bytes(&BasePrime::MODULUS);
    modulus.reverse();
    assert_eq!(Affine::from_bytes(&modulus), Err(MalformedPoint::NotCanonical));
    assert_eq!(Affine::from_bytes(&[0xff; 32]), Err(MalformedPoint::NotCanonical));
    let (mut accepted, mut off_curve, mut outside) = (0, 0, 0);
    for integer in 1u64..=400 {
        let x = Fp::from(integer);
        let right = Fp::ONE + x.square() * Fp::from(5u64);
        let y2 = right * (Fp::ONE - x.square() * super::affine::D).invert();
        let result = Affine::from_bytes(&x.to_be_bytes());
        match (y2.legendre(), right.legendre()) {
            (-1, _) => {
                assert_eq!(result, Err(MalformedPoint::NotOnCurve));
                off_curve += 1;
            }
            (_, -1) => {
                assert_eq!(result, Err(MalformedPoint::NotInGroup));
                outside += 1;
            }
            _ => {
                let point = result.unwrap();
                // The order of the group takes it to the neutral element.
                assert!(multiply(&point, -Fr::ONE) + Addend::from(point) == Point::IDENTITY);
                accepted += 1;
            }
        }
    }
    assert!(accepted > 50 && off_curve > 100 && outside > 50);
    let mut encodings = vec![Affine::GENERATOR.to_bytes(); 300];
    let not_on_curve = (1u64..)
        .map(|x| Fp::from(x).to_be_bytes())
        .find(|x| Affine::from_bytes(x) == Err(MalformedPoint::NotOnCurve))
        .unwrap();
    encodings[299] = [0xff; 32];
    for (index, bytes, error) in [
        (299, [0xff; 32], MalformedPoint::NotCanonical),
        (170, not_on_curve, MalformedPoint::NotOnCurve),
        (169, modulus, MalformedPoint::NotCanonical),
        (3, not_on_curve, MalformedPoint::NotOnCurve),
    ] {
        encodings[index] = bytes;
        for machine in machines() {
            assert_eq!(decompress_all(&encodings, machine).unwrap_err(), (index, error));
        }
    }
}

#[test]
fn the_endomorphism_multiplies_by_lambda() {
    // λ from k = 0 + λ·1: a root of -2.
    let lambda = (Fr::ZERO - Fr::from(2u64), apply_endomorphism(crs::points()));
    let (minus_two, images) = lambda;
    let twice = apply_endomorphism(&images);
    for (point, image) in crs::points().iter().zip(&twice) {
        assert!(image.is_on_curve());
        assert_eq!(Point::from(*image), multiply(point, minus_two));
    }
    let scalars = [Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::from(7u64).invert(), -Fr::from(u128::MAX)];
    for scalar in scalars {
        let (k1, k2) = decompose(scalar);
        assert!(k1.unsigned_abs() < 1 << 126 && k2.unsigned_abs() < 1 << 126);
        let signed = |k: i128| {
            let magnitude = Fr::from(k.unsigned_abs());
            if k < 0 { -magnitude } else { magnitude }
        };
        for (point, image) in crs::points().iter().zip(&images).take(3) {
            let halves = multiply(point, signed(k1)) + multiply(image, signed(k2));
            assert_eq!(halves, multiply(point, scalar));
        }
    }
}
