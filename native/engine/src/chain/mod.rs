//! Chains: the rules that the caller chose, and from which block on each fork holds.

mod builtin;
mod fork;
mod genesis;
mod hooks;
mod kinds;
mod known;
mod own;
mod scheme;

use alloy_primitives::{Address, address};
use weakstate_codec::{Code, Error};
use weakstate_trees::state::leaves::Existence;
use weakstate_trees::state::{Layout, Witnessed};

pub use builtin::NAMES;
pub use fork::{BlobSchedule, Fork};
pub use hooks::{
    FeeTo, Hooks, Precompile, PrecompileFault, PrecompileResult, SYSTEM_CALL_GAS, SystemCall,
};

pub use kinds::{Embedding, Gas, Named, Scheme};

/// When a fork starts to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// From this block on.
    Block(u64),
    /// From the first block whose timestamp is at least this.
    Time(u64),
}

/// A fork and when it starts to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activation {
    /// The fork.
    pub fork: Fork,
    /// When it starts to hold.
    pub when: When,
    /// Its blob parameters, from Cancun on.
    pub blobs: Option<BlobSchedule>,
}

/// The rules of one chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Name, for people.
    pub name: String,
    /// Where the rules come from: the name of a built-in chain, or a genesis file in JSON,
    /// without its accounts.
    pub source: String,
    /// Id that transactions are signed for.
    pub id: u64,
    /// Forks in the order of their activation.
    pub schedule: Vec<Activation>,
    /// Block of the DAO fork, where the chain took part in it.
    pub dao_block: Option<u64>,
    /// Contract whose logs are deposits.
    pub deposit_contract: Address,
    /// Rules beyond Ethereum's.
    pub hooks: Hooks,
    /// Which tree commits to the state.
    pub scheme: Scheme,
    /// How accounts are laid out in it, where it is not a Merkle Patricia trie.
    pub embedding: Embedding,
    /// By which rules gas is charged.
    pub gas: Gas,
}

/// The deposit contract of mainnet, and of chains that name none.
pub const DEPOSIT_CONTRACT: Address = address!("00000000219ab540356cBB839Cbe05303d7705Fa");

impl Chain {
    /// A built-in chain by its name.
    pub fn by_name(name: &str) -> Option<Self> {
        builtin::chain(name)
    }

    /// A built-in chain by its id.
    pub fn by_id(id: u64) -> Option<Self> {
        NAMES.iter().filter_map(|name| builtin::chain(name)).find(|chain| chain.id == id)
    }

    /// A chain from a geth-style genesis file, or its `config` alone.
    ///
    /// # Errors
    /// `malformed_json`, `missing_field` or `malformed_field`.
    pub fn from_genesis(text: &[u8]) -> Result<Self, Box<Error>> {
        let chain = genesis::parse(text)?;
        known::recognise(text, chain.id).unwrap_or(Ok(chain))
    }

    /// A chain from where its rules come from.
    ///
    /// # Errors
    /// As [`Self::from_genesis`]; `malformed_field` if no chain of this name is built in.
    pub fn from_source(source: &str) -> Result<Self, Box<Error>> {
        if source.starts_with('{') {
            return Self::from_genesis(source.as_bytes());
        }
        let unknown = || Error::new(Code::MalformedField).expected(NAMES.join(", ")).actual(source);
        Self::by_name(source).ok_or_else(|| Box::new(unknown().at("chain")))
    }

    /// How the state lies in its tree.
    pub fn layout(&self) -> Layout {
        let (existence, witnessed) = match self.gas {
            Gas::Ethereum => (Existence::NotEmpty, Witnessed::Read),
            Gas::Kaustinen6 => (Existence::AnyLeaf, Witnessed::Charged),
        };
        Layout { scheme: self.scheme, embedding: self.embedding, existence, witnessed }
    }

    /// The fork that holds at a block.
    pub fn fork_at(&self, number: u64, timestamp: u64) -> Activation {
        let active = |activation: &&Activation| match activation.when {
            When::Block(block) => number >= block,
            When::Time(time) => timestamp >= time,
        };
        let frontier = Activation { fork: Fork::Frontier, when: When::Block(0), blobs: None };
        self.schedule.iter().rev().find(active).copied().unwrap_or(frontier)
    }

    /// The rules of a block.
    ///
    /// # Errors
    /// `unsupported_fork`
    pub fn rules_at(&self, number: u64, timestamp: u64) -> Result<Rules, Box<Error>> {
        let activation = self.fork_at(number, timestamp);
        let Some(spec) = activation.fork.spec() else {
            let error = Error::new(Code::UnsupportedFork).actual(activation.fork.name());
            return Err(Box::new(error.at(format_args!("block {number}"))));
        };
        // Before, contracts that are destroyed take slots along that nobody can list.
        if self.scheme != Scheme::Mpt && self.gas == Gas::Ethereum && activation.fork < Fork::Cancun
        {
            let error = Error::new(Code::UnsupportedFork).expected("Cancun or later");
            return Err(Box::new(error.actual(activation.fork.name()).at(format_args!(
                "block {number} of a chain whose scheme is {}",
                self.scheme.name()
            ))));
        }
        Ok(Rules { fork: activation.fork, spec, blobs: activation.blobs })
    }
}

/// What holds at one block.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The fork.
    pub fork: Fork,
    /// What the interpreter calls it.
    pub spec: revm::primitives::hardfork::SpecId,
    /// Blob parameters, from Cancun on.
    pub blobs: Option<BlobSchedule>,
}

impl Rules {
    /// Whether `fork` or a later one holds.
    pub fn since(&self, fork: Fork) -> bool {
        self.fork >= fork
    }
}
