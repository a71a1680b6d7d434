//! Each refusal has its code and names its place.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::*;
use serde_json::{Value, json};
use weakstate_codec::{Blame, Budget, Code, Error};

fn refused(input: impl AsRef<[u8]>) -> Error {
    read(input).expect_err("refused")
}

/// The combined form with `value` put at a JSON pointer.
fn with(form: Value, pointer: &str, value: Value) -> String {
    let mut form = form;
    *form.pointer_mut(pointer).expect("pointer") = value;
    form.to_string()
}

#[track_caller]
fn check(input: impl AsRef<[u8]>, code: Code, at: &str) {
    let error = refused(input);
    assert_eq!((error.code, error.at.as_str()), (code, at), "{error}");
}

#[test]
fn nothing_is_empty() {
    for input in [&b""[..], b" \n\t", &gzip(""), &gzip(gzip(" ")), b"\xef\xbb\xbf"] {
        check(input, Code::Empty, "");
    }
}

#[test]
fn unknown_forms_say_what_was_seen() {
    let cases = [
        ("hello", "bytes that start with 0x68656c6c6f"),
        ("\u{1}\u{2}", "bytes that start with 0x0102"),
        ("{\"a\":1,\"b\":2}", "an object with keys: a, b"),
        ("[[]]", "a list"),
        ("[5]", "a number"),
        ("0x80", "RLP that is no list"),
        ("0xc0", "an empty RLP list"),
        ("0xc3010203", "RLP whose first item is no list"),
        ("0xc3c20102", "RLP whose first item is no header"),
        ("{\"id\":1,\"result\":null}", "null: it does not have this block"),
        (
            "{\"id\":1,\"error\":{\"code\":-32601,\"message\":\"no such method\"}}",
            "its error: no such method",
        ),
    ];
    for (input, actual) in cases {
        let error = refused(input);
        assert_eq!((error.code, error.actual.as_str()), (Code::UnknownForm, actual), "{input}");
        assert!(!error.expected.is_empty());
    }
    let long = json!({"error": {"message": "x".repeat(10_000)}}).to_string();
    assert!(refused(long).actual.len() < 200);
}

#[test]
fn broken_json_is_malformed() {
    for input in ["{", "[1,", "{\"a\" 1}", "\"abc", "{\"a\":\u{1}}", "{} x", "[1 2]", "{\"a\":01}"]
    {
        assert_eq!(refused(input).code, Code::MalformedJson, "{input}");
    }
    assert_eq!(refused(b"{\"a\":\"\xff\"}").code, Code::MalformedJson);
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("{\"result\":", "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        assert_eq!(refused(deep).code, Code::MalformedJson);
    }
}

#[test]
fn broken_hex_names_its_place() {
    for (value, what) in
        [("0x123", "odd"), ("0x12zz", "foreign"), ("0x0x12", "two prefixes"), ("0x12é", "foreign")]
    {
        check(
            with(combined_json(), "/witness/state/3", json!(value)),
            Code::MalformedHex,
            "witness.state[3]",
        );
        check(
            with(combined_json(), "/witness/codes/1", json!(value)),
            Code::MalformedHex,
            "witness.codes[1]",
        );
        check(
            with(combined_json(), "/witness/headers/0", json!(value)),
            Code::MalformedHex,
            "witness.headers[0]",
        );
        check(with(combined_json(), "/blockRlp", json!(value)), Code::MalformedHex, "blockRlp");
        assert_eq!(refused(value).code, Code::MalformedHex, "{what}");
    }
    check(answer(&json!("0x1")).to_string(), Code::MalformedHex, "result");
}

