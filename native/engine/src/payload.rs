//! Execution payloads in JSON: a block's fields and transactions, and its execution witness.
//!
//! Source: `ExecutionPayload` of the engine interface (names in camel case, hexadecimal
//! quantities) and of the beacon interface (names with underscores, decimal strings).

use alloy_consensus::Header;
use alloy_consensus::constants::EMPTY_OMMER_ROOT_HASH;
use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, B256, Bloom, Bytes, keccak256};
use serde_json::{Map, Value};
use weakstate_codec::{Code, Error};
use weakstate_trees::mpt::ordered_root;
use weakstate_trees::verkle::tree::{json, ssz};

use crate::Result;
use crate::assemble::{self, Body};

/// A block that was read from a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// The block in RLP.
    pub block: Vec<u8>,
    /// The diff and proof of its execution witness in SSZ, if it carries one.
    pub proof: Option<Vec<u8>>,
}

/// Objects that a payload may stand in, and where in them.
const AROUND: [&str; 6] =
    ["data", "message", "body", "execution_payload", "executionPayload", "execute"];

/// How much of a text is looked at for the names of a payload's fields: more than they and what
/// may precede them take, transactions left out.
const LOOKED_AT: usize = 1 << 17;

/// Whether a text looks like a payload, or several, or something that holds one.
pub fn is_payload(text: &[u8]) -> bool {
    if !text.trim_ascii_start().starts_with(b"{") {
        return false;
    }
    // JSON is text, and a text is searched many bytes at a time.
    let text = text.get(..text.len().min(LOOKED_AT)).unwrap_or_default();
    let text = text.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    text.contains("\"prev_randao\"") || text.contains("\"prevRandao\"")
}

/// Whether a text looks like an execution witness of a Verkle chain, and nothing with it.
pub fn is_witness(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let start = text.strip_prefix(b"{").unwrap_or_default().trim_ascii_start();
    let names: [&[u8]; 5] = [
        b"\"stateDiff\"",
        b"\"state_diff\"",
        b"\"verkleProof\"",
        b"\"verkle_proof\"",
        b"\"parentStateRoot\"",
    ];
    names.iter().any(|name| start.starts_with(name))
}

/// Reads an execution witness: its diff and proof in SSZ.
///
/// # Errors
/// As [`read_all`].
pub fn read_witness(text: &[u8]) -> Result<Vec<u8>> {
    let json: Value = serde_json::from_slice(text).map_err(|error| {
        Box::new(Error::new(Code::MalformedJson).actual(error).at("execution witness"))
    })?;
    let (diff, proof) = json::read(&json)?;
    Ok(ssz::encode(&diff, &proof))
}

/// An execution witness in JSON, from its diff and proof in SSZ.
///
/// # Errors
/// `malformed_proof`.
pub fn write_witness(proof: &[u8]) -> Result<String> {
    let (diff, proof) = ssz::decode(proof)?;
    Ok(json::write(&diff, &proof).to_string())
}

/// Reads payloads, one after the other: a line each, or with any space between. One that stands
/// for no block, numbered zero and without a hash, is passed over.
///
/// # Errors
/// `malformed_json`, `missing_field`; `malformed_field`, also if the fields do not hash to the
/// block hash that stands with them; `malformed_proof`.
pub fn read_all(text: &[u8]) -> Result<Vec<Payload>> {
    let mut payloads = Vec::new();
    for (index, json) in serde_json::Deserializer::from_slice(text).into_iter().enumerate() {
        let json: Value = json.map_err(|error| {
            let malformed = Error::new(Code::MalformedJson).actual(error);
            Box::new(malformed.at(format_args!("payload {index}")))
        })?;
        let payload = read(&json).map_err(|mut error| {
            error.at = format!("payload {index}: {}", error.at);
            error
        })?;
        payloads.extend(payload);
    }
    Ok(payloads)
}

fn read(json: &Value) -> Result<Option<Payload>> {
    let mut inner = json;
    let mut beacon_root = None;
    while let Some((_, next)) =
        AROUND.iter().find_map(|name| Some((name, inner.get(name)?))).filter(|_| !is_inner(inner))
    {
        beacon_root = inner.get("parentBeaconBlockRoot").or(beacon_root);
        inner = next;
    }
    let fields = inner.as_object().ok_or_else(|| malformed("payload", "an object"))?;
    let payload = Fields(fields);
    let stated: B256 = payload.parsed("block_hash", "32 bytes")?;
    if stated.is_zero() && payload.number("block_number")? == 0 {
        return Ok(None);
    }
    let transactions = payload.list("transactions")?;
    let transactions: Vec<Bytes> = transactions
        .iter()
        .map(|transaction| parsed(transaction, "transactions", "hexadecimal"))
        .collect::<Result<_>>()?;
    let withdrawals = match payload.find("withdrawals") {
        None | Some(Value::Null) => None,
        Some(_) => {
            let list = payload.list("withdrawals")?;
            Some(list.iter().map(withdrawal).collect::<Result<Vec<_>>>()?)
        }
    };
    let mut body = Body::new(withdrawals.as_deref());
    transactions.iter().for_each(|transaction| body.push(transaction, 0));
    let header = header(&payload, &body, beacon_root)?;
    let rlp = alloy_rlp::encode(&header);
    let hash = keccak256(&rlp);
    if stated != hash {
        let expected = format!("{hash}, the hash of the fields given");
        let error = Error::new(Code::MalformedField).expected(expected).actual(stated);
        return Err(Box::new(error.at("block_hash")));
    }
    let proof = match payload.find("execution_witness") {
        None | Some(Value::Null) => None,
        Some(witness) => {
            let (diff, proof) = json::read(witness)?;
            Some(ssz::encode(&diff, &proof))
        }
    };
    Ok(Some(Payload { block: assemble::encode(&rlp, &body), proof }))
}

