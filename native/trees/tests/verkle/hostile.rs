//! Witnesses that lie, and bytes that are none: they are refused, and nothing panics.

use std::collections::BTreeMap;

use weakstate_codec::Code;
use weakstate_trees::verkle::crs;
use weakstate_trees::verkle::field::Fr;
use weakstate_trees::verkle::machine::Machine;
use weakstate_trees::verkle::tree::{Ipa, Tree, Value, ssz};

use crate::data::{Random, tables};
use crate::honest::{Honest, diff, key};

/// A witness with all that can be in one.
fn everything() -> Honest {
    let value = |byte: u8| -> Value { [byte; 32] };
    let present = [
        (key(&[1, 1], 0), value(1)),
        (key(&[1, 1], 200), value(2)),
        (key(&[1, 2, 3], 5), value(3)),
        (key(&[1, 2, 4], 5), value(0)),
        (key(&[7], 1), value(4)),
        (key(&[9, 9, 9], 1), value(5)),
    ];
    let keys = [
        key(&[1, 1], 0),
        key(&[1, 1], 1),
        key(&[1, 1], 201),
        // Beside a present stem.
        key(&[1, 1, 5], 0),
        key(&[1, 2, 3], 5),
        key(&[1, 2, 9], 0),
        // Where other stems stand, twice under one.
        key(&[7, 1], 1),
        key(&[7, 2], 1),
        key(&[9, 9], 1),
        // Nothing.
        key(&[200, 1], 0),
        key(&[200, 2], 0),
    ];
    Honest::new(&present, &keys, &BTreeMap::from([(keys[0], value(9))]))
}

#[test]
fn every_statement_counts() {
    let mut honest = everything();
    assert_eq!(honest.verdict(), Ok(()));
    assert_eq!(honest.proof.depth_extension_present.len(), 9);
    assert_eq!(honest.proof.other_stems.len(), 2);

    for index in 0..honest.proof.depth_extension_present.len() {
        for byte in 0..=255 {
            if honest.proof.depth_extension_present[index] != byte {
                honest.refused(|lie| lie.proof.depth_extension_present[index] = byte);
            }
        }
        let code = honest.refused(|lie| {
            lie.proof.depth_extension_present.remove(index);
        });
        assert_eq!(code, Code::MalformedProof);
    }
    honest.refused(|lie| lie.proof.depth_extension_present.push(0x0a));

    for index in 0..honest.proof.commitments_by_path.len() {
        let other = crs::points()[index].to_bytes();
        let code = honest.refused(|lie| lie.proof.commitments_by_path[index] = other);
        assert_eq!(code, Code::WrongProof);
        let code = honest.refused(|lie| lie.proof.commitments_by_path[index] = [0xff; 32]);
        assert_eq!(code, Code::MalformedProof);
        let code = honest.refused(|lie| {
            lie.proof.commitments_by_path.remove(index);
        });
        assert_eq!(code, Code::MalformedProof);
        honest.refused(|lie| lie.proof.commitments_by_path.insert(index, other));
    }
    honest.refused(|lie| lie.proof.commitments_by_path.swap(0, 1));
    honest.refused(|lie| lie.proof.multiproof.ipa.a += Fr::ONE);
    honest.refused(|lie| lie.root = crs::points()[0].to_bytes());
    assert_eq!(honest.refused(|lie| lie.root = [0xff; 32]), Code::MalformedProof);
    honest.refused(|lie| lie.root = [0; 32]);
}

#[test]
fn every_other_stem_counts() {
    let mut honest = everything();
    for index in 0..honest.proof.other_stems.len() {
        for byte in 0..31 {
            honest.refused(|lie| lie.proof.other_stems[index][byte] ^= 1);
        }
        let code = honest.refused(|lie| {
            lie.proof.other_stems.remove(index);
        });
        assert_eq!(code, Code::MalformedProof);
        let code = honest.refused(|lie| {
            let stem = lie.proof.other_stems[index];
            lie.proof.other_stems.insert(index, stem);
        });
        assert_eq!(code, Code::MalformedProof);
    }
    assert_eq!(honest.refused(|lie| lie.proof.other_stems.reverse()), Code::MalformedProof);
    let code = honest.refused(|lie| lie.proof.other_stems.push([0xee; 31]));
    assert_eq!(code, Code::MalformedProof);
}