#[test]
fn wrong_types_name_their_place() {
    let cases = [
        ("/witness/state/2", json!(5), "witness.state[2]"),
        ("/witness/state", json!("0x"), "witness.state"),
        ("/witness/codes/0", Value::Null, "witness.codes[0]"),
        ("/witness/codes", json!(true), "witness.codes"),
        ("/witness/headers/1", json!(["0x"]), "witness.headers[1]"),
        ("/witness/headers", json!({}), "witness.headers"),
        ("/witness", json!([]), "witness"),
        ("/blockRlp", json!(12), "blockRlp"),
        ("/chainId", json!(-1), "chainId"),
        ("/chainId", json!(1.5), "chainId"),
        ("/chainId", json!("+1"), "chainId"),
        ("/chainId", json!("0x+1"), "chainId"),
        ("/chainId", json!("0x10000000000000000"), "chainId"),
        ("/preStateRoot", json!("0x12"), "preStateRoot"),
        ("/preStateRoot", json!(1), "preStateRoot"),
    ];
    for (pointer, value, at) in cases {
        check(with(combined_json(), pointer, value), Code::MalformedField, at);
    }
    let mut hashes = combined_json();
    hashes["witness"]["blockHashes"] = json!(["0x12"]);
    check(hashes.to_string(), Code::MalformedField, "witness.blockHashes[0]");
    let second = format!("{}\n{}", witness_json(), json!({"state": [1]}));
    check(second, Code::MalformedField, "value 1.state[0]");
    check(
        json!([witness_json(), {"state": [1]}]).to_string(),
        Code::MalformedField,
        "[1].state[0]",
    );
}

#[test]
fn a_field_given_twice_is_refused() {
    check("{\"state\":[],\"state\":[]}", Code::MalformedField, "state");
    check("{\"state\":[],\"st\\u0061te\":[]}", Code::MalformedField, "state");
    check("{\"state\":null,\"state\":[]}", Code::MalformedField, "state");
    check(
        "{\"witness\":{\"state\":[],\"codes\":[],\"codes\":[]}}",
        Code::MalformedField,
        "witness.codes",
    );
    let twice = |text: String, key: &str| text.replacen(key, &format!("{key}:\"0x1\",{key}"), 1);
    check(twice(block_json().to_string(), "\"gasLimit\""), Code::MalformedField, "gasLimit");
    check(
        twice(block_json().to_string(), "\"transactions\""),
        Code::MalformedField,
        "transactions",
    );
}

#[test]
fn blocks_of_fields_must_be_whole_and_true() {
    let block = block_json();
    check(
        with(block.clone(), "/hash", json!(alloy_primitives::B256::ZERO)),
        Code::MalformedField,
        "hash",
    );
    check(with(block.clone(), "/gasUsed", json!("0x5")), Code::MalformedField, "hash");
    check(
        with(block.clone(), "/transactions/1/value", json!("0x5")),
        Code::MalformedField,
        "transactions[1].hash",
    );
    check(
        with(block.clone(), "/transactions/1/type", json!("0x7e")),
        Code::MalformedField,
        "transactions[1].type",
    );
    check(
        with(block.clone(), "/transactions/0", json!("0x12")),
        Code::MissingField,
        "transactions[0]",
    );
    check(with(block.clone(), "/transactions", Value::Null), Code::MissingField, "transactions");
    check(with(block.clone(), "/withdrawals", Value::Null), Code::MissingField, "withdrawals");
    check(with(block.clone(), "/uncles", json!(["0x12"])), Code::MissingField, "uncles");
    let mut ommers = block.clone();
    ommers["sha3Uncles"] = json!(alloy_primitives::B256::ZERO);
    ommers["hash"] = Value::Null;
    check(ommers.to_string(), Code::MissingField, "uncles");
    let mut short = block;
    short.as_object_mut().expect("object").remove("stateRoot");
    check(short.to_string(), Code::MissingField, "");
    check(
        json!({"codes": [], "witness": {"codes": []}}).to_string(),
        Code::MissingField,
        "witness.state",
    );
    let mut header = witness_json();
    header["headers"] = json!([with(header_json(8), "/hash", json!(alloy_primitives::B256::ZERO))]);
    header["headers"][0] =
        serde_json::from_str(header["headers"][0].as_str().expect("text")).expect("json");
    check(header.to_string(), Code::MalformedField, "headers[0].hash");
}

