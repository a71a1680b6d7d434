//! The fields against arkworks, boundary and carry values included.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use ark_ed_on_bls12_381_bandersnatch::{Fq, Fr as ArkFr};
use ark_ff::{BigInt, Field as _, LegendreSymbol, PrimeField};

use super::limbs::{self, Limbs};
use super::{BasePrime, Field, Fp, Fr, Prime, ScalarPrime, SquareRoots, invert_all};

/// Integers around which carries and reductions change, below `modulus`, and arbitrary ones.
fn integers(modulus: &Limbs) -> Vec<Limbs> {
    let words = [0, 1, 2, u64::MAX, u64::MAX - 1, 1 << 63, (1 << 63) - 1, 1 << 32, 0xffff_ffff];
    let mut integers = Vec::new();
    for a in words {
        for b in words {
            integers.extend([[a, b, 0, 0], [a, 0, 0, b], [0, a, b, 0], [a, a, b, b], [b, a, a, b]]);
        }
    }
    for small in words {
        integers.push(limbs::subtract(modulus, &[small, 0, 0, 0]).0);
        integers.push(limbs::add(&limbs::half(modulus), &[small, 0, 0, 0]).0);
    }
    let mut word = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = || {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        word
    };
    integers.extend((0..400).map(|_| [next(), next(), next(), next() >> 2]));
    integers.retain(|integer| limbs::less(integer, modulus));
    integers
}

fn against_arkworks<P: Prime, A: PrimeField<BigInt = BigInt<4>>>() {
    let ours = |element: A| {
        Field::<P>::from_limbs(&element.into_bigint().0).expect("arkworks keeps integers reduced")
    };
    let theirs = |limbs: &Limbs| A::from_bigint(BigInt(*limbs)).expect("below the modulus");
    let integers = integers(&P::MODULUS);
    for (index, a) in integers.iter().enumerate() {
        let (x, u) = (Field::<P>::from_limbs(a).expect("below the modulus"), theirs(a));
        assert_eq!(x.to_limbs(), *a);
        assert_eq!(x.square(), ours(u.square()));
        assert_eq!(x.double(), ours(u.double()));
        assert_eq!(-x, ours(-u));
        assert_eq!(x.invert(), ours(u.inverse().unwrap_or(A::ZERO)));
        for b in integers.iter().skip(index % 7).step_by(7) {
            let (y, v) = (Field::<P>::from_limbs(b).expect("below the modulus"), theirs(b));
            assert_eq!(x + y, ours(u + v));
            assert_eq!(x - y, ours(u - v));
            assert_eq!(x * y, ours(u * v));
        }
        let (wide, _) = limbs::add(a, &P::MODULUS);
        assert_eq!(Field::<P>::from_limbs(&wide), None);
        assert_eq!(Field::<P>::from_limbs_reduced(&wide), x);
    }
    let highest = [u64::MAX; 4];
    let reduced = A::from_le_bytes_mod_order(&[0xff; 32]);
    assert_eq!(Field::<P>::from_limbs_reduced(&highest), ours(reduced));
}

#[test]
fn coordinates_are_arkworks_coordinates() {
    against_arkworks::<BasePrime, Fq>();
}

#[test]
fn scalars_are_arkworks_scalars() {
    against_arkworks::<ScalarPrime, ArkFr>();
}

#[test]
fn symbols_and_roots_are_those_of_arkworks() {
    for integer in integers(&BasePrime::MODULUS) {
        let element = Fp::from_limbs(&integer).unwrap();
        let symbol = match Fq::from_bigint(BigInt(integer)).unwrap().legendre() {
            LegendreSymbol::Zero => 0,
            LegendreSymbol::QuadraticResidue => 1,
            LegendreSymbol::QuadraticNonResidue => -1,
        };
        assert_eq!(element.legendre(), symbol, "{integer:x?}");
        let root = SquareRoots::get().root(element);
        assert_eq!(root.is_some(), symbol >= 0, "{integer:x?}");
        if let Some(root) = root {
            assert_eq!(root.square(), element);
        }
    }
}

#[test]
fn roots_of_every_order_of_two_are_found() {
    // Powers of 5^(2^i) reach every digit pattern of the logarithm.
    let mut element = Fp::from(5u64);
    assert_eq!(SquareRoots::get().root(element), None);
    for _ in 0..40 {
        element = element.square();
        let root = SquareRoots::get().root(element).unwrap();
        assert_eq!(root.square(), element);
    }
}

#[test]
fn a_batch_inverts_as_one_by_one() {
    let mut elements: Vec<Fr> = (0u64..20).map(|i| Fr::from(i % 5) * Fr::from(i)).collect();
    let expected: Vec<Fr> = elements.iter().map(|element| element.invert()).collect();
    invert_all(&mut elements);
    assert_eq!(elements, expected);
    invert_all::<BasePrime>(&mut []);
}

#[test]
fn bytes_are_read_as_they_are_written() {
    let element = Fr::from(0x0102_0304_0506_0708u64);
    assert_eq!(element.to_le_bytes()[..8], [8, 7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(element.to_be_bytes()[24..], [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(Fr::from_le_bytes(&element.to_le_bytes()), Some(element));
    assert_eq!(Fr::from_be_bytes(&element.to_be_bytes()), Some(element));
    assert_eq!(Fr::from_le_bytes(&[0xff; 32]), None);
    let modulus = limbs::to_le_bytes(&ScalarPrime::MODULUS);
    assert_eq!(Fr::from_le_bytes(&modulus), None);
    assert_eq!(Fr::from_le_bytes_reduced(&modulus), Fr::ZERO);
    assert_eq!(Fp::from(2u128.pow(100)), Fp::from(2u64).power(&[100, 0, 0, 0]));
}
