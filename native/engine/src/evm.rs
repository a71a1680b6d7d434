//! The interpreter over a block's overlay, with two rules of our own: a creation over
//! existing storage fails (EIP-7610), and a raised flag stops it.

use alloy_primitives::Bytes;
use revm::context::result::{EVMError, ExecutionResult};
use revm::context::{BlockEnv, CfgEnv, Context, ContextError, Evm, FrameStack, Journal, TxEnv};
use revm::handler::instructions::EthInstructions;
use revm::handler::{
    EthFrame, EvmTr, FrameInitOrResult, FrameResult, Handler as _, ItemOrResult, SYSTEM_ADDRESS,
    SystemCallTx,
};
use revm::interpreter::interpreter::EthInterpreter;
use revm::interpreter::interpreter_action::FrameInit;
use revm::interpreter::interpreter_types::MemoryTr;
use revm::interpreter::{CreateOutcome, FrameInput, InstructionResult, InterpreterResult};
use revm::primitives::hardfork::SpecId;
use revm::state::EvmState;
use weakstate_codec::{Code, Error};
use weakstate_trees::state::State;

use crate::chain::{Chain, Gas, Hooks, Scheme, SystemCall};
use crate::context::{Ctx, Limits, Watch};
use crate::fees::Run;
use crate::overlay::{Hole, Overlay};
use crate::own::Precompiles;
use crate::steps::Steps;
use crate::{instructions, precompiles, transaction, witness_gas};

type Frame = EthFrame<EthInterpreter>;
type Inner<'a, S> =
    Evm<Ctx<'a, S>, (), EthInstructions<EthInterpreter, Ctx<'a, S>>, Precompiles<'a>, Frame>;

/// Work of starting a frame, in units of a jump.
const FRAME: u32 = 64;

/// What running a transaction can fail with.
pub type Failure = EVMError<Hole>;

/// The interpreter of one block.
#[derive(Debug)]
pub struct BlockEvm<'a, S: State> {
    inner: Inner<'a, S>,
    /// The rules beyond Ethereum's.
    pub hooks: &'a Hooks,
    /// Whether gas is charged by access events.
    pub charges_access: bool,
    /// Whether codes may be used chunk by chunk.
    in_chunks: bool,
    /// The bound that stopped a frame, if one did.
    exceeded: Option<Code>,
}

impl<'a, S: State + std::fmt::Debug> BlockEvm<'a, S> {
    /// An interpreter for one block over `overlay`.
    pub fn new(
        overlay: Overlay<S>,
        block: BlockEnv,
        cfg: CfgEnv,
        limits: Limits<'a>,
        chain: &'a Chain,
    ) -> Self {
        precompiles::install();
        let (spec, hooks) = (cfg.spec, &chain.hooks);
        let charges_access = chain.gas == Gas::Kaustinen6;
        let in_chunks = chain.scheme != Scheme::Mpt || charges_access;
        let mut overlay = overlay;
        if charges_access {
            overlay.ask_by_field();
        } else if in_chunks && spec.is_enabled_in(SpecId::PRAGUE) {
            overlay.read_delegations();
        }
        let bare: Context<BlockEnv, TxEnv, CfgEnv, _, Journal<_>, ()> = Context::new(overlay, spec);
        let ctx: Ctx<'a, S> =
            bare.with_block(block).with_cfg(cfg).with_chain(Watch::new(limits.poll));
        let mut table = instructions::table(spec);
        if charges_access {
            witness_gas::install(&mut table);
        } else if in_chunks {
            instructions::follow_copies(&mut table, spec);
        }
        let inner = Evm::new(ctx, table, Precompiles::new(spec, hooks));
        Self { inner, hooks, charges_access, in_chunks, exceeded: None }
    }

    /// Runs a transaction. Nothing is changed before what it did is handed to
    /// [`Self::commit`].
    pub fn transact(&mut self, transaction: TxEnv) -> Result<(ExecutionResult, EvmState), Failure> {
        self.inner.ctx.tx = transaction;
        self.overlay().events.begin();
        let result = Run::new().run(self);
        let changes = self.inner.ctx.journaled_state.inner.finalize();
        Ok((result?, changes))
    }

