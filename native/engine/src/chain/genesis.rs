//! Reads a chain from a geth-style genesis file.

use alloy_primitives::Address;
use serde_json::{Map, Value};
use weakstate_codec::{Code, Error};

use super::{Activation, BlobSchedule, Chain, DEPOSIT_CONTRACT, Fork, Gas, When, own};

use super::own::Own;

type Result<T> = std::result::Result<T, Box<Error>>;

pub(super) fn parse(text: &[u8]) -> Result<Chain> {
    let json: Value = serde_json::from_slice(text).map_err(|error| {
        Box::new(Error::new(Code::MalformedJson).actual(error).at("genesis file"))
    })?;
    let config = match json.get("config") {
        Some(config) => config.as_object(),
        // The config alone: it names at least one fork.
        None => json
            .as_object()
            .filter(|bare| Fork::all().any(|fork| bare.contains_key(fork.genesis_key()))),
    };
    let Some(config) = config else {
        return Err(Box::new(Error::new(Code::MissingField).expected("an object").at("config")));
    };
    let Some(id) = number(config, "chainId")? else {
        return Err(Box::new(Error::new(Code::MissingField).at("config.chainId")));
    };
    let deposit_contract = match config.get("depositContractAddress") {
        None | Some(Value::Null) => DEPOSIT_CONTRACT,
        Some(value) => value
            .as_str()
            .and_then(|text| text.parse::<Address>().ok())
            .ok_or_else(|| malformed("an address", value, "depositContractAddress"))?,
    };
    let dao_block = match config.get("daoForkSupport") {
        Some(Value::Bool(true)) => number(config, "daoForkBlock")?,
        _ => None,
    };
    let mut schedule = schedule(config, id, dao_block)?;
    let name = format!("chain {id}");
    let source = source(&json);
    let Own { hooks, scheme, embedding, gas } = own::parse(config)?;
    if gas == Gas::Kaustinen6 {
        // What its genesis file calls Prague is its gas, and no fork of Ethereum's.
        schedule.retain(|activation| activation.fork <= Fork::Shanghai);
    }
    Ok(Chain {
        name,
        source,
        id,
        schedule,
        dao_block,
        deposit_contract,
        hooks,
        scheme,
        embedding,
        gas,
    })
}

/// The file without its accounts.
fn source(json: &Value) -> String {
    let fields = json.as_object().into_iter().flatten().filter(|(key, _)| *key != "alloc");
    let fields = fields.map(|(key, value)| (key.clone(), value.clone()));
    Value::Object(fields.collect()).to_string()
}

fn schedule(
    config: &Map<String, Value>,
    id: u64,
    dao_block: Option<u64>,
) -> Result<Vec<Activation>> {
    let mut schedule = vec![Activation { fork: Fork::Frontier, when: When::Block(0), blobs: None }];
    let mut blobs = None;
    let merged = merge_block(config, id)?;
    for fork in Fork::all() {
        let when = match fork {
            Fork::Frontier => None,
            Fork::Dao => dao_block.map(When::Block),
            Fork::Paris => merged.map(When::Block),
            _ if fork > Fork::Paris => number(config, fork.genesis_key())?.map(When::Time),
            _ => number(config, fork.genesis_key())?.map(When::Block),
        };
        let Some(when) = when else { continue };
        blobs = blob_schedule(config, fork)?.or_else(|| fork.default_blobs()).or(blobs);
        schedule.push(Activation { fork, when, blobs });
    }
    Ok(schedule)
}

/// The block of the merge. Of a public chain that was mined it is known; elsewhere a total
/// difficulty of zero, or a fork by time, says that the chain was never mined.
fn merge_block(config: &Map<String, Value>, id: u64) -> Result<Option<u64>> {
    let known = Chain::by_id(id).and_then(|chain| {
        let paris = chain.schedule.iter().find(|activation| activation.fork == Fork::Paris)?;
        Some(paris.when)
    });
    let total = terminal_difficulty(config)?;
    match (known, number(config, Fork::Paris.genesis_key())?) {
        (Some(When::Block(block)), _) if total == Some(false) => return Ok(Some(block)),
        (_, Some(block)) => return Ok(Some(block)),
        _ => {}
    }
    let by_time = number(config, Fork::Shanghai.genesis_key())?.is_some();
    Ok((total == Some(true) || by_time).then_some(0))
}

/// Whether the total difficulty of the merge is zero, if it is given.
fn terminal_difficulty(config: &Map<String, Value>) -> Result<Option<bool>> {
    Ok(match config.get("terminalTotalDifficulty") {
        None | Some(Value::Null) => None,
        // Numbers above 2^64 read as fractions: they are not zero.
        Some(Value::Number(number)) => Some(number.as_u64() == Some(0)),
        Some(Value::String(text)) => {
            Some(text.trim_start_matches("0x").trim_matches('0').is_empty())
        }
        Some(other) => return Err(malformed("a number", other, "terminalTotalDifficulty")),
    })
}

fn blob_schedule(config: &Map<String, Value>, fork: Fork) -> Result<Option<BlobSchedule>> {
    let Some(Value::Object(all)) = config.get("blobSchedule") else {
        return Ok(None);
    };
    let key = fork.genesis_key().trim_end_matches("Time");
    let Some(Value::Object(entry)) = all.get(key) else {
        return Ok(None);
    };
    let field = |name: &str| {
        number(entry, name)?.ok_or_else(|| {
            let at = format!("config.blobSchedule.{key}.{name}");
            Box::new(Error::new(Code::MissingField).at(at))
        })
    };
    let update_fraction = field("baseFeeUpdateFraction")?;
    if update_fraction == 0 {
        return Err(malformed("a positive number", &Value::from(0), "baseFeeUpdateFraction"));
    }
    Ok(Some(BlobSchedule { target: field("target")?, max: field("max")?, update_fraction }))
}

/// A number as JSON has it: a number, or a decimal or hexadecimal string.
pub(super) fn number(object: &Map<String, Value>, key: &str) -> Result<Option<u64>> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => match text.strip_prefix("0x") {
                Some(hex) => u64::from_str_radix(hex, 16).ok(),
                None => text.parse().ok(),
            },
            _ => None,
        }
        .map(Some)
        .ok_or_else(|| malformed("a number below 2^64", value, key)),
    }
}

pub(super) fn malformed(expected: &str, actual: &Value, key: &str) -> Box<Error> {
    let actual: String = actual.to_string().chars().take(80).collect();
    let at = format!("config.{key}");
    Box::new(Error::new(Code::MalformedField).expected(expected).actual(actual).at(at))
}
