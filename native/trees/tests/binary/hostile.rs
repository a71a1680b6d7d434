//! Witnesses that lie, and bytes that are none: they are refused, and nothing panics.

use std::collections::BTreeMap;

use weakstate_codec::Code;
use weakstate_trees::binary::{Change, Hash, Key, Profile, Tree, Value};

use crate::data::{Random, tree_of};

const HEADER: usize = 9;

/// A witness with all that can be in one.
struct Honest {
    profile: Profile,
    values: BTreeMap<Key, Value>,
    root: Hash,
    bytes: Vec<u8>,
    touched: Vec<Key>,
}

impl Honest {
    fn new(profile: Profile, seed: u64) -> Self {
        let mut random = Random(seed);
        let values = random.values(profile, 60);
        let mut tree = tree_of(profile, &values);
        let mut reads: Vec<Key> = (0..6).map(|_| random.key(profile)).collect();
        reads.extend(values.keys().step_by(7));
        let writes: Vec<Change> = values.keys().step_by(11).map(|key| (*key, None)).collect();
        let bytes = tree.prove(&reads, &writes).unwrap();
        let touched = reads.into_iter().chain(writes.into_iter().map(|(key, _)| key)).collect();
        Self { profile, values, root: tree.root(), bytes, touched }
    }

    /// The lengths of shape and paths.
    fn lengths(&self) -> (usize, usize) {
        let length =
            |at: usize| u32::from_le_bytes(self.bytes[at..at + 4].try_into().unwrap()) as usize;
        (length(1), length(5))
    }

    fn open(&self, bytes: &[u8]) -> Result<Tree, Code> {
        Tree::open(self.profile, &self.root, bytes).map_err(|error| error.code)
    }

    /// Opens bytes that are not those of the honest prover: if they open, they say the truth.
    fn is_refused_or_true(&self, bytes: &[u8]) -> bool {
        let Ok(mut tree) = self.open(bytes) else { return true };
        assert_eq!(tree.encode(), bytes);
        for key in self.values.keys().chain(&self.touched) {
            if let Ok(found) = tree.get(key) {
                assert_eq!(found, self.values.get(key).copied());
            }
        }
        false
    }
}

fn all() -> impl Iterator<Item = Honest> {
    Profile::ALL.into_iter().flat_map(|profile| (1..3).map(move |seed| Honest::new(profile, seed)))
}

#[test]
fn every_byte_counts() {
    for honest in all() {
        assert!(honest.open(&honest.bytes).is_ok());
        for at in 0..honest.bytes.len() {
            for bit in [0, 3, 7] {
                let mut bytes = honest.bytes.clone();
                bytes[at] ^= 1 << bit;
                assert!(honest.is_refused_or_true(&bytes) && honest.open(&bytes).is_err());
            }
        }
        for length in 0..honest.bytes.len() {
            assert_eq!(honest.open(&honest.bytes[..length]).err(), Some(Code::MalformedProof));
        }
        let longer = [&honest.bytes[..], &[0; 32]].concat();
        assert_eq!(honest.open(&longer).err(), Some(Code::MalformedProof));
    }
}

#[test]
fn every_word_counts() {
    for honest in all() {
        let (shape, paths) = honest.lengths();
        let first = HEADER + shape + paths;
        let words = honest.bytes[first..].len() / 32;
        for word in 0..words {
            let at = first + 32 * word;
            let mut bytes = honest.bytes.clone();
            bytes.drain(at..at + 32);
            assert_eq!(honest.open(&bytes).err(), Some(Code::MalformedProof));
            let mut bytes = honest.bytes.clone();
            bytes[at..at + 32].reverse();
            if bytes != honest.bytes {
                assert_eq!(honest.open(&bytes).err(), Some(Code::WrongProof));
            }
            if word > 0 && honest.bytes[at - 32..at] != honest.bytes[at..at + 32] {
                let mut bytes = honest.bytes.clone();
                let (before, after) = bytes.split_at_mut(at);
                before[at - 32..].swap_with_slice(&mut after[..32]);
                assert!(honest.open(&bytes).is_err());
            }
        }
        let mut lie = honest.root;
        lie[31] ^= 1;
        let error = Tree::open(honest.profile, &lie, &honest.bytes).unwrap_err();
        assert_eq!(error.code, Code::WrongProof);
        for profile in Profile::ALL.into_iter().filter(|profile| *profile != honest.profile) {
            let error = Tree::open(profile, &honest.root, &honest.bytes).unwrap_err();
            assert_eq!(error.code, Code::MalformedProof);
        }
    }
}

#[test]
fn what_mutated_witnesses_prove_is_true() {
    let mut random = Random(77);
    for honest in all() {
        let (shape, paths) = honest.lengths();
        let columns = HEADER + shape + paths;
        for _ in 0..4_000 {
            let mut bytes = honest.bytes.clone();
            for _ in 0..1 + random.below(3) {
                let limit = if random.below(2) == 0 { columns } else { bytes.len() };
                let at = random.below(limit as u64) as usize % bytes.len();
                match random.below(5) {
                    0 => bytes[at] = random.next() as u8,
                    1 => bytes[at] ^= 1 << random.below(8),
                    2 => drop(bytes.remove(at)),
                    3 => bytes.insert(at, random.next() as u8),
                    _ => {
                        let at = columns + 32 * (at / 32);
                        if at + 32 <= bytes.len() {
                            bytes.drain(at..at + 32);
                        }
                    }
                }
            }
            if bytes != honest.bytes {
                assert!(honest.is_refused_or_true(&bytes));
            }
        }
    }
}

