//! The setup is the ceremony's: held against its file, and checked by pairing without it.

use sha2::{Digest, Sha256};
use weakstate_trees::kzg::curve::{G1, G2, pairings_agree};
use weakstate_trees::kzg::setup::{DIGEST, Setup, from_ceremony};
use weakstate_trees::verkle::field::Fp;

use crate::data::{Random, folder, hex, json};

/// A root of unity of order 256: 7^((r - 1) / 256).
fn root() -> Fp {
    let bytes = "4f9b4098e2e9f12e6b368121ac0cf4ad0a0865a899e8deff4935bd2f817f694b";
    Fp::from_be_bytes(&const_hex::decode_to_array(bytes).unwrap()).unwrap()
}

/// `[τ^k]` of the first group: the commitments to the values of `X^k`.
fn powers() -> Vec<G1> {
    let places: Vec<Fp> =
        std::iter::successors(Some(Fp::ONE), |place| Some(*place * root())).take(256).collect();
    let mut values = vec![Fp::ONE; 256];
    let power = |_| {
        let terms: Vec<(G1, Fp)> =
            Setup::get().lagrange.iter().copied().zip(values.iter().copied()).collect();
        values.iter_mut().zip(&places).for_each(|(value, place)| *value *= *place);
        G1::sum(&terms)
    };
    (0..256).map(power).collect()
}

#[test]
fn each_power_is_the_one_before_times_the_secret() {
    let setup = Setup::get();
    assert!(setup.lagrange.iter().all(|point| point.is_in_group() && !point.is_identity()));
    let powers = powers();
    assert_eq!(powers[0], G1::generator());
    assert_ne!(powers[1], powers[0]);
    // One equation for all, each times a number that whoever made the file did not know.
    let mut random = Random(5);
    let by: Vec<Fp> = (0..255).map(|_| Fp::from_le_bytes_reduced(&random.bytes())).collect();
    let sum = |first: usize| {
        let points = powers.iter().skip(first).copied();
        G1::sum(&points.zip(by.iter().copied()).collect::<Vec<_>>())
    };
    assert!(pairings_agree((sum(1), G2::generator()), (sum(0), setup.tau)));
    assert!(!pairings_agree((sum(0), G2::generator()), (sum(0), setup.tau)));
    for wrong in [0, 7, 255] {
        let mut powers = powers.clone();
        powers[wrong] = powers[wrong].plus(&[(G1::generator(), Fp::ONE)]);
        let sum = |first: usize| {
            let points = powers.iter().skip(first).copied();
            G1::sum(&points.zip(by.iter().copied()).collect::<Vec<_>>())
        };
        assert!(!pairings_agree((sum(1), G2::generator()), (sum(0), setup.tau)), "{wrong}");
    }
}

#[test]
fn the_file_has_its_digest() {
    assert_eq!(Setup::digest(), DIGEST);
}

#[test]
fn the_file_is_what_the_ceremony_gives() {
    let Some(folder) = folder() else { return };
    let text = std::fs::read_to_string(folder.join("kzg/trusted_setup.txt")).unwrap();
    let file = from_ceremony(&text).unwrap();
    assert_eq!(<[u8; 32]>::from(Sha256::digest(&file)), DIGEST);
    // Another file is not taken for it.
    assert!(from_ceremony(&text.replacen("4096", "4095", 1)).is_none());
    assert!(from_ceremony("").is_none());
}

#[test]
fn the_elements_are_those_of_another_implementation() {
    let Some(known) = json("kzg/g1_lagrange_256.json") else { return };
    let known = known["g1_lagrange_256"].as_array().unwrap();
    assert_eq!(known.len(), 256);
    for (known, point) in known.iter().zip(Setup::get().lagrange.iter()) {
        assert_eq!(hex(known), point.to_bytes());
    }
}
