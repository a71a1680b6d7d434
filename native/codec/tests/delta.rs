//! Deltas: one encoding a value, and two in a row as one.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

#[expect(dead_code, reason = "other tests use more of it")]
mod random;

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use random::Random;
use weakstate_codec::delta::{Account, AccountDelta, SlotDelta, StorageDelta, ZeroWrites};
use weakstate_codec::{Blame, Budget, Code, Delta, Error};

fn decode(bytes: &[u8]) -> Result<Delta, Error> {
    Delta::from_bytes(bytes, &Budget::default())
}

/// Slots as a scheme keeps them: under Merkle Patricia none is zero.
#[derive(Clone, Debug, Default, PartialEq)]
struct Contract {
    account: Option<Account>,
    slots: BTreeMap<U256, U256>,
}

/// The dictionary that deltas are held against.
#[derive(Clone, Debug, Default, PartialEq)]
struct World(BTreeMap<Address, Contract>);

const SCHEMES: [ZeroWrites; 2] = [ZeroWrites::Delete, ZeroWrites::Stay];

impl World {
    fn apply(&mut self, delta: &Delta, zeros: ZeroWrites) {
        for (address, change) in &delta.accounts {
            let contract = self.0.entry(*address).or_default();
            assert_eq!(contract.account, change.before, "{address}");
            contract.account = change.after;
            if let StorageDelta::Written(slots) = &change.storage {
                for (key, slot) in slots {
                    assert_eq!(contract.slots.get(key).copied(), slot.before, "{address} {key}");
                }
            } else {
                contract.slots.clear();
            }
            for (key, value) in change.storage.after() {
                match value.filter(|value| zeros == ZeroWrites::Stay || !value.is_zero()) {
                    Some(value) => contract.slots.insert(key, value),
                    None => contract.slots.remove(&key),
                };
            }
            if contract.account.is_none() {
                contract.slots.clear();
            }
        }
        self.0.retain(|_, contract| *contract != Contract::default());
    }
}

fn account(random: &mut Random) -> Account {
    let code_hash = match random.below(3) {
        0 => B256::repeat_byte(random.below(3) as u8),
        _ => KECCAK256_EMPTY,
    };
    Account { nonce: random.below(3), balance: U256::from(random.below(3)), code_hash }
}

/// A block that changes `world`: few accounts, slots and values, so that they meet again.
fn block(random: &mut Random, world: &World, zeros: ZeroWrites) -> AccountsAndSlots {
    let mut accounts = BTreeMap::new();
    for _ in 0..random.below(4) {
        let address = Address::repeat_byte(random.below(3) as u8);
        let old = world.0.get(&address).cloned().unwrap_or_default();
        // Under Verkle no account goes.
        let after = match random.below(4) {
            0 if zeros == ZeroWrites::Delete => None,
            1 if old.account.is_some() => old.account,
            _ => Some(account(random)),
        };
        let cleared = zeros == ZeroWrites::Delete
            && (random.one_in(4) || (after.is_none() && old.account.is_some()));
        let mut slots = BTreeMap::new();
        for _ in 0..random.below(4) {
            let key = U256::from(random.below(3));
            let value = U256::from(random.below(3));
            let value = Some(value).filter(|v| zeros == ZeroWrites::Stay || !v.is_zero());
            slots.insert(key, SlotDelta { before: old.slots.get(&key).copied(), after: value });
        }
        if after.is_none() {
            slots.clear();
        }
        let storage = if cleared {
            let after = slots.iter().filter_map(|(key, slot)| Some((*key, slot.after?)));
            StorageDelta::Cleared(after.collect())
        } else {
            StorageDelta::Written(slots.into_iter().collect())
        };
        accounts.insert(address, AccountDelta { before: old.account, after, storage });
    }
    accounts
}

type AccountsAndSlots = BTreeMap<Address, AccountDelta>;

/// A chain of deltas and the worlds between them.
fn chain(random: &mut Random, len: u8, zeros: ZeroWrites) -> (Vec<World>, Vec<Delta>) {
    let (mut worlds, mut deltas) = (vec![World::default()], Vec::new());
    for number in 1..=len {
        let world = worlds.last().expect("one").clone();
        let codes = (0..random.below(3)).map(|_| {
            let code = vec![random.below(4) as u8; random.below(3) as usize];
            (keccak256(&code), Bytes::from(code))
        });
        let delta = Delta {
            number: u64::from(number),
            blocks: 1,
            block_hash: B256::repeat_byte(number),
            parent_hash: B256::repeat_byte(number - 1),
            pre_state_root: B256::repeat_byte(0x40 + number - 1),
            post_state_root: B256::repeat_byte(0x40 + number),
            codes: codes.collect(),
            accounts: block(random, &world, zeros).into_iter().collect(),
        };
        let mut next = world;
        next.apply(&delta, zeros);
        worlds.push(next);
        deltas.push(delta);
    }
    (worlds, deltas)
}

