//! Over a state that knows some fields of its accounts.

use std::collections::BTreeMap;

use alloy_consensus::Header;
use alloy_primitives::{B256, KECCAK256_EMPTY, TxKind, U256, keccak256};
use revm::bytecode::opcode::{
    BALANCE, BLOCKHASH, CALL, CREATE, EXTCODEHASH, EXTCODESIZE, GAS, MSTORE, PUSH1, PUSH2, PUSH20,
    RETURN, SELFBALANCE, SELFDESTRUCT, STATICCALL, STOP,
};
use revm::context::result::ExecutionResult;
use revm::context::{BlockEnv, CfgEnv, TxEnv};
use revm::primitives::hardfork::SpecId;
use weakstate_codec::{Code as ErrorCode, Error, PADDING};
use weakstate_trees::state::{Account, Changes, Code, Codes, Fields, State};

use super::*;
use crate::chain::Chain;
use crate::context::Limits;
use crate::evm::BlockEvm;
use crate::overlay::Overlay;

const SENDER: Address = Address::repeat_byte(0x11);
const FIRST: Address = Address::repeat_byte(0xaa);
const SECOND: Address = Address::repeat_byte(0xbb);
const COINBASE: Address = Address::repeat_byte(0xcc);

#[derive(Clone, Debug)]
struct Known {
    account: Account,
    unknown: Fields,
    code: Vec<u8>,
}

/// Accounts, each with what is not known of it; of others nothing is known.
#[derive(Clone, Debug, Default)]
struct Accounts {
    known: BTreeMap<Address, Option<Known>>,
    slots: BTreeMap<(Address, U256), U256>,
    written: Changes,
}

impl Accounts {
    fn of(code: &[u8]) -> Self {
        let mut accounts = Self::default();
        accounts.put(SENDER, 1 << 40, &[], Fields::NONE);
        accounts.put(FIRST, 1000, code, Fields::NONE);
        accounts.put(COINBASE, 1, &[], Fields::NONE);
        accounts
    }

    fn put(&mut self, address: Address, balance: u64, code: &[u8], unknown: Fields) {
        let shown = |field, value| if unknown.intersects(field) { U256::ZERO } else { value };
        let code_hash =
            if unknown.intersects(Fields::CODE_HASH) { KECCAK256_EMPTY } else { keccak256(code) };
        let balance = shown(Fields::BALANCE, U256::from(balance));
        let account = Account { nonce: 0, balance, code_hash };
        self.known.insert(address, Some(Known { account, unknown, code: code.to_vec() }));
    }

    fn with(mut self, address: Address, code: &[u8], unknown: Fields) -> Self {
        self.put(address, 7, code, unknown);
        self
    }

    fn absent(mut self, address: Address) -> Self {
        self.known.insert(address, None);
        self
    }
}

type Answer<T> = Result<T, Box<Error>>;

impl State for Accounts {
    fn account(&mut self, address: &Address) -> Answer<Option<Account>> {
        match self.known.get(address) {
            Some(known) => Ok(known.as_ref().map(|known| known.account)),
            None => Err(Box::new(Error::new(ErrorCode::AccountNotWitnessed).at(address))),
        }
    }

    fn has_storage(&mut self, _: &Address) -> Answer<bool> {
        Ok(false)
    }

    fn slot(&mut self, address: &Address, slot: &U256) -> Answer<U256> {
        let value = self.slots.get(&(*address, *slot));
        value.copied().ok_or_else(|| Box::new(Error::new(ErrorCode::SlotNotWitnessed).at(slot)))
    }

    fn code(&mut self, hash: &B256) -> Answer<Code> {
        Err(Box::new(Error::new(ErrorCode::CodeNotWitnessed).at(hash)))
    }

    fn unknown(&mut self, address: &Address) -> Answer<Fields> {
        let known = self.known.get(address).and_then(Option::as_ref);
        Ok(known.map(|known| known.unknown).unwrap_or_default())
    }

    fn code_of(&mut self, address: &Address, _: &Account) -> Answer<Option<Code>> {
        let Some(Some(Known { code, .. })) = self.known.get(address) else { return Ok(None) };
        let padded = [code.as_slice(), &[0; PADDING]].concat().into();
        Ok((!code.is_empty()).then(|| Code { padded, len: code.len(), chunks: None }))
    }

    fn write(&mut self, changes: &Changes, _: &Codes) -> Answer<B256> {
        self.written.clone_from(changes);
        Ok(B256::ZERO)
    }
}