#[test]
fn broken_rlp_is_malformed() {
    let (block, witness) = (block_rlp(), witness_rlp(true));
    let trailing = |rlp: &[u8]| [rlp, &[0x80]].concat();
    check(trailing(&block), Code::MalformedRlp, "");
    check(trailing(&witness), Code::MalformedRlp, "");
    check(hex(trailing(&witness)), Code::MalformedRlp, "");
    let (_, cut) = block.split_last().expect("bytes");
    check(cut, Code::MalformedRlp, "");
    check([0xc4, 0xc0, 0xc0, 0xc1], Code::MalformedRlp, "");
    check([0xc2, 0xc0, 0xc0], Code::MalformedRlp, "");
    check([0xc5, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0], Code::MalformedRlp, "");
    check([0xc4, 0xc0, 0xc0, 0xc1, 0xc0].as_slice(), Code::MalformedRlp, "state[0]");
    check(json!({"witness": "0x80"}).to_string(), Code::MalformedRlp, "witness");
    check(json!({"witness": "0xc4c0c1c0c0"}).to_string(), Code::MalformedRlp, "witness.codes[0]");
    check([0xf8, 0x03, 0xc0, 0xc0, 0xc0], Code::MalformedRlp, "");
}

#[test]
fn broken_compression_is_malformed() {
    let whole = gzip(combined_json().to_string());
    for cut in 2..whole.len() {
        let code = refused(&whole[..cut]).code;
        assert_eq!(code, Code::MalformedCompression, "cut at {cut}");
    }
    let mut damaged = whole.clone();
    let crc = damaged.len() - 8;
    damaged[crc] ^= 1;
    assert_eq!(refused(damaged).code, Code::MalformedCompression);
    assert_eq!(refused([whole.as_slice(), b"tail"].concat()).code, Code::MalformedCompression);
    assert_eq!(refused(gzip(gzip(whole))).code, Code::MalformedCompression);
}

#[test]
fn budgets_bound_bytes_nodes_and_headers() {
    let text = combined_json().to_string();
    let read = |input: &[u8], bytes, nodes| {
        weakstate_codec::read(input, &Budget { bytes, nodes, ..Budget::default() })
    };
    let code = |input: &[u8], bytes, nodes| read(input, bytes, nodes).map_err(|error| error.code);
    assert!(read(text.as_bytes(), text.len(), 5).is_ok());
    assert_eq!(code(text.as_bytes(), text.len() - 1, 5), Err(Code::InputTooLarge));
    assert!(read(&gzip(&text), text.len(), 5).is_ok());
    assert_eq!(code(&gzip(&text), text.len() - 1, 5), Err(Code::InputTooLarge));
    assert_eq!(code(&gzip(vec![0; 1 << 26]), 1 << 20, 5), Err(Code::InputTooLarge));

    let error = read(text.as_bytes(), text.len(), 4).expect_err("refused");
    assert_eq!((error.code, error.at.as_str()), (Code::TooManyNodes, "witness.state"));
    assert_eq!(code(&witness_rlp(false), 1 << 20, 4), Err(Code::TooManyNodes));
    let codes = json!({"state": [], "codes": vec!["0x"; 9]}).to_string();
    assert_eq!(code(codes.as_bytes(), 1 << 20, 8), Err(Code::TooManyNodes));
    for count in [4096, 4097] {
        let headers = json!({"state": [], "headers": vec!["0x"; count]}).to_string();
        assert_eq!(code(headers.as_bytes(), 1 << 20, 8).is_ok(), count == 4096);
    }
    let values = format!("{{\"state\":[],\"x\":[{}0]}}", "0,".repeat(100_000));
    assert_eq!(code(values.as_bytes(), 1 << 20, 8), Err(Code::TooManyNodes));
    let words = "c3c0c0c0 ".repeat(70_000);
    assert_eq!(code(words.as_bytes(), 1 << 20, 8), Err(Code::InputTooLarge));
    assert_eq!(Code::TooManyNodes.blame(), Blame::BudgetExceeded);
}
