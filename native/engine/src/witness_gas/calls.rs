//! Calls: what the instruction charges its own frame, and what the call charges the callee's.

use alloy_primitives::{Address, Bytes, U256};
use revm::bytecode::Bytecode;
use revm::bytecode::opcode::{CALL, CALLCODE, DELEGATECALL, STATICCALL};
use revm::context_interface::Host as _;
use revm::handler::FrameResult;
use revm::interpreter::interpreter_action::FrameInit;
use revm::interpreter::interpreter_types::{LoopControl, MemoryTr as _};
use revm::interpreter::{
    CallInput, CallInputs, CallOutcome, CallScheme, CallValue, FrameInput, Gas,
    InstructionExecResult, InstructionResult, Interpreter, InterpreterAction, InterpreterResult,
};
use revm::primitives::KECCAK_EMPTY;
use weakstate_trees::state::{Fields, State};

use super::accounts::{
    Context, Outcome, address_in, balance, exists, expansion, grow, is_empty, is_precompile,
    operands, require, require_code,
};
use super::events::{Access, BALANCE, CODE_SIZE, VERSION};
use super::table::{refuse_static, warm};
use crate::context::Ctx;
use crate::steps::pay;

/// Value for an account that was empty.
const NEW_ACCOUNT: u64 = 25_000;
/// Gas that a call with value gets on top.
const STIPEND: u64 = 2300;
/// Calls within calls.
const DEPTH: usize = 1024;

/// What a call is asked to do.
struct Asked {
    kind: u8,
    gas: U256,
    to: Address,
    value: U256,
    /// Where the input lies in memory, and how long it is.
    input: (U256, U256),
    output: (U256, U256),
}

impl Asked {
    fn read(kind: u8, interpreter: &mut Interpreter) -> Outcome<Self> {
        let [gas, to] = operands(interpreter)?;
        let [value] = match kind {
            CALL | CALLCODE => operands(interpreter)?,
            _ => [U256::ZERO],
        };
        let [input, input_len, output, output_len] = operands(interpreter)?;
        let (input, output) = ((input, input_len), (output, output_len));
        Ok(Self { kind, gas, to: address_in(to), value, input, output })
    }
}

/// CALL, CALLCODE, DELEGATECALL and STATICCALL.
///
/// The callee's share is cut off before anything but memory and a new account is paid for: to
/// ask for all gas can fail for the touches that come after.
pub(super) fn call<const KIND: u8, S: State>(
    mut context: Context<'_, '_, S>,
) -> InstructionExecResult {
    let asked = Asked::read(KIND, context.interpreter)?;
    let (gas, share) = charges(&asked, &mut context)?;
    // The memory is paid for where it grows.
    pay(context.interpreter, gas)?;
    if KIND == CALL && !asked.value.is_zero() {
        refuse_static(context.interpreter)?;
    }
    let input = grow(&mut context, &asked.input.0, &asked.input.1)?;
    let output = grow(&mut context, &asked.output.0, &asked.output.1)?;
    pay(context.interpreter, share)?;
    let stipend = if asked.value.is_zero() { 0 } else { STIPEND };
    let known_bytecode = code(&asked, &mut context)?;

    let interpreter = context.interpreter;
    let shift = interpreter.memory.local_memory_offset();
    let frame = &interpreter.input;
    let (own, delegates) = (frame.target_address, KIND == DELEGATECALL);
    let inputs = CallInputs {
        input: CallInput::SharedBuffer(match input.is_empty() {
            true => input,
            false => input.start.saturating_add(shift)..input.end.saturating_add(shift),
        }),
        return_memory_offset: output,
        gas_limit: share.saturating_add(stipend),
        reservoir: 0,
        bytecode_address: asked.to,
        known_bytecode,
        target_address: if matches!(KIND, CALLCODE | DELEGATECALL) { own } else { asked.to },
        caller: if delegates { frame.caller_address } else { own },
        value: match delegates {
            true => CallValue::Apparent(frame.call_value),
            false => CallValue::Transfer(asked.value),
        },
        scheme: match KIND {
            CALL => CallScheme::Call,
            CALLCODE => CallScheme::CallCode,
            DELEGATECALL => CallScheme::DelegateCall,
            _ => CallScheme::StaticCall,
        },
        is_static: interpreter.runtime_flag.is_static || KIND == STATICCALL,
        charged_new_account_state_gas: false,
    };
    let frame = FrameInput::Call(Box::new(inputs));
    interpreter.bytecode.set_action(InterpreterAction::NewFrame(frame));
    Err(InstructionResult::Suspend)
}