#[test]
fn every_value_counts() {
    let mut honest = everything();
    for stem in 0..honest.diff.len() {
        for suffix in 0..honest.diff[stem].suffixes.len() {
            honest.refused(|lie| {
                let current = &mut lie.diff[stem].suffixes[suffix].current;
                *current = if current.is_some() { None } else { Some([0; 32]) };
            });
            honest.refused(|lie| {
                let current = &mut lie.diff[stem].suffixes[suffix].current;
                current.get_or_insert([0; 32])[31] ^= 1;
            });
            // Of an absent stem everything is absent.
            honest.true_if_accepted(|lie| lie.diff[stem].suffixes[suffix].suffix ^= 0x41);
            honest.true_if_accepted(|lie| {
                lie.diff[stem].suffixes.remove(suffix);
            });
        }
        honest.true_if_accepted(|lie| lie.diff[stem].stem[30] ^= 1);
        honest.true_if_accepted(|lie| lie.diff[stem].stem[0] ^= 1);
        honest.refused(|lie| drop(lie.diff.remove(stem)));
        let code = honest.refused(|lie| lie.diff.insert(stem, lie.diff[stem].clone()));
        assert_eq!(code, Code::MalformedProof);
        let code = honest.refused(|lie| lie.diff[stem].suffixes.clear());
        assert_eq!(code, Code::MalformedProof);
    }
    assert_eq!(honest.refused(|lie| lie.diff.swap(0, 1)), Code::MalformedProof);
    // What a block writes is not what the proof is about.
    honest.diff[0].suffixes[0].new = Some([0xab; 32]);
    assert_eq!(honest.verdict(), Ok(()));
}

/// A stem that is there must not be proven absent by naming it as the one that stands in its place,
/// nor by hiding it behind an empty slot that another stem's path passes through.
#[test]
fn contradictions_prove_nothing() {
    let value = [1; 32];
    let (one, two) = (key(&[1, 1], 0), key(&[1, 2], 0));
    let mut tree = Tree::new();
    tree.write(&[(one, value), (two, value)], tables(), Machine::new(1)).unwrap();
    let root = tree.root().point.to_bytes();
    let proven = tree.prove(&[one, two], tables(), Machine::new(1)).unwrap();
    let mut lie =
        Honest { root, diff: diff(&proven.values, &BTreeMap::new()), proof: proven.proof, tree };
    assert_eq!(lie.verdict(), Ok(()));
    lie.diff[0].suffixes[0].current = None;
    assert_eq!(lie.verdict(), Err(Code::WrongProof));
    lie.proof.depth_extension_present = vec![1 << 3, 2 << 3 | 2];
    assert_eq!(lie.verdict(), Err(Code::MalformedProof));

    lie.diff.truncate(1);
    lie.proof = lie.tree.prove(&[one], tables(), Machine::new(1)).unwrap().proof;
    lie.proof.other_stems = vec![one[..31].try_into().unwrap()];
    lie.proof.depth_extension_present = vec![2 << 3 | 1];
    lie.proof.commitments_by_path.truncate(2);
    assert_eq!(lie.verdict(), Err(Code::MalformedProof));
}

#[test]
fn a_witness_has_one_encoding() {
    let honest = everything();
    let bytes = ssz::encode(&honest.diff, &honest.proof);
    let (diff, proof) = ssz::decode(&bytes).unwrap();
    assert_eq!((&diff, &proof), (&honest.diff, &honest.proof));
    for length in 0..bytes.len() {
        let error = ssz::decode(&bytes[..length]);
        // Cut between two commitments or within the extensions, the rest still reads: it is
        // another witness.
        if let Ok((diff, proof)) = error {
            assert_ne!((diff, proof), (honest.diff.clone(), honest.proof.clone()));
        }
    }
    let mut random = Random(77);
    let mut accepted = 0;
    for _ in 0..20_000 {
        let mut mutated = bytes.clone();
        for _ in 0..1 + random.below(3) {
            let index = random.below(mutated.len() as u64) as usize;
            match random.below(4) {
                0 => mutated[index] = random.next() as u8,
                1 => mutated[index] ^= 1 << random.below(8),
                2 => drop(mutated.remove(index)),
                _ => mutated.insert(index, random.next() as u8),
            }
        }
        if let Ok((diff, proof)) = ssz::decode::<Ipa>(&mutated) {
            assert_eq!(ssz::encode(&diff, &proof), mutated);
            accepted += 1;
        }
    }
    assert!(accepted > 1_000);
}

#[test]
fn what_mutated_witnesses_prove_is_true() {
    let mut honest = everything();
    let bytes = ssz::encode(&honest.diff, &honest.proof);
    let mut random = Random(78);
    for _ in 0..400 {
        let mut mutated = bytes.clone();
        let index = random.below(mutated.len() as u64) as usize;
        mutated[index] ^= 1 << random.below(8);
        if let Ok((diff, proof)) = ssz::decode(&mutated) {
            (honest.diff, honest.proof) = (diff, proof);
            assert!(honest.verdict().is_err() || honest.is_true());
        }
    }
}
