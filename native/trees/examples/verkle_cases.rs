//! Makes and verifies Verkle proofs as JSON, a line each from standard input, so that they can be
//! compared with those of other implementations; `tests/interop` calls it.
//!
//! ```text
//! verkle_cases make     {"pairs": [[key, value], …], "keys": [key, …], "writes": [[key, value], …]}
//!                    →  {"preRoot", "postRoot", "verkleProof", "stateDiff"}
//! verkle_cases verify   the latter
//!                    →  {"error": nothing, or why it is refused}
//! ```
#![expect(clippy::unwrap_used, reason = "a tool of the tests, not a library")]

use std::io::{self, BufRead, Write};

use serde_json::{Value as Json, json};
use weakstate_trees::verkle::machine::Machine;
use weakstate_trees::verkle::msm::{Budget, Tables};
use weakstate_trees::verkle::tree::{
    Key, Opened, Proof, StateDiff, StemDiff, SuffixDiff, Tree, Value,
};

#[path = "../tests/verkle/json.rs"]
#[expect(dead_code, reason = "tests use the rest")]
mod json;

fn main() {
    let tables = Tables::new(Budget::VERIFIER, Machine::new(1));
    let answer: fn(&Json, &Tables) -> Json = match std::env::args().nth(1).as_deref() {
        Some("make") => make,
        Some("verify") => verify,
        _ => {
            eprintln!("usage: verkle_cases make|verify < LINES");
            std::process::exit(2);
        }
    };
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = serde_json::from_str(&line.unwrap()).unwrap();
        writeln!(out, "{}", answer(&line, &tables)).unwrap();
    }
}

fn make(case: &Json, tables: &Tables) -> Json {
    let one = Machine::new(1);
    let mut tree = Tree::new();
    tree.write(&pairs(&case["pairs"]), tables, one).unwrap();
    let pre_root = tree.root().point.to_bytes();
    let keys: Vec<Key> = case["keys"].as_array().unwrap().iter().map(word).collect();
    let proven = tree.prove(&keys, tables, one).unwrap();
    let writes = pairs(&case["writes"]);
    tree.write(&writes, tables, one).unwrap();
    let new = |key: &Key, current: Option<Value>| {
        let written = writes.iter().rev().find(|(written, _)| written == key);
        written.map(|(_, value)| *value).filter(|value| current != Some(*value))
    };
    let mut diff = StateDiff::new();
    for (key, current) in &proven.values {
        let [stem @ .., suffix] = *key;
        if diff.last().is_none_or(|last| last.stem != stem) {
            diff.push(StemDiff { stem, suffixes: Vec::new() });
        }
        let suffix = SuffixDiff { suffix, current: *current, new: new(key, *current) };
        diff.last_mut().unwrap().suffixes.push(suffix);
    }
    let post_root = tree.root().point.to_bytes();
    json!({
        "preRoot": hex(pre_root), "postRoot": hex(post_root),
        "verkleProof": proof_to_json(&proven.proof), "stateDiff": diff_to_json(&diff),
    })
}

fn verify(witness: &Json, tables: &Tables) -> Json {
    let one = Machine::new(1);
    let post_root = word(&witness["postRoot"]);
    let witness = json::Witness::from_json(word(&witness["preRoot"]), witness);
    let opened = Opened::read(&witness.root, &witness.proof, &witness.diff, one);
    let error = match opened.and_then(|opened| opened.check(one)) {
        Err(error) => error.to_string(),
        Ok(mut tree) => match tree.write(&witness.writes(), tables, one) {
            Err(miss) => miss.to_string(),
            Ok(written) if written.root.point.to_bytes() != post_root => "another root".to_owned(),
            Ok(_) => String::new(),
        },
    };
    json!({ "error": error })
}

fn word(value: &Json) -> [u8; 32] {
    const_hex::decode_to_array(value.as_str().unwrap()).unwrap()
}

fn pairs(value: &Json) -> Vec<(Key, Value)> {
    value.as_array().unwrap().iter().map(|pair| (word(&pair[0]), word(&pair[1]))).collect()
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    const_hex::encode_prefixed(bytes)
}

fn proof_to_json(proof: &Proof) -> Json {
    let all = |points: &[[u8; 32]]| points.iter().map(hex).collect::<Vec<_>>();
    let ipa = &proof.multiproof.ipa;
    json!({
        "otherStems": proof.other_stems.iter().map(hex).collect::<Vec<_>>(),
        "depthExtensionPresent": hex(&proof.depth_extension_present),
        "commitmentsByPath": all(&proof.commitments_by_path),
        "d": hex(proof.multiproof.d),
        "ipaProof": {
            "cl": all(&ipa.l), "cr": all(&ipa.r), "finalEvaluation": hex(ipa.a.to_be_bytes()),
        },
    })
}

fn diff_to_json(diff: &[StemDiff]) -> Json {
    let suffix_diff = |diff: &SuffixDiff| {
        let [current, new] = [diff.current, diff.new].map(|value| value.map(hex));
        json!({ "suffix": diff.suffix, "currentValue": current, "newValue": new })
    };
    let stem_diff = |diff: &StemDiff| {
        let suffixes: Vec<Json> = diff.suffixes.iter().map(suffix_diff).collect();
        json!({ "stem": hex(diff.stem), "suffixDiffs": suffixes })
    };
    diff.iter().map(stem_diff).collect()
}