/// A delta with values of every length, of blocks that need not make sense.
fn any_delta(random: &mut Random) -> Delta {
    fn value(random: &mut Random) -> U256 {
        let len = [0, 1, 1, 2, 8, 31, 32][random.below(7) as usize];
        U256::try_from_be_slice(&random.bytes(len)).expect("32 bytes at most")
    }
    fn some<T>(random: &mut Random, value: T) -> Option<T> {
        (!random.one_in(3)).then_some(value)
    }
    fn account(random: &mut Random) -> Account {
        let code_hash = match random.below(2) {
            0 => KECCAK256_EMPTY,
            _ => B256::from_slice(&random.bytes(32)),
        };
        let width = random.below(64);
        Account { nonce: random.next() >> width, balance: value(random), code_hash }
    }
    let mut hash = || B256::from_slice(&random.bytes(32));
    let (block_hash, parent_hash, pre_state_root, post_state_root) =
        (hash(), hash(), hash(), hash());
    let number = random.next() >> random.below(63);
    let mut accounts = BTreeMap::new();
    for _ in 0..random.below(5) {
        let (before, after) = (account(random), account(random));
        let after = if random.one_in(3) { Account { nonce: after.nonce, ..before } } else { after };
        let mut slots = BTreeMap::new();
        for _ in 0..random.below(5) {
            let (before, after) = (value(random), value(random));
            let slot = SlotDelta { before: some(random, before), after: some(random, after) };
            slots.insert(value(random), slot);
        }
        let storage = if random.one_in(3) {
            StorageDelta::Cleared(slots.into_keys().map(|key| (key, key)).collect())
        } else {
            StorageDelta::Written(slots.into_iter().collect())
        };
        let (before, after) = (some(random, before), some(random, after));
        let address = Address::from_slice(&random.bytes(20));
        accounts.insert(address, AccountDelta { before, after, storage });
    }
    let codes = (0..random.below(3)).map(|_| {
        let len = random.below(300) as usize;
        let code = random.bytes(len);
        (keccak256(&code), Bytes::from(code))
    });
    Delta {
        codes: codes.collect(),
        number,
        blocks: 1,
        block_hash,
        parent_hash,
        pre_state_root,
        post_state_root,
        accounts: accounts.into_iter().collect(),
    }
}

#[test]
fn what_is_written_is_read() {
    let mut random = Random(1);
    for _ in 0..3000 {
        let mut delta = any_delta(&mut random);
        delta.number = delta.number.max(1);
        assert_eq!(decode(&delta.to_bytes()), Ok(delta));
    }
}

#[test]
fn a_changed_byte_is_refused_or_another_delta() {
    let mut random = Random(2);
    let (mut refused, mut others) = (0, 0);
    for _ in 0..60 {
        let delta = any_delta(&mut random);
        let bytes = Delta { number: delta.number.max(1), ..delta }.to_bytes();
        for index in 0..bytes.len() {
            for change in [1, 0x80, 0xff, random.below(255) as u8 + 1] {
                let mut changed = bytes.clone();
                changed[index] ^= change;
                match decode(&changed) {
                    Ok(other) => {
                        assert_eq!(other.to_bytes(), changed);
                        others += 1;
                    }
                    Err(error) => {
                        let budget = matches!(error.code, Code::TooManyChanges);
                        assert!(budget || error.code == Code::MalformedDelta, "{error}");
                        assert!(budget || error.at.starts_with("byte "), "{error}");
                        refused += 1;
                    }
                }
            }
        }
    }
    assert!(refused > 1000 && others > 1000, "{refused} {others}");
}

#[test]
fn a_delta_that_is_cut_short_or_goes_on_is_refused() {
    let mut random = Random(3);
    for _ in 0..100 {
        let delta = any_delta(&mut random);
        let mut bytes = Delta { number: delta.number.max(1), ..delta }.to_bytes();
        for len in 0..bytes.len() {
            assert_eq!(decode(&bytes[..len]).expect_err("cut").code, Code::MalformedDelta);
        }
        bytes.push(0);
        assert_eq!(decode(&bytes).expect_err("longer").code, Code::MalformedDelta);
    }
}

#[test]
fn random_bytes_never_panic() {
    let mut random = Random(4);
    let head = Delta { number: 1, blocks: 1, ..Delta::default() }.to_bytes();
    for _ in 0..20_000 {
        let len = random.below(80) as usize;
        let mut bytes = head[..head.len() - 2].to_vec();
        bytes.extend(random.bytes(len));
        if let Ok(delta) = decode(&bytes) {
            assert_eq!(delta.to_bytes(), bytes);
        }
    }
}

