//! The instructions whose gas depends on what they touch.
//!
//! What an instruction touches is taken down before it is known whether the gas suffices, and
//! before it is refused in a static call.

use alloy_primitives::U256;
use revm::bytecode::opcode::{
    BALANCE, BLOCKHASH, CALL, CALLCODE, CREATE, CREATE2, DELEGATECALL, EXTCODECOPY, EXTCODEHASH,
    EXTCODESIZE, SELFBALANCE, SELFDESTRUCT, SLOAD, SSTORE, STATICCALL,
};
use revm::context_interface::Host as _;
use revm::handler::instructions::EthInstructions;
use revm::interpreter::interpreter::EthInterpreter;
use revm::interpreter::{Instruction, InstructionExecResult, InstructionResult, Interpreter};
use weakstate_trees::state::{Fields, State};

use super::accounts::{
    Context, address_in, answer, balance, expansion, grow, is_empty, is_precompile, load, operands,
    require, require_code, words,
};
use super::calls::call;
use super::creations::create;
use super::events::{Access, BALANCE as BALANCE_LEAF, CODE_HASH, CODE_SIZE, NONCE, VERSION, WARM};
use super::{HISTORY, HISTORY_SLOTS};
use crate::context::Ctx;
use crate::instructions::{LONG, watched};
use crate::steps::{answered, charge_copy, clip, code_at, need, pay};

/// Puts these instructions into the table of the fork.
pub(crate) fn install<'a, S: State>(table: &mut EthInstructions<EthInterpreter, Ctx<'a, S>>) {
    let mut insert =
        |opcode: u8, instruction, gas| table.insert_instruction(opcode, instruction, gas);
    insert(SLOAD, Instruction::new(sload), 0);
    insert(SSTORE, Instruction::new(sstore), 0);
    insert(BALANCE, Instruction::new(balance_of), 0);
    insert(SELFBALANCE, Instruction::new(selfbalance), 5);
    insert(EXTCODESIZE, Instruction::new(extcodesize), 0);
    insert(EXTCODEHASH, Instruction::new(extcodehash), 0);
    insert(EXTCODECOPY, Instruction::new(|c| watched(c, LONG, extcodecopy)), 0);
    insert(BLOCKHASH, Instruction::new(blockhash), 20);
    insert(CALL, Instruction::new(call::<CALL, S>), 0);
    insert(CALLCODE, Instruction::new(call::<CALLCODE, S>), 0);
    insert(DELEGATECALL, Instruction::new(call::<DELEGATECALL, S>), 0);
    insert(STATICCALL, Instruction::new(call::<STATICCALL, S>), 0);
    insert(CREATE, Instruction::new(create::<false, S>), 1000);
    insert(CREATE2, Instruction::new(create::<true, S>), 1000);
    insert(SELFDESTRUCT, Instruction::new(selfdestruct), 5000);
}

/// What touching costs at least.
pub(super) fn warm(gas: u64) -> u64 {
    if gas == 0 { WARM } else { gas }
}

fn sload<S: State>(context: Context<'_, '_, S>) -> InstructionExecResult {
    let Context { interpreter, host } = context;
    let [slot] = operands(interpreter)?;
    let own = interpreter.input.target_address;
    let gas = host.journaled_state.database.events.slot(own, &slot, Access::Read);
    pay(interpreter, warm(gas))?;
    let value = host.sload_skip_cold_load(own, slot, false)?;
    answer(interpreter, value.data)
}

fn sstore<S: State>(context: Context<'_, '_, S>) -> InstructionExecResult {
    let Context { interpreter, host } = context;
    let [slot, value] = operands(interpreter)?;
    let own = interpreter.input.target_address;
    let gas = host.journaled_state.database.events.slot(own, &slot, Access::Write);
    pay(interpreter, warm(gas))?;
    refuse_static(interpreter)?;
    host.sstore_skip_cold_load(own, slot, value, false)?;
    Ok(())
}

/// Refuses what changes the state in a static call.
pub(super) fn refuse_static(interpreter: &Interpreter) -> InstructionExecResult {
    match interpreter.runtime_flag.is_static {
        true => Err(InstructionResult::StateChangeDuringStaticCall),
        false => Ok(()),
    }
}

fn balance_of<S: State>(context: Context<'_, '_, S>) -> InstructionExecResult {
    let Context { interpreter, host } = context;
    let [address] = operands(interpreter)?;
    let address = address_in(address);
    let events = &mut host.journaled_state.database.events;
    let gas = events.header(address, &[BALANCE_LEAF], Access::Read);
    pay(interpreter, warm(gas))?;
    let value = balance(host, address)?;
    answer(interpreter, value)
}

fn selfbalance<S: State>(context: Context<'_, '_, S>) -> InstructionExecResult {
    let Context { interpreter, host } = context;
    let value = balance(host, interpreter.input.target_address)?;
    answer(interpreter, value)
}

