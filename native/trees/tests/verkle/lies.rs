//! Lies of every kind about random trees: other values, roots and keys, and parts of proofs that
//! are missing, too many, out of place or no parts of proofs.

use weakstate_codec::Code;
use weakstate_trees::verkle::crs;
use weakstate_trees::verkle::field::Fr;
use weakstate_trees::verkle::machine::Machine;
use weakstate_trees::verkle::tree::{Ipa, Opened, SuffixDiff, ssz};

use crate::data::Random;
use crate::honest::Honest;

/// Random trees, and lies about each of them.
const TREES: usize = 40;
const LIES: usize = 60;

#[test]
fn no_other_value_root_or_key_is_proven() {
    let mut random = Random(41);
    let foreign = Honest::random(&mut random).root;
    let mut kinds = [0; 5];
    for _ in 0..TREES {
        let mut honest = Honest::random(&mut random);
        assert_eq!(honest.verdict(), Ok(()));
        for _ in 0..LIES {
            let stem = random.below(honest.diff.len() as u64) as usize;
            let suffixes = honest.diff[stem].suffixes.len() as u64;
            let suffix = random.below(suffixes) as usize;
            let present = honest.proof.depth_extension_present[stem] & 7 == 2;
            let (bits, other) = (random.next(), random.bytes());
            let kind = random.below(5) as usize;
            kinds[kind] += 1;
            match kind {
                0 => drop(honest.refused(|lie| {
                    let current = &mut lie.diff[stem].suffixes[suffix].current;
                    match current {
                        Some(value) => value[bits as usize % 32] ^= 1 << (bits >> 8 & 7),
                        None => *current = Some(other),
                    }
                })),
                1 => drop(honest.refused(|lie| {
                    let current = &mut lie.diff[stem].suffixes[suffix].current;
                    *current = if current.is_some() { None } else { Some([0; 32]) };
                })),
                2 => drop(honest.refused(|lie| {
                    let points = crs::points();
                    lie.root = match bits % 3 {
                        0 => foreign,
                        1 => points[bits as usize % points.len()].to_bytes(),
                        _ => lie.proof.multiproof.d,
                    };
                })),
                // Of a stem that is there each suffix is opened by itself.
                3 if present => drop(honest.refused(|lie| {
                    let suffixes = &mut lie.diff[stem].suffixes;
                    suffixes[suffix].suffix ^= 1 + (bits % 255) as u8;
                    suffixes.sort_by_key(|diff| diff.suffix);
                    suffixes.dedup_by_key(|diff| diff.suffix);
                })),
                4 if present => drop(honest.refused(|lie| {
                    let suffixes = &mut lie.diff[stem].suffixes;
                    if bits & 1 == 0 && suffixes.len() > 1 {
                        suffixes.remove(suffix);
                        return;
                    }
                    let taken = |s: &u8| suffixes.iter().all(|diff| diff.suffix != *s);
                    let free = (0..=255).filter(taken).nth(bits as usize % 200).unwrap();
                    suffixes.push(SuffixDiff { suffix: free, current: None, new: None });
                    suffixes.sort_by_key(|diff| diff.suffix);
                })),
                // Of one that is not there, nothing is.
                _ => honest.true_if_accepted(|lie| {
                    lie.diff[stem].stem[bits as usize % 31] ^= 1 << (bits >> 8 & 7);
                }),
            }
        }
    }
    assert!(kinds.iter().all(|&count| count > TREES * LIES / 10));
}

