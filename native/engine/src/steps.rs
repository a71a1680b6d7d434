//! Runs code that is used chunk by chunk, one instruction at a time.
//!
//! Needed of a code are the chunks of the instructions that run, of the data that they push, of
//! the bytes that they copy and of the places that they jump to. At the end of the code nothing
//! more is needed: its length stands in its account.

use std::ops::Range;

use alloy_primitives::{Address, B256, U256};
use revm::bytecode::Bytecode;
use revm::bytecode::opcode::{CODECOPY, JUMP, JUMPI, PUSH0, PUSH1, PUSH32};
use revm::context::ContextError;
use revm::handler::EthFrame;
use revm::interpreter::interpreter::EthInterpreter;
use revm::interpreter::interpreter_types::{Jumps, LegacyBytecode, LoopControl};
use revm::interpreter::{
    FrameInput, GasTable, InstructionExecResult, InstructionResult, InstructionTable, Interpreter,
    InterpreterAction,
};
use weakstate_trees::chunks::CHUNK;
use weakstate_trees::state::State;

use crate::context::Ctx;
use crate::overlay::{CodeUse, Hole};
use crate::witness_gas::{Access, chunk, copied_chunks};

type Table<'a, S> = InstructionTable<EthInterpreter, Ctx<'a, S>>;

/// A frame whose code is used chunk by chunk.
#[derive(Debug)]
pub(crate) struct Steps {
    /// The code, if it is one of the state before the block and not known by heart.
    used: Option<CodeUse>,
    /// Whom chunks are charged to, where they are.
    charged: Option<Address>,
    /// Length of the code in bytes.
    len: usize,
    /// The chunk that ran last.
    last: usize,
}

impl Steps {
    /// How `frame` is run; `None` if nothing of its code is to be followed.
    pub(crate) fn of<S: State>(
        frame: &EthFrame<EthInterpreter>,
        host: &Ctx<'_, S>,
        charges: bool,
    ) -> Option<Self> {
        // The code of a creation stands in no tree.
        let FrameInput::Call(inputs) = &frame.input else { return None };
        let interpreter = &frame.interpreter;
        let used = code_at(host, &inputs.bytecode_address, &inputs.known_bytecode.0);
        let charged = charges.then_some(interpreter.input.target_address);
        let len = interpreter.bytecode.bytecode_len();
        (used.is_some() || charged.is_some()).then_some(Self {
            used,
            charged,
            len,
            last: usize::MAX,
        })
    }

    /// Runs the frame until it returns or calls.
    pub(crate) fn run<'a, S: State>(
        mut self,
        interpreter: &mut Interpreter,
        table: &Table<'a, S>,
        gas: &GasTable,
        host: &mut Ctx<'a, S>,
    ) -> InterpreterAction {
        let end = loop {
            if let Err(end) = self.step(interpreter, table, gas, host) {
                break end;
            }
        };
        if interpreter.bytecode.action().is_none() {
            interpreter.halt(end);
        }
        interpreter.take_next_action()
    }

    #[inline(always)]
    fn step<'a, S: State>(
        &mut self,
        interpreter: &mut Interpreter,
        table: &Table<'a, S>,
        gas: &GasTable,
        host: &mut Ctx<'a, S>,
    ) -> InstructionExecResult {
        let at = interpreter.bytecode.pc();
        let running = at / CHUNK;
        if running != self.last && at < self.len {
            self.last = running;
            self.touch(interpreter, host, at..at + 1)?;
        }
        let opcode = interpreter.bytecode.opcode();
        match opcode {
            PUSH1..=PUSH32 => {
                interpreter.step(table, gas, host)?;
                let end = (at + 1 + usize::from(opcode - PUSH0)).min(self.len);
                match end.saturating_sub(1) / CHUNK > running {
                    true => self.touch(interpreter, host, at + 1..end),
                    false => Ok(()),
                }
            }
            JUMP | JUMPI => {
                self.go(interpreter, host, opcode)?;
                interpreter.step(table, gas, host)
            }
            CODECOPY => {
                let operands = interpreter.stack.data().as_slice();
                let copied = match operands {
                    [.., len, from, _] => clip(from, len, self.len),
                    _ => 0..0,
                };
                interpreter.step(table, gas, host)?;
                need(host, self.used.as_ref(), copied.clone())?;
                charge_copy(interpreter, host, self.charged, &copied, self.len)
            }
            _ => interpreter.step(table, gas, host),
        }
    }

    /// Needs, and pays for, bytes of the code.
    #[inline(never)]
    fn touch<S: State>(
        &self,
        interpreter: &mut Interpreter,
        host: &mut Ctx<'_, S>,
        bytes: Range<usize>,
    ) -> InstructionExecResult {
        if let Some(payer) = self.charged {
            let chunks = chunk(bytes.start)..=chunk(bytes.end.saturating_sub(1));
            let events = &mut host.journaled_state.database.events;
            let gas = events.chunks(payer, chunks, Access::Read);
            pay(interpreter, gas)?;
        }
        need(host, self.used.as_ref(), bytes)
    }

    /// Needs the place that is jumped to: whether it is one to jump to stands in its chunk.
    fn go<S: State>(
        &self,
        interpreter: &Interpreter,
        host: &mut Ctx<'_, S>,
        opcode: u8,
    ) -> InstructionExecResult {
        let Some(used) = &self.used else { return Ok(()) };
        let target = match interpreter.stack.data().as_slice() {
            [.., target] if opcode == JUMP => target,
            [.., condition, target] if !condition.is_zero() => target,
            _ => return Ok(()),
        };
        match usize::try_from(*target) {
            Ok(target) if target < self.len => need(host, Some(used), target..target + 1),
            _ => Ok(()),
        }
    }
}

