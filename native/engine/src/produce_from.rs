//! Witness and delta of a block that was executed elsewhere, from the record of that execution.

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};
use weakstate_codec::{Code, Error};
use weakstate_trees::Source;
use weakstate_trees::state::{AccountChange, Changes, Scheme, State, Tables, WholeState};

use crate::before::Before;
use crate::block::{Block, SealedHeader};
use crate::chain::{Chain, Fork};
use crate::delta::{check_code, is_missing, same};
use crate::produce::{Produced, link, witness};
use crate::touches::{CodeOf, PostAccount, PostValues, Touches};
use crate::witness_gas::AccessEvents;
use crate::{Result, delta};

/// A block that was executed elsewhere.
#[derive(Debug)]
pub struct Recorded<'a> {
    /// The rules.
    pub chain: &'a Chain,
    /// The block in RLP.
    pub block: &'a [u8],
    /// Ancestors, as [`Production::ancestors`](crate::Production::ancestors).
    pub ancestors: &'a [SealedHeader],
    /// What it asked of the state before it.
    pub touches: &'a Touches,
    /// What it made of it.
    pub changes: &'a PostValues,
}

/// Makes witness and delta of a block without executing it, over the state that `tables` and
/// `nodes` hold. They stay as they are.
///
/// Of the block its parent and its state root are judged, nothing else. The witness is as good
/// as the record: what an execution reads and the touches omit, a verifier will miss.
///
/// # Errors
/// `wrong_parent`, `malformed_block`; `delta_wrong_post_state` if the changes do not lead to
/// the header's state root, `delta_missing_code` if they name a code that is nowhere;
/// `missing_part`, `block_hash_not_witnessed` if a touched code or header is not there;
/// `malformed_access_list` if the changes are of a longer block; `unsupported_fork` before
/// Byzantium, when receipts hold state roots within the block. `missing_part` under a scheme whose
/// witnesses hold codes in chunks as well: the record does not say which were read.
pub fn produce_from<'s, T, N>(recorded: &Recorded<'_>, tables: T, nodes: N) -> Result<Produced>
where
    T: Tables + Copy + std::fmt::Debug,
    N: Source<'s> + std::fmt::Debug,
{
    let Recorded { chain, ancestors: known, touches, changes, .. } = *recorded;
    if chain.scheme != Scheme::Mpt {
        let error = Error::new(Code::MissingPart).expected("which chunks of codes were read");
        return Err(Box::new(error.at("touches")));
    }
    let block = Block::decode(recorded.block)?;
    check_steps(chain, &block, changes)?;
    let ancestors = link(block.header().parent_hash, known)?;
    let pre_state_root = ancestors.state_root;
    check_hashes(touches, &block, known)?;

    let mut state = WholeState::new(&chain.layout(), &pre_state_root, tables, nodes)?;
    touch(&mut state, &tables, touches)?;
    let mut written = Changes::new();
    for (address, post) in &changes.accounts {
        if let Some(change) = change(&tables, changes, address, post)? {
            written.push((*address, change));
        }
    }
    let root = state.write(&written, &changes.codes)?;
    same(Code::DeltaWrongPostState, "the state's root", block.header().state_root, root)?;

    let sealed = state.seal();
    let before = Before::new(&tables, &sealed.touches);
    let delta = delta::of_block(
        &before,
        &chain.layout(),
        (&block.sealed, pre_state_root),
        &written,
        &changes.codes,
    )?;
    Ok(Produced {
        delta,
        pre_state_root,
        witness: witness(&sealed, known, touches.oldest_hash),
        oldest_hash: touches.oldest_hash,
        changes: written,
        created_codes: changes.codes.clone(),
        receipts: Vec::new(),
        access_list: None,
        access_events: AccessEvents::new(),
        header: block.sealed,
        sealed,
    })
}

/// The record must be one that says all there is to prove.
fn check_steps(chain: &Chain, block: &Block<'_>, changes: &PostValues) -> Result<()> {
    let rules = chain.rules_at(block.header().number, block.header().timestamp)?;
    if !rules.since(Fork::Byzantium) && !block.transactions.is_empty() {
        let error = Error::new(Code::UnsupportedFork).expected("Byzantium or later");
        return Err(Box::new(error.actual(rules.fork.name())));
    }
    let last = block.transactions.len() as u64 + 1;
    if let Some(step) = changes.last_step.filter(|step| *step > last) {
        let error = Error::new(Code::MalformedAccessList);
        return Err(Box::new(error.expected(format_args!("no step after {last}")).actual(step)));
    }
    Ok(())
}

/// The header after the oldest block whose hash was read must be known.
fn check_hashes(touches: &Touches, block: &Block<'_>, known: &[SealedHeader]) -> Result<()> {
    let Some(oldest) = touches.oldest_hash else { return Ok(()) };
    let first = known.first().map_or(block.header().number, |sealed| sealed.header.number);
    if oldest.saturating_add(1) >= first {
        return Ok(());
    }
    let error = Error::new(Code::BlockHashNotWitnessed).at(format_args!("block {oldest}"));
    Err(Box::new(error))
}

/// Asks the state for what the block asked it for.
fn touch(state: &mut impl State, tables: &impl Tables, touches: &Touches) -> Result<()> {
    for address in &touches.accounts {
        state.account(address)?;
    }
    for (address, slot) in &touches.slots {
        state.slot(address, slot)?;
    }
    for code in &touches.codes {
        let hash = match code {
            CodeOf::Hash(hash) => *hash,
            CodeOf::Account(address) => code_hash(tables, address)?,
        };
        state.code(&hash).map_err(|error| match is_missing(&error) {
            true => missing_code(&hash),
            false => error,
        })?;
    }
    Ok(())
}

fn code_hash(tables: &impl Tables, address: &Address) -> Result<B256> {
    Ok(tables.account(address)?.map_or(KECCAK256_EMPTY, |account| account.code_hash))
}

fn missing_code(hash: &B256) -> Box<Error> {
    let error = Error::new(Code::MissingPart).expected(format_args!("code {hash}"));
    Box::new(error.at("touches.codes"))
}

/// What differs of an account; `None` if nothing does.
pub(crate) fn change(
    tables: &impl Tables,
    changes: &PostValues,
    address: &Address,
    post: &PostAccount,
) -> Result<Option<AccountChange>> {
    let before = tables.account(address)?;
    let account = post.account(before);
    if let Some(after) = account.filter(|after| !changes.codes.contains_key(&after.code_hash)) {
        check_code(address, before, after.code_hash, |hash| tables.code(hash).map(drop))?;
    }
    let mut slots: Vec<(U256, U256)> = Vec::new();
    if account.is_some() {
        for (slot, value) in &post.slots {
            let old = match post.storage_cleared {
                true => U256::ZERO,
                false => tables.slot(address, slot)?,
            };
            if old != *value {
                slots.push((*slot, *value));
            }
        }
    }
    let storage_cleared = post.storage_cleared || account.is_none();
    let cleared = storage_cleared && before.is_some();
    if before == account && slots.is_empty() && !cleared {
        return Ok(None);
    }
    Ok(Some(AccountChange { account, storage_cleared, slots }))
}