#[test]
fn every_point_of_a_proof_counts() {
    let mut random = Random(42);
    let neutral = [0; 32];
    for _ in 0..2 {
        let mut honest = Honest::random(&mut random);
        let count = honest.proof.commitments_by_path.len();
        let points = count + 1 + 2 * 8;
        for index in 0..points {
            let own = *point(&mut honest, index);
            let others = [neutral, [0xff; 32], crs::points()[index % 256].to_bytes()];
            for other in others.into_iter().filter(|other| *other != own) {
                honest.refused(|lie| *point(lie, index) = other);
            }
            let code = honest.refused(|lie| point(lie, index)[31] ^= 1);
            assert!(matches!(code, Code::WrongProof | Code::MalformedProof));
            let next = (index + 1) % points;
            let (one, two) = (*point(&mut honest, index), *point(&mut honest, next));
            if one != two {
                honest.refused(|lie| {
                    (*point(lie, index), *point(lie, next)) = (two, one);
                });
                honest.refused(|lie| *point(lie, next) = one);
            }
        }
        for difference in [Fr::ONE, -Fr::ONE, Fr::from(1u64 << 63)] {
            honest.refused(|lie| lie.proof.multiproof.ipa.a += difference);
        }
        honest.refused(|lie| lie.proof.multiproof.ipa.a = Fr::ZERO);
        honest.refused(|lie| lie.proof.commitments_by_path.clear());
        honest.refused(|lie| lie.proof.commitments_by_path.push(neutral));
        honest.refused(|lie| lie.proof.depth_extension_present.clear());
    }
}

/// The commitments by their paths, then `D`, the left points and the right ones.
fn point(honest: &mut Honest, index: usize) -> &mut [u8; 32] {
    let Honest { proof, .. } = honest;
    let (multiproof, commitments) = (&mut proof.multiproof, &mut proof.commitments_by_path);
    let count = commitments.len();
    if index < count {
        return &mut commitments[index];
    }
    match index - count {
        0 => &mut multiproof.d,
        left @ 1..=8 => &mut multiproof.ipa.l[left - 1],
        right => &mut multiproof.ipa.r[right - 9],
    }
}

#[test]
fn a_scalar_has_one_encoding() {
    let honest = Honest::random(&mut Random(43));
    let mut bytes = ssz::encode(&honest.diff, &honest.proof);
    let a = honest.proof.multiproof.ipa.a.to_be_bytes();
    let place = bytes.windows(32).position(|window| window == a).unwrap();
    // The scalar plus the order of the group is the same scalar.
    let order = (-Fr::ONE).to_be_bytes();
    let mut carry = 1u16;
    for ((byte, a), order) in bytes[place..place + 32].iter_mut().zip(a).zip(order).rev() {
        let sum = u16::from(a) + u16::from(order) + carry;
        (*byte, carry) = (sum as u8, sum >> 8);
    }
    assert_eq!(ssz::decode::<Ipa>(&bytes).unwrap_err().code, Code::MalformedProof);
}

/// Claims cost no more than the bytes that they are made in.
#[test]
fn a_million_claimed_stems() {
    let mut honest = Honest::random(&mut Random(44));
    let stems = 1_000_000u32;
    let mut bytes = ssz::encode(&honest.diff, &honest.proof);
    // The first offset of the state diff says how many stems there are.
    bytes[8..12].copy_from_slice(&(4 * stems).to_le_bytes());
    assert_eq!(ssz::decode::<Ipa>(&bytes).unwrap_err().code, Code::MalformedProof);

    let template = honest.diff[0].clone();
    honest.diff.clear();
    for index in 0..stems {
        let mut stem = template.clone();
        stem.stem[..4].copy_from_slice(&index.to_be_bytes());
        stem.suffixes.iter_mut().for_each(|diff| diff.current = None);
        honest.diff.push(stem);
    }
    assert_eq!(honest.verdict(), Err(Code::MalformedProof));
    let bytes = ssz::encode(&honest.diff, &honest.proof);
    assert_eq!(ssz::decode::<Ipa>(&bytes).unwrap_err().code, Code::MalformedProof);

    // As deep as can be: 31 nodes for each, of which no commitment is there.
    honest.proof.depth_extension_present = vec![31 << 3; stems as usize];
    let opened = Opened::read(&honest.root, &honest.proof, &honest.diff, Machine::new(1));
    assert_eq!(opened.unwrap_err().code, Code::MalformedProof);
}
