//! Merkle Patricia tries that the tests build, as lists of nodes.

use std::collections::BTreeMap;

use alloy_primitives::{B256, KECCAK256_EMPTY, U256, b256, keccak256};
use alloy_rlp::Header;

pub type Map = BTreeMap<B256, Vec<u8>>;

pub const EMPTY_ROOT: B256 =
    b256!("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");

fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let payload = items.concat();
    let mut out = Vec::new();
    Header { list: true, payload_length: payload.len() }.encode(&mut out);
    out.extend(payload);
    out
}

fn string(bytes: &[u8]) -> Vec<u8> {
    alloy_rlp::encode(bytes)
}

fn nibble(key: &B256, index: usize) -> u8 {
    key[index / 2] >> (4 * (1 - index % 2)) & 15
}

fn compact(key: &B256, from: usize, to: usize, leaf: bool) -> Vec<u8> {
    let odd = (to - from) % 2 == 1;
    let flag = if leaf { 0x20 } else { 0 };
    let mut out = vec![if odd { flag | 0x10 | nibble(key, from) } else { flag }];
    let start = from + usize::from(odd);
    out.extend((start..to).step_by(2).map(|i| nibble(key, i) << 4 | nibble(key, i + 1)));
    string(&out)
}

/// Root of the trie of `map`; its nodes of at least 32 bytes, and the root, go to `nodes`.
pub fn build(map: &Map, nodes: &mut Vec<Vec<u8>>) -> B256 {
    let entries: Vec<(&B256, &Vec<u8>)> = map.iter().collect();
    if entries.is_empty() {
        return EMPTY_ROOT;
    }
    let root = node(&entries, 0, nodes);
    let hash = keccak256(&root);
    nodes.push(root);
    hash
}

fn node(entries: &[(&B256, &Vec<u8>)], depth: usize, nodes: &mut Vec<Vec<u8>>) -> Vec<u8> {
    let (first, value) = entries[0];
    let last = entries[entries.len() - 1].0;
    if entries.len() == 1 {
        return list(&[compact(first, depth, 64, true), string(value)]);
    }
    let end = (depth..64).find(|&i| nibble(first, i) != nibble(last, i)).expect("two keys");
    if end > depth {
        let child = refer(node(entries, end, nodes), nodes);
        return list(&[compact(first, depth, end, false), child]);
    }
    let mut items = Vec::new();
    for index in 0..16 {
        let below: Vec<_> =
            entries.iter().filter(|(key, _)| nibble(key, depth) == index).copied().collect();
        items.push(match below.is_empty() {
            true => vec![0x80],
            false => refer(node(&below, depth + 1, nodes), nodes),
        });
    }
    items.push(vec![0x80]);
    list(&items)
}

fn refer(node: Vec<u8>, nodes: &mut Vec<Vec<u8>>) -> Vec<u8> {
    if node.len() < 32 {
        return node;
    }
    let hash = keccak256(&node);
    nodes.push(node);
    string(hash.as_slice())
}

/// RLP of an account.
pub fn account(nonce: u64, balance: U256, storage: B256, code: Option<B256>) -> Vec<u8> {
    let code = code.unwrap_or(KECCAK256_EMPTY);
    list(&[
        alloy_rlp::encode(nonce),
        alloy_rlp::encode(balance),
        string(storage.as_slice()),
        string(code.as_slice()),
    ])
}
