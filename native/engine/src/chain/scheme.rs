//! The rules of a chain over another tree.

use serde_json::{Map, Value, json};
use weakstate_codec::{Code, Error};

use super::{Activation, Chain, Embedding, Fork, Named, Scheme, When, own};

impl Chain {
    /// The same rules, but for the tree that commits to the state and how accounts lie in it. Where
    /// they were built in, they are written out as a genesis file has them.
    ///
    /// # Errors
    /// As [`Self::from_genesis`].
    pub fn with_scheme(&self, scheme: Scheme, embedding: Embedding) -> Result<Self, Box<Error>> {
        let malformed = || Box::new(Error::new(Code::MissingField).at("config"));
        let mut file = match self.source.starts_with('{') {
            true => serde_json::from_str(&self.source).map_err(|error| {
                Box::new(Error::new(Code::MalformedJson).actual(error).at("genesis file"))
            })?,
            false => json!({ "config": written_out(self) }),
        };
        let bare = file.get("config").is_none();
        let config = if bare { Some(&mut file) } else { file.get_mut("config") };
        let config = config.and_then(Value::as_object_mut).ok_or_else(malformed)?;
        let rules = config.entry(own::KEY).or_insert(Value::Null);
        if rules.is_null() {
            *rules = Value::Object(Map::new());
        }
        let rules = rules.as_object_mut().ok_or_else(malformed)?;
        // That of EIP-8297 is laid out in one way, whatever the others are.
        let embedding = match (embedding, scheme.embedding()) {
            (Embedding::Packed, own) => own,
            (other, _) => other,
        };
        rules.insert("scheme".into(), scheme.name().into());
        rules.insert("embedding".into(), embedding.name().into());
        Self::from_genesis(file.to_string().as_bytes())
    }
}

/// The `config` of a genesis file for a chain that is built in.
fn written_out(chain: &Chain) -> Map<String, Value> {
    let mut config = Map::new();
    let mut blobs = Map::new();
    config.insert("chainId".into(), chain.id.into());
    config.insert("depositContractAddress".into(), chain.deposit_contract.to_string().into());
    for &Activation { fork, when, blobs: of_fork } in &chain.schedule {
        let (When::Block(start) | When::Time(start)) = when;
        let key = fork.genesis_key();
        if fork != Fork::Frontier {
            config.insert(key.into(), start.into());
        }
        if let Some(found) = of_fork {
            let name = key.trim_end_matches("Time");
            let (target, max) = (found.target, found.max);
            let fraction = found.update_fraction;
            let entry = json!({ "target": target, "max": max, "baseFeeUpdateFraction": fraction });
            blobs.insert(name.into(), entry);
        }
    }
    if let Some(block) = chain.dao_block {
        config.insert("daoForkSupport".into(), true.into());
        config.insert("daoForkBlock".into(), block.into());
    }
    config.insert("blobSchedule".into(), blobs.into());
    config
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::NAMES;

    /// Forks that hold from somewhere on, without the one that holds before all others.
    fn forks(chain: &Chain) -> Vec<(Fork, When)> {
        let forks = chain.schedule.iter().filter(|at| at.fork != Fork::Frontier);
        forks.map(|at| (at.fork, at.when)).collect()
    }

    #[test]
    #[expect(clippy::unwrap_used, reason = "tests")]
    fn a_built_in_chain_keeps_its_rules() {
        for name in NAMES {
            let chain = Chain::by_name(name).unwrap();
            let other = chain.with_scheme(Scheme::Verkle, Embedding::FiveLeaf).unwrap();
            assert_eq!(forks(&other), forks(&chain), "{name}");
            for at in chain.schedule.iter().filter(|at| at.blobs.is_some()) {
                let found = other.schedule.iter().find(|found| found.fork == at.fork).unwrap();
                assert_eq!(found.blobs, at.blobs, "{name}");
            }
            assert_eq!((other.id, other.dao_block), (chain.id, chain.dao_block));
            assert_eq!(other.deposit_contract, chain.deposit_contract);
            assert_eq!((other.scheme, other.embedding), (Scheme::Verkle, Embedding::FiveLeaf));
            assert_eq!(Chain::from_source(&other.source).unwrap(), other);
        }
    }

    #[test]
    #[expect(clippy::unwrap_used, reason = "tests")]
    fn the_rules_of_a_file_stay() {
        let text = br#"{"config":{"chainId":7,"cancunTime":0,"shanghaiTime":0,
            "weakstate":{"baseFeeTo":"beneficiary"}},"gasLimit":"0x5","alloc":{}}"#;
        let chain = Chain::from_genesis(text).unwrap();
        let other = chain.with_scheme(Scheme::Verkle, Embedding::Packed).unwrap();
        assert_eq!(other.scheme, Scheme::Verkle);
        assert_eq!((&other.hooks, &other.schedule), (&chain.hooks, &chain.schedule));
        assert!(other.source.contains("gasLimit"));
    }
}
