//! Runs a transaction as Ethereum does, but pays its fees to whom the chain says.

use std::marker::PhantomData;

use alloy_primitives::U256;
use revm::context::Transaction as _;
use revm::context::result::HaltReason;
use revm::context_interface::JournalTr as _;
use revm::context_interface::journaled_state::account::JournaledAccountTr as _;
use revm::handler::{EvmTr as _, FrameResult, Handler, post_execution, pre_execution};
use revm::interpreter::InitialAndFloorGas;
use weakstate_trees::state::State;

use crate::chain::FeeTo;
use crate::evm::{BlockEvm, Failure};
use crate::witness_gas;

/// How a transaction is run.
#[derive(Debug)]
pub struct Run<'a, S>(PhantomData<(&'a (), S)>);

impl<S> Run<'_, S> {
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'a, S: State> Handler for Run<'a, S> {
    type Evm = BlockEvm<'a, S>;
    type Error = Failure;
    type HaltReason = HaltReason;

    fn validate_against_state_and_deduct_caller(
        &self,
        evm: &mut Self::Evm,
        _: &mut InitialAndFloorGas,
    ) -> Result<(), Failure> {
        if evm.charges_access {
            witness_gas::check_sender(evm.ctx()).map_err(Failure::Database)?;
        }
        pre_execution::validate_against_state_and_deduct_caller(evm.ctx())
    }

    fn load_accounts(&self, evm: &mut Self::Evm) -> Result<(), Failure> {
        pre_execution::load_accounts::<_, Failure>(evm)?;
        if evm.charges_access {
            witness_gas::start(evm.ctx()).map_err(Failure::Database)?;
        }
        Ok(())
    }

    fn reward_beneficiary(
        &self,
        evm: &mut Self::Evm,
        result: &mut FrameResult,
    ) -> Result<(), Failure> {
        let (hooks, charges_access) = (evm.hooks, evm.charges_access);
        if hooks.base_fee.is_none() && hooks.priority_fee.is_none() && !charges_access {
            return Ok(post_execution::reward_beneficiary(evm.ctx(), result.gas())?);
        }
        let (base_to, priority_to) = (hooks.base_fee, hooks.priority_fee);
        let context = evm.ctx();
        // Zero before London.
        let base_fee = u128::from(context.block.basefee);
        let price = context.tx.effective_gas_price(base_fee);
        let used = U256::from(result.gas().used().saturating_sub(result.gas().reservoir()));
        let beneficiary = context.block.beneficiary;
        for (to, price) in [
            (base_to.unwrap_or(FeeTo::Burned), base_fee),
            (priority_to.unwrap_or(FeeTo::Beneficiary), price.saturating_sub(base_fee)),
        ] {
            let account = match to {
                FeeTo::Burned => continue,
                FeeTo::Beneficiary => beneficiary,
                FeeTo::Account(address) => address,
            };
            let amount = used.saturating_mul(U256::from(price));
            if charges_access && amount.is_zero() {
                // Who is paid nothing is not touched.
                continue;
            }
            if charges_access {
                let paid = witness_gas::pay(context, account);
                paid.map_err(Failure::Database)?;
            }
            context.journaled_state.load_account_mut(account)?.incr_balance(amount);
        }
        Ok(())
    }
}
