//! No block is refused for what a damaged table said.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use alloy_primitives::{Address, B256, Bytes, U256};
use weakstate_codec::{Budget, Code, Item, read};
use weakstate_engine::block::{Block, SealedHeader};
use weakstate_engine::{Anchor, Chain, Limits, Production, Request, attempt, attempt_partial};
use weakstate_trees::state::{Account, PartialState, Result, Tables};

const GENESIS: &[u8] = include_bytes!("../../../fixtures/chain/genesis.json");
const BLOCK: &[u8] = include_bytes!("../../../fixtures/chain/1.json");

/// Tables in which every account has one wei more than in the tree.
#[derive(Clone, Copy, Debug)]
struct Damaged<'a, 'w>(&'a PartialState<'w>);

impl Tables for Damaged<'_, '_> {
    fn account(&self, address: &Address) -> Result<Option<Account>> {
        let account = self.0.account(address)?;
        Ok(account.map(|account| Account { balance: account.balance + U256::ONE, ..account }))
    }

    fn has_storage(&self, address: &Address) -> Result<bool> {
        self.0.has_storage(address)
    }

    fn slot(&self, address: &Address, slot: &U256) -> Result<U256> {
        self.0.slot(address, slot)
    }

    fn code(&self, hash: &B256) -> Result<Bytes> {
        self.0.code(hash)
    }
}

/// The block's RLP with another amount of gas in its header.
fn with_other_gas(block: &[u8]) -> Vec<u8> {
    let mut header = Block::decode(block).unwrap().sealed;
    header.header.gas_used += 1;
    let (before, after) = (&header.rlp, alloy_rlp::encode(&header.header));
    let at = block.windows(before.len()).position(|part| part == before).unwrap();
    [&block[..at], &after, &block[at + before.len()..]].concat()
}

#[test]
fn a_table_that_is_not_the_tree_is_damage_and_no_verdict() {
    let chain = Chain::from_genesis(GENESIS).unwrap();
    let item: Item = read(BLOCK, &Budget::default()).unwrap().remove(0);
    let (block, witness) = (with_other_gas(&item.block.unwrap()), item.witness.unwrap());
    let parent = SealedHeader::decode(witness.headers.get(0).unwrap()).unwrap();
    let state = PartialState::open(&parent.header.state_root, &witness);
    let production = Production {
        chain: &chain,
        block: &block,
        ancestors: std::slice::from_ref(&parent),
        ancestry: None,
        limits: Limits { memory: 1 << 30, poll: &|| false },
        access_list: false,
    };

    let sound = attempt(&production, &state, &state).unwrap_err();
    assert_eq!(sound.error.code, Code::WrongGasUsed);
    assert_eq!(sound.witness.headers, witness.headers);
    let damaged = attempt(&production, Damaged(&state), &state).unwrap_err();
    assert_eq!(damaged.error.code, Code::StoreDamaged);
    assert!(damaged.witness.nodes.is_empty());
}

#[test]
fn the_witness_of_a_refusal_refuses_again() {
    let chain = Chain::from_genesis(GENESIS).unwrap();
    let item: Item = read(BLOCK, &Budget::default()).unwrap().remove(0);
    let (block, witness) = (with_other_gas(&item.block.unwrap()), item.witness.unwrap());
    let anchor = Anchor::Hash(Block::decode(&block).unwrap().header().parent_hash);
    let budget = Budget::default();
    let request = |witness| Request {
        chain: &chain,
        anchor: &anchor,
        block: &block,
        witness,
        ancestry: None,
        budget: &budget,
    };
    let first = attempt_partial(&request(&witness), false, &|| false).unwrap_err();
    assert!(first.witness.nodes.len() <= witness.nodes.len());
    let again = attempt_partial(&request(&first.witness), false, &|| false).unwrap_err();
    assert_eq!((again.error, again.witness), (first.error, first.witness));
}
