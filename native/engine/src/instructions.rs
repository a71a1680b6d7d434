//! Instructions that we replace: one to stop execution, two to speed it up.
//!
//! A comparison leaves its result in four words that are written one by one; reading them
//! back as wide vectors must wait until the writes have left the processor's store buffer.
//! The two instructions that nearly always follow a comparison read word by word instead.

use std::sync::atomic::Ordering;

use alloy_primitives::U256;
use revm::bytecode::opcode::{ISZERO, JUMPDEST, JUMPI};
use revm::context::ContextError;
use revm::context_interface::Host;
use revm::handler::instructions::EthInstructions;
use revm::interpreter::interpreter::EthInterpreter;
use revm::interpreter::interpreter_types::Jumps;
use revm::interpreter::{
    Instruction, InstructionContext, InstructionExecResult, InstructionResult,
};
use revm::primitives::hardfork::SpecId;
use weakstate_trees::state::State;

use crate::context::Ctx;
use crate::overlay::Hole;

/// The instructions of a fork. The gas of those replaced is the same in every fork.
pub(crate) fn table<'a, S: State>(spec: SpecId) -> EthInstructions<EthInterpreter, Ctx<'a, S>> {
    let mut table = EthInstructions::new_mainnet_with_spec(spec);
    table.insert_instruction(JUMPDEST, Instruction::new(jumpdest), 1);
    table.insert_instruction(ISZERO, Instruction::new(iszero), 3);
    table.insert_instruction(JUMPI, Instruction::new(jumpi), 10);
    table
}

/// Every loop passes a jump destination: there a raised flag is noticed.
fn jumpdest<S: State>(
    context: InstructionContext<'_, Ctx<'_, S>, EthInterpreter>,
) -> InstructionExecResult {
    if context.host.chain.load(Ordering::Relaxed) {
        context.host.error = Err(ContextError::Db(Hole));
        return Err(InstructionResult::FatalExternalError);
    }
    Ok(())
}

fn iszero<H: Host>(context: InstructionContext<'_, H, EthInterpreter>) -> InstructionExecResult {
    let top = context.interpreter.stack.top().ok_or(InstructionResult::StackUnderflow)?;
    *top = U256::from(is_zero(top));
    Ok(())
}

fn jumpi<H: Host>(context: InstructionContext<'_, H, EthInterpreter>) -> InstructionExecResult {
    let interpreter = context.interpreter;
    let [.., condition, target] = interpreter.stack.data().as_slice() else {
        return Err(InstructionResult::StackUnderflow);
    };
    let jump = (!is_zero(condition)).then(|| usize::try_from(*target).unwrap_or(usize::MAX));
    let _ = interpreter.stack.popn::<2>();
    if let Some(target) = jump {
        if !interpreter.bytecode.is_valid_legacy_jump(target) {
            return Err(InstructionResult::InvalidJump);
        }
        interpreter.bytecode.absolute_jump(target);
    }
    Ok(())
}

/// Whether a value is zero, read word by word.
#[inline(always)]
#[expect(unsafe_code, reason = "plain reads are merged into wide ones")]
fn is_zero(value: &U256) -> bool {
    let words = value.as_limbs().iter();
    // SAFETY: each word is borrowed from `value`: valid, aligned and initialised.
    words.fold(0, |all, word| all | unsafe { std::ptr::read_volatile(word) }) == 0
}
