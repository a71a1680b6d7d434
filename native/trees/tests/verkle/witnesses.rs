//! Witnesses of test networks: their proofs hold, and the roots after their blocks follow.

use std::fs::File;
use std::io::Read;

use alloy_primitives::KECCAK256_EMPTY;
use serde_json::Value;
use weakstate_trees::verkle::keys::KeyHasher;
use weakstate_trees::verkle::machine::Machine;
use weakstate_trees::verkle::tree::{Key, Opened, Tree, check_all};

use crate::data::{folder, hex32, json, tables};
use crate::json::Witness;

/// The values before the block.
fn values(witness: &Witness) -> Vec<(Key, Option<[u8; 32]>)> {
    witness.diffs().map(|(key, diff)| (key, diff.current)).collect()
}

/// Opens a witness, makes its writes, and returns the root that the tree then has.
fn root_after(witness: &Witness) -> [u8; 32] {
    let opened =
        Opened::read(&witness.root, &witness.proof, &witness.diff, Machine::new(1)).unwrap();
    let mut tree = opened.check(Machine::new(1)).unwrap();
    for (key, value) in values(witness) {
        assert_eq!(tree.get(&key), Ok(value));
    }
    let written = tree.write(&witness.writes(), tables(), Machine::new(1)).unwrap();
    written.root.point.to_bytes()
}

/// Checks consecutive payloads, of which the first only says where the second starts.
fn check_chain(payloads: &[Value], wrong: &[&str]) {
    for (witness, payload) in witnesses(payloads).zip(&payloads[1..]) {
        let number = payload["block_number"].as_str().unwrap();
        let right = root_after(&witness) == hex32(&payload["state_root"]);
        assert_eq!(right, !wrong.contains(&number), "block {number}");
    }
}

/// The placeholder of the genesis block with its root, and blocks 1 to 500.
fn kaustinen_6() -> Option<Vec<Value>> {
    let file = File::open(folder()?.join("kaustinen6/payloads_1_500.jsonl.zst")).unwrap();
    let mut text = String::new();
    ruzstd::decoding::StreamingDecoder::new(file).unwrap().read_to_string(&mut text).unwrap();
    let mut payloads: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(payloads.len(), 501);
    payloads[0]["state_root"] =
        Value::from("0x1fbf85345a3cbba9a6d44f991b721e55620a22397c2a93ee8d5011136ac300ee");
    Some(payloads)
}

fn witnesses(payloads: &[Value]) -> impl Iterator<Item = Witness> {
    payloads.windows(2).map(|pair| Witness::of_payload(&pair[0], &pair[1]))
}

/// Leaves that block 1 wrote outside of its witness: the header of an account that holds the hashes
/// of blocks, with the hash of no code.
fn leaves_of_the_history_account() -> Vec<(Key, [u8; 32])> {
    let hasher = KeyHasher::new(KeyHasher::VERIFIER, Machine::new(1));
    let mut address = [0; 32];
    address[12..].fill(0xff);
    address[31] = 0xfe;
    let points = hasher.addresses(&[address], Machine::new(1));
    let stem = hasher.stems(&[(points[0], [0; 32])], Machine::new(1))[0];
    let leaf = |suffix: u8| {
        let value = if suffix == 3 { KECCAK256_EMPTY.0 } else { [0; 32] };
        ([&stem[..], &[suffix]].concat().try_into().unwrap(), value)
    };
    (0..4).map(leaf).collect()
}

#[test]
fn five_hundred_blocks_of_kaustinen_6() {
    let Some(payloads) = kaustinen_6() else { return };
    check_chain(&payloads, &["1"]);

    // A batch of blocks holds at once, and the one that lies is found.
    let mut witnesses: Vec<Witness> = witnesses(&payloads).skip(60).take(30).collect();
    let open = |witnesses: &[Witness]| {
        let open = |w: &Witness| Opened::read(&w.root, &w.proof, &w.diff, Machine::new(1)).unwrap();
        check_all(witnesses.iter().map(open).collect(), Machine::new(1))
    };
    assert_eq!(open(&witnesses).unwrap().len(), 30);
    let diff = &mut witnesses[17].diff;
    let suffix = diff.iter_mut().flat_map(|stem| &mut stem.suffixes).find(|s| s.current.is_some());
    suffix.unwrap().current.as_mut().unwrap()[5] ^= 1;
    assert_eq!(open(&witnesses).unwrap_err().0, 17);
}

