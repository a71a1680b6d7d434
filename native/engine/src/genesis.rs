//! The first state and header of a chain, from a geth-style genesis file.

use alloy_consensus::Header;
use alloy_consensus::constants::{EMPTY_OMMER_ROOT_HASH, EMPTY_ROOT_HASH};
use alloy_eips::eip1559::INITIAL_BASE_FEE;
use alloy_eips::eip7685::EMPTY_REQUESTS_HASH;
use alloy_primitives::{Address, B64, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use serde_json::{Map, Value};
use weakstate_codec::{Code, Error};
use weakstate_trees::state::{Account, AccountChange, Changes, Layout};

use crate::Result;
use crate::block::SealedHeader;
use crate::chain::{Chain, Fork};

/// The accounts that a genesis file allocates.
#[derive(Clone, Debug)]
pub struct Allocation {
    /// The accounts, as changes of nothing.
    pub changes: Changes,
    /// Their codes.
    pub codes: Vec<Bytes>,
    /// Root of the state that they are.
    pub root: B256,
}

/// The state and header of block 0.
///
/// # Errors
/// `malformed_json`, `malformed_field`.
pub fn read(text: &[u8], chain: &Chain) -> Result<(Allocation, SealedHeader)> {
    let json = parse(text)?;
    let state = allocation(json.get("alloc"), &chain.layout())?;
    let header = header(&json, chain, state.root)?;
    Ok((state, SealedHeader::new(header)))
}

/// The state that a genesis file allocates, whatever its header.
///
/// # Errors
/// `malformed_json`, `malformed_field`.
pub fn allocated(text: &[u8], layout: &Layout) -> Result<Allocation> {
    allocation(parse(text)?.get("alloc"), layout)
}

fn parse(text: &[u8]) -> Result<Value> {
    serde_json::from_slice(text)
        .map_err(|error| Box::new(Error::new(Code::MalformedJson).actual(error).at("genesis file")))
}

fn allocation(alloc: Option<&Value>, layout: &Layout) -> Result<Allocation> {
    let mut changes = Changes::new();
    let mut codes = Vec::new();
    let nothing = Map::new();
    let accounts = alloc.and_then(Value::as_object).unwrap_or(&nothing);
    for (name, entry) in accounts {
        let address: Address = format!("0x{}", name.trim_start_matches("0x"))
            .parse()
            .map_err(|_| malformed("an address", name, "alloc"))?;
        let code = bytes(entry, "code", &format!("alloc.{name}"))?.unwrap_or_default();
        let code_hash = if code.is_empty() { KECCAK256_EMPTY } else { keccak256(&code) };
        if !code.is_empty() {
            codes.push(code);
        }
        let account = Account {
            nonce: number(entry, "nonce", name)?.unwrap_or_default(),
            balance: integer(entry.get("balance"), &format!("alloc.{name}.balance"))?
                .unwrap_or_default(),
            code_hash,
        };
        let mut slots = Vec::new();
        for (slot, value) in entry.get("storage").and_then(Value::as_object).unwrap_or(&nothing) {
            let at = format!("alloc.{name}.storage.{slot}");
            let slot = integer(Some(&Value::from(slot.as_str())), &at)?.unwrap_or_default();
            let value = integer(Some(value), &at)?.unwrap_or_default();
            if !value.is_zero() {
                slots.push((slot, value));
            }
        }
        slots.sort_unstable();
        let change = AccountChange { account: Some(account), storage_cleared: true, slots };
        changes.push((address, change));
    }
    changes.sort_unstable_by_key(|(address, _)| *address);
    if let Some([(address, _), _]) = changes.array_windows().find(|[(a, _), (b, _)]| a == b) {
        return Err(malformed("each account once", &address.to_string(), "alloc"));
    }
    let by_hash = codes.iter().map(|code| (keccak256(code), code.clone())).collect();
    let root = layout.build(&changes, &by_hash, |_, _| {})?;
    Ok(Allocation { changes, codes, root })
}

fn header(json: &Value, chain: &Chain, state_root: B256) -> Result<Header> {
    let numeric = number(json, "number", "")?.unwrap_or_default();
    let timestamp = number(json, "timestamp", "")?.unwrap_or_default();
    let fork = chain.fork_at(numeric, timestamp).fork;
    let since = |wanted: Fork| fork >= wanted;
    let word = |name: &str| -> Result<B256> {
        let value = bytes(json, name, "")?.unwrap_or_default();
        Ok(B256::left_padding_from(value.get(value.len().saturating_sub(32)..).unwrap_or_default()))
    };
    let nonce = number(json, "nonce", "")?.unwrap_or_default();
    let beneficiary = bytes(json, "coinbase", "")?.unwrap_or_default();
    let base_fee = number(json, "baseFeePerGas", "")?.unwrap_or(INITIAL_BASE_FEE);
    let blobs = |name: &str| Ok::<_, Box<Error>>(number(json, name, "")?.unwrap_or_default());
    Ok(Header {
        parent_hash: word("parentHash")?,
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        beneficiary: Address::try_from(beneficiary.as_ref()).unwrap_or_default(),
        state_root,
        transactions_root: EMPTY_ROOT_HASH,
        receipts_root: EMPTY_ROOT_HASH,
        difficulty: integer(json.get("difficulty"), "difficulty")?.unwrap_or_default(),
        number: numeric,
        gas_limit: number(json, "gasLimit", "")?.unwrap_or_default(),
        gas_used: number(json, "gasUsed", "")?.unwrap_or_default(),
        timestamp,
        extra_data: bytes(json, "extraData", "")?.unwrap_or_default(),
        mix_hash: word("mixHash")?,
        nonce: B64::from(nonce),
        base_fee_per_gas: since(Fork::London).then_some(base_fee),
        withdrawals_root: since(Fork::Shanghai).then_some(EMPTY_ROOT_HASH),
        blob_gas_used: since(Fork::Cancun).then_some(blobs("blobGasUsed")?),
        excess_blob_gas: since(Fork::Cancun).then_some(blobs("excessBlobGas")?),
        parent_beacon_block_root: since(Fork::Cancun).then_some(word("parentBeaconBlockRoot")?),
        requests_hash: since(Fork::Prague).then_some(EMPTY_REQUESTS_HASH),
        ..Header::default()
    })
}

fn bytes(object: &Value, key: &str, at: &str) -> Result<Option<Bytes>> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            let digits = text.strip_prefix("0x").unwrap_or(text);
            let decoded = alloy_primitives::hex::decode(digits);
            decoded.map(|bytes| Some(bytes.into())).map_err(|_| malformed("hexadecimal", text, key))
        }
        Some(other) => Err(malformed("hexadecimal", &other.to_string(), &format!("{at}.{key}"))),
    }
}