#[test]
fn the_budget_bounds_bytes_and_changes() {
    let (_, deltas) = chain(&mut Random(5), 9, ZeroWrites::Delete);
    let delta = deltas.iter().max_by_key(|delta| delta.accounts.len()).expect("some");
    let bytes = delta.to_bytes();
    let small = Budget { bytes: bytes.len() - 1, ..Budget::default() };
    assert_eq!(Delta::from_bytes(&bytes, &small).expect_err("large").code, Code::InputTooLarge);
    let few = Budget { nodes: delta.accounts.len() - 1, ..Budget::default() };
    let error = Delta::from_bytes(&bytes, &few).expect_err("many");
    assert_eq!((error.code, error.blame()), (Code::TooManyChanges, Blame::BudgetExceeded));
}

#[test]
fn two_deltas_as_one_do_what_both_do() {
    let mut random = Random(6);
    for round in 0..4000 {
        let zeros = SCHEMES[round % 2];
        let (worlds, deltas) = chain(&mut random, 5, zeros);
        let (first, last) = (&worlds[1], &worlds[5]);
        let squash = |left: Delta, right: &Delta| left.then(right, zeros).expect("in a row");
        let all = deltas[2..].iter().fold(deltas[1].clone(), squash);
        assert_eq!((all.number, all.blocks), (5, 4));
        assert_eq!((all.parent_hash, all.block_hash), (B256::repeat_byte(1), B256::repeat_byte(5)));
        let mut world = first.clone();
        world.apply(&all, zeros);
        assert_eq!(world, *last);
        assert_eq!(decode(&all.to_bytes()).as_ref(), Ok(&all));
        assert_eq!(all.normal(zeros), all);
    }
}

#[test]
fn the_order_of_squashing_does_not_matter() {
    let mut random = Random(7);
    for round in 0..6000 {
        let zeros = SCHEMES[round % 2];
        let (_, deltas) = chain(&mut random, 4, zeros);
        let then = |a: &Delta, b: &Delta| a.then(b, zeros).expect("in a row");
        let left = then(&then(&deltas[1], &deltas[2]), &deltas[3]);
        let right = then(&deltas[1], &then(&deltas[2], &deltas[3]));
        assert_eq!(left, right);
    }
}

/// Two blocks that write one slot of a contract and then write it back.
fn there_and_back(before: Option<U256>, between: U256, after: Option<U256>) -> [Delta; 2] {
    let account = Account { nonce: 1, balance: U256::ZERO, code_hash: B256::repeat_byte(1) };
    let write = |number: u8, before, after| {
        let slots = [(U256::from(7), SlotDelta { before, after })];
        let storage = StorageDelta::Written(slots.into_iter().collect());
        let change = AccountDelta { before: Some(account), after: Some(account), storage };
        Delta {
            number: u64::from(number),
            blocks: 1,
            block_hash: B256::repeat_byte(number),
            parent_hash: B256::repeat_byte(number - 1),
            accounts: [(Address::ZERO, change)].into_iter().collect(),
            ..Delta::default()
        }
    };
    [write(1, before, Some(between)), write(2, Some(between), after)]
}

#[test]
fn zero_to_zero_is_nothing_only_where_zero_deletes() {
    let five = U256::from(5);
    let zero = Some(U256::ZERO);
    for (before, after) in [(None, None), (zero, zero), (None, zero), (zero, None)] {
        let [first, second] = there_and_back(before, five, after);
        let squashed = first.then(&second, ZeroWrites::Delete).expect("in a row");
        assert!(squashed.accounts.is_empty(), "{before:?} {after:?}");
        let kept = first.then(&second, ZeroWrites::Stay).expect("in a row");
        let (_, change) = &kept.accounts[0];
        assert_eq!(change.storage.after().collect::<Vec<_>>(), [(U256::from(7), after)]);
    }
}

#[test]
fn deltas_that_do_not_follow_each_other_are_refused() {
    let [first, second] = there_and_back(None, U256::from(5), None);
    let refused = |second: &Delta| {
        let error = first.then(second, ZeroWrites::Delete).expect_err("refused");
        assert_eq!(error.blame(), Blame::InvalidDelta);
        (error.code, error.at)
    };
    let parent = Delta { parent_hash: B256::ZERO, ..second.clone() };
    assert_eq!(refused(&parent), (Code::DeltaWrongParent, "parent_hash".to_owned()));
    let number = Delta { number: 3, ..second.clone() };
    assert_eq!(refused(&number), (Code::DeltaWrongParent, "number".to_owned()));
    let root = Delta { pre_state_root: B256::repeat_byte(1), ..second.clone() };
    assert_eq!(refused(&root), (Code::DeltaWrongPreState, "pre_state_root".to_owned()));
    let mut slot = second.clone();
    slot.accounts = there_and_back(None, U256::from(6), None)[1].accounts.clone();
    let place = format!("{} slot 0x7", Address::ZERO);
    assert_eq!(refused(&slot), (Code::DeltaWrongPreState, place));
    let mut account = second;
    let gone = AccountDelta { before: None, ..AccountDelta::default() };
    account.accounts = [(Address::ZERO, gone)].into_iter().collect();
    assert_eq!(refused(&account), (Code::DeltaWrongPreState, Address::ZERO.to_string()));
}
