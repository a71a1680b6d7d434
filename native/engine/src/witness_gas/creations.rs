//! Creations: what they begin with, and what it takes to leave a code behind.

use alloy_primitives::{Bytes, U256};
use revm::context::CreateScheme;
use revm::context_interface::{Cfg as _, Host as _};
use revm::handler::EthFrame;
use revm::interpreter::interpreter_types::LoopControl;
use revm::interpreter::{
    CreateInputs, FrameInput, InstructionExecResult, InstructionResult, InterpreterAction,
    InterpreterResult,
};
use weakstate_trees::state::{Fields, State};

use super::accounts::{Context, balance, expansion, grow, load, operands, require, words};
use super::events::{Access, chunk};
use super::table::refuse_static;
use crate::context::Ctx;
use crate::steps::pay;

/// CREATE and CREATE2.
///
/// What the creation touches is paid before the callee's share is cut off. Without the gas for
/// it the frame is undone, but keeps what gas it has.
pub(super) fn create<const SALTED: bool, S: State>(
    mut context: Context<'_, '_, S>,
) -> InstructionExecResult {
    refuse_static(context.interpreter)?;
    let [value, from, len] = operands(context.interpreter)?;
    let [salt] = if SALTED { operands(context.interpreter)? } else { [U256::ZERO] };
    if len > U256::from(context.host.max_initcode_size()) {
        return Err(InstructionResult::CreateInitCodeSizeLimit);
    }
    let gas = words(&len, if SALTED { 8 } else { 2 });
    let memory = expansion(context.interpreter, &from, &len)?;
    if context.interpreter.gas.remaining() < gas.saturating_add(memory) {
        return Err(InstructionResult::OutOfGas);
    }
    pay(context.interpreter, gas)?;
    let code = grow(&mut context, &from, &len)?;

    let Context { interpreter, host } = context;
    let code = match code.is_empty() {
        true => Bytes::new(),
        false => Bytes::copy_from_slice(&interpreter.memory.slice_range(code)),
    };
    let scheme = if SALTED { CreateScheme::Create2 { salt } } else { CreateScheme::Create };
    let own = interpreter.input.target_address;
    require(host, &own, Fields::NONCE)?;
    if !value.is_zero() {
        balance(host, own)?;
    }
    let mut inputs = CreateInputs::new(own, scheme, value, code, 0, 0);
    let created = inputs.created_address(load(host, own)?.info.nonce);
    let gas = host.journaled_state.database.events.creation(created, &value);
    if !interpreter.gas.record_regular_cost(gas) {
        return Err(InstructionResult::Revert);
    }
    let left = interpreter.gas.remaining();
    let share = left - left / 64;
    pay(interpreter, share)?;
    inputs.set_gas_limit(share);
    let frame = FrameInput::Create(Box::new(inputs));
    interpreter.bytecode.set_action(InterpreterAction::NewFrame(frame));
    Err(InstructionResult::Suspend)
}

/// Charges a creation for what it begins with: of one that an instruction began that is paid.
/// Returns whether the gas suffices.
///
/// That no contract stood at the address was seen by its nonce alone, where the witness does not
/// hold the hash of its code. It suffices: a contract that a creation left has a nonce of one at
/// least, and one from the genesis block stands where no creation leads, short of a collision of
/// 160-bit hashes.
pub(crate) fn begin<S: State>(frame: &mut EthFrame, host: &mut Ctx<'_, S>) -> bool {
    let FrameInput::Create(inputs) = &frame.input else { return true };
    let created = frame.interpreter.input.target_address;
    let gas = host.journaled_state.database.events.creation(created, &inputs.value());
    frame.interpreter.gas.record_regular_cost(gas)
}

/// Charges a creation that succeeded for the account and the code that it leaves behind.
pub(crate) fn complete<S: State>(
    frame: &EthFrame,
    host: &mut Ctx<'_, S>,
    action: &mut InterpreterAction,
) {
    let InterpreterAction::Return(result) = action else { return };
    if !matches!(frame.input, FrameInput::Create(_)) || !result.is_ok() {
        return;
    }
    // These are refused before anything is charged.
    let len = result.output.len();
    if len > host.cfg.max_code_size() || result.output.first() == Some(&0xef) {
        return;
    }
    let created = frame.interpreter.input.target_address;
    let events = &mut host.journaled_state.database.events;
    let header = events.full(created, Access::Write);
    let paid = result.gas.record_regular_cost(header)
        && match len.checked_sub(1) {
            None => true,
            Some(last) => {
                let gas = events.chunks(created, 0..=chunk(last), Access::Write);
                result.gas.record_regular_cost(gas)
            }
        };
    if !paid {
        *result = InterpreterResult::new(InstructionResult::OutOfGas, Bytes::new(), result.gas);
        result.gas.spend_all();
    }
}
