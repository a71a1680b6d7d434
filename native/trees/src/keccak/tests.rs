//! Every method against the one-message implementation of `alloy-primitives`.

use alloy_primitives::b256;

use super::{Method, hash_all, hash_all_into, keccak256};

/// Bytes absorbed by one permutation.
const RATE: usize = 136;

/// A small generator (splitmix64), so that a failure comes again.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }
}

fn check(messages: &[Vec<u8>]) {
    let inputs: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let expected: Vec<_> = inputs.iter().map(keccak256).collect();
    for method in Method::ALL {
        let mut digests = Vec::new();
        method.hash_all_into(&inputs, &mut digests);
        assert_eq!(digests.len(), expected.len());
        // One failing message says more than two long lists.
        for (place, input) in inputs.iter().enumerate() {
            assert_eq!(
                digests.get(place),
                expected.get(place),
                "{method:?}, message {place} of {}, {} bytes",
                inputs.len(),
                input.len(),
            );
        }
    }
}

#[test]
fn every_length_of_a_few_blocks_alone_and_together() {
    let mut random = Random(1);
    let messages: Vec<Vec<u8>> = (0..=600).map(|length| random.bytes(length)).collect();
    check(&messages);
    let falling: Vec<Vec<u8>> = messages.iter().rev().cloned().collect();
    check(&falling);
    for message in messages {
        check(std::slice::from_ref(&message));
        // Equal messages, in numbers that fill the lanes of each kernel, or nearly so.
        for copies in [2, 3, 4, 5, 7, 8, 9] {
            check(&vec![message.clone(); copies]);
        }
    }
}

#[test]
fn batches_of_mixed_lengths() {
    let mut random = Random(2);
    for count in 0..=70 {
        for longest in [1, 40, RATE, 5 * RATE, 30 * RATE] {
            let messages: Vec<Vec<u8>> = (0..count)
                .map(|_| {
                    let length = random.below(longest + 1);
                    random.bytes(length)
                })
                .collect();
            check(&messages);
        }
    }
}

#[test]
fn block_boundaries_side_by_side() {
    let mut random = Random(3);
    let lengths = [0, 1, 134, 135, 136, 137, 271, 272, 273, 407, 408];
    for _ in 0..200 {
        let count = random.below(20);
        let messages: Vec<Vec<u8>> = (0..count)
            .map(|_| {
                let length = lengths.get(random.below(lengths.len())).copied().unwrap_or_default();
                random.bytes(length)
            })
            .collect();
        check(&messages);
    }
}

#[test]
fn one_huge_message_among_small_ones() {
    let mut random = Random(4);
    for place in [0, 3, 20, 40] {
        for huge in [64 * RATE - 1, 64 * RATE, 100_000] {
            let mut messages: Vec<Vec<u8>> = (0..40).map(|index| random.bytes(index)).collect();
            messages.insert(place, random.bytes(huge));
            check(&messages);
        }
    }
    let long: Vec<Vec<u8>> = (0..30).map(|index| random.bytes((60 + index) * RATE)).collect();
    check(&long);
}

#[test]
fn earlier_digests_are_replaced() {
    let mut digests = vec![keccak256([]); 5];
    hash_all_into(&[b"a", b"b"], &mut digests);
    assert_eq!(digests, [keccak256(b"a"), keccak256(b"b")]);
    hash_all_into(&[], &mut digests);
    assert!(digests.is_empty());
}

#[test]
fn known_digests() {
    let empty = b256!("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    let abc = b256!("4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
    assert_eq!(hash_all(&[b"", b"abc", b""]), [empty, abc, empty]);
}