#[test]
fn a_sequencer_of_kaustinen_6_gives_the_same_bytes() {
    let Some(payloads) = kaustinen_6() else { return };
    let genesis =
        std::fs::read_to_string(folder().unwrap().join("besu-verkle-trie/gen-devnet-6.csv"));
    let genesis: Vec<(Key, [u8; 32])> = genesis
        .unwrap()
        .lines()
        .filter_map(|line| {
            let mut words = line.split(',').map(|word| Value::from(word.trim()));
            Some((hex32(&words.next()?), hex32(&words.next()?)))
        })
        .collect();
    let mut tree = Tree::new();
    tree.write(&genesis, tables(), Machine::new(1)).unwrap();
    for (witness, number) in witnesses(&payloads).zip(1..) {
        assert_eq!(tree.root().point.to_bytes(), witness.root, "before block {number}");
        // Proving takes long where tables are small: the busy blocks of the first half will do.
        if number % 50 == 1 || (50..120).contains(&number) {
            let keys: Vec<Key> = witness.diffs().map(|(key, _)| key).collect();
            let proven = tree.prove(&keys, tables(), Machine::new(1)).unwrap();
            assert_eq!(proven.proof, witness.proof, "block {number}");
            assert_eq!(proven.values, values(&witness), "block {number}");
        }
        let mut writes = witness.writes();
        if number == 1 {
            writes.extend(leaves_of_the_history_account());
        }
        tree.write(&writes, tables(), Machine::new(1)).unwrap();
    }
}

#[test]
fn blocks_of_older_networks() {
    let Some(file) = json("ethereumjs/kaustinen3_block15.json") else { return };
    let pair = |block: &Value| [block["parent"].clone(), block["execute"].clone()];
    check_chain(&pair(&file["block15"]), &[]);
    for name in ["kaustinen4_blocks_353_368_374_479", "kaustinen2_blocks_12_13_16"] {
        for block in json(&format!("ethereumjs/{name}.json")).unwrap().as_object().unwrap().values()
        {
            check_chain(&pair(block), &[]);
        }
    }
    let payloads = json("ethereumjs/kaustinen2_test_8_payloads.json").unwrap();
    check_chain(payloads.as_array().unwrap(), &[]);
}

#[test]
fn blocks_that_came_alone() {
    let Some(file) = json("rust-verkle/embedded_witness_block_0x62.json") else { return };
    let open = |root: [u8; 32], witness: &Value| {
        let Witness { root, proof, diff } = Witness::from_json(root, witness);
        let opened = Opened::read(&root, &proof, &diff, Machine::new(1));
        opened.unwrap().check(Machine::new(1)).unwrap()
    };
    open(hex32(&file["preStateRoot"]), &file["executionWitness"]);
    let roots = [
        (1, "0x1fbf85345a3cbba9a6d44f991b721e55620a22397c2a93ee8d5011136ac300ee"),
        (72, "0x64e1a647f42e5c2e3c434531ccf529e1b3e93363a40db9fc8eec81f492123510"),
        (73, "0x18d1dfcc6ccc6f34d14af48a865895bf34bde7f3571d9ba24a4b98122841048c"),
    ];
    for (number, root) in roots {
        let root = hex32(&Value::from(root));
        let file = json(&format!("rust-verkle/valid_block_{number}.json")).unwrap();
        open(root, &file["executionWitness"]);
        if number > 1 {
            let file = json(&format!("ethereumjs/kaustinen6_block{number}.json")).unwrap();
            let witness = Witness::from_json(root, &file["executionWitness"]);
            assert_eq!(root_after(&witness), hex32(&file["header"]["stateRoot"]));
        }
    }
}
