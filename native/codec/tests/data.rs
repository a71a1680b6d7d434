//! Real blocks of the data folder are read whole.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use alloy_primitives::keccak256;
use serde_json::Value;
use weakstate_codec::{Blobs, Budget, Code, Witness, read, rlp};

/// The data folder, or a line that says why the test is skipped.
fn data() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("WEAKSTATE_DATA") {
        return Some(PathBuf::from(path));
    }
    let required = std::env::var_os("WEAKSTATE_DATA_REQUIRED").is_some_and(|value| value == "1");
    assert!(!required, "WEAKSTATE_DATA_REQUIRED is 1 and WEAKSTATE_DATA is not set");
    eprintln!("skipped: WEAKSTATE_DATA is not set");
    None
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "gz") {
            found.push(path);
        }
    }
}

fn inflate(bytes: &[u8]) -> Vec<u8> {
    use std::io::Read;
    let mut plain = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut plain).expect("gzip");
    plain
}

fn hashes(blobs: &Blobs) -> Vec<String> {
    blobs.iter().map(const_hex::encode_prefixed).collect()
}

#[test]
fn real_blocks_are_read_whole() {
    let Some(data) = data() else { return };
    let mut paths = Vec::new();
    files(&data.join("blocks"), &mut paths);
    assert!(!paths.is_empty());
    for path in paths {
        let bytes = std::fs::read(&path).expect("file");
        let items = read(&bytes, &Budget::default());
        let items = items.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let [item] = items.as_slice() else { panic!("{} items", items.len()) };
        // The oracle: the same text by a reader of general JSON.
        let json: Value = serde_json::from_slice(&inflate(&bytes)).expect("JSON");
        assert_eq!(item.claims.chain_id, json["chainId"].as_u64());
        let block = json["blockRlp"].as_str();
        assert_eq!(item.block.as_ref().map(const_hex::encode_prefixed).as_deref(), block);
        assert_eq!(item.witness.is_some(), json["witness"].is_object());
        let Some(witness) = &item.witness else { continue };
        for (blobs, key) in [
            (&witness.nodes, "state"),
            (&witness.codes, "codes"),
            (&witness.headers, "headers"),
            (&witness.keys, "keys"),
        ] {
            let expected = json["witness"][key].as_array().map(Vec::as_slice).unwrap_or_default();
            let expected: Vec<&str> = expected.iter().filter_map(Value::as_str).collect();
            assert_eq!(hashes(blobs), expected, "{key} of {}", path.display());
        }
        // The parent, if there is one, is the last header.
        if let (Some(block), Some(parent)) = (&item.block, witness.headers.iter().last()) {
            let header = rlp::list(rlp::list(block).expect("block").0).expect("header").0;
            assert_eq!(rlp::string(header).expect("hash").0, keccak256(parent));
        }
    }
}

#[test]
fn transactions_of_another_chain_are_named() {
    let Some(data) = data() else { return };
    for entry in std::fs::read_dir(data.join("megaeth/blocks")).expect("folder") {
        let bytes = std::fs::read(entry.expect("entry").path()).expect("file");
        let error = read(&bytes, &Budget::default()).expect_err("refused");
        assert_eq!((error.code, error.at.as_str()), (Code::MalformedField, "transactions[0].type"));
    }
}

#[test]
fn real_witnesses_in_our_bytes_are_smaller_and_lose_nothing() {
    let Some(data) = data() else { return };
    let mut paths = Vec::new();
    files(&data.join("blocks"), &mut paths);
    let (mut list, mut ours) = (0, 0);
    for path in paths {
        let items = read(&std::fs::read(&path).expect("file"), &Budget::default()).expect("items");
        let Some(witness) = &items[0].witness else { continue };
        let root = witness.parent_state_root().or(items[0].claims.pre_state_root);
        let bytes = witness.to_bytes(root.as_ref());
        let back = Witness::from_bytes(&bytes, &Budget::default()).expect("read");
        let set = |blobs: &Blobs| hashes(blobs).into_iter().collect::<BTreeSet<_>>();
        assert_eq!(set(&back.nodes), set(&witness.nodes), "{}", path.display());
        assert_eq!(set(&back.codes), set(&witness.codes), "{}", path.display());
        assert_eq!((&back.headers, &back.keys), (&witness.headers, &witness.keys));
        assert_eq!(back.to_bytes(root.as_ref()), bytes);
        list += back.nodes.bytes();
        let nodes = Witness { nodes: witness.nodes.clone(), ..Witness::default() };
        ours += nodes.to_bytes(root.as_ref()).len();
    }
    assert!(ours as f64 <= list as f64 * 0.915, "{ours} of {list}");
}
