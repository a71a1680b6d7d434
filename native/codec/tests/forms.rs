//! Each form of block and witness gives the same bytes.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use alloy_primitives::B256;
use common::*;
use serde_json::{Map, Value, json};
use weakstate_codec::{Budget, Claims, Code, Item, Witness};

/// The one item of an input that must be read.
fn one(input: impl AsRef<[u8]>) -> Item {
    let mut items = read(input).expect("read");
    assert_eq!(items.len(), 1);
    items.remove(0)
}

fn witness() -> Witness {
    Witness {
        nodes: NODES.into_iter().collect(),
        codes: CODES.into_iter().collect(),
        headers: [header_rlp(7), header_rlp(8)].into_iter().collect(),
        ..Witness::default()
    }
}

fn as_block() -> Item {
    Item { block: Some(block_rlp()), ..Item::default() }
}

fn as_witness() -> Item {
    Item { witness: Some(witness()), ..Item::default() }
}

#[test]
fn a_block_is_read_from_each_form() {
    let text = hex(block_rlp());
    let forms = [
        block_rlp(),
        text.clone().into_bytes(),
        format!(" \r\n{}\n", text.trim_start_matches("0x")).into_bytes(),
        json!(text).to_string().into_bytes(),
        answer(&json!(text)).to_string().into_bytes(),
        block_json().to_string().into_bytes(),
        answer(&block_json()).to_string().into_bytes(),
        json!({"block": text}).to_string().into_bytes(),
        json!({"block": block_json()}).to_string().into_bytes(),
        json!({"rlp": text, "witness": null}).to_string().into_bytes(),
        format!("\u{feff}{}", block_json()).into_bytes(),
    ];
    for form in forms {
        assert_eq!(one(&form), as_block(), "{}", String::from_utf8_lossy(&form));
        assert_eq!(one(gzip(&form)), as_block());
    }
}

#[test]
fn a_block_before_withdrawals_has_three_parts() {
    let mut block = block_json();
    for key in ["withdrawals", "withdrawalsRoot", "blobGasUsed", "excessBlobGas", "hash"] {
        block[key] = Value::Null;
    }
    for key in ["parentBeaconBlockRoot", "requestsHash", "baseFeePerGas"] {
        block[key] = Value::Null;
    }
    let rlp = one(block.to_string()).block.expect("block");
    let (payload, _) = weakstate_codec::rlp::list(&rlp).expect("list");
    let parts: Result<Vec<_>, _> = weakstate_codec::rlp::items(payload).collect();
    assert_eq!(parts.expect("items").len(), 3);
}

#[test]
fn a_witness_is_read_from_each_form() {
    let lists = witness_json();
    let mut ascending = lists.clone();
    ascending["headers"] = json!([header_json(7), header_json(8)]);
    let mut descending = lists.clone();
    descending["headers"] = json!([header_json(8), header_json(7)]);
    descending["keys"] = Value::Null;
    let mut mixed = lists.clone();
    mixed["headers"] = json!([header_json(8), hex(header_rlp(7))]);
    let mut bare = lists.clone();
    bare["state"] = NODES.map(const_hex::encode).into_iter().collect();
    let mut maps = lists.clone();
    for key in ["state", "codes"] {
        let values = lists[key].as_array().expect("list").iter().enumerate();
        let map: Map<String, Value> =
            values.map(|(index, value)| (format!("no hash {index}"), value.clone())).collect();
        maps[key] = Value::Object(map);
    }
    maps["keys"] = json!({"a": "b"});
    for form in [lists, ascending, descending, mixed, bare, maps] {
        assert_eq!(one(form.to_string()), as_witness(), "{form}");
        assert_eq!(one(answer(&form).to_string()), as_witness());
        assert_eq!(one(json!({"executionWitness": form}).to_string()), as_witness());
        let pretty = serde_json::to_vec_pretty(&form).expect("pretty");
        assert_eq!(one(pretty), as_witness());
    }
}

#[test]
fn a_witness_in_rlp_is_read_binary_and_as_hex() {
    for keys in [false, true] {
        let rlp = witness_rlp(keys);
        let text = hex(&rlp);
        let mut expected = witness();
        expected.keys = keys.then_some(b"key").into_iter().collect();
        let expected = Item { witness: Some(expected), ..Item::default() };
        assert_eq!(one(&rlp), expected);
        assert_eq!(one(&text), expected);
        let status = json!({"status": "VALID", "latestValidHash": null, "witness": text});
        assert_eq!(one(status.to_string()), expected);
        assert_eq!(one(answer(&status).to_string()), expected);
        assert_eq!(one(json!({"executionWitness": text}).to_string()), expected);
    }
    let empty = one([0xc3, 0xc0, 0xc0, 0xc0]);
    assert_eq!(empty.witness, Some(Witness::default()));
}

