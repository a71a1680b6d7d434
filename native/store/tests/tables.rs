//! Every row has one encoding, the shortest; what is not it is damage.
#![expect(clippy::unwrap_used, reason = "tests")]

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};
use weakstate_codec::Code;
use weakstate_store::tables::*;
use weakstate_store::{Memory, Store, Table};

#[test]
fn accounts_come_back_and_are_short() {
    let code = B256::repeat_byte(7);
    let cases = [
        (0, U256::ZERO, KECCAK256_EMPTY, 1),
        (1, U256::ZERO, KECCAK256_EMPTY, 2),
        (0, U256::from(1), KECCAK256_EMPTY, 2),
        (256, U256::from(0x0102_u64), KECCAK256_EMPTY, 5),
        (u64::MAX, U256::MAX, KECCAK256_EMPTY, 41),
        (1, U256::ZERO, code, 34),
        (u64::MAX, U256::MAX, code, 73),
        (0, U256::ZERO, B256::ZERO, 33),
    ];
    for (nonce, balance, code_hash, len) in cases {
        let bytes = encode_account(nonce, &balance, &code_hash);
        assert_eq!(bytes.len(), len);
        assert_eq!(decode_account(&bytes).unwrap(), (nonce, balance, code_hash));
    }
}

#[test]
fn another_encoding_of_an_account_is_damage() {
    let empty_code = [&[0x80][..], &KECCAK256_EMPTY[..]].concat();
    let long_balance = [&[0][..], &[1; 33]].concat();
    let cases: [&[u8]; 9] = [
        b"",
        b"\x01",
        b"\x01\x00",
        b"\x00\x00\x01",
        b"\x09\x01\x01\x01\x01\x01\x01\x01\x01\x01",
        b"\x80",
        b"\x7f",
        &empty_code,
        &long_balance,
    ];
    for bytes in cases {
        let error = decode_account(bytes).unwrap_err();
        assert_eq!((error.code, error.at.as_str()), (Code::StoreDamaged, "accounts"));
    }
    // Whatever decodes is what would be written.
    for first in 0..=255_u8 {
        for len in 0..80 {
            let bytes = [&[first][..], &vec![5; len]].concat();
            if let Ok((nonce, balance, code)) = decode_account(&bytes) {
                assert_eq!(encode_account(nonce, &balance, &code), bytes);
            }
        }
    }
}

#[test]
fn slots_come_back_and_zero_is_a_value() {
    for (value, len) in [(U256::ZERO, 0), (U256::from(255), 1), (U256::MAX, 32)] {
        let bytes = encode_slot(&value);
        assert_eq!(bytes.len(), len);
        assert_eq!(decode_slot(&bytes).unwrap(), value);
    }
    for bytes in [&[0][..], &[0, 1], &[1; 33]] {
        assert_eq!(decode_slot(bytes).unwrap_err().code, Code::StoreDamaged);
    }
}

#[test]
fn a_node_stands_before_what_is_below_it_and_is_its_prefix() {
    let path = B256::repeat_byte(0x5a);
    let owner = B256::repeat_byte(1);
    for owner in [None, Some(&owner)] {
        for depth in 0..64 {
            let (above, below) = (node_key(owner, &path, depth), node_key(owner, &path, depth + 1));
            assert!(below.starts_with(&above));
            assert_eq!(below.len(), above.len() + 1);
            assert_eq!(below.last(), Some(if depth % 2 == 0 { &5 } else { &10 }));
        }
    }
    assert_eq!(&*node_key(None, &path, 0), [0]);
    assert_eq!(node_key(None, &path, 3)[..], [0, 5, 10, 5]);
    assert_eq!(storage_prefix(&owner).len(), 33);
    assert_eq!(node_key(Some(&owner), &path, 64).len(), 97);
    // Trees do not mix: what is beyond the path's depth does not matter.
    assert!(!node_key(None, &B256::repeat_byte(0x11), 64).starts_with(&storage_prefix(&owner)));
    assert_eq!(node_key(None, &path, 2), node_key(None, &B256::repeat_byte(0x5a).0.into(), 2));
}

#[test]
fn the_groups_of_a_node_are_one_prefix_and_no_other_node_has_it() {
    let mut stem = [0; 31];
    stem[0] = 9;
    for depth in 0..=31 {
        let prefix = group_prefix(&stem, depth);
        assert_eq!(prefix.len(), depth + 2);
        for group in 0..16 {
            assert_eq!(group_key(&stem, depth, group)[..], [&prefix[..], &[group]].concat());
        }
        for other in (0..=31).filter(|other| *other != depth) {
            assert!(!group_key(&stem, other, 0).starts_with(&prefix));
        }
    }
    assert_eq!(group_key(&stem, 1, 15)[..], [2, 1, 9, 15]);
}

#[test]
fn keys_of_slots_and_blocks_sort_as_numbers() {
    let address = Address::repeat_byte(3);
    let slots = [0_u64, 1, 255, 256].map(|slot| slot_key(&address, &U256::from(slot)));
    assert!(slots.is_sorted_by(|a, b| a[..] < b[..]));
    assert!(slots.iter().all(|key| key.starts_with(&address[..]) && key.len() == 52));
    let undo = [undo_key(1, u32::MAX), undo_key(2, 0), undo_key(2, 256), undo_key(256, 0)];
    assert!(undo.is_sorted_by(|a, b| a[..] < b[..]));
    assert!(undo[1].starts_with(&block_key(2)));
}

#[test]
fn the_head_comes_back() {
    let store = Memory::new();
    assert_eq!(Head::read(&*store.snapshot().unwrap()).unwrap(), None);
    let head = Head { number: 300, hash: B256::repeat_byte(1), root: B256::repeat_byte(2) };
    let mut batch = store.begin().unwrap();
    batch.put(Table::Meta, meta::HEAD, &head.to_bytes()).unwrap();
    assert_eq!(Head::read(&*batch).unwrap(), Some(head));
    assert_eq!(batch.get(Table::Meta, meta::HEAD).unwrap().unwrap().len(), 72);
    batch.put(Table::Meta, meta::HEAD, b"short").unwrap();
    assert_eq!(Head::read(&*batch).unwrap_err().code, Code::StoreDamaged);
}
