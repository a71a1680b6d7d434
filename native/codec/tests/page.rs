//! The examples of docs/bytes.md are what is written and read.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod trie;

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use trie::{Map, account, build};
use weakstate_codec::delta::{Account, AccountDelta, SlotDelta, StorageDelta};
use weakstate_codec::{Budget, Delta, Witness};

/// Bytes of the block of the page that starts with "```hex NAME": the digits before two spaces
/// in each line.
fn example(name: &str) -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/bytes.md");
    let page = std::fs::read_to_string(path).expect("page");
    let (_, rest) = page.split_once(&format!("```hex {name}\n")).expect("example");
    let (block, _) = rest.split_once("```").expect("end of the example");
    let digits = block.lines().map(|line| line.split("  ").next().unwrap_or_default());
    const_hex::decode(digits.collect::<String>().replace(' ', "")).expect("hexadecimal")
}

fn delta() -> Delta {
    let hash = B256::repeat_byte;
    let code = Bytes::from_static(&[0x60, 0x00]);
    let person = |nonce, balance| {
        Some(Account { nonce, balance: U256::from(balance), code_hash: KECCAK256_EMPTY })
    };
    let contract = |code_hash| Some(Account { nonce: 1, balance: U256::ZERO, code_hash });
    let slot = |key: u64, before: Option<u64>, after: Option<u64>| {
        let slot = SlotDelta { before: before.map(U256::from), after: after.map(U256::from) };
        (U256::from(key), slot)
    };
    let written = StorageDelta::Written(
        [slot(1, None, Some(5)), slot(2, Some(1000), None), slot(3, Some(7), Some(0))]
            .into_iter()
            .collect(),
    );
    let cleared = StorageDelta::Cleared(std::iter::empty().collect());
    let none = StorageDelta::default();
    let changes = [
        (0x11, person(4, 1000), person(5, 979), none.clone()),
        (0x22, contract(hash(0xcc)), contract(hash(0xcc)), written),
        (0x33, contract(hash(0xcc)), None, cleared),
        (0x44, None, contract(keccak256(&code)), none),
    ];
    let accounts = changes.into_iter().map(|(address, before, after, storage)| {
        (Address::repeat_byte(address), AccountDelta { before, after, storage })
    });
    Delta {
        number: 300,
        blocks: 1,
        block_hash: hash(0xb1),
        parent_hash: hash(0xb0),
        pre_state_root: hash(0xa0),
        post_state_root: hash(0xa1),
        accounts: accounts.collect(),
        codes: [(keccak256(&code), code)].into_iter().collect(),
    }
}

#[test]
fn the_delta_of_the_page() {
    let bytes = example("delta");
    assert_eq!(const_hex::encode(delta().to_bytes()), const_hex::encode(&bytes));
    assert_eq!(Delta::from_bytes(&bytes, &Budget::default()), Ok(delta()));
}

/// A state of three accounts: one with a storage slot, one without anything, and one that the
/// witness does not open.
#[test]
fn the_witness_of_the_page() {
    let mut nodes = Vec::new();
    let slots = Map::from([(B256::repeat_byte(0x55), alloy_rlp::encode(5u8))]);
    let storage = build(&slots, &mut nodes);
    let accounts = [
        (0x11, account(1, U256::from(10), storage, Some(keccak256([0x60, 0x00])))),
        (0x22, account(7, U256::from(1000), trie::EMPTY_ROOT, None)),
        (0x33, account(9, U256::ZERO, trie::EMPTY_ROOT, None)),
    ];
    let key = |byte| B256::repeat_byte(byte);
    let accounts = accounts.into_iter().map(|(byte, account)| (key(byte), account)).collect();
    let root = build(&accounts, &mut nodes);
    // Leaves come before the branch, in order.
    nodes.remove(nodes.len() - 2);
    let stray = vec![0x80];
    let witness = Witness {
        nodes: nodes.iter().chain([&stray]).collect(),
        codes: [[0x60, 0x00]].iter().collect(),
        headers: [[0xc1, 0x80]].iter().collect(),
        ..Witness::default()
    };
    let bytes = example("witness");
    assert_eq!(const_hex::encode(witness.to_bytes(Some(&root))), const_hex::encode(&bytes));
    let read = Witness::from_bytes(&bytes, &Budget::default()).expect("read");
    let listed: Vec<&[u8]> = read.nodes.iter().collect();
    let expected: Vec<&[u8]> = [0, 1, 2, 3]
        .iter()
        .map(|&index| nodes[index].as_slice())
        .chain([stray.as_slice()])
        .collect();
    assert_eq!(listed, expected);
    assert_eq!((read.codes, read.headers), (witness.codes, witness.headers));
}
