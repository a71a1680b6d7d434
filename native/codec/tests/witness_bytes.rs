//! Witnesses in weakstate's own bytes: nothing is lost, nothing foreign does harm.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[expect(dead_code, reason = "other tests use more of it")]
mod common;
mod random;
mod trie;

use std::collections::BTreeSet;

use alloy_primitives::{B256, U256, keccak256};
use common::{gzip, header_rlp, read};
use random::Random;
use trie::{EMPTY_ROOT, Map, account, build};
use weakstate_codec::{Blame, Blobs, Budget, Claims, Code, Error, Item, Witness};

fn decode(bytes: &[u8]) -> Result<Witness, Error> {
    Witness::from_bytes(bytes, &Budget::default())
}

fn set(blobs: &Blobs) -> BTreeSet<Vec<u8>> {
    blobs.iter().map(<[u8]>::to_vec).collect()
}

fn of(nodes: &[Vec<u8>]) -> Witness {
    Witness { nodes: nodes.iter().collect(), ..Witness::default() }
}

fn storage(random: &mut Random) -> Map {
    let mut map = Map::new();
    for _ in 0..random.below(12) {
        let len = [1, 1, 8, 32][random.below(4) as usize];
        let value = U256::try_from_be_slice(&random.bytes(len)).expect("32 bytes");
        // Now and then a value that no storage has, but a node may.
        let odd = random.one_in(20);
        map.insert(random.key(), if odd { random.bytes(40) } else { alloy_rlp::encode(value) });
    }
    map
}

/// The nodes of a whole state, and its root.
fn state(random: &mut Random) -> (Vec<Vec<u8>>, B256) {
    let (mut nodes, mut accounts) = (Vec::new(), Map::new());
    let shared = storage(random);
    let keys: BTreeSet<B256> = (0..1 + random.below(20)).map(|_| random.key()).collect();
    for key in keys {
        // What has no account's form has no storage.
        if random.one_in(20) {
            accounts.insert(key, random.bytes(50));
            continue;
        }
        let root = match random.below(4) {
            0 => build(&shared, &mut nodes),
            1 => build(&storage(random), &mut nodes),
            2 => B256::repeat_byte(9),
            _ => EMPTY_ROOT,
        };
        let code = random.one_in(3).then(|| B256::repeat_byte(7));
        let width = random.below(256) as usize;
        let balance = U256::from_be_slice(&random.bytes(32)) >> width;
        accounts.insert(key, account(random.next() >> random.below(63), balance, root, code));
    }
    let root = build(&accounts, &mut nodes);
    (nodes, root)
}

/// Part of a state with what real lists hold besides: duplicates, foreign and empty nodes.
fn witness(random: &mut Random) -> (Witness, B256) {
    let (mut nodes, root) = state(random);
    let keep = random.below(10) + 1;
    nodes.retain(|_| keep > 3 || random.one_in(keep));
    nodes.extend(nodes.first().cloned());
    for extra in [vec![], vec![0x80], random.bytes(50), state(random).0.remove(0)] {
        if random.one_in(4) {
            nodes.push(extra);
        }
    }
    let codes: Vec<Vec<u8>> = (0..random.below(4)).map(|len| vec![1; len as usize]).collect();
    let headers: Vec<Vec<u8>> = (0..random.below(3)).map(header_rlp).collect();
    let keys: Vec<Vec<u8>> = (0..random.below(4)).map(|_| random.bytes(20)).collect();
    let witness = Witness {
        proof: Vec::new(),
        nodes: nodes.iter().collect(),
        codes: codes.iter().collect(),
        headers: headers.iter().collect(),
        keys: keys.iter().collect(),
    };
    (witness, root)
}

#[test]
fn nothing_is_lost_and_each_witness_has_one_encoding() {
    let mut random = Random(1);
    let mut nested = 0;
    for _ in 0..3000 {
        let (witness, root) = witness(&mut random);
        for root in [Some(&root), None, Some(&B256::ZERO)] {
            let bytes = witness.to_bytes(root);
            let back = decode(&bytes).expect("read");
            assert_eq!(set(&back.nodes), set(&witness.nodes));
            assert_eq!(set(&back.codes), set(&witness.codes));
            assert_eq!((&back.headers, &back.keys), (&witness.headers, &witness.keys));
            assert_eq!(back.nodes.len(), set(&back.nodes).len(), "each node once");
            assert_eq!(back.to_bytes(root), bytes);
            nested += usize::from(root.is_some() && bytes[5] != 0);
        }
    }
    assert!(nested > 1000, "{nested}");
}

