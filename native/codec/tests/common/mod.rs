//! Inputs that the tests build: a header, a block, a witness, in each of their forms.

use alloy_consensus::{EthereumTxEnvelope, Header, Signed, TxEip1559, TxEip4844, TxLegacy};
use alloy_eips::eip2718::Encodable2718;
use alloy_eips::eip4895::{Withdrawal, Withdrawals};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, keccak256};
use alloy_rlp::Encodable;
use serde_json::{Value, json};
use weakstate_codec::{Budget, Error, Item};

type Transaction = EthereumTxEnvelope<TxEip4844>;

pub fn read(input: impl AsRef<[u8]>) -> Result<Vec<Item>, Error> {
    weakstate_codec::read(input.as_ref(), &Budget::default())
}

pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    const_hex::encode_prefixed(bytes)
}

pub fn header(number: u64) -> Header {
    let root = Some(B256::repeat_byte(7));
    Header {
        parent_hash: B256::repeat_byte(number as u8),
        number,
        gas_limit: 30_000_000,
        timestamp: 1_700_000_000 + number,
        extra_data: Bytes::from_static(b"extra"),
        base_fee_per_gas: Some(7),
        withdrawals_root: root,
        blob_gas_used: Some(0),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: root,
        requests_hash: root,
        ..Header::default()
    }
}

pub fn header_rlp(number: u64) -> Vec<u8> {
    alloy_rlp::encode(header(number))
}

/// A header as geth writes it into a witness.
pub fn header_json(number: u64) -> Value {
    let header = header(number);
    let mut object = serde_json::to_value(&header).expect("header");
    object["hash"] = json!(header.hash_slow());
    for absent in ["blockAccessListHash", "slotNumber"] {
        object[absent] = Value::Null;
    }
    object
}

fn transactions() -> Vec<Transaction> {
    let signature = Signature::new(U256::from(5), U256::from(6), true);
    let legacy = TxLegacy {
        chain_id: Some(1),
        gas_limit: 21_000,
        gas_price: 9,
        to: TxKind::Create,
        input: Bytes::from_static(&[1, 2, 3]),
        ..TxLegacy::default()
    };
    let priced = TxEip1559 {
        chain_id: 1,
        nonce: 300,
        gas_limit: 21_000,
        max_fee_per_gas: 10,
        max_priority_fee_per_gas: 1,
        to: TxKind::Call(Address::repeat_byte(3)),
        value: U256::MAX,
        ..TxEip1559::default()
    };
    vec![
        Transaction::Legacy(Signed::new_unhashed(legacy, signature)),
        Transaction::Eip1559(Signed::new_unhashed(priced, signature)),
    ]
}

fn withdrawals() -> Withdrawals {
    let withdrawal =
        Withdrawal { index: 300, validator_index: 1, amount: 9, ..Withdrawal::default() };
    Withdrawals::new(vec![withdrawal])
}

/// A block, as alloy encodes it.
pub fn block_rlp() -> Vec<u8> {
    let body = alloy_consensus::BlockBody::<Transaction> {
        transactions: transactions(),
        ommers: Vec::new(),
        withdrawals: Some(withdrawals()),
    };
    alloy_rlp::encode(alloy_consensus::Block { header: header(9), body })
}

/// The same block, as `eth_getBlockByNumber` answers.
pub fn block_json() -> Value {
    let mut object = header_json(9);
    let each = |transaction: &Transaction| {
        let mut value = serde_json::to_value(transaction).expect("transaction");
        value["hash"] = json!(keccak256(transaction.encoded_2718()));
        value["blockNumber"] = json!("0x9");
        value
    };
    object["transactions"] = transactions().iter().map(each).collect();
    object["uncles"] = json!([]);
    object["withdrawals"] = serde_json::to_value(withdrawals()).expect("withdrawals");
    object["size"] = json!("0x400");
    object
}

/// Nodes as real producers list them: `0x80`, an empty one and a duplicate among them.
pub const NODES: [&[u8]; 5] = [&[0xc2, 0x80, 0x80], &[0x80], &[], &[0xaa; 100], &[0xaa; 100]];
pub const CODES: [&[u8]; 2] = [&[0x60, 0x01], &[0x00]];

/// The witness as hexadecimal lists, headers out of order.
pub fn witness_json() -> Value {
    json!({
        "state": NODES.map(hex),
        "codes": CODES.map(hex),
        "keys": ["anything", 5, null],
        "headers": [hex(header_rlp(8)), hex(header_rlp(7))],
    })
}

pub fn combined_json() -> Value {
    json!({
        "source": {"of": ["the", "file"]},
        "chainId": 1,
        "preStateRoot": B256::repeat_byte(1),
        "blockRlp": hex(block_rlp()),
        "witness": witness_json(),
    })
}

fn rlp_list(items: &[Vec<u8>]) -> Vec<u8> {
    let payload = items.concat();
    let mut out = Vec::new();
    alloy_rlp::Header { list: true, payload_length: payload.len() }.encode(&mut out);
    out.extend_from_slice(&payload);
    out
}

fn rlp_strings(strings: &[&[u8]]) -> Vec<u8> {
    let strings: Vec<Vec<u8>> = strings
        .iter()
        .map(|string| {
            let mut out = Vec::new();
            string.encode(&mut out);
            out
        })
        .collect();
    rlp_list(&strings)
}

/// The witness as geth's RLP, with the list of keys or without.
pub fn witness_rlp(keys: bool) -> Vec<u8> {
    let headers = rlp_list(&[header_rlp(8), header_rlp(7)]);
    let mut parts = vec![headers, rlp_strings(&CODES), rlp_strings(&NODES)];
    if keys {
        parts.push(rlp_strings(&[b"key"]));
    }
    rlp_list(&parts)
}

pub fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes.as_ref()).expect("write");
    encoder.finish().expect("finish")
}

/// Wraps an answer as a node sends it.
pub fn answer(result: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "result": result})
}
