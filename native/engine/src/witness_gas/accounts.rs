//! What the instructions ask of accounts, of which a witness may hold a part.

use alloy_primitives::{Address, B256, U256};
use revm::context_interface::JournalTr as _;
use revm::interpreter::interpreter::EthInterpreter;
use revm::interpreter::{
    InstructionContext, InstructionExecResult, InstructionResult, Interpreter,
};
use revm::state::Account;
use weakstate_trees::state::{Fields, State};

use super::HISTORY;
use crate::context::Ctx;
use crate::evm::memory_gas;
use crate::overlay::DECISIVE;
use crate::steps::answered;

/// What an instruction works on.
pub(super) type Context<'a, 'b, S> = InstructionContext<'a, Ctx<'b, S>, EthInterpreter>;

/// An instruction's outcome.
pub(super) type Outcome<T> = Result<T, InstructionResult>;

/// The account, from the journal or the state.
pub(super) fn load<'h, S: State>(
    host: &'h mut Ctx<'_, S>,
    address: Address,
) -> Outcome<&'h Account> {
    if !host.journaled_state.inner.state.contains_key(&address) {
        let answer = host.journaled_state.load_account(address).map(|_| ());
        answered(host, answer)?;
    }
    let account = host.journaled_state.inner.state.get(&address);
    account.ok_or(InstructionResult::FatalExternalError)
}

/// Asks for fields of an account.
pub(super) fn require<S: State>(
    host: &mut Ctx<'_, S>,
    address: &Address,
    fields: Fields,
) -> InstructionExecResult {
    let answer = host.journaled_state.database.require(address, fields);
    answered(host, answer)
}

/// Asks for all that says whether an account has a code and how long it is.
pub(super) fn require_code<S: State>(
    host: &mut Ctx<'_, S>,
    address: &Address,
) -> InstructionExecResult {
    let answer = host.journaled_state.database.require_code(address);
    answered(host, answer)
}

/// The balance of an account.
pub(super) fn balance<S: State>(host: &mut Ctx<'_, S>, address: Address) -> Outcome<U256> {
    require(host, &address, Fields::BALANCE)?;
    Ok(load(host, address)?.info.balance)
}

/// Whether an account exists: one that this transaction has touched does, empty or not.
pub(super) fn exists<S: State>(host: &mut Ctx<'_, S>, address: Address) -> Outcome<bool> {
    let account = load(host, address)?;
    Ok(!account.is_loaded_as_not_existing() || account.is_touched())
}

/// Whether an account is empty or absent (EIP-161).
///
/// A witness may prove that an account exists, but not all of its fields. It is not empty then:
/// the network has had EIP-161 from its first block on, its genesis holds no empty account, and
/// what a block leaves empty it does not write. The one exception is the history's.
pub(super) fn is_empty<S: State>(host: &mut Ctx<'_, S>, address: Address) -> Outcome<bool> {
    if !load(host, address)?.info.is_empty() {
        return Ok(false);
    }
    if address == HISTORY {
        require(host, &address, DECISIVE)?;
    }
    let answer = host.journaled_state.database.is_partial(&address);
    Ok(!answered(host, answer)?)
}

/// Whether a precompiled contract stands at an address.
pub(super) fn is_precompile<S: State>(host: &Ctx<'_, S>, address: &Address) -> bool {
    host.journaled_state.precompile_addresses().contains(address)
}

/// The address in a word of the stack.
pub(super) fn address_in(word: U256) -> Address {
    Address::from_word(B256::from(word))
}

/// Takes operands from the stack, the topmost first.
pub(super) fn operands<const N: usize>(interpreter: &mut Interpreter) -> Outcome<[U256; N]> {
    interpreter.stack.popn().ok_or(InstructionResult::StackUnderflow)
}

/// Leaves an answer on the stack.
pub(super) fn answer(interpreter: &mut Interpreter, value: U256) -> InstructionExecResult {
    match interpreter.stack.push(value) {
        true => Ok(()),
        false => Err(InstructionResult::StackOverflow),
    }
}

/// Bytes of memory beyond which no gas is enough; clients refuse them before they touch anything.
const MEMORY_END: u64 = 0x1f_ffff_ffe0;

/// Gas to make memory reach over a range; nothing is charged yet.
pub(super) fn expansion(interpreter: &Interpreter, from: &U256, len: &U256) -> Outcome<u64> {
    if len.is_zero() {
        return Ok(0);
    }
    let end = from.checked_add(*len).and_then(|end| u64::try_from(end).ok());
    let Some(end) = end.filter(|&end| end <= MEMORY_END) else {
        return Err(InstructionResult::InvalidOperandOOG);
    };
    let gas = memory_gas(end).saturating_sub(memory_gas(interpreter.memory.len() as u64));
    Ok(u64::try_from(gas).unwrap_or(u64::MAX))
}

/// Makes memory reach over a range, and charges it.
pub(super) fn grow<S: State>(
    context: &mut Context<'_, '_, S>,
    from: &U256,
    len: &U256,
) -> Outcome<std::ops::Range<usize>> {
    let len = usize::try_from(*len).map_err(|_| InstructionResult::InvalidOperandOOG)?;
    if len == 0 {
        return Ok(0..0);
    }
    let from = usize::try_from(*from).map_err(|_| InstructionResult::InvalidOperandOOG)?;
    let params = &context.host.cfg.gas_params;
    context.interpreter.resize_memory(params, from, len)?;
    Ok(from..from.saturating_add(len))
}

/// Gas for so much a word of a range.
pub(super) fn words(len: &U256, each: u64) -> u64 {
    let words = u64::try_from(*len).unwrap_or(u64::MAX).div_ceil(32);
    words.saturating_mul(each)
}