/// What says how long something is does not make the reader believe it.
#[test]
fn claims_of_length_cost_nothing() {
    for profile in Profile::ALL {
        let tag = Honest::new(profile, 1).bytes[0];
        for shape in [1_u32, 0xffff_ffff] {
            for paths in [0_u32, 0xffff_ffff] {
                let mut bytes = vec![tag];
                bytes.extend(shape.to_le_bytes());
                bytes.extend(paths.to_le_bytes());
                bytes.extend([0b1010_1010; 64]);
                let error = Tree::open(profile, &[1; 32], &bytes).unwrap_err();
                assert_eq!(error.code, Code::MalformedProof);
            }
        }
        // Branches within branches, deeper than keys are long.
        let mut bytes = vec![tag];
        bytes.extend(400_u32.to_le_bytes());
        bytes.extend(0_u32.to_le_bytes());
        bytes.extend([0b1010_1010; 400]);
        let error = Tree::open(profile, &[1; 32], &bytes).unwrap_err();
        assert_eq!(error.code, Code::MalformedProof);
    }
}

/// Bits and words put together to a witness.
fn witness(profile: Profile, shape: &str, paths: &str, words: &[Hash]) -> Vec<u8> {
    let pack = |bits: &str| -> Vec<u8> {
        let bits: Vec<u8> = bits.bytes().filter(|bit| *bit != b' ').map(|bit| bit - b'0').collect();
        bits.chunks(8)
            .map(|bits| bits.iter().enumerate().fold(0, |byte, (at, bit)| byte | bit << (7 - at)))
            .collect()
    };
    let (shape, paths) = (pack(shape), pack(paths));
    let tag = Honest::new(profile, 1).bytes[0];
    let mut bytes = vec![tag];
    bytes.extend((shape.len() as u32).to_le_bytes());
    bytes.extend((paths.len() as u32).to_le_bytes());
    [bytes, shape, paths, words.as_flattened().to_vec()].concat()
}

fn hash(parts: &[&[u8]]) -> Hash {
    *blake3::hash(&parts.concat()).as_bytes()
}

fn bits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:08b}")).collect()
}

/// A stem is hashed as a branch is: its bytes must not pass for the hash of a left child.
#[test]
fn a_stem_is_no_branch() {
    let profile = Profile::Eip7864;
    // Alone in its tree, the stem 0xc0…, whose value is in the lower half.
    let mut key = [0; 32];
    key[0] = 0xc0;
    let key = profile.key(&key).unwrap();
    let values = BTreeMap::from([(key, [1; 32])]);
    let mut tree = tree_of(profile, &values);
    let mut half = hash(&[&[1; 32]]);
    for _ in 0..7 {
        half = hash(&[&half, &[0; 32]]);
    }
    // As if the stem's root were a branch with nothing to the right, where the key leads.
    let mut stem = [0; 32];
    stem[0] = 0xc0;
    assert_eq!(hash(&[&stem, &hash(&[&half, &[0; 32]])]), tree.root());
    // A closed way of one bit, which the key does not take.
    let lie = witness(profile, "10 0 1111", "0000000000 0", &[stem, half]);
    let error = Tree::open(profile, &tree.root(), &lie).unwrap_err();
    assert_eq!(error.code, Code::MalformedProof);
    assert!(error.expected.contains("could be a stem"), "{error}");
    let bytes = tree.prove(&[key], &[]).unwrap();
    assert_eq!(Tree::open(profile, &tree.root(), &bytes).unwrap().get(&key), Ok(Some([1; 32])));
}

/// A branch whose left hash ends with a zero could be a stem that is alone: a value must tell.
#[test]
fn a_branch_is_no_stem() {
    let profile = Profile::Eip7864;
    let mut random = Random(5);
    let (mut tree, left) = loop {
        let keys = [0x00, 0x80].map(|first: u8| {
            let mut bytes = random.value();
            bytes[0] = first;
            profile.key(&bytes).unwrap()
        });
        let tree = tree_of(profile, &keys.into_iter().map(|key| (key, [1; 32])).collect());
        let mut part = tree.clone();
        // The bare hashes of the two: those of the witness of a key that is beside the right one.
        let alone = tree_of(profile, &BTreeMap::from([(keys[0], [1; 32])])).root();
        if alone[31] == 0 {
            // The honest prover shows what is to the left.
            let bytes = part.prove(&[keys[1]], &[]).unwrap();
            let mut opened = Tree::open(profile, &tree.root(), &bytes).unwrap();
            assert_eq!(opened.get(&keys[0]), Ok(Some([1; 32])));
            let right = tree_of(profile, &BTreeMap::from([(keys[1], [1; 32])])).root();
            break ((tree, keys[0], right), alone);
        }
    };
    let (root, right) = (tree.0.root(), tree.2);
    assert_eq!(hash(&[&left, &right]), root);
    // The stem `left[..31]`, of whose root nothing is shown; and below which all is closed.
    let stem = bits(&left[..31]);
    let length = |bits: usize| format!("{:010b}", bits - 1);
    for (end, word) in [(248, right), (249, right)] {
        let path = format!("{}{}{}", length(end), stem, "0".repeat(end - 248));
        let lie = witness(profile, "1111", &path, &[word]);
        let error = Tree::open(profile, &root, &lie).unwrap_err();
        assert_eq!(error.code, Code::MalformedProof);
    }
    let path = format!("{}{}", length(248), stem);
    let lie = witness(profile, "1110 0 0", &path, &[right, right]);
    assert_eq!(Tree::open(profile, &root, &lie).unwrap_err().code, Code::MalformedProof);
    assert_eq!(tree.0.get(&tree.1), Ok(Some([1; 32])));
}
