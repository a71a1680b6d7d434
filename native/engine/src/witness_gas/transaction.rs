//! What blocks and transactions touch by themselves. None of it costs gas.

use alloy_consensus::Header;
use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, U256};
use revm::context::ContextTr as _;
use revm::context_interface::{JournalTr as _, Transaction as _};
use revm::primitives::hardfork::SpecId;
use weakstate_trees::state::{Fields, State};

use super::events::{Access, BALANCE, NONCE};
use super::{HISTORY, HISTORY_SLOTS};
use crate::context::Ctx;
use crate::overlay::{DECISIVE, Hole, Overlay};

/// Writes the parent's hash to the history. The first block makes its account exist; in the
/// blocks after it exists, so that a witness need not say so.
pub(crate) fn before_block<S: State>(
    overlay: &mut Overlay<S>,
    header: &Header,
) -> Result<(), Hole> {
    let Some(parent) = header.number.checked_sub(1) else { return Ok(()) };
    let slot = U256::from(parent % HISTORY_SLOTS);
    overlay.events.begin();
    overlay.events.slot(HISTORY, &slot, Access::Write);
    overlay.events.keep();
    let hash = U256::from_be_bytes(header.parent_hash.0);
    overlay.write_kept(&HISTORY, (slot, hash), parent > 0)
}

/// Asks for all of the sender before it is judged: who refuses the transaction touches it too.
pub(crate) fn check_sender<S: State>(host: &mut Ctx<'_, S>) -> Result<(), Hole> {
    let sender = host.tx.caller();
    host.journaled_state.database.events.full(sender, Access::Read);
    host.journaled_state.database.require(&sender, DECISIVE)?;
    host.journaled_state.database.require_code(&sender)
}

/// Touches sender and target of a transaction that is valid.
pub(crate) fn start<S: State>(host: &mut Ctx<'_, S>) -> Result<(), Hole> {
    let (sender, target, value) = (host.tx.caller(), host.tx.kind(), host.tx.value());
    // Of the forks after Shanghai the network had SELFDESTRUCT (EIP-6780), which is here.
    host.journaled_state.set_spec_id(SpecId::CANCUN);
    let overlay = host.db_mut();
    overlay.events.header(sender, &[BALANCE, NONCE], Access::Write);
    let Some(&target) = target.to() else { return Ok(()) };
    overlay.events.full(target, Access::Read);
    if !value.is_zero() {
        overlay.events.header(target, &[BALANCE], Access::Write);
    }
    overlay.require_code(&target)
}

/// Touches the account that a transaction's fees are paid to.
pub(crate) fn pay<S: State>(host: &mut Ctx<'_, S>, account: Address) -> Result<(), Hole> {
    let overlay = host.db_mut();
    overlay.events.full(account, Access::Write);
    overlay.require(&account, Fields::BALANCE)
}

/// Touches the accounts that the block's withdrawals are paid to.
pub(crate) fn withdrawals<S: State>(overlay: &mut Overlay<S>, withdrawals: &[Withdrawal]) {
    overlay.events.begin();
    for withdrawal in withdrawals {
        overlay.events.full(withdrawal.address, Access::Write);
    }
    overlay.events.keep();
}
