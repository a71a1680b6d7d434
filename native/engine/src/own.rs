//! Precompiled contracts of a chain's own beside those of Ethereum.

use alloy_primitives::map::AddressSet;
use revm::handler::{
    EthPrecompiles, PrecompileProvider, precompile_output_to_interpreter_result as to_result,
};
use revm::interpreter::{CallInputs, InterpreterResult};
use revm::precompile::{PrecompileHalt, PrecompileOutput};
use revm::primitives::hardfork::SpecId;
use weakstate_trees::state::State;

use crate::chain::{Hooks, Precompile, PrecompileFault};
use crate::context::Ctx;

/// The precompiled contracts of a block.
#[derive(Debug)]
pub struct Precompiles<'a> {
    ethereum: EthPrecompiles,
    hooks: &'a Hooks,
    /// Addresses of all of them.
    addresses: AddressSet,
}

impl<'a> Precompiles<'a> {
    /// Those of a fork, and those of `hooks`.
    pub fn new(spec: SpecId, hooks: &'a Hooks) -> Self {
        let ethereum = EthPrecompiles::new(spec);
        let mut addresses = ethereum.warm_addresses().clone();
        addresses.extend(hooks.precompiles.keys());
        Self { ethereum, hooks, addresses }
    }
}

impl<'b, S: State> PrecompileProvider<Ctx<'b, S>> for Precompiles<'_> {
    type Output = InterpreterResult;

    fn set_spec(&mut self, spec: SpecId) -> bool {
        PrecompileProvider::<Ctx<'b, S>>::set_spec(&mut self.ethereum, spec)
    }

    fn run(
        &mut self,
        context: &mut Ctx<'b, S>,
        inputs: &CallInputs,
    ) -> Result<Option<InterpreterResult>, String> {
        match self.hooks.precompiles.get(&inputs.bytecode_address) {
            Some(own) => call(own, context, inputs).map(Some),
            None => self.ethereum.run(context, inputs),
        }
    }

    fn warm_addresses(&self) -> &AddressSet {
        &self.addresses
    }
}

fn call<S: State>(
    own: &Precompile,
    context: &mut Ctx<'_, S>,
    inputs: &CallInputs,
) -> Result<InterpreterResult, String> {
    let answer = own.call(&inputs.input.as_bytes(context), inputs.gas_limit);
    let output = match answer {
        Ok((gas_used, output)) => PrecompileOutput::new(gas_used, output, inputs.reservoir),
        Err(PrecompileFault::Failed) => {
            let reason = PrecompileHalt::other_static("refused by the contract");
            PrecompileOutput::halt(reason, inputs.reservoir)
        }
        Err(PrecompileFault::Stopped) => {
            context.chain.stop();
            return Err(String::from("stopped"));
        }
    };
    Ok(to_result(output, inputs.gas_limit))
}
