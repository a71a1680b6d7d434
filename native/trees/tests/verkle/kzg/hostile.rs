//! Witnesses that lie, and bytes that are none: they are refused, and nothing panics.

use weakstate_codec::Code;
use weakstate_trees::kzg::curve::G1;
use weakstate_trees::kzg::setup::Setup;
use weakstate_trees::kzg::{Kzg, Multiproof, hash};
use weakstate_trees::verkle::field::Fp;
use weakstate_trees::verkle::machine::Machine;
use weakstate_trees::verkle::tree::{Proof, StateDiff, ssz};

use super::{Whole, diff, open, root, whole};
use crate::data::Random;
use crate::honest::key;

/// An honest witness with all that can be in one, and the whole tree.
struct Honest {
    tree: Whole,
    root: [u8; 32],
    proof: Proof<Kzg>,
    diff: StateDiff,
}

impl Honest {
    fn new() -> Self {
        let present = [
            (key(&[1, 1], 0), [1; 32]),
            (key(&[1, 1], 200), [2; 32]),
            (key(&[1, 2, 3], 5), [3; 32]),
            (key(&[7], 1), [0; 32]),
        ];
        let mut tree = whole(&present);
        let keys = [
            key(&[1, 1], 0),
            key(&[1, 1], 1),
            key(&[1, 1], 201),
            // Beside a present stem, where another one stands, and nothing.
            key(&[1, 1, 5], 0),
            key(&[7, 1], 1),
            key(&[200, 1], 0),
        ];
        let proven = tree.prove(&keys, Setup::get(), Machine::new(1)).unwrap();
        let diff = diff(&proven);
        Self { root: root(&tree), proof: proven.proof, diff, tree }
    }

    fn verdict(&self) -> Result<(), Code> {
        open(&self.root, &self.proof, &self.diff).map(drop).map_err(|error| error.code)
    }

    /// Whether all values are what the tree holds.
    fn is_true(&mut self) -> bool {
        let tree = &mut self.tree;
        self.diff.iter().all(|stem| {
            stem.suffixes
                .iter()
                .all(|diff| tree.get(&key(&stem.stem, diff.suffix)) == Ok(diff.current))
        })
    }

    /// Lets a lie be told, and checks that it is found; then takes it back.
    fn refused(&mut self, lie: impl FnOnce(&mut Self)) -> Code {
        let (proof, diff, root) = (self.proof.clone(), self.diff.clone(), self.root);
        lie(self);
        let changed = (&self.proof, &self.diff, self.root) != (&proof, &diff, root);
        let verdict = self.verdict();
        (self.proof, self.diff, self.root) = (proof, diff, root);
        assert!(changed, "no lie");
        verdict.unwrap_err()
    }
}

/// A point of the curve outside the group: whoever checks the curve alone takes it.
fn outside() -> [u8; 48] {
    let mut bytes = [0; 48];
    bytes[0] = 0x80;
    (1..=255u8)
        .find_map(|x| {
            bytes[47] = x;
            let verdict = G1::from_bytes(&bytes);
            (verdict.is_err_and(|error| error.to_string().contains("outside"))).then_some(bytes)
        })
        .unwrap()
}

#[test]
fn every_statement_counts() {
    let mut honest = Honest::new();
    assert_eq!(honest.verdict(), Ok(()));
    for index in 0..honest.proof.depth_extension_present.len() {
        for byte in [0, 0x08, 0x09, 0x0a, 0x10, 0x11, 0x12, 0x1a, 0xff] {
            if honest.proof.depth_extension_present[index] != byte {
                honest.refused(|lie| lie.proof.depth_extension_present[index] = byte);
            }
        }
    }
    let other = G1::generator().to_bytes();
    for index in 0..honest.proof.commitments_by_path.len() {
        let code = honest.refused(|lie| lie.proof.commitments_by_path[index] = other);
        assert_eq!(code, Code::WrongProof);
        for bytes in [[0xff; 48], [0; 48], outside()] {
            let code = honest.refused(|lie| lie.proof.commitments_by_path[index] = bytes);
            assert_eq!(code, Code::MalformedProof);
        }
        let code = honest.refused(|lie| {
            lie.proof.commitments_by_path.remove(index);
        });
        assert_eq!(code, Code::MalformedProof);
        let code = honest.refused(|lie| lie.proof.commitments_by_path.insert(index, other));
        assert_eq!(code, Code::MalformedProof);
    }
    honest.refused(|lie| lie.proof.commitments_by_path.swap(0, 1));
    for index in 0..honest.proof.other_stems.len() {
        honest.refused(|lie| lie.proof.other_stems[index][30] ^= 1);
    }
    // What comes after a block is not part of this form.
    let code = honest.refused(|lie| lie.diff[0].suffixes[0].new = Some([1; 32]));
    assert_eq!(code, Code::MalformedProof);
}