/// How the code of an account, or the one that it delegates to, is followed.
pub(crate) fn code_at<S: State>(
    host: &Ctx<'_, S>,
    address: &Address,
    hash: &B256,
) -> Option<CodeUse> {
    let account = host.journaled_state.inner.state.get(address)?;
    let delegate = account.info.code.as_ref().and_then(Bytecode::eip7702_address);
    host.journaled_state.database.follow(&delegate.unwrap_or(*address), hash)
}

/// Needs bytes of a code that is followed.
pub(crate) fn need<S: State>(
    host: &mut Ctx<'_, S>,
    code: Option<&CodeUse>,
    bytes: Range<usize>,
) -> InstructionExecResult {
    let Some(code) = code else { return Ok(()) };
    let answer = host.journaled_state.database.use_code(code, bytes);
    answered(host, answer)
}

/// Pays for a copy of bytes of a code, if somebody is to.
pub(crate) fn charge_copy<S: State>(
    interpreter: &mut Interpreter,
    host: &mut Ctx<'_, S>,
    payer: Option<Address>,
    bytes: &Range<usize>,
    code_len: usize,
) -> InstructionExecResult {
    match payer.zip(copied_chunks(bytes, code_len)) {
        Some((payer, chunks)) => {
            let events = &mut host.journaled_state.database.events;
            let gas = events.chunks(payer, chunks, Access::Read);
            pay(interpreter, gas)
        }
        None => Ok(()),
    }
}

/// The bytes of a code of `code_len` bytes that a copy reads.
pub(crate) fn clip(from: &U256, len: &U256, code_len: usize) -> Range<usize> {
    let start = usize::try_from(*from).unwrap_or(usize::MAX).min(code_len);
    let len = usize::try_from(*len).unwrap_or(usize::MAX);
    start..start.saturating_add(len).min(code_len)
}

/// Takes gas; where there is less the frame is out of gas.
pub(crate) fn pay(interpreter: &mut Interpreter, gas: u64) -> InstructionExecResult {
    match interpreter.gas.record_regular_cost(gas) {
        true => Ok(()),
        false => Err(InstructionResult::OutOfGas),
    }
}

/// Stops the interpreter where the state did not answer.
pub(crate) fn answered<T, S: State>(
    host: &mut Ctx<'_, S>,
    answer: Result<T, Hole>,
) -> Result<T, InstructionResult> {
    answer.map_err(|hole| {
        host.error = Err(ContextError::Db(hole));
        InstructionResult::FatalExternalError
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests;
