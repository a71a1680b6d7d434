//! A chain without a machine: blocks that change accounts and slots at random, and a model of
//! what the state then is.
#![expect(clippy::unwrap_used, reason = "tests")]
#![allow(dead_code, clippy::allow_attributes, reason = "each test program uses a part of it")]

pub mod leaves;

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use weakstate_state::{Head, Identity, Result, StateStore, Step, View};
use weakstate_trees::state::{
    Account, AccountChange, Changes, Codes, Header, Layout, Named, Scheme, State, WholeState,
};

/// One layout of each scheme.
pub fn layouts() -> Vec<Layout> {
    Scheme::NAMES.iter().map(|(_, scheme)| Layout::of(*scheme)).collect()
}

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 16) % bound
    }
}

/// Each account with its slots.
pub type World = BTreeMap<Address, (Account, BTreeMap<U256, U256>)>;

pub fn address(number: u64) -> Address {
    Address::from_slice(&keccak256(number.to_be_bytes())[..20])
}

pub fn code(number: u64) -> Bytes {
    Bytes::from(number.to_be_bytes().repeat(1 + (number as usize % 400)))
}

/// What block `number` changes in `world`: of each account some slots, all of them, or itself.
pub fn changes(world: &World, number: u64) -> Changes {
    changes_of(&Layout::default(), world, number)
}

/// The same under a layout. Where leaves stay, contracts do.
pub fn changes_of(layout: &Layout, world: &World, number: u64) -> Changes {
    let leaves = layout.scheme != Scheme::Mpt;
    let mut random = Random(number);
    let mut changed = BTreeMap::new();
    for _ in 0..12 {
        let address = address(random.below(40));
        let nothing = Header::EMPTY.account;
        let mut account = world.get(&address).map_or(nothing, |(account, _)| *account);
        account.nonce += 1;
        account.balance = U256::from(random.below(1 << 40));
        let mut change = AccountChange { account: Some(account), ..AccountChange::default() };
        match random.below(8) {
            // Where leaves go, nobody can list the slots of an account that does.
            0 if !layout.scheme.zeros_stay()
                && leaves
                && world.get(&address).is_some_and(|(_, slots)| !slots.is_empty()) => {}
            0 if world.contains_key(&address) && !(leaves && has_contract(&address, &account)) => {
                change = AccountChange { account: None, storage_cleared: true, slots: vec![] };
            }
            kind => {
                change.storage_cleared = kind == 1;
                if kind == 2 && !(leaves && has_contract(&address, &account)) {
                    account.code_hash = match leaves && account.code_hash == KECCAK256_EMPTY {
                        true if !number.is_multiple_of(3) => keccak256(delegation(&address)),
                        false if leaves => KECCAK256_EMPTY,
                        _ => keccak256(code(number)),
                    };
                    change.account = Some(account);
                }
                let mut slots = BTreeMap::new();
                for _ in 0..random.below(6) {
                    slots.insert(U256::from(random.below(20)), U256::from(random.below(3)));
                }
                change.slots = slots.into_iter().collect();
            }
        }
        changed.insert(address, change);
    }
    changed.into_iter().collect()
}

/// The code of a delegation (EIP-7702).
pub fn delegation(to: &Address) -> Bytes {
    [&[0xef, 1, 0], to.as_slice()].concat().into()
}

fn has_contract(address: &Address, account: &Account) -> bool {
    ![KECCAK256_EMPTY, keccak256(delegation(address))].contains(&account.code_hash)
}

pub fn apply(layout: &Layout, world: &mut World, changes: &Changes) {
    if layout.scheme != Scheme::Mpt {
        return leaves::apply(layout, world, changes);
    }
    for (address, change) in changes {
        let Some(account) = change.account else {
            world.remove(address);
            continue;
        };
        let entry = world.entry(*address).or_insert((account, BTreeMap::new()));
        entry.0 = account;
        if change.storage_cleared {
            entry.1.clear();
        }
        for (slot, value) in &change.slots {
            entry.1.insert(*slot, *value);
        }
        entry.1.retain(|_, value| !value.is_zero());
    }
}

