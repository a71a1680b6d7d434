//! Rules that a chain has beyond Ethereum's, as a rollup may want them.
//!
//! They are part of the chain: who verifies a block executes it by them, as who built it did.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use alloy_primitives::{Address, Bytes};

/// Rules beyond Ethereum's. They hold in every block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hooks {
    /// Contracts that run outside the interpreter, by address; one at the address of a
    /// precompiled contract of Ethereum stands in its place.
    pub precompiles: BTreeMap<Address, Precompile>,
    /// Calls before the transactions, after those of the protocol (EIP-2935, EIP-4788).
    pub before: Vec<SystemCall>,
    /// Calls after the transactions, before withdrawals, rewards and requests.
    pub after: Vec<SystemCall>,
    /// Who gets the base fee of the gas that a transaction used; burned if not set.
    pub base_fee: Option<FeeTo>,
    /// Who gets what is paid above the base fee; the block's beneficiary if not set.
    pub priority_fee: Option<FeeTo>,
}

impl Hooks {
    /// Whether there are none: Ethereum's rules alone hold.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Gas that a call by the system may use where it is not said (EIP-4788).
pub const SYSTEM_CALL_GAS: u64 = 30_000_000;

/// A call that a block begins or ends with. It is made as those of the protocol are: by the
/// system's address, outside the block's gas, and of no consequence if it fails or if there
/// is no contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemCall {
    /// The contract that is called.
    pub contract: Address,
    /// What it is called with.
    pub input: Bytes,
    /// Gas that it may use.
    pub gas: u64,
}

/// Where a fee goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeeTo {
    /// To nobody.
    Burned,
    /// To the block's beneficiary.
    Beneficiary,
    /// To this account.
    Account(Address),
}

/// What a call of a precompiled contract answers: gas that it used, and its output.
pub type PrecompileResult = Result<(u64, Bytes), PrecompileFault>;

/// Why a call of a precompiled contract has no output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrecompileFault {
    /// The contract refuses the input: the call fails and has used all its gas.
    Failed,
    /// The contract cannot answer, whoever may be to blame: the execution ends without a
    /// verdict, as if its time were over.
    Stopped,
}

/// A contract that runs outside the interpreter. Input and gas alone must decide what it
/// answers, on every machine and for ever.
#[derive(Clone)]
pub struct Precompile(Arc<PrecompileFn>);

type PrecompileFn = dyn Fn(&[u8], u64) -> PrecompileResult + Send + Sync;

impl Precompile {
    /// The contract that answers as `call` does, given input and gas.
    pub fn new(call: impl Fn(&[u8], u64) -> PrecompileResult + Send + Sync + 'static) -> Self {
        Self(Arc::new(call))
    }

    /// Calls it.
    pub fn call(&self, input: &[u8], gas: u64) -> PrecompileResult {
        (self.0)(input, gas)
    }
}

/// The very same contract: what functions do cannot be compared.
impl PartialEq for Precompile {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Precompile {}

impl fmt::Debug for Precompile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Precompile").finish_non_exhaustive()
    }
}