/// Whether an object has the fields of a payload itself.
fn is_inner(value: &Value) -> bool {
    value.get("block_hash").or_else(|| value.get("blockHash")).is_some()
}

fn header(payload: &Fields<'_>, body: &Body<'_>, beacon_root: Option<&Value>) -> Result<Header> {
    let number = |name: &str| payload.number(name);
    let given = |name: &str| match payload.find(name) {
        None | Some(Value::Null) => Ok(None),
        Some(_) => number(name).map(Some),
    };
    let root = |name: &str, found: Option<&Value>| match found {
        None | Some(Value::Null) => Ok(None),
        Some(value) => parsed(value, name, "32 bytes").map(Some),
    };
    let hash = |name: &str| payload.parsed::<B256>(name, "32 bytes");
    let beacon_root = payload.find("parent_beacon_block_root").or(beacon_root);
    Ok(Header {
        parent_hash: hash("parent_hash")?,
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        beneficiary: payload.parsed::<Address>("fee_recipient", "an address")?,
        state_root: hash("state_root")?,
        transactions_root: ordered_root(body.transactions()),
        receipts_root: hash("receipts_root")?,
        logs_bloom: payload.parsed::<Bloom>("logs_bloom", "256 bytes")?,
        number: number("block_number")?,
        gas_limit: number("gas_limit")?,
        gas_used: number("gas_used")?,
        timestamp: number("timestamp")?,
        extra_data: payload.parsed("extra_data", "hexadecimal")?,
        mix_hash: hash("prev_randao")?,
        base_fee_per_gas: Some(number("base_fee_per_gas")?),
        withdrawals_root: body.withdrawals().map(ordered_root),
        blob_gas_used: given("blob_gas_used")?,
        excess_blob_gas: given("excess_blob_gas")?,
        parent_beacon_block_root: root("parent_beacon_block_root", beacon_root)?,
        requests_hash: root("requests_hash", payload.find("requests_hash"))?,
        ..Header::default()
    })
}

fn withdrawal(value: &Value) -> Result<Withdrawal> {
    let fields = value.as_object().ok_or_else(|| malformed("withdrawals", "objects"))?;
    let fields = Fields(fields);
    Ok(Withdrawal {
        index: fields.number("index")?,
        validator_index: fields.number("validator_index")?,
        address: fields.parsed("address", "an address")?,
        amount: fields.number("amount")?,
    })
}

/// Members by their names with underscores, or in camel case.
struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    fn find(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).or_else(|| {
            let mut words = name.split('_');
            let mut camel = words.next().unwrap_or_default().to_owned();
            for word in words {
                let (first, rest) = word.split_at(word.len().min(1));
                camel.push_str(&first.to_ascii_uppercase());
                camel.push_str(rest);
            }
            self.0.get(&camel)
        })
    }

    fn member(&self, name: &str) -> Result<&'a Value> {
        self.find(name).ok_or_else(|| Box::new(Error::new(Code::MissingField).at(name)))
    }

    fn parsed<T: std::str::FromStr>(&self, name: &str, expected: &str) -> Result<T> {
        parsed(self.member(name)?, name, expected)
    }

    fn list(&self, name: &str) -> Result<&'a [Value]> {
        let list = self.member(name)?.as_array();
        list.map(Vec::as_slice).ok_or_else(|| malformed(name, "a list"))
    }

    fn number(&self, name: &str) -> Result<u64> {
        let number = match self.member(name)? {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => match text.strip_prefix("0x") {
                Some(hex) => u64::from_str_radix(hex, 16).ok(),
                None => text.parse().ok(),
            },
            _ => None,
        };
        number.ok_or_else(|| malformed(name, "a number below 2^64"))
    }
}

fn parsed<T: std::str::FromStr>(value: &Value, name: &str, expected: &str) -> Result<T> {
    let parsed = value.as_str().and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| malformed(name, expected))
}

fn malformed(at: &str, expected: &str) -> Box<Error> {
    Box::new(Error::new(Code::MalformedField).expected(expected).at(at))
}
