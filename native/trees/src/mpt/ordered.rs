//! Root of the trie that maps the RLP of an index to an item of a list.
//!
//! Source: Yellow Paper, section 4.4.2 (transactions and receipts roots).

use alloy_primitives::B256;
use alloy_rlp::{Encodable, Header};

use super::forest::EMPTY_ROOT;
use crate::keccak;

/// Root of the trie over `items`, each under the RLP of its index.
pub fn ordered_root<T: AsRef<[u8]>>(items: &[T]) -> B256 {
    if items.is_empty() {
        return EMPTY_ROOT;
    }
    let mut leaves: Vec<(Vec<u8>, &[u8])> = items
        .iter()
        .enumerate()
        .map(|(index, item)| (to_nibbles(&alloy_rlp::encode(index)), item.as_ref()))
        .collect();
    leaves.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    let mut out = Vec::new();
    encode(&leaves, 0, &mut out);
    keccak::keccak256(&out)
}

fn to_nibbles(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]).collect()
}

/// Appends the node over `leaves`, which agree on their first `depth` nibbles. No key is
/// another's prefix, so branches have no value.
fn encode(leaves: &[(Vec<u8>, &[u8])], depth: usize, out: &mut Vec<u8>) {
    let (Some((first, value)), Some((last, _))) = (leaves.first(), leaves.last()) else {
        out.push(0x80);
        return;
    };
    if leaves.len() == 1 {
        let path = compact(first.get(depth..).unwrap_or_default(), true);
        let payload_length = path.as_slice().length() + value.length();
        Header { list: true, payload_length }.encode(out);
        path.as_slice().encode(out);
        value.encode(out);
        return;
    }
    let fork = first.iter().zip(last).take_while(|(a, b)| a == b).count();
    if fork > depth {
        let path = compact(first.get(depth..fork).unwrap_or_default(), false);
        let mut child = Vec::new();
        refer(leaves, fork, &mut child);
        let payload_length = path.as_slice().length() + child.len();
        Header { list: true, payload_length }.encode(out);
        path.as_slice().encode(out);
        out.extend_from_slice(&child);
        return;
    }
    let mut children = Vec::with_capacity(17 * 33);
    let mut rest = leaves;
    for nibble in 0..16 {
        let count = rest.partition_point(|(key, _)| key.get(depth).is_some_and(|&n| n <= nibble));
        let (group, tail) = rest.split_at(count);
        refer(group, depth + 1, &mut children);
        rest = tail;
    }
    children.push(0x80);
    Header { list: true, payload_length: children.len() }.encode(out);
    out.extend_from_slice(&children);
}

/// Appends the reference to the node over `leaves`.
fn refer(leaves: &[(Vec<u8>, &[u8])], depth: usize, out: &mut Vec<u8>) {
    let mut node = Vec::new();
    encode(leaves, depth, &mut node);
    if node.len() < 32 {
        out.extend_from_slice(&node);
    } else {
        keccak::keccak256(&node).encode(out);
    }
}

fn compact(nibbles: &[u8], leaf: bool) -> Vec<u8> {
    let flag = u8::from(leaf) << 5;
    let (mut path, rest) = match nibbles.split_first() {
        Some((&first, rest)) if nibbles.len() % 2 == 1 => (vec![flag | 0x10 | first], rest),
        _ => (vec![flag], nibbles),
    };
    path.extend(rest.chunks(2).map(|pair| pair.iter().fold(0, |byte, nibble| byte << 4 | nibble)));
    path
}
