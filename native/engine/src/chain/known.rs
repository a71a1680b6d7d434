//! Networks whose genesis file does not say by what rules they ran. The hash of their first header
//! tells them, and nothing else does.

use alloy_primitives::{B256, b256};
use serde_json::{Value, json};
use weakstate_codec::Error;

use super::{Chain, Embedding, Gas, Named, Scheme, genesis, own};
use crate::genesis as first;

/// A network, and what its genesis file leaves out.
struct Network {
    name: &'static str,
    id: u64,
    genesis: B256,
    scheme: Scheme,
    embedding: Embedding,
    gas: Gas,
}

/// Sources: the networks' genesis files and clients.
const NETWORKS: &[Network] = &[Network {
    name: "kaustinen6",
    id: 69420,
    genesis: b256!("3fe165c03e7a77d1e3759362ebeeb16fd964cb411ce11fbe35c7032fab5b9a8a"),
    scheme: Scheme::Verkle,
    embedding: Embedding::FiveLeaf,
    gas: Gas::Kaustinen6,
}];

/// The chain of a genesis file, if it is one of these networks.
pub(super) fn recognise(text: &[u8], id: u64) -> Option<Result<Chain, Box<Error>>> {
    let network = NETWORKS.iter().find(|network| network.id == id)?;
    let mut file: Value = serde_json::from_slice(text).ok()?;
    file.get("alloc")?;
    let config = file.get_mut("config")?.as_object_mut()?;
    if config.contains_key(own::KEY) {
        return None;
    }
    let rules = json!({
        "scheme": network.scheme.name(),
        "embedding": network.embedding.name(),
        "gas": network.gas.name(),
    });
    config.insert(own::KEY.to_owned(), rules);
    let chain = genesis::parse(file.to_string().as_bytes());
    let chain = chain.map(|chain| Chain { name: network.name.to_owned(), ..chain });
    match chain.and_then(|chain| Ok((first::read(text, &chain)?.1.hash, chain))) {
        Ok((hash, chain)) => (hash == network.genesis).then_some(Ok(chain)),
        Err(error) => Some(Err(error)),
    }
}