#[test]
fn a_whole_state_leaves_no_surplus() {
    let mut random = Random(2);
    for _ in 0..500 {
        let (nodes, root) = state(&mut random);
        let bytes = of(&nodes).to_bytes(Some(&root));
        assert_eq!(bytes[bytes.len() - 4..], [0; 4], "surplus, codes, keys, headers");
        assert_eq!(
            keccak256(decode(&bytes).expect("read").nodes.iter().last().expect("root")),
            root
        );
    }
}

#[test]
fn storage_that_two_accounts_share_stands_once() {
    let mut map = Map::new();
    for index in 0..50u64 {
        map.insert(keccak256(index.to_be_bytes()), alloy_rlp::encode(index + 1));
    }
    let mut nodes = Vec::new();
    let storage = build(&map, &mut nodes);
    let one = account(1, U256::ZERO, storage, None);
    let mut accounts = Map::new();
    accounts.insert(B256::repeat_byte(0x11), one.clone());
    let mut single = nodes.clone();
    let single_root = build(&accounts, &mut single);
    accounts.insert(B256::repeat_byte(0x22), one);
    let root = build(&accounts, &mut nodes);
    let (single, both) =
        (of(&single).to_bytes(Some(&single_root)), of(&nodes).to_bytes(Some(&root)));
    assert!(both.len() < single.len() + 60, "{} {}", both.len(), single.len());
    assert_eq!(set(&decode(&both).expect("read").nodes), nodes.into_iter().collect());
}

#[test]
fn the_deepest_tries_are_read_and_deeper_ones_refused() {
    let deep = |value: &[u8]| -> Map {
        let key = |index: usize| {
            let mut key = B256::ZERO;
            key.0[index / 2] = 1 << (4 * (1 - index % 2));
            key
        };
        let keys = (0..64).map(key).chain([B256::ZERO]);
        keys.map(|key| (key, value.to_vec())).collect()
    };
    let mut nodes = Vec::new();
    let storage = build(&deep(&alloy_rlp::encode(U256::MAX)), &mut nodes);
    let mut accounts = deep(&account(1, U256::MAX, EMPTY_ROOT, None));
    accounts.insert(B256::ZERO, account(1, U256::MAX, storage, None));
    let root = build(&accounts, &mut nodes);
    let bytes = of(&nodes).to_bytes(Some(&root));
    assert_eq!(set(&decode(&bytes).expect("read").nodes), nodes.into_iter().collect());
    // Branches in branches without an end.
    for tag in [0x50u8, 0x40, 0x08] {
        let head = &of(&[]).to_bytes(None)[..5];
        let level = match tag {
            0x50 => vec![tag],
            0x40 => vec![tag, 0x00, 0x03],
            _ => vec![tag, 0x00, 0x03, 0x00, 0x03],
        };
        let bytes = [head, &level.repeat(100_000)].concat();
        let error = decode(&bytes).expect_err("deep");
        assert_eq!(error.code, Code::MalformedWitness);
        assert_eq!(error.at, format!("byte {}", 5 + 64 * level.len()));
    }
}

