//! Reads a chain's own rules from its genesis file: the object `weakstate` of `config`.

use alloy_primitives::{Address, Bytes};
use serde_json::{Map, Value};
use weakstate_codec::{Code, Error};

use super::genesis::{malformed, number};
use super::hooks::{FeeTo, Hooks, SYSTEM_CALL_GAS, SystemCall};
use super::kinds::{Embedding, Gas, Named, Scheme};

type Result<T> = std::result::Result<T, Box<Error>>;

pub(super) const KEY: &str = "weakstate";

/// What is a chain's own.
#[derive(Debug, Default)]
pub(super) struct Own {
    pub hooks: Hooks,
    pub scheme: Scheme,
    pub embedding: Embedding,
    pub gas: Gas,
}

/// Precompiled contracts cannot be written down: whoever has their code adds them.
pub(super) fn parse(config: &Map<String, Value>) -> Result<Own> {
    let (mut own, mut embedding) = (Own::default(), None);
    let object = match config.get(KEY) {
        None | Some(Value::Null) => return Ok(own),
        Some(Value::Object(object)) => object,
        Some(other) => return Err(malformed("an object", other, KEY)),
    };
    for (key, value) in object {
        let at = format!("{KEY}.{key}");
        match key.as_str() {
            "callsBefore" => own.hooks.before = calls(value, &at)?,
            "callsAfter" => own.hooks.after = calls(value, &at)?,
            "baseFeeTo" => own.hooks.base_fee = Some(fee_to(value, &at)?),
            "priorityFeeTo" => own.hooks.priority_fee = Some(fee_to(value, &at)?),
            "scheme" => own.scheme = kind(value, &at)?,
            "embedding" => embedding = Some(kind(value, &at)?),
            "gas" => own.gas = kind(value, &at)?,
            // To pass over a rule would be to judge by others.
            _ => return Err(malformed("a rule that is known", value, &at)),
        }
    }
    own.embedding = embedding.unwrap_or(own.scheme.embedding());
    let binary = matches!(own.scheme, Scheme::Binary(_));
    if (binary || own.embedding == Embedding::Zoned) && own.embedding != own.scheme.embedding() {
        let expected = own.scheme.embedding().name();
        return Err(malformed(expected, &own.embedding.name().into(), &format!("{KEY}.embedding")));
    }
    if binary && own.gas != Gas::Ethereum {
        let expected = Gas::Ethereum.name();
        return Err(malformed(expected, &own.gas.name().into(), &format!("{KEY}.gas")));
    }
    Ok(own)
}

fn kind<K: Named>(value: &Value, at: &str) -> Result<K> {
    let named = value.as_str().and_then(K::named);
    named.ok_or_else(|| malformed(&format!("one of {}", K::names()), value, at))
}

fn calls(value: &Value, at: &str) -> Result<Vec<SystemCall>> {
    let list = value.as_array().ok_or_else(|| malformed("a list", value, at))?;
    list.iter().map(|call| one_call(call, at)).collect()
}

fn one_call(value: &Value, at: &str) -> Result<SystemCall> {
    let call = value.as_object().ok_or_else(|| malformed("an object", value, at))?;
    let known = ["contract", "input", "gas"];
    if let Some((key, value)) = call.iter().find(|(key, _)| !known.contains(&key.as_str())) {
        return Err(malformed("contract, input or gas", value, &format!("{at}.{key}")));
    }
    let Some(contract) = call.get("contract") else {
        return Err(Box::new(Error::new(Code::MissingField).at(format!("config.{at}.contract"))));
    };
    let input = match call.get("input") {
        None => Bytes::new(),
        Some(input) => text(input)
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| malformed("hexadecimal", input, &format!("{at}.input")))?,
    };
    Ok(SystemCall {
        contract: address(contract)
            .ok_or_else(|| malformed("an address", contract, &format!("{at}.contract")))?,
        input,
        gas: number(call, "gas")?.unwrap_or(SYSTEM_CALL_GAS),
    })
}

fn fee_to(value: &Value, at: &str) -> Result<FeeTo> {
    match text(value) {
        Some("burned") => Ok(FeeTo::Burned),
        Some("beneficiary") => Ok(FeeTo::Beneficiary),
        _ => address(value)
            .map(FeeTo::Account)
            .ok_or_else(|| malformed("an address, \"burned\" or \"beneficiary\"", value, at)),
    }
}

fn address(value: &Value) -> Option<Address> {
    text(value).and_then(|text| text.parse().ok())
}

fn text(value: &Value) -> Option<&str> {
    value.as_str()
}