fn number(object: &Value, key: &str, at: &str) -> Result<Option<u64>> {
    let place = format!("{at}.{key}");
    let Some(integer) = integer(object.get(key), &place)? else {
        return Ok(None);
    };
    let narrow = u64::try_from(integer);
    narrow.map(Some).map_err(|_| malformed("a number below 2^64", &integer.to_string(), &place))
}

/// An integer as genesis files have it: a number, or a decimal or hexadecimal string.
fn integer(value: Option<&Value>, at: &str) -> Result<Option<U256>> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) if number.is_u64() => Ok(number.as_u64().map(U256::from)),
        Some(Value::String(text)) => {
            let (digits, radix) = match text.strip_prefix("0x") {
                Some(digits) => (digits, 16),
                None => (text.as_str(), 10),
            };
            let digits = if digits.is_empty() { "0" } else { digits };
            let parsed = U256::from_str_radix(digits, radix);
            parsed.map(Some).map_err(|_| malformed("an integer below 2^256", text, at))
        }
        Some(other) => Err(malformed("an integer", &other.to_string(), at)),
    }
}

fn malformed(expected: &str, actual: &str, at: &str) -> Box<Error> {
    let actual: String = actual.chars().take(80).collect();
    Box::new(Error::new(Code::MalformedField).expected(expected).actual(actual).at(at))
}