/// What the calling frame pays beside memory, and the callee's share.
fn charges<S: State>(asked: &Asked, context: &mut Context<'_, '_, S>) -> Outcome<(u64, u64)> {
    let Context { interpreter, host } = context;
    let (kind, to, own) = (asked.kind, asked.to, interpreter.input.target_address);
    let memory = expansion(interpreter, &asked.input.0, &asked.input.1)?;
    let memory = memory.max(expansion(interpreter, &asked.output.0, &asked.output.1)?);
    let fills = kind == CALL && !asked.value.is_zero() && is_empty(host, to)?;
    let new_account = if fills { NEW_ACCOUNT } else { 0 };
    let base = memory.saturating_add(new_account);

    // With too little gas for memory the difference wraps around: the touches still happen.
    let left = interpreter.gas.remaining();
    let rest = left.wrapping_sub(base);
    let most = rest - rest / 64;
    let share = u64::try_from(asked.gas).map_or(most, |gas| gas.min(most));
    let together = base.checked_add(share).ok_or(InstructionResult::OutOfGas)?;

    let mut touched = 0;
    let events = &mut host.journaled_state.database.events;
    if !asked.value.is_zero() {
        touched += events.header(own, &[BALANCE], Access::Write);
        touched += events.header(to, &[BALANCE], Access::Write);
    }
    // Not the callee's: the network's clients had it so.
    touched += warm(events.header(own, &[VERSION, CODE_SIZE], Access::Read));
    if left < together.saturating_add(touched) {
        return Err(InstructionResult::OutOfGas);
    }
    Ok((new_account + touched, share))
}

/// The code that is to run. It is not asked for where the call will fail before it runs.
fn code<S: State>(
    asked: &Asked,
    context: &mut Context<'_, '_, S>,
) -> Outcome<(revm::primitives::B256, Bytecode)> {
    let Context { interpreter, host } = context;
    let nothing = (KECCAK_EMPTY, Bytecode::default());
    if interpreter.input.depth >= DEPTH || is_precompile(host, &asked.to) {
        return Ok(nothing);
    }
    let own = interpreter.input.target_address;
    if !asked.value.is_zero() && balance(host, own)? < asked.value {
        return Ok(nothing);
    }
    require_code(host, &asked.to)?;
    let account = host.load_account_info_skip_cold_load(asked.to, true, false)?;
    Ok((account.code_hash(), account.code.clone().unwrap_or_default()))
}

/// What a call does before it runs: who calls an account that does not exist pays, from the
/// callee's gas, for the proof that it does not. Returns what the call came to, if that is all.
pub(crate) fn enter<S: State>(
    host: &mut Ctx<'_, S>,
    init: &mut FrameInit,
) -> Outcome<Option<FrameResult>> {
    let FrameInput::Call(inputs) = &mut init.frame_input else { return Ok(None) };
    let (to, value) = (inputs.target_address, inputs.value.get());
    let transfers = inputs.value.transfer().is_some_and(|value| !value.is_zero());
    if init.depth > DEPTH {
        return Ok(None);
    }
    if transfers && balance(host, inputs.caller)? < value {
        return Ok(None);
    }
    if transfers {
        require(host, &to, Fields::BALANCE)?;
    }
    if is_precompile(host, &inputs.bytecode_address) {
        if !transfers {
            // Whether there is an account does not matter: it is not looked for.
            inputs.value = CallValue::Apparent(value);
        } else {
            super::accounts::load(host, to)?;
        }
        return Ok(None);
    }
    if inputs.scheme != CallScheme::Call || exists(host, to)? {
        return Ok(None);
    }
    let gas = host.journaled_state.database.events.full(to, Access::Read);
    let Some(left) = inputs.gas_limit.checked_sub(gas) else {
        return Ok(Some(ended(inputs, InstructionResult::OutOfGas, 0)));
    };
    inputs.gas_limit = left;
    Ok((!transfers).then(|| ended(inputs, InstructionResult::Stop, left)))
}

/// A call that ends without running.
fn ended(inputs: &CallInputs, result: InstructionResult, gas: u64) -> FrameResult {
    let result = InterpreterResult::new(result, Bytes::new(), Gas::new(gas));
    FrameResult::Call(CallOutcome::new(result, inputs.return_memory_offset.clone()))
}