#[test]
fn keys_keep_their_order_and_are_left_out_if_they_are_none() {
    let mut form = witness_json();
    for (keys, expected) in [
        (json!(["0x02", "01", "0x02"]), vec![&[2u8][..], &[1], &[2]]),
        (json!({"a": "0x02", "b": "0x01"}), vec![&[2], &[1]]),
        (json!(["0x02", "0x1"]), vec![]),
        (json!(["0x02", 1]), vec![]),
        (json!("0x02"), vec![]),
    ] {
        form["keys"] = keys;
        let keys = one(form.to_string()).witness.expect("witness").keys;
        assert_eq!(keys.iter().collect::<Vec<_>>(), expected, "{form}");
    }
    // A fourth list of what is no byte string.
    let read = one([0xc5, 0xc0, 0xc0, 0xc0, 0xc1, 0xc0]);
    assert_eq!(read.witness, Some(Witness::default()));
}

#[test]
fn a_delta_is_carried_as_it_is() {
    let bytes = b"\x89WSD and more";
    let expected = Item { delta: Some(bytes.to_vec()), ..Item::default() };
    assert_eq!(one(bytes), expected);
    assert_eq!(one(gzip(bytes)), expected);
    assert_eq!(one(json!({"delta": hex(bytes)}).to_string()), expected);
}

#[test]
fn a_witness_that_is_part_of_something_is_read_from_both_its_encodings() {
    let read = |bytes: &[u8]| Witness::read(bytes, "part", &Budget::default());
    assert_eq!(read(&witness_rlp(false)), Ok(witness()));
    assert_eq!(read(&witness().to_bytes(None)).expect("read").headers, witness().headers);
    let error = read(b"\x89WSW\x01\x0f").expect_err("refused");
    assert_eq!((error.code, error.at.as_str()), (Code::MalformedWitness, "part, byte 5"));
    let error = read(&[0xc3, 0xc0, 0xc0, 0x80]).expect_err("refused");
    assert_eq!((error.code, error.at.as_str()), (Code::MalformedRlp, "part.state"));
}

#[test]
fn codes_and_headers_may_be_missing() {
    for form in
        [json!({"state": ["0x80"]}), json!({"state": ["0x80"], "codes": null, "headers": null})]
    {
        let witness = one(form.to_string()).witness.expect("witness");
        assert_eq!((witness.nodes.len(), witness.codes.len(), witness.headers.len()), (1, 0, 0));
    }
}

#[test]
fn a_combined_object_has_block_witness_and_claims() {
    let item = one(combined_json().to_string());
    assert_eq!((&item.block, &item.witness), (&Some(block_rlp()), &Some(witness())));
    let claims = Claims {
        chain_id: Some(1),
        pre_state_root: Some(B256::repeat_byte(1)),
        block_hashes: Vec::new(),
    };
    assert_eq!(item.claims, claims);

    let mut other = combined_json();
    other["witness"]["blockHashes"] = json!([B256::repeat_byte(9), B256::repeat_byte(8)]);
    for id in [json!("0x1"), json!("1")] {
        other["chainId"] = id;
        let claims = one(other.to_string()).claims;
        assert_eq!(claims.chain_id, Some(1));
        assert_eq!(claims.block_hashes, [B256::repeat_byte(9), B256::repeat_byte(8)]);
    }
}

#[test]
fn a_block_under_its_own_name_is_not_judged() {
    let item = one(json!({"blockRlp": "0x00ff"}).to_string());
    assert_eq!(item.block, Some(vec![0x00, 0xff]));
}

#[test]
fn several_items_keep_their_order() {
    let (block, witness) = (answer(&json!(hex(block_rlp()))), answer(&witness_json()));
    let expected = [as_block(), as_witness(), as_block()];
    let list = json!([block, witness, block]).to_string();
    let lines = format!("{block}\n{witness}\n{block}\n");
    let joined = format!("{block}{witness}[{block}]");
    let words = format!("{}\n{}\n{}", hex(block_rlp()), hex(witness_rlp(false)), hex(block_rlp()));
    for form in [list, lines, joined, words] {
        assert_eq!(read(&form).expect("read"), expected);
    }
}

#[test]
fn headers_are_sorted_and_what_is_no_header_comes_first() {
    let (eight, seven) = (hex(header_rlp(8)), hex(header_rlp(7)));
    let form = json!({"state": [], "headers": [eight, "0xc0", seven, eight, "0x"]});
    let headers = one(form.to_string()).witness.expect("witness").headers;
    let expected = [vec![0xc0], vec![], header_rlp(7), header_rlp(8), header_rlp(8)];
    assert_eq!(headers.iter().collect::<Vec<_>>(), expected);
}

#[test]
fn gzip_is_undone_twice_and_over_several_members() {
    let text = combined_json().to_string();
    assert_eq!(one(gzip(gzip(&text))), one(&text));
    let (start, end) = text.split_at(100);
    assert_eq!(one([gzip(start), gzip(end)].concat()), one(&text));
}
