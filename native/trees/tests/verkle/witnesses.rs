//! Witnesses of test networks: their proofs hold, and the roots after their blocks follow.

use std::io::Read;

use serde_json::Value;
use weakstate_trees::verkle::threads::Threads;
use weakstate_trees::verkle::tree::{Opened, check_all};

use crate::data::{folder, hex32, json, tables};
use crate::witness::Witness;

/// Opens a witness, makes its writes, and returns the root that the tree then has.
fn root_after(witness: &Witness) -> [u8; 32] {
    let Witness { root, proof, diff } = witness;
    let opened = Opened::read(root, proof, diff, Threads::ONE).unwrap();
    let mut tree = opened.check(Threads::ONE).unwrap();
    for stem in diff {
        for suffix in &stem.suffixes {
            let key = [&stem.stem[..], &[suffix.suffix]].concat().try_into().unwrap();
            assert_eq!(tree.get(&key), Ok(suffix.current));
        }
    }
    let written = tree.write(&witness.writes(), tables(), Threads::ONE).unwrap();
    written.root.point.to_bytes()
}

/// Consecutive payloads, from the one whose state root is where the next one starts.
fn check_chain(payloads: &[Value], wrong: &[&str]) {
    for pair in payloads.windows(2) {
        let witness = Witness::from_json(hex32(&pair[0]["state_root"]), witness_of(&pair[1]));
        let number = pair[1]["block_number"].as_str().unwrap();
        let right = root_after(&witness) == hex32(&pair[1]["state_root"]);
        assert_eq!(right, !wrong.contains(&number), "block {number}");
    }
}

fn witness_of(payload: &Value) -> &Value {
    &payload["execution_witness"]
}

#[test]
fn five_hundred_blocks_of_kaustinen_6() {
    let Some(folder) = folder() else { return };
    let file = std::fs::File::open(folder.join("kaustinen6/payloads_1_500.jsonl.zst")).unwrap();
    let mut text = String::new();
    let mut decoder = ruzstd::decoding::StreamingDecoder::new(file).unwrap();
    decoder.read_to_string(&mut text).unwrap();
    let mut payloads: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // The first line is a placeholder for the genesis block.
    payloads[0]["state_root"] =
        Value::from("0x1fbf85345a3cbba9a6d44f991b721e55620a22397c2a93ee8d5011136ac300ee");
    assert_eq!(payloads.len(), 501);
    // A fork wrote to the state of block 1 outside of its witness.
    check_chain(&payloads, &["1"]);

    // A batch of blocks holds at once, and the one that lies is found.
    let mut witnesses: Vec<Witness> = payloads
        .windows(2)
        .skip(60)
        .take(30)
        .map(|pair| Witness::from_json(hex32(&pair[0]["state_root"]), witness_of(&pair[1])))
        .collect();
    let open = |witnesses: &[Witness]| {
        let open = |w: &Witness| Opened::read(&w.root, &w.proof, &w.diff, Threads::ONE).unwrap();
        check_all(witnesses.iter().map(open).collect(), Threads::ONE)
    };
    assert_eq!(open(&witnesses).unwrap().len(), 30);
    let diff = &mut witnesses[17].diff;
    let suffix = diff.iter_mut().flat_map(|stem| &mut stem.suffixes).find(|s| s.current.is_some());
    suffix.unwrap().current.as_mut().unwrap()[5] ^= 1;
    assert_eq!(open(&witnesses).unwrap_err().0, 17);
}

#[test]
fn blocks_of_older_networks() {
    let Some(file) = json("ethereumjs/kaustinen3_block15.json") else { return };
    let pair = |block: &Value| [block["parent"].clone(), block["execute"].clone()];
    check_chain(&pair(&file["block15"]), &[]);
    for name in ["kaustinen4_blocks_353_368_374_479", "kaustinen2_blocks_12_13_16"] {
        for block in json(&format!("ethereumjs/{name}.json")).unwrap().as_object().unwrap().values() {
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
        let opened = Opened::read(&root, &proof, &diff, Threads::ONE);
        opened.unwrap().check(Threads::ONE).unwrap()
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
