//! The timed job. ethrex's guest program, which does the same in a zkVM, is not
//! on crates.io; this follows its order of steps with the published parts.

use std::error::Error;
use std::sync::{Arc, PoisonError};

use ethrex_common::types::block_execution_witness::{GuestProgramState, decode_witness_headers};
use ethrex_common::types::{
    Block, ChainConfig, ELASTICITY_MULTIPLIER, GLOBAL_SIGNER_CACHE, validate_block_body,
};
use ethrex_common::{
    validate_block_pre_execution, validate_gas_used, validate_receipts_root_and_logs_bloom,
    validate_requests_hash,
};
use ethrex_crypto::Crypto;
use ethrex_rlp::decode::RLPDecode;
use ethrex_vm::{Evm, GuestProgramStateWrapper};

use crate::input::Input;

/// Empties ethrex's process-wide cache of recovered senders, which would spare
/// every repetition but the first the recovery.
pub fn forget_senders() {
    GLOBAL_SIGNER_CACHE
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clear();
}

/// Verifies a block from byte strings in memory; `strict` adds the checks of
/// the body against the header and of the header against its parent. Returns
/// the gas used.
pub fn verify(
    input: &Input,
    config: &ChainConfig,
    strict: bool,
    crypto: Arc<dyn Crypto + Send + Sync>,
) -> Result<u64, Box<dyn Error>> {
    let block = Block::decode(&input.block_rlp)?;
    let number = block.header.number;

    // Only the list of references to the byte strings is copied here.
    let witness = input.witness.clone();
    let headers = decode_witness_headers(&witness.headers)?;
    let witness = witness.into_execution_witness(*config, number, &headers, crypto.as_ref())?;
    let state = GuestProgramState::from_witness(witness, crypto.as_ref())?;
    let mut state = GuestProgramStateWrapper::new(state, crypto.clone());

    // Headers: each the parent of the next, the last the parent of the block.
    state.initialize_block_header_hashes(std::slice::from_ref(&block))?;
    if let Some(bad) = state.get_first_invalid_block_hash()? {
        return Err(format!("witness header {bad} is not the parent of the next").into());
    }
    let parent = state.get_block_parent_header(number)?;
    if parent.hash() != block.header.parent_hash {
        return Err("the witness's last header is not the block's parent".into());
    }
    if state.state_trie_root()? != parent.state_root {
        return Err("the witness is not of the parent's state".into());
    }
    if strict {
        validate_block_body(&block.header, &block.body, crypto.as_ref())?;
        validate_block_pre_execution(&block, &parent, config, ELASTICITY_MULTIPLIER)?;
    }

    let mut evm = Evm::new_for_l1(state.clone(), crypto.clone());
    let (executed, _) = evm.execute_block(&block)?;
    state.apply_account_updates(&evm.get_state_transitions()?)?;

    validate_gas_used(executed.block_gas_used, &block.header)?;
    validate_receipts_root_and_logs_bloom(&block.header, &executed.receipts, crypto.as_ref())?;
    validate_requests_hash(&block.header, config, &executed.requests)?;
    let root = state.state_trie_root()?;
    if root != block.header.state_root {
        return Err(format!(
            "state root {root:#x}, header has {:#x}",
            block.header.state_root
        )
        .into());
    }
    Ok(executed.block_gas_used)
}
