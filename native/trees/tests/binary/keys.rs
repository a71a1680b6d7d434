//! Keys and values of accounts.

use alloy_primitives::keccak256;
use serde_json::Value as Json;
use weakstate_trees::binary::embedding::{
    BASIC_DATA, CODE_HASH, DELEGATION, IndexOrder, Place, basic_data, delegation, keys,
};
use weakstate_trees::binary::{Change, Key, Profile, Tree, Value};
use weakstate_trees::chunks::chunks;

use crate::data::{hex, hex32, json};

const ZONES: &str = "geth-bintrie/eip8297_vectors.json";

fn zone_keys(places: &[([u8; 20], Place)]) -> Vec<Key> {
    keys(Profile::Eip8297, IndexOrder::Big, places)
}

/// A number of up to 32 bytes, in decimal.
fn word(number: &Json) -> [u8; 32] {
    let text = number.to_string();
    let number: alloy_primitives::U256 = text.trim_matches('"').parse().unwrap();
    number.to_be_bytes()
}

#[test]
fn zone_keys_are_those_of_the_specification() {
    let Some(file) = json(ZONES) else { return };
    let vectors = &file["embedding_vectors"];
    let address: [u8; 20] = hex(&vectors["address"]).try_into().unwrap();
    let mut places: Vec<(Place, &Json)> = vec![
        (Place::Header(BASIC_DATA), &vectors["basic_data_key"]),
        (Place::Header(CODE_HASH), &vectors["code_hash_key"]),
        (Place::Header(DELEGATION), &vectors["delegation_key"]),
    ];
    for slot in vectors["slots"].as_array().unwrap() {
        // The last one has no place in a float.
        let number = match slot["slot"].as_u64() {
            Some(_) => word(&slot["slot"]),
            None => alloy_primitives::U256::ONE.wrapping_shl(255).to_be_bytes(),
        };
        places.push((Place::Slot(number), &slot["key"]));
    }
    for chunk in vectors["chunks"].as_array().unwrap() {
        let number = chunk["chunk"].as_u64().unwrap() as u32;
        places.push((Place::Chunk { code_hash: [0xbb; 32], chunk: number }, &chunk["key"]));
    }
    let found: Vec<_> = places.iter().map(|(place, _)| (address, *place)).collect();
    for (found, (place, expected)) in zone_keys(&found).iter().zip(&places) {
        assert_eq!(found.bytes(), hex(expected), "{place:?}");
    }
    let designator: [u8; 23] = hex(&vectors["delegation_designator"]).try_into().unwrap();
    assert_eq!(delegation(&designator), hex32(&vectors["delegation_value"]));
}

#[test]
fn values_are_those_of_the_specification() {
    let Some(file) = json(ZONES) else { return };
    for vector in file["basic_data_vectors"].as_array().unwrap() {
        let size = vector["code_size"].as_u64().unwrap() as u32;
        let nonce = vector["nonce"].as_u64().unwrap();
        let balance = vector["balance"].as_str().unwrap().parse().unwrap();
        assert_eq!(basic_data(size, nonce, balance), hex32(&vector["value"]));
    }
    for vector in file["chunkify_vectors"].as_array().unwrap() {
        let expected: Vec<Value> = vector["chunks"].as_array().unwrap().iter().map(hex32).collect();
        assert_eq!(
            chunks(&hex(&vector["code"])).collect::<Vec<_>>(),
            expected,
            "{}",
            vector["name"]
        );
    }
}

#[test]
fn states_have_the_roots_of_the_specification() {
    let Some(file) = json(ZONES) else { return };
    for vector in file["state_vectors"].as_array().unwrap() {
        let mut tree = Tree::new(Profile::Eip8297);
        for account in vector["accounts"].as_array().unwrap() {
            tree.write(&changes(account)).unwrap();
        }
        let root = tree.root();
        assert_eq!(root, hex32(&vector["root"]), "{}", vector["name"]);
    }
}

/// All that is kept of an account.
fn changes(account: &Json) -> Vec<Change> {
    let address: [u8; 20] = hex(&account["address"]).try_into().unwrap();
    let code = account.get("code").map(hex).unwrap_or_default();
    let code_hash = keccak256(&code).0;
    let (nonce, balance) = (account["nonce"].as_u64(), account["balance"].as_u64());
    let basic = basic_data(code.len() as u32, nonce.unwrap_or(0), u128::from(balance.unwrap_or(0)));
    let mut found = vec![(Place::Header(BASIC_DATA), basic)];
    if code.starts_with(&[0xef, 0x01, 0x00]) {
        found.push((Place::Header(DELEGATION), delegation(&code.try_into().unwrap())));
    } else {
        found.push((Place::Header(CODE_HASH), code_hash));
        let chunks = (0..).zip(chunks(&code));
        found.extend(chunks.map(|(chunk, value)| (Place::Chunk { code_hash, chunk }, value)));
    }
    for (slot, value) in account["storage"].as_object().into_iter().flatten() {
        found.push((Place::Slot(word(&Json::from(slot.as_str()))), word(value)));
    }
    let places: Vec<_> = found.iter().map(|(place, _)| (address, *place)).collect();
    let keys = zone_keys(&places).into_iter().zip(&found);
    keys.map(|(key, (_, value))| Profile::Eip8297.change(key, *value)).collect()
}

/// The first bytes of the messages that are hashed, spelled out.
#[test]
fn stem_keys_hash_address_and_index() {
    let address = [0xaa; 20];
    let mut high = [0xff; 32];
    high[31] = 7;
    let small = |slot: u8| {
        let mut bytes = [0; 32];
        bytes[31] = slot;
        Place::Slot(bytes)
    };
    // Index, least significant byte first, by its bytes that are not zero; and suffix.
    type Case = (Place, &'static [(usize, u8)], u8);
    let cases: [Case; 6] = [
        (Place::Header(BASIC_DATA), &[], 0),
        (small(63), &[], 127),
        (small(64), &[(30, 1)], 64),
        (Place::Chunk { code_hash: [0; 32], chunk: 127 }, &[], 255),
        (Place::Chunk { code_hash: [0; 32], chunk: 128 }, &[(0, 1)], 0),
        (small(0), &[], 64),
    ];
    for profile in [Profile::Eip7864, Profile::Geth] {
        let hash = |message: &[u8]| -> [u8; 32] {
            match profile {
                Profile::Geth => <sha2::Sha256 as sha2::Digest>::digest(message).into(),
                _ => blake3::hash(message).into(),
            }
        };
        for order in [IndexOrder::Little, IndexOrder::Big] {
            let check = |place: Place, mut index: [u8; 32], suffix: u8| {
                if order == IndexOrder::Big {
                    index.reverse();
                }
                let mut expected = hash(&[&[0; 12][..], &address, &index].concat());
                expected[31] = suffix;
                assert_eq!(keys(profile, order, &[(address, place)])[0].bytes(), expected);
            };
            for (place, bytes, suffix) in cases {
                let mut index = [0; 32];
                bytes.iter().for_each(|(at, byte)| index[*at] = *byte);
                check(place, index, suffix);
            }
            // 2²⁴⁸ and the slot's number are more than 32 bytes together.
            let mut index = [0xff; 32];
            (index[30], index[31]) = (0, 1);
            check(Place::Slot(high), index, 7);
        }
    }
}
