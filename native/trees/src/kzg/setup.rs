//! The setup: multiples of the generators by a number that nobody knows.
//!
//! Ethereum's ceremony of 2023 published `[τ^k]` for as many powers as blobs need. A polynomial of
//! 256 values needs the first 256 of them, and here they are turned into one element for each
//! value: the commitment to the polynomial that is one at `w^i` and zero at the other places. The
//! 4,096 elements of that kind that the ceremony published are for another root of unity.
//!
//! `cargo run --release -p weakstate-trees --example kzg_setup trusted_setup.txt` makes the file
//! that is read here.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use super::curve::{G1, G2};
use super::domain;
use crate::verkle::crs::WIDTH;
use crate::verkle::field::Fp;

/// SHA-256 of the file.
pub const DIGEST: [u8; 32] = [
    0xd9, 0xee, 0x1b, 0xd7, 0x7f, 0xfc, 0x05, 0x52, 0x8f, 0x4b, 0x0f, 0xf5, 0x1d, 0x64, 0x8c, 0x80,
    0x6b, 0xad, 0x24, 0x04, 0x6e, 0xce, 0xec, 0x95, 0x68, 0xde, 0xe0, 0xe6, 0xe1, 0xf4, 0xdb, 0x85,
];

const G1_BYTES: usize = 96;
const G2_BYTES: usize = 96;

/// Both coordinates of each element for a value, then `[τ]` in the second group, compressed.
static FILE: &[u8; WIDTH * G1_BYTES + G2_BYTES] = include_bytes!("setup.bin");

/// What commitments are made of, and proofs held against.
#[derive(Debug)]
pub struct Setup {
    /// The commitments to one at each place and zero at the others.
    pub lagrange: Box<[G1; WIDTH]>,
    /// `[τ]` in the second group.
    pub tau: G2,
}

static SETUP: LazyLock<Setup> = LazyLock::new(|| {
    // The file is the program's own, and tests hold it to the digest and to the ceremony.
    let (lagrange, tau) = FILE.split_at(WIDTH * G1_BYTES);
    let mut points = Box::new([G1::IDENTITY; WIDTH]);
    for (point, bytes) in points.iter_mut().zip(lagrange.as_chunks().0) {
        *point = G1::from_coordinates(bytes).unwrap_or(G1::IDENTITY);
    }
    let tau = tau.first_chunk().and_then(G2::from_bytes).unwrap_or_else(G2::generator);
    Setup { lagrange: points, tau }
});

impl Setup {
    /// The setup.
    pub fn get() -> &'static Self {
        &SETUP
    }

    /// SHA-256 of the file that it was read from.
    #[must_use]
    pub fn digest() -> [u8; 32] {
        Sha256::digest(FILE).into()
    }
}

/// Makes the file from what the ceremony published, in the text form that Ethereum's clients read:
/// two counts; as many elements of the first group for values; of the second group for powers; and
/// of the first group for powers. `None` if it is something else.
#[must_use]
pub fn from_ceremony(text: &str) -> Option<Vec<u8>> {
    let mut words = text.split_whitespace();
    let (values, powers) = (words.next()?.parse().ok()?, words.next()?.parse::<usize>().ok()?);
    let mut words = words.skip(values);
    let generator: [u8; G2_BYTES] = alloy_primitives::hex::decode_to_array(words.next()?).ok()?;
    let tau: [u8; G2_BYTES] = alloy_primitives::hex::decode_to_array(words.next()?).ok()?;
    if G2::from_bytes(&generator)? != G2::generator() {
        return None;
    }
    G2::from_bytes(&tau)?;
    let words = words.skip(powers.checked_sub(2)?);
    let point = |word| G1::from_bytes(&alloy_primitives::hex::decode_to_array(word).ok()?).ok();
    let powers: Vec<G1> = words.take(WIDTH).map(point).collect::<Option<_>>()?;
    if powers.first() != Some(&G1::generator()) || powers.len() != WIDTH {
        return None;
    }
    let scale = Fp::from(WIDTH as u64).invert();
    let root = domain::point(1).invert();
    let lagrange = transform(&powers, root).into_iter().map(|point| G1::sum(&[(point, scale)]));
    let mut file: Vec<u8> = lagrange.flat_map(|point| point.to_coordinates()).collect();
    file.extend_from_slice(&tau);
    Some(file)
}

/// For each `i` the sum of `root^(i·j)` times the point `j`: the fast Fourier transform, for a
/// power of two of points.
fn transform(points: &[G1], root: Fp) -> Vec<G1> {
    if points.len() < 2 {
        return points.to_vec();
    }
    let half = |first: usize| {
        let points: Vec<G1> = points.iter().skip(first).step_by(2).copied().collect();
        transform(&points, root.square())
    };
    let (even, odd) = (half(0), half(1));
    let mut power = Fp::ONE;
    let (mut low, mut high) = (Vec::new(), Vec::new());
    for (even, odd) in even.into_iter().zip(odd) {
        low.push(even.plus(&[(odd, power)]));
        high.push(even.plus(&[(odd, -power)]));
        power *= root;
    }
    low.append(&mut high);
    low
}