#[test]
fn what_is_changed_or_cut_short_is_refused_or_read_to_something_else() {
    let mut random = Random(3);
    for _ in 0..40 {
        let (witness, root) = witness(&mut random);
        let bytes = witness.to_bytes(Some(&root));
        for index in 0..bytes.len() {
            let error = decode(&bytes[..index]).expect_err("cut");
            assert_eq!((error.code, error.at.starts_with("byte ")), (Code::MalformedWitness, true));
            let mut changed = bytes.clone();
            changed[index] ^=
                [1, 0x80, 0xff, random.below(255) as u8 + 1][random.below(4) as usize];
            match decode(&changed) {
                Ok(other) => assert_ne!(Some(other), decode(&bytes).ok(), "byte {index}"),
                Err(error) => assert!(
                    matches!(error.blame(), Blame::Unreadable | Blame::BudgetExceeded),
                    "{error}"
                ),
            }
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(decode(&longer).expect_err("longer").code, Code::MalformedWitness);
    }
}

#[test]
fn the_budget_bounds_what_is_read() {
    let mut random = Random(4);
    let (witness, root) = witness(&mut random);
    let bytes = witness.to_bytes(Some(&root));
    let whole = decode(&bytes).expect("read");
    let parts = [&whole.nodes, &whole.codes, &whole.headers, &whole.keys];
    let size = parts.iter().map(|part| part.bytes()).sum::<usize>();
    let with = |bytes_, nodes| {
        let budget = Budget { bytes: bytes_, nodes, ..Budget::default() };
        Witness::from_bytes(&bytes, &budget).map_err(|error| error.code)
    };
    assert!(with(size, whole.nodes.len()).is_ok());
    assert_eq!(with(size - 1, whole.nodes.len()), Err(Code::InputTooLarge));
    assert_eq!(with(size, whole.nodes.len() - 1), Err(Code::TooManyNodes));
}

#[test]
fn references_back_do_not_blow_up() {
    // A leaf of storage, then branches that hold the one before sixteen times: each doubles
    // the paths by sixteen, and adds one node.
    let mut accounts = Map::new();
    accounts.insert(B256::ZERO, account(0, U256::ZERO, B256::repeat_byte(1), None));
    let mut nodes = Vec::new();
    let root = build(&accounts, &mut nodes);
    let leaf = of(&nodes).to_bytes(Some(&root));
    let mut bytes = leaf[..5].to_vec();
    for _ in 0..63 {
        bytes.extend([0x09, 0xff, 0xff]);
    }
    // At depth 63 a branch of leaves without a path.
    bytes.extend([0x09, 0xff, 0xff]);
    let account_leaf = [&[0x21u8][..], &[0, 0], &[1; 32]].concat();
    bytes.extend(account_leaf.repeat(1));
    for number in 0..64u8 {
        for _ in 0..15 {
            bytes.extend([2, number]);
        }
    }
    bytes.extend([0, 0, 0, 0]);
    let witness = decode(&bytes).expect("read");
    assert_eq!(witness.nodes.len(), 65);
    assert!(witness.nodes.bytes() < 65 * 532);
    let root = keccak256(witness.nodes.iter().last().expect("root"));
    assert_eq!(witness.to_bytes(Some(&root)), bytes);
}

#[test]
fn every_form_reads_to_the_same_witness() {
    let mut random = Random(5);
    for _ in 0..200 {
        let (mut witness, root) = witness(&mut random);
        if witness.headers.is_empty() {
            witness.headers = [header_rlp(8)].iter().collect();
        }
        let bytes = witness.to_bytes(Some(&root));
        let rlp = witness.to_rlp(true).expect("headers");
        let json = witness.to_json();
        let geth = witness.to_geth_json().expect("headers");
        let forms = [bytes.clone(), gzip(&bytes), rlp.clone(), json.clone().into_bytes()];
        for form in forms.into_iter().chain([geth.clone().into_bytes()]) {
            let [item] = &read(&form).expect("read")[..] else { panic!("one item") };
            let read = item.witness.as_ref().expect("witness");
            assert_eq!(set(&read.nodes), set(&witness.nodes));
            assert_eq!(set(&read.codes), set(&witness.codes));
            assert_eq!((&read.headers, &read.keys), (&witness.headers, &witness.keys));
            assert_eq!(read.to_bytes(Some(&root)), bytes);
            assert_eq!(read.to_rlp(true).as_ref(), Ok(&rlp));
            assert_eq!(read.to_json(), json);
            assert_eq!(read.to_geth_json().as_ref(), Ok(&geth));
        }
        let [item] = &read(&json).expect("read")[..] else { panic!("one item") };
        let nodes = &item.witness.as_ref().expect("witness").nodes;
        let listed: Vec<Vec<u8>> = nodes.iter().map(<[u8]>::to_vec).collect();
        assert_eq!(listed, set(nodes).into_iter().collect::<Vec<_>>(), "sorted, unique");
    }
}

#[test]
fn a_header_that_is_no_list_has_no_place_in_rlp_and_no_fields() {
    let witness = Witness { headers: [b"text"].iter().collect(), ..Witness::default() };
    for error in [witness.to_rlp(true).map(drop), witness.to_geth_json().map(drop)] {
        let error = error.expect_err("refused");
        assert_eq!((error.code, error.at.as_str()), (Code::MalformedAncestor, "headers[0]"));
    }
    assert_eq!(witness.parent_state_root(), None);
}

#[test]
fn a_list_that_is_no_header_has_a_place_in_rlp_but_no_fields() {
    let witness = Witness { headers: [[0xc1, 0x80]].iter().collect(), ..Witness::default() };
    assert!(witness.to_rlp(false).is_ok());
    assert_eq!(witness.to_geth_json().expect_err("refused").code, Code::MalformedAncestor);
}

#[test]
fn keys_have_no_place_in_rlp_of_three_lists() {
    let witness = Witness { keys: [b"key"].iter().collect(), ..Witness::default() };
    assert_eq!(witness.to_rlp(false), Ok(vec![0xc3, 0xc0, 0xc0, 0xc0]));
    assert_eq!(Witness::default().to_rlp(true), Ok(vec![0xc4, 0xc0, 0xc0, 0xc0, 0xc0]));
}

#[test]
fn an_item_in_json_reads_to_itself() {
    let mut random = Random(7);
    for _ in 0..100 {
        let (witness, _) = witness(&mut random);
        let word = |byte| B256::repeat_byte(byte);
        let item = Item {
            block: random.one_in(2).then(|| random.bytes(9)),
            witness: Some(witness),
            delta: random.one_in(2).then(|| b"\x89WSD".to_vec()),
            claims: Claims {
                chain_id: random.one_in(2).then(|| random.next()),
                pre_state_root: random.one_in(2).then(|| word(1)),
                block_hashes: (0..random.below(3)).map(|byte| word(byte as u8)).collect(),
            },
        };
        let [read] = &mut read(item.to_json()).expect("read")[..] else { panic!("one item") };
        let (nodes, codes) = {
            let witness = item.witness.as_ref().expect("witness");
            (witness.nodes.sorted(), witness.codes.sorted())
        };
        let back = read.witness.as_mut().expect("witness");
        assert_eq!(back.nodes.iter().collect::<Vec<_>>(), nodes);
        assert_eq!(back.codes.iter().collect::<Vec<_>>(), codes);
        let expected = item.witness.as_ref().expect("witness");
        (back.nodes, back.codes) = (expected.nodes.clone(), expected.codes.clone());
        assert_eq!(*read, item);
    }
    assert_eq!(Item::default().to_json(), "{}");
}

#[test]
fn the_parent_states_its_root() {
    let witness = Witness { headers: [header_rlp(8)].iter().collect(), ..Witness::default() };
    assert_eq!(witness.parent_state_root(), Some(common::header(8).state_root));
}

#[test]
fn a_refusal_says_what_is_wrong_and_where() {
    let error = decode(b"\x89WSW\x01\x0f").expect_err("refused");
    let said = "malformed_witness: expected a node that can be here, got tag 0x0f (at byte 5)";
    assert_eq!(error.to_string(), said);
    let error = decode(b"\x89WSW\x02").expect_err("refused");
    let said = "malformed_witness: expected version 1 of a witness, got version 2 (at byte 4)";
    assert_eq!(error.to_string(), said);
    let text = r#"{"witness": "0x89575357010f"}"#;
    assert_eq!(read(text).expect_err("refused").at, "witness, byte 5");
}

#[test]
fn random_bytes_never_panic() {
    let mut random = Random(6);
    for _ in 0..50_000 {
        let mut bytes = of(&[]).to_bytes(None)[..5].to_vec();
        let len = random.below(200) as usize;
        let tags = [2, 3, 4, 5, 6, 8, 9, 10, 0x0b, 0x21, 0x22, 0x26, 0x40, 0x53];
        bytes.extend((0..len).map(|_| match random.below(3) {
            0 => random.next() as u8,
            1 => random.below(4) as u8,
            _ => tags[random.below(14) as usize],
        }));
        let _ = decode(&bytes);
    }
}