fn extcodesize<S: State>(context: Context<'_, '_, S>) -> InstructionExecResult {
    let Context { interpreter, host } = context;
    let [address] = operands(interpreter)?;
    let address = address_in(address);
    if !is_precompile(host, &address) {
        let events = &mut host.journaled_state.database.events;
        let gas = events.header(address, &[VERSION, CODE_SIZE], Access::Read);
        pay(interpreter, warm(gas))?;
    }
    require_code(host, &address)?;
    let account = host.load_account_info_skip_cold_load(address, true, false)?;
    let len = account.code.as_ref().map_or(0, |code| code.len());
    answer(interpreter, U256::from(len))
}

fn extcodehash<S: State>(context: Context<'_, '_, S>) -> InstructionExecResult {
    let Context { interpreter, host } = context;
    let [address] = operands(interpreter)?;
    let address = address_in(address);
    if !is_precompile(host, &address) {
        let events = &mut host.journaled_state.database.events;
        let gas = events.header(address, &[CODE_HASH], Access::Read);
        pay(interpreter, warm(gas))?;
    }
    require(host, &address, Fields::CODE_HASH)?;
    let hash = match is_empty(host, address)? {
        true => U256::ZERO,
        false => U256::from_be_bytes(load(host, address)?.info.code_hash.0),
    };
    answer(interpreter, hash)
}

fn extcodecopy<S: State>(mut context: Context<'_, '_, S>) -> InstructionExecResult {
    let [address, to, from, len] = operands(context.interpreter)?;
    let address = address_in(address);
    let memory = expansion(context.interpreter, &to, &len)?;
    let events = &mut context.host.journaled_state.database.events;
    let gas = warm(events.header(address, &[VERSION, CODE_SIZE], Access::Read));
    let gas = gas.saturating_add(words(&len, 3));
    if context.interpreter.gas.remaining() < gas.saturating_add(memory) {
        return Err(InstructionResult::OutOfGas);
    }
    pay(context.interpreter, gas)?;
    let to = grow(&mut context, &to, &len)?;

    let Context { interpreter, host } = context;
    require_code(host, &address)?;
    let account = host.load_account_info_skip_cold_load(address, true, false)?;
    let hash = account.code_hash();
    let code = account.code.as_ref().map(|code| code.original_bytes()).unwrap_or_default();
    let bytes = clip(&from, &len, code.len());
    charge_copy(interpreter, host, Some(address), &bytes, code.len())?;
    let used = code_at(host, &address, &hash);
    need(host, used.as_ref(), bytes.clone())?;
    if !to.is_empty() {
        interpreter.memory.set_data(to.start, bytes.start, to.len(), &code);
    }
    Ok(())
}

/// The hash of one of the last 256 blocks, from the slots of the history. Without the gas for it
/// the frame is undone, but keeps what gas it has.
fn blockhash<S: State>(context: Context<'_, '_, S>) -> InstructionExecResult {
    let Context { interpreter, host } = context;
    let [number] = operands(interpreter)?;
    let block = host.block.number;
    let known = number < block && block - number <= U256::from(256);
    if !known {
        return answer(interpreter, U256::ZERO);
    }
    let slot = number % U256::from(HISTORY_SLOTS);
    let gas = host.journaled_state.database.events.slot(HISTORY, &slot, Access::Read);
    if !interpreter.gas.record_regular_cost(gas) {
        return Err(InstructionResult::Revert);
    }
    // Nobody but the block itself writes to it: what it holds is not in the journal.
    let hash = host.journaled_state.database.kept_slot(&HISTORY, &slot);
    let hash = answered(host, hash)?;
    answer(interpreter, hash)
}

fn selfdestruct<S: State>(context: Context<'_, '_, S>) -> InstructionExecResult {
    let Context { interpreter, host } = context;
    let [heir] = operands(interpreter)?;
    let (own, heir) = (interpreter.input.target_address, address_in(heir));
    let mut gas = 0;
    if !is_precompile(host, &heir) {
        let events = &mut host.journaled_state.database.events;
        gas += events.header(own, &[VERSION, CODE_SIZE, BALANCE_LEAF], Access::Read);
        gas += events.header(heir, &[BALANCE_LEAF], Access::Read);
    }
    let leaves_balance = !balance(host, own)?.is_zero();
    if !is_precompile(host, &heir) && leaves_balance {
        let events = &mut host.journaled_state.database.events;
        gas += events.header(own, &[BALANCE_LEAF], Access::Write);
        gas += events.header(heir, &[BALANCE_LEAF], Access::Write);
        if is_empty(host, heir)? {
            let events = &mut host.journaled_state.database.events;
            gas += events.header(heir, &[VERSION, NONCE], Access::Write);
        }
    }
    pay(interpreter, gas)?;
    refuse_static(interpreter)?;
    if leaves_balance {
        require(host, &heir, Fields::BALANCE)?;
    }
    // Nothing of a precompiled contract is touched, and it need not be known to leave it nothing.
    let heir = if !leaves_balance && is_precompile(host, &heir) { own } else { heir };
    host.selfdestruct(own, heir, false)?;
    Err(InstructionResult::SelfDestruct)
}