    /// Calls a contract as the system and commits what it did.
    pub fn system_call(&mut self, call: &SystemCall) -> Result<ExecutionResult, Failure> {
        let SystemCall { contract, ref input, gas } = *call;
        let call = TxEnv::new_system_tx_with_caller(SYSTEM_ADDRESS, contract, input.clone());
        self.inner.ctx.tx = TxEnv { gas_limit: gas, ..call };
        self.overlay().events.begin();
        let result = Run::new().run_system_call(self);
        let changes = self.inner.ctx.journaled_state.inner.finalize();
        let result = result?;
        self.commit(changes)?;
        Ok(result)
    }

    /// Takes over what a transaction did.
    pub fn commit(&mut self, changes: EvmState) -> Result<(), Failure> {
        let overlay = self.overlay();
        overlay.events.keep();
        overlay.commit(changes).map_err(Failure::Database)
    }

    /// Makes ready for the next transaction after one that failed.
    pub fn recover(&mut self) {
        self.exceeded = None;
        self.inner.ctx.error = Ok(());
        self.inner.ctx.chain.resume();
    }

    /// The state and what was changed on top of it.
    pub fn overlay(&mut self) -> &mut Overlay<S> {
        &mut self.inner.ctx.journaled_state.database
    }

    /// Gives the state back.
    pub fn into_overlay(self) -> Overlay<S> {
        self.inner.ctx.journaled_state.database
    }

    /// Our error for what stopped the interpreter.
    pub fn fault(&mut self, failure: Failure) -> Box<Error> {
        if self.inner.ctx.chain.stopped() {
            return Box::new(Error::new(Code::TooSlow));
        }
        if let Some(code) = self.exceeded {
            return Box::new(Error::new(code));
        }
        if let Some(hole) = self.overlay().take_hole() {
            return hole;
        }
        match failure {
            Failure::Transaction(refusal) => transaction::refusal(&refusal),
            other => Box::new(Error::new(Code::InvalidTransaction).actual(other)),
        }
    }
}

impl<S: State> BlockEvm<'_, S> {
    /// Undoes a creation whose target already had storage, or which cannot pay for what it
    /// touches, and fails it.
    ///
    /// The interpreter looks at nonce and code alone; the leaf holds the storage root.
    fn refuse_creation(&mut self) -> Result<Option<FrameResult>, ContextError<Hole>> {
        let frame = self.inner.frame_stack.get();
        let FrameInput::Create(inputs) = &frame.input else {
            return Ok(None);
        };
        let created = frame.interpreter.input.target_address;
        let charged = inputs.charged_create_state_gas();
        let refusal = match self.charges_access {
            // The network did not have the rule.
            true if witness_gas::begin(frame, &mut self.inner.ctx) => return Ok(None),
            true => InstructionResult::OutOfGas,
            false if !self.inner.ctx.journaled_state.database.has_storage(&created)? => {
                return Ok(None);
            }
            false => InstructionResult::CreateCollision,
        };
        let frame = self.inner.frame_stack.get();
        let mut gas = frame.interpreter.gas;
        gas.spend_all();
        self.inner.ctx.journaled_state.inner.checkpoint_revert(frame.checkpoint);
        self.inner.frame_stack.pop();
        let result = InterpreterResult::new(refusal, Bytes::new(), gas);
        Ok(Some(FrameResult::Create(CreateOutcome {
            result,
            address: None,
            charged_create_state_gas: charged,
        })))
    }

    /// Runs the frame on top, whose code may be used chunk by chunk.
    fn run_in_chunks(&mut self) -> Result<FrameInitOrResult<Frame>, ContextError<Hole>> {
        let charges = self.charges_access;
        let Inner { ctx, instruction, frame_stack, .. } = &mut self.inner;
        let frame = frame_stack.get();
        let (table, gas) = (instruction.instruction_table(), instruction.gas_table());
        let mut action = match Steps::of(frame, ctx, charges) {
            Some(steps) => steps.run(&mut frame.interpreter, table, gas, ctx),
            None => frame.interpreter.run_plain(table, gas, ctx),
        };
        if charges {
            witness_gas::complete(frame, ctx, &mut action);
        }
        let next = frame.process_next_action::<_, ContextError<Hole>>(ctx, action)?;
        if next.is_result() {
            frame.set_finished(true);
        }
        Ok(next)
    }
}

