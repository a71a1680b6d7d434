//! Damages Verkle witnesses for a while: `verkle_fuzz [SECONDS [SEED]]`; `make fuzz` calls it.
//!
//! What is read must be what would be written, what is accepted must be what the tree holds, and
//! nothing may panic. Stops at the first input of which that is not so, and says which it was.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a tool of the tests, not a library"
)]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use weakstate_trees::verkle::crs;
use weakstate_trees::verkle::machine::Machine;
use weakstate_trees::verkle::tree::{Key, Opened, Proof, ssz};

#[path = "../tests/verkle/data.rs"]
#[expect(dead_code, reason = "tests use the rest")]
mod data;
#[path = "../tests/verkle/honest.rs"]
#[expect(dead_code, reason = "tests use the rest")]
mod honest;

use data::{Random, tables};
use honest::{Honest, random_key};

/// Witnesses that parts are taken from, and inputs after which one of them is replaced.
const POOL: usize = 12;
const REPLACED: u64 = 500;

/// How far inputs got.
#[derive(Debug, Default)]
struct Counts {
    inputs: u64,
    read: u64,
    opened: u64,
    accepted: u64,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().map_or(60.0, |seconds| seconds.parse().unwrap());
    let seed = arguments.next().map_or_else(
        || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64 | 1,
        |seed| seed.parse().unwrap(),
    );
    println!("seed {seed}");
    let mut random = Random(seed);
    let mut pool: Vec<Honest> = (0..POOL).map(|_| Honest::random(&mut random)).collect();
    let mut counts = Counts::default();
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    while Instant::now() < end {
        if counts.inputs % REPLACED == REPLACED - 1 {
            let index = random.below(POOL as u64) as usize;
            pool[index] = Honest::random(&mut random);
        }
        counts.inputs += 1;
        let (chosen, other) = (random.below(POOL as u64), random.below(POOL as u64));
        let bytes = damaged(&mut random, &pool[chosen as usize], &pool[other as usize]);
        let tried = catch_unwind(AssertUnwindSafe(|| {
            try_input(&mut random, &mut pool[chosen as usize], &bytes, &mut counts);
        }));
        if let Err(panic) = tried {
            let name = "fuzz-failure-verkle.bin";
            std::fs::write(name, &bytes).unwrap();
            eprintln!("input {} of seed {seed}, kept as {name}", counts.inputs);
            resume_unwind(panic);
        }
    }
    println!("{counts:?}, nothing found");
}

/// The bytes of a witness of which parts were changed, then of bytes that were.
fn damaged(random: &mut Random, honest: &Honest, other: &Honest) -> Vec<u8> {
    let (mut diff, mut proof) = (honest.diff.clone(), honest.proof.clone());
    for _ in 0..random.below(3) {
        let stem = random.below(diff.len() as u64) as usize;
        let suffixes = diff[stem].suffixes.len() as u64;
        let suffix = &mut diff[stem].suffixes[random.below(suffixes) as usize];
        match random.below(6) {
            0 => suffix.suffix = random.next() as u8,
            1 => suffix.current = suffix.current.is_none().then(|| random.bytes()),
            2 => suffix.new = Some(random.bytes()),
            3 => diff[stem].stem[random.below(31) as usize] ^= 1 << random.below(8),
            _ => damage_proof(random, &mut proof, &other.proof),
        }
    }
    let mut bytes = ssz::encode(&diff, &proof);
    for _ in 0..random.below(4) {
        let index = random.below(bytes.len() as u64) as usize;
        match random.below(6) {
            0 => bytes[index] = random.next() as u8,
            1 => bytes[index] ^= 1 << random.below(8),
            2 if bytes.len() > 1 => drop(bytes.remove(index)),
            3 => bytes.insert(index, random.next() as u8),
            4 => bytes.truncate(index.max(1)),
            _ => {
                let end = (index + random.below(64) as usize).min(bytes.len());
                let copied = bytes[index..end].to_vec();
                let place = random.below(bytes.len() as u64) as usize;
                bytes.splice(place..place, copied);
            }
        }
    }
    bytes
}

fn damage_proof(random: &mut Random, proof: &mut Proof, other: &Proof) {
    let mut index = |length: usize| random.below(length.max(1) as u64) as usize;
    let commitments = &mut proof.commitments_by_path;
    if commitments.is_empty() {
        return;
    }
    let (one, two) = (index(commitments.len()), index(commitments.len()));
    let byte = index(proof.depth_extension_present.len());
    match index(9) {
        0 => commitments.swap(one, two),
        1 => commitments[one] = commitments[two],
        2 => commitments[one] = [0; 32],
        3 => commitments[one] = crs::points()[two].to_bytes(),
        4 => drop(commitments.remove(one)),
        5 => proof.depth_extension_present[byte] ^= 1 << index(8),
        6 => proof.other_stems.clone_from(&other.other_stems),
        7 => proof.multiproof = other.multiproof,
        _ => proof.multiproof.ipa.l.swap(0, 1 + index(7)),
    }
}

/// Reads and opens bytes as a witness of the honest one's tree.
fn try_input(random: &mut Random, honest: &mut Honest, bytes: &[u8], counts: &mut Counts) {
    let Ok((diff, proof)) = ssz::decode(bytes) else { return };
    counts.read += 1;
    assert_eq!(ssz::encode(&diff, &proof), bytes);
    let machine = Machine::new(1);
    let machine = if random.below(4) == 0 { machine.portable() } else { machine };
    let Ok(opened) = Opened::read(&honest.root, &proof, &diff, machine) else { return };
    counts.opened += 1;
    let Ok(mut tree) = opened.check(machine) else { return };
    counts.accepted += 1;
    let kept = std::mem::replace(&mut honest.diff, diff);
    assert!(honest.is_true());
    let diff = std::mem::replace(&mut honest.diff, kept);
    let mut keys: Vec<Key> = (0..4).map(|_| random_key(random)).collect();
    for stem in &diff {
        keys.extend(stem.suffixes.iter().map(|diff| honest::key(&stem.stem, diff.suffix)));
    }
    for key in keys {
        if let Ok(value) = tree.get(&key) {
            assert_eq!(honest.tree.get(&key), Ok(value));
            // Holes may be in the way, nothing worse.
            let _ = tree.clone().write(&[(key, random.bytes())], tables(), Machine::new(1));
        }
    }
}