/// The state after each of the first `count` blocks, the empty one first.
pub fn worlds(count: u64) -> Vec<World> {
    worlds_of(&Layout::default(), count)
}

/// The same under a layout.
pub fn worlds_of(layout: &Layout, count: u64) -> Vec<World> {
    let mut worlds = vec![World::new()];
    for number in 1..=count {
        let mut world = worlds.last().unwrap().clone();
        let changes = changes_of(layout, &world, number);
        apply(layout, &mut world, &changes);
        worlds.push(world);
    }
    worlds
}

/// The root of a world, by a tree of its own.
pub fn root(world: &World) -> B256 {
    weakstate_trees::state::build(&whole(world), |_, _, _| {}).unwrap()
}

/// A world as changes of nothing.
pub fn whole(world: &World) -> Changes {
    let accounts = world.iter().map(|(address, (account, slots))| {
        let slots = slots.iter().map(|(slot, value)| (*slot, *value)).collect();
        (*address, AccountChange { account: Some(*account), storage_cleared: false, slots })
    });
    accounts.collect()
}

pub fn dump(view: &View) -> World {
    let accounts = view.accounts(&Address::ZERO).unwrap().map(|account| {
        let (address, account) = account.unwrap();
        let slots = view.slots(&address).unwrap().map(|slot| slot.unwrap()).collect();
        (address, (account, slots))
    });
    accounts.collect()
}

pub fn header(number: u64) -> Vec<u8> {
    number.to_be_bytes().repeat(70)
}

pub fn head(number: u64, root: B256) -> Head {
    Head { number, hash: keccak256(number.to_be_bytes()), root }
}

pub fn identity() -> Identity {
    identity_of(&Layout::default())
}

pub fn identity_of(layout: &Layout) -> Identity {
    Identity { chain_id: 1, layout: *layout, rules: b"test".to_vec() }
}

/// Starts an empty store from nothing.
pub fn start(store: &StateStore) {
    start_of(&Layout::default(), store);
}

pub fn start_of(layout: &Layout, store: &StateStore) {
    let head = head(0, layout.empty_root());
    store.start(&identity_of(layout), &Changes::new(), &[], &head, &header(0)).unwrap();
}

/// Commits the next block over `world`, which is what the store holds.
pub fn step(store: &StateStore, world: &World) -> Result<()> {
    let view = store.view()?;
    let before = view.head();
    let number = before.number + 1;
    let changes = changes_of(view.layout(), world, number);
    let mut state = WholeState::new(view.layout(), &before.root, &view, &view)?;
    for (address, _) in &changes {
        state.account(address)?;
    }
    let codes = codes(&changes, number);
    let root = state.write(&changes, &codes)?;
    let sealed = state.seal();
    drop(view);
    let committed = store.commit(&Step {
        parent: before.hash,
        pre_state_root: before.root,
        head: head(number, root),
        header: &header(number),
        changes: &changes,
        codes: &codes,
        sealed: &sealed,
    })?;
    assert!(committed);
    Ok(())
}

/// The codes that block `number` gives to accounts.
fn codes(changes: &Changes, number: u64) -> Codes {
    let made = changes.iter().filter_map(|(address, change)| {
        let codes = [code(number), delegation(address)].map(|code| (keccak256(&code), code));
        let hash = change.account?.code_hash;
        codes.into_iter().find(|(found, _)| *found == hash)
    });
    made.collect()
}

/// The number of the block that the store is at, once everything in it is found to be right.
pub fn expect_whole(store: &StateStore, worlds: &[World]) -> u64 {
    let view = store.view().unwrap();
    let head = view.head();
    let history = worlds.get(..=head.number as usize).unwrap();
    let world = history.last().unwrap();
    let root = match view.layout().scheme {
        Scheme::Mpt => root(world),
        _ => leaves::root(view.layout(), history),
    };
    assert_eq!(head.root, root);
    assert_eq!(&dump(&view), world);
    assert_eq!(view.headers(1).unwrap(), [&header(head.number)[..]]);
    drop(view);
    let checked = store.check(&mut |_| Ok(())).unwrap();
    assert_eq!(checked.accounts, world.len() as u64);
    head.number
}