impl<S: State> BlockEvm<'_, S> {
    /// Whether the frame that asked for more memory than allowed had the gas for it. The
    /// interpreter looks at the bound first; without the gas the frame fails in any case.
    fn could_pay(&mut self, result: &FrameResult) -> bool {
        let memory = &self.inner.frame_stack.get().interpreter.memory;
        let limit = self.inner.ctx.cfg.memory_limit;
        let least = limit.saturating_sub(memory.local_memory_offset() as u64);
        let paid = memory_gas(memory.size() as u64);
        let left = result.interpreter_result().gas.remaining();
        u128::from(left) >= memory_gas(least).saturating_sub(paid)
    }
}

/// Gas of a memory of this many bytes (Yellow Paper, appendix H).
pub(crate) fn memory_gas(bytes: u64) -> u128 {
    let words = u128::from(bytes.div_ceil(32));
    3 * words + words * words / 512
}

impl<'a, S: State> EvmTr for BlockEvm<'a, S> {
    type Context = Ctx<'a, S>;
    type Instructions = EthInstructions<EthInterpreter, Ctx<'a, S>>;
    type Precompiles = Precompiles<'a>;
    type Frame = Frame;

    fn all(&self) -> (&Self::Context, &Self::Instructions, &Self::Precompiles, &FrameStack<Frame>) {
        self.inner.all()
    }

    fn all_mut(
        &mut self,
    ) -> (&mut Self::Context, &mut Self::Instructions, &mut Self::Precompiles, &mut FrameStack<Frame>)
    {
        self.inner.all_mut()
    }

    fn frame_init(
        &mut self,
        mut input: FrameInit,
    ) -> Result<ItemOrResult<&mut Frame, FrameResult>, ContextError<Hole>> {
        if self.inner.ctx.chain.count(FRAME) {
            return Err(ContextError::Db(Hole));
        }
        if self.charges_access {
            let entered = witness_gas::enter(&mut self.inner.ctx, &mut input);
            if let Some(result) = entered.map_err(|_| ContextError::Db(Hole))? {
                return Ok(ItemOrResult::Result(result));
            }
        }
        if let ItemOrResult::Result(result) = self.inner.frame_init(input)? {
            if precompiles::take_refused() {
                self.exceeded = Some(Code::TooSlow);
                return Err(ContextError::Db(Hole));
            }
            return Ok(ItemOrResult::Result(result));
        }
        if let Some(result) = self.refuse_creation()? {
            return Ok(ItemOrResult::Result(result));
        }
        Ok(ItemOrResult::Item(self.inner.frame_stack.get()))
    }

    fn frame_run(&mut self) -> Result<FrameInitOrResult<Frame>, ContextError<Hole>> {
        let next = match self.in_chunks {
            false => self.inner.frame_run()?,
            true => self.run_in_chunks()?,
        };
        if let ItemOrResult::Result(result) = &next
            && result.instruction_result() == InstructionResult::MemoryLimitOOG
            && self.could_pay(result)
        {
            // Our bound, not the protocol's: to go on would be to judge by it.
            self.exceeded = Some(Code::TooMuchMemory);
            return Err(ContextError::Db(Hole));
        }
        Ok(next)
    }

    fn frame_return_result(
        &mut self,
        result: FrameResult,
    ) -> Result<Option<FrameResult>, ContextError<Hole>> {
        self.inner.frame_return_result(result)
    }
}
