//! Instructions that we replace: the jumps, to stop execution, and some to speed it up.
//!
//! A comparison leaves its result in four words that are written one by one; reading them
//! back as wide vectors must wait until the writes have left the processor's store buffer.
//! The two instructions that nearly always follow a comparison read word by word instead.

use alloy_primitives::{Address, B256, U256};
use revm::bytecode::opcode::{
    CALLDATACOPY, CODECOPY, EXTCODECOPY, ISZERO, JUMP, JUMPI, KECCAK256, LOG0, MCOPY,
    RETURNDATACOPY, SELFBALANCE,
};
use revm::context::ContextError;
use revm::context_interface::Host;
use revm::handler::instructions::EthInstructions;
use revm::interpreter::instructions::{gas_table_spec, host, memory, system};
use revm::interpreter::interpreter::EthInterpreter;
use revm::interpreter::interpreter_types::Jumps;
use revm::interpreter::{
    Instruction, InstructionContext, InstructionExecResult, InstructionResult,
};
use revm::primitives::hardfork::SpecId;
use weakstate_trees::state::State;

use crate::context::Ctx;
use crate::overlay::Hole;
use crate::steps;

/// Work of an instruction that may go over much memory, in units of a jump.
pub(crate) const LONG: u32 = 1 << 12;

type Context<'a, 'b, S> = InstructionContext<'a, Ctx<'b, S>, EthInterpreter>;

/// The instructions of a fork. The gas of those replaced is the same in every fork.
pub(crate) fn table<'a, S: State>(spec: SpecId) -> EthInstructions<EthInterpreter, Ctx<'a, S>> {
    let mut table = EthInstructions::new_mainnet_with_spec(spec);
    table.insert_instruction(ISZERO, Instruction::new(iszero), 3);
    table.insert_instruction(JUMP, Instruction::new(jump), 8);
    table.insert_instruction(JUMPI, Instruction::new(jumpi), 10);
    // Without a jump, only what works on much memory at once takes long.
    let gas = gas_table_spec(spec);
    let mut guard = |opcode: u8, instruction| {
        let gas = gas.get(usize::from(opcode)).copied().unwrap_or_default();
        table.insert_instruction(opcode, instruction, gas);
    };
    guard(KECCAK256, Instruction::new(|c| watched(c, LONG, system::keccak256)));
    guard(CALLDATACOPY, Instruction::new(|c| watched(c, LONG, system::calldatacopy)));
    guard(CODECOPY, Instruction::new(|c| watched(c, LONG, system::codecopy)));
    guard(EXTCODECOPY, Instruction::new(|c| watched(c, LONG, host::extcodecopy)));
    guard(RETURNDATACOPY, Instruction::new(|c| watched(c, LONG, system::returndatacopy)));
    guard(MCOPY, Instruction::new(|c| watched(c, LONG, memory::mcopy)));
    guard(LOG0, Instruction::new(|c| watched(c, LONG, host::log::<0, _>)));
    // Before this fork the opcode is none, and the table's own function says so.
    if spec.is_enabled_in(SpecId::ISTANBUL) {
        guard(SELFBALANCE, Instruction::new(selfbalance));
    }
    table
}

/// Follows which bytes of codes are copied, where codes are known in chunks.
pub(crate) fn follow_copies<'a, S: State>(
    table: &mut EthInstructions<EthInterpreter, Ctx<'a, S>>,
    spec: SpecId,
) {
    let gas = gas_table_spec(spec).get(usize::from(EXTCODECOPY)).copied().unwrap_or_default();
    let copy = Instruction::new(|c| watched(c, LONG, extcodecopy_in_chunks));
    table.insert_instruction(EXTCODECOPY, copy, gas);
}

/// The bytes that are copied are needed, though not those of a delegate.
fn extcodecopy_in_chunks<S: State>(context: Context<'_, '_, S>) -> InstructionExecResult {
    let Context { interpreter, host } = context;
    let operands = interpreter.stack.data().as_slice();
    let [.., len, from, _, address] = operands else {
        return Err(InstructionResult::StackUnderflow);
    };
    let (len, from, address) = (*len, *from, Address::from_word(B256::from(*address)));
    host::extcodecopy(Context { interpreter, host: &mut *host })?;
    let account = host.journaled_state.inner.state.get(&address);
    let Some((hash, code)) =
        account.and_then(|account| Some((account.info.code_hash, account.info.code.as_ref()?)))
    else {
        return Ok(());
    };
    let bytes = steps::clip(&from, &len, code.len());
    let used = host.journaled_state.database.follow(&address, &hash);
    steps::need(host, used.as_ref(), bytes)
}

fn iszero<H: Host>(context: InstructionContext<'_, H, EthInterpreter>) -> InstructionExecResult {
    let top = context.interpreter.stack.top().ok_or(InstructionResult::StackUnderflow)?;
    *top = U256::from(is_zero(top));
    Ok(())
}

/// The running contract's account is in the journal: no other look-up is needed.
fn selfbalance<S: State>(context: Context<'_, '_, S>) -> InstructionExecResult {
    let address = context.interpreter.input.target_address;
    let account = context.host.journaled_state.inner.state.get(&address);
    let balance = account.map(|account| account.info.balance).unwrap_or_default();
    match context.interpreter.stack.push(balance) {
        true => Ok(()),
        false => Err(InstructionResult::StackOverflow),
    }
}

fn jump<S: State>(context: Context<'_, '_, S>) -> InstructionExecResult {
    let target = context.interpreter.stack.pop()?;
    go(context, usize::try_from(target).unwrap_or(usize::MAX))
}

fn jumpi<S: State>(context: Context<'_, '_, S>) -> InstructionExecResult {
    let stack = &mut context.interpreter.stack;
    let [.., condition, target] = stack.data().as_slice() else {
        return Err(InstructionResult::StackUnderflow);
    };
    let target = (!is_zero(condition)).then(|| usize::try_from(*target).unwrap_or(usize::MAX));
    let _ = stack.popn::<2>();
    target.map_or(Ok(()), |target| go(context, target))
}

/// Goes to a destination. Every loop passes here.
#[inline(always)]
fn go<S: State>(context: Context<'_, '_, S>, target: usize) -> InstructionExecResult {
    watched(context, 1, |context| {
        let bytecode = &mut context.interpreter.bytecode;
        if !bytecode.is_valid_legacy_jump(target) {
            return Err(InstructionResult::InvalidJump);
        }
        bytecode.absolute_jump(target);
        Ok(())
    })
}

/// Runs an instruction, which takes `work` units, unless it is time to stop.
#[inline(always)]
pub(crate) fn watched<'a, 'b, S: State>(
    context: Context<'a, 'b, S>,
    work: u32,
    run: impl FnOnce(Context<'a, 'b, S>) -> InstructionExecResult,
) -> InstructionExecResult {
    if context.host.chain.count(work) {
        context.host.error = Err(ContextError::Db(Hole));
        return Err(InstructionResult::FatalExternalError);
    }
    run(context)
}

/// Whether a value is zero, read word by word.
#[inline(always)]
#[expect(unsafe_code, reason = "plain reads are merged into wide ones")]
fn is_zero(value: &U256) -> bool {
    let words = value.as_limbs().iter();
    // SAFETY: each word is borrowed from `value`: valid, aligned and initialised.
    words.fold(0, |all, word| all | unsafe { std::ptr::read_volatile(word) }) == 0
}
