//! The common reference string: 256 points of which nobody knows how they relate.
//!
//! A seed and a counter are hashed to a coordinate; whenever it is the encoding of an element, that
//! element is the next point. Source: EIP-6800's reference implementations.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use super::field::Fp;
use super::group::Affine;

/// Values that one commitment commits to, and points of the reference string.
pub const WIDTH: usize = 256;

/// What Ethereum's reference string is made from.
pub const SEED: &[u8] = b"eth_verkle_oct_2021";

/// SHA-256 of the 256 points' encodings in their order.
pub const DIGEST: [u8; 32] = [
    0x1f, 0xca, 0xea, 0x10, 0xbf, 0x24, 0xf7, 0x50, 0x20, 0x0e, 0x06, 0xfa, 0x47, 0x3c, 0x76, 0xff,
    0x04, 0x68, 0x00, 0x72, 0x91, 0xfa, 0x54, 0x8e, 0x2d, 0x99, 0xf0, 0x9b, 0xa9, 0x25, 0x6f, 0xdb,
];

/// Both coordinates of each point, most significant byte first.
static COORDINATES: &[u8; 64 * WIDTH] = include_bytes!("crs.bin");

static POINTS: LazyLock<Box<[Affine; WIDTH]>> = LazyLock::new(|| {
    let (coordinates, _) = COORDINATES.as_chunks::<32>();
    let (pairs, _) = coordinates.as_chunks::<2>();
    // They are the program's own, and a test holds them to the digest.
    let read = |bytes: &[u8; 32]| Fp::from_be_bytes(bytes).unwrap_or_default();
    let mut points = Box::new([Affine::IDENTITY; WIDTH]);
    for (point, [x, y]) in points.iter_mut().zip(pairs) {
        *point = Affine { x: read(x), y: read(y) };
    }
    points
});

/// Ethereum's reference string. The point for values of inner products is
/// [`Affine::GENERATOR`].
pub fn points() -> &'static [Affine; WIDTH] {
    &POINTS
}

/// Makes a reference string of `count` points from a seed.
#[must_use]
pub fn generate(seed: &[u8], count: usize) -> Vec<Affine> {
    let candidate = |counter: u64| {
        let hash = Sha256::new().chain_update(seed).chain_update(counter.to_be_bytes()).finalize();
        let mut bytes: [u8; 32] = hash.into();
        bytes.reverse();
        let x = Fp::from_le_bytes_reduced(&bytes);
        Affine::from_bytes(&x.to_be_bytes()).ok()
    };
    (0..).filter_map(candidate).take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_points_are_those_that_the_seed_gives() {
        let generated = generate(SEED, WIDTH);
        for (generated, embedded) in generated.iter().zip(points().iter()) {
            assert_eq!((generated.x, generated.y), (embedded.x, embedded.y));
        }
        assert_eq!(generated.len(), WIDTH);
    }

    #[test]
    fn the_embedded_points_have_the_specified_digest() {
        let hash = points().iter().fold(Sha256::new(), |hash, point| {
            assert!(point.is_on_curve() && point.is_in_group());
            hash.chain_update(point.to_bytes())
        });
        assert_eq!(<[u8; 32]>::from(hash.finalize()), DIGEST);
    }
}