#[test]
fn every_part_of_the_proof_counts() {
    fn proof(honest: &mut Honest) -> &mut Multiproof {
        &mut honest.proof.multiproof.multiproof
    }
    let mut honest = Honest::new();
    let other = G1::generator().to_bytes();
    let identity = G1::IDENTITY.to_bytes();
    for bytes in [other, identity] {
        assert_eq!(honest.refused(|lie| proof(lie).d = bytes), Code::WrongProof);
        assert_eq!(honest.refused(|lie| proof(lie).sigma = bytes), Code::WrongProof);
    }
    assert_eq!(honest.refused(|lie| proof(lie).d = outside()), Code::MalformedProof);
    assert_eq!(honest.refused(|lie| proof(lie).sigma = outside()), Code::MalformedProof);
    assert_eq!(honest.refused(|lie| proof(lie).y += Fp::ONE), Code::WrongProof);
    // The root is the one that the header names, or none.
    let code = honest.refused(|lie| lie.proof.multiproof.root = other);
    assert_eq!(code, Code::WrongProof);
    let code = honest.refused(|lie| {
        lie.proof.multiproof.root = other;
        lie.root = hash(&other);
    });
    assert_eq!(code, Code::WrongProof);
    assert_eq!(honest.refused(|lie| lie.root[0] ^= 1), Code::WrongProof);
    assert_eq!(honest.refused(|lie| lie.root = [0; 32]), Code::WrongProof);
    let code = honest.refused(|lie| {
        lie.proof.multiproof.root = outside();
        lie.root = hash(&outside());
    });
    assert_eq!(code, Code::MalformedProof);
}

#[test]
fn every_value_counts() {
    let mut honest = Honest::new();
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
        }
        honest.refused(|lie| drop(lie.diff.remove(stem)));
    }
}

#[test]
fn a_witness_has_one_encoding_and_none_that_lies() {
    let mut honest = Honest::new();
    let bytes = ssz::encode(&honest.diff, &honest.proof);
    assert_eq!(ssz::decode(&bytes).unwrap(), (honest.diff.clone(), honest.proof.clone()));
    let mut random = Random(78);
    let mut read = 0;
    for round in 0..20_000 {
        let mut mutated = bytes.clone();
        let index = random.below(mutated.len() as u64) as usize;
        match random.below(4) {
            0 => mutated[index] = random.next() as u8,
            1 => mutated[index] ^= 1 << random.below(8),
            2 => drop(mutated.remove(index)),
            _ => mutated.insert(index, random.next() as u8),
        }
        let Ok((diff, proof)) = ssz::decode(&mutated) else { continue };
        assert_eq!(ssz::encode(&diff, &proof), mutated);
        read += 1;
        if round % 40 == 0 {
            (honest.diff, honest.proof) = (diff, proof);
            assert!(honest.verdict().is_err() || honest.is_true());
        }
    }
    assert!(read > 1_000);
    // A scalar has one encoding as well: the order of the group is no zero.
    let y = bytes.windows(32).position(|window| window == honest_y(&bytes).to_le_bytes());
    let order = "01000000fffffffffe5bfeff02a4bd5305d8a10908d83933487d9d2953a7ed73";
    let mut mutated = bytes.clone();
    mutated[y.unwrap()..][..32].copy_from_slice(&const_hex::decode(order).unwrap());
    assert_eq!(ssz::decode::<Kzg>(&mutated).unwrap_err().code, Code::MalformedProof);
}

fn honest_y(bytes: &[u8]) -> Fp {
    ssz::decode::<Kzg>(bytes).unwrap().1.multiproof.multiproof.y
}
