//! Every method against the crates of the two functions.

use sha2::{Digest, Sha256};

use super::{Climb, Function, Messages, Method, hash};

#[test]
fn every_method_gives_the_same_digests() {
    // All lengths that trees hash, and those around a block's end; more than all lanes hold.
    let lengths = (0..50).flat_map(|any| [32, 64, 4 * any, 67, 99, 0, 63, 65, 55, 56, 128, 1000]);
    let text = |(index, length): (usize, usize)| {
        (0..length).map(|at| (at * 31 + index * 7) as u8).collect()
    };
    let texts: Vec<Vec<u8>> = lengths.enumerate().map(text).collect();
    for function in [Function::Blake3, Function::Sha256] {
        for count in [0, 1, 2, 3, 15, 16, 17, 40, texts.len()] {
            let mut messages = Messages::default();
            for text in texts.iter().take(count) {
                let (a, b) = text.split_at(text.len() / 3);
                messages.add(&[a, b]);
            }
            for method in Method::ALL.into_iter().filter(|method| method.is_available()) {
                let mut digests = vec![[1; 32]];
                method.hash_all(function, &messages, &mut digests);
                assert_eq!(digests.len(), count);
                for (text, digest) in texts.iter().zip(&digests) {
                    let expected: [u8; 32] = match function {
                        Function::Blake3 => blake3::hash(text).into(),
                        Function::Sha256 => Sha256::digest(text).into(),
                    };
                    assert_eq!(*digest, expected, "{function:?} {method:?}, {} bytes", text.len());
                    assert_eq!(hash(function, &[text]), expected);
                }
            }
        }
    }
}

#[test]
fn every_method_climbs_alike() {
    for count in [0, 1, 7, 16, 100] {
        let start: Vec<[u8; 32]> = (0..count).map(|index| [index as u8; 32]).collect();
        let climb =
            |index: u32| Climb { index, steps: (index % 9) as u8, sides: (index * 37) as u8 };
        let climbs: Vec<Climb> = (0..count as u32).rev().map(climb).collect();
        let mut expected = start.clone();
        for (hash, climb) in expected.iter_mut().zip(climbs.iter().rev()) {
            for step in 0..climb.steps {
                let right = climb.sides >> step & 1 == 1;
                let halves = if right { [[0; 32], *hash] } else { [*hash, [0; 32]] };
                *hash = blake3::hash(halves.as_flattened()).into();
            }
        }
        for method in Method::ALL.into_iter().filter(|method| method.is_available()) {
            let mut hashes = start.clone();
            method.climb(&climbs, &mut hashes);
            assert_eq!(hashes, expected, "{method:?}");
        }
    }
}