/// A call of the first contract with this value: its output, or what was asked in vain, and what
/// was written.
fn run(state: Accounts, gas: &str, value: u64) -> Answer<(bool, U256, Changes)> {
    let text = format!(r#"{{"config": {{"chainId": 1, "weakstate": {{"gas": "{gas}"}}}}}}"#);
    let chain = Chain::from_genesis(text.as_bytes()).unwrap();
    let mut overlay = Overlay::new(state, Default::default());
    if gas == "kaustinen6" {
        let header = Header { number: 200, parent_hash: B256::repeat_byte(9), ..Header::default() };
        overlay.ask_by_field();
        before_block(&mut overlay, &header).unwrap();
    }
    let limits = Limits { memory: 1 << 24, poll: &|| false };
    let (number, gas_limit) = (U256::from(200), 30_000_000);
    let block = BlockEnv { number, gas_limit, beneficiary: COINBASE, ..BlockEnv::default() };
    let cfg = CfgEnv::new_with_spec(SpecId::SHANGHAI);
    let mut evm = BlockEvm::new(overlay, block, cfg, limits, &chain);
    let ran = evm.transact(TxEnv {
        caller: SENDER,
        kind: TxKind::Call(FIRST),
        value: U256::from(value),
        gas_limit: 500_000,
        gas_price: 1,
        ..TxEnv::default()
    });
    let (result, changes) = ran.map_err(|failure| evm.fault(failure))?;
    let committed = evm.commit(changes);
    committed.map_err(|failure| evm.fault(failure))?;
    let mut overlay = evm.into_overlay();
    if let Some(hole) = overlay.take_hole() {
        return Err(hole);
    }
    let output = match &result {
        ExecutionResult::Success { output, .. } => U256::try_from_be_slice(output.data()),
        _ => None,
    };
    let (_, changes) = overlay.write().unwrap();
    Ok((result.is_success(), output.unwrap_or_default(), changes))
}

/// Code that answers what `before` leaves on the stack.
fn answering(before: &[u8]) -> Vec<u8> {
    [before, &[PUSH1, 0, MSTORE, PUSH1, 32, PUSH1, 0, RETURN]].concat()
}

/// `opcode` of the second account, after so many zeros.
fn of_second(zeros: usize, value: u8, opcode: u8) -> Vec<u8> {
    let mut code = [PUSH1, 0].repeat(zeros);
    if opcode == CALL {
        code.extend([PUSH1, value]);
    }
    code.push(PUSH20);
    code.extend(SECOND);
    match opcode {
        CALL if value > 0 => code.extend([PUSH2, 0xff, 0xff]),
        CALL | STATICCALL => code.push(GAS),
        _ => {}
    }
    code.push(opcode);
    answering(&code)
}

/// A world with a history, in which block 200 is under way.
fn world(code: &[u8]) -> Accounts {
    let mut accounts = Accounts::of(code);
    accounts.slots.insert((HISTORY, U256::from(199)), U256::ZERO);
    accounts.slots.insert((HISTORY, U256::from(100)), U256::from(77));
    accounts
}

fn expect_hole(state: Accounts, value: u64, of: Address) {
    let error = run(state, "kaustinen6", value).unwrap_err();
    assert_eq!(error.code, ErrorCode::AccountNotWitnessed);
    assert!(error.at.to_lowercase().contains(&format!("{of:#x}")), "{}", error.at);
}

#[test]
fn an_instruction_needs_the_field_that_it_reads_and_no_other() {
    for (opcode, needed) in [
        (BALANCE, Fields::BALANCE),
        (EXTCODEHASH, Fields::CODE_HASH),
        (EXTCODESIZE, Fields::CODE_SIZE),
    ] {
        let code = of_second(0, 0, opcode);
        expect_hole(world(&code).with(SECOND, &[STOP], needed), 0, SECOND);
        for other in [Fields::NONCE, Fields::BALANCE, Fields::CODE_HASH, Fields::CODE_SIZE] {
            if other != needed {
                let state = world(&code).with(SECOND, &[STOP], other);
                let (success, answer, _) = run(state, "kaustinen6", 0).unwrap();
                assert!(success && !answer.is_zero());
            }
        }
        expect_hole(world(&code), 0, SECOND);
        let (success, answer, _) = run(world(&code).absent(SECOND), "kaustinen6", 0).unwrap();
        assert!(success && answer.is_zero());
    }
}

#[test]
fn the_own_fields_of_a_contract_are_needed_as_well() {
    let second = answering(&[SELFBALANCE]);
    let call = of_second(4, 0, STATICCALL);
    expect_hole(world(&call).with(SECOND, &second, Fields::BALANCE), 0, SECOND);
    let create = answering(&[PUSH1, 0, PUSH1, 0, PUSH1, 0, CREATE]);
    let call = of_second(4, 0, CALL);
    expect_hole(world(&call).with(SECOND, &create, Fields::NONCE), 0, SECOND);
}

#[test]
fn a_call_needs_to_know_whether_there_is_code() {
    let call = of_second(4, 0, CALL);
    expect_hole(world(&call).with(SECOND, &[STOP], Fields::CODE_SIZE), 0, SECOND);
    // That there is none is known by its hash too.
    run(world(&call).with(SECOND, &[], Fields::CODE_SIZE), "kaustinen6", 0).unwrap();
    let unknown = Fields::CODE_SIZE.and(Fields::CODE_HASH);
    expect_hole(world(&call).with(SECOND, &[], unknown), 0, SECOND);
}

#[test]
fn value_goes_to_no_balance_that_is_not_known() {
    let call = of_second(4, 1, CALL);
    expect_hole(world(&call).with(SECOND, &[], Fields::BALANCE), 0, SECOND);
    let die = of_second(0, 0, SELFDESTRUCT);
    expect_hole(world(&die).with(SECOND, &[], Fields::BALANCE), 0, SECOND);
    let mut state = world(&[STOP]);
    state.put(COINBASE, 1, &[], Fields::BALANCE);
    expect_hole(state, 0, COINBASE);
    let mut state = world(&[STOP]);
    state.put(FIRST, 1, &[STOP], Fields::BALANCE);
    run(state.clone(), "kaustinen6", 0).unwrap();
    expect_hole(state, 1, FIRST);
}

#[test]
fn a_sender_that_is_not_known_is_no_verdict() {
    for field in [Fields::NONCE, Fields::BALANCE, Fields::CODE_HASH] {
        let mut state = world(&[STOP]);
        state.put(SENDER, 1 << 40, &[], field);
        expect_hole(state, 0, SENDER);
    }
}

#[test]
fn what_is_not_known_of_an_account_does_not_make_it_empty() {
    // A call without value touches it.
    let call = of_second(4, 0, CALL);
    let unknown = Fields::BALANCE.and(Fields::NONCE);
    let (.., changes) = run(world(&call).with(SECOND, &[], unknown), "kaustinen6", 0).unwrap();
    assert!(changes.iter().all(|(address, _)| *address != SECOND));
    let hash = of_second(0, 0, EXTCODEHASH);
    let (_, answer, _) = run(world(&hash).with(SECOND, &[], unknown), "kaustinen6", 0).unwrap();
    assert_eq!(answer, U256::from_be_bytes(KECCAK256_EMPTY.0));
}

#[test]
fn under_other_gas_an_account_is_known_in_whole() {
    let code = of_second(0, 0, BALANCE);
    for field in [Fields::NONCE, Fields::BALANCE, Fields::CODE_HASH, Fields::CODE_SIZE] {
        let state = world(&code).with(SECOND, &[], field);
        let error = run(state, "ethereum", 0).unwrap_err();
        assert_eq!(error.code, ErrorCode::AccountNotWitnessed);
    }
    run(world(&code).with(SECOND, &[], Fields::NONE), "ethereum", 0).unwrap();
}

#[test]
fn the_history_is_written_and_read_without_its_account() {
    let code = |block: u8| answering(&[PUSH1, block, BLOCKHASH]);
    let (_, answer, changes) = run(world(&code(100)), "kaustinen6", 0).unwrap();
    assert_eq!(answer, U256::from(77));
    let (_, change) = changes.iter().find(|(address, _)| *address == HISTORY).unwrap();
    let parent = U256::from_be_bytes(B256::repeat_byte(9).0);
    assert_eq!(change.slots, [(U256::from(199), parent)]);
    assert_eq!(run(world(&code(199)), "kaustinen6", 0).unwrap().1, parent);
    let error = run(world(&code(101)), "kaustinen6", 0).unwrap_err();
    assert_eq!(error.code, ErrorCode::SlotNotWitnessed);
    // Its fields are another matter.
    let mut look = answering(&[]);
    look.splice(0..0, [&[PUSH20], HISTORY.as_slice(), &[EXTCODEHASH]].concat());
    expect_hole(world(&look), 0, HISTORY);
}

#[test]
fn the_first_block_makes_the_history_exist() {
    let header = Header { number: 1, ..Header::default() };
    let mut unseen = Overlay::new(Accounts::default(), Default::default());
    assert!(before_block(&mut unseen, &header).is_err());
    let mut overlay = Overlay::new(Accounts::default().absent(HISTORY), Default::default());
    before_block(&mut overlay, &header).unwrap();
    let (_, changes) = overlay.write().unwrap();
    // The hash of the parent is zero here, and so nothing but the account is new.
    let account = Account { nonce: 0, balance: U256::ZERO, code_hash: KECCAK256_EMPTY };
    assert_eq!(changes.len(), 1);
    assert_eq!(changes.first().unwrap().1.account, Some(account));
}
