//! Over a state that knows some chunks of its codes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use alloy_primitives::{Bytes, TxKind, keccak256};
use revm::bytecode::opcode::{
    CALL, DELEGATECALL, EXTCODECOPY, GAS, JUMPDEST, MSTORE, POP, PUSH2, PUSH20, RETURN, STOP,
};
use revm::context::result::ExecutionResult;
use revm::context::{BlockEnv, CfgEnv, TxEnv};
use revm::primitives::hardfork::SpecId;
use weakstate_codec::{Code as ErrorCode, Error, PADDING};
use weakstate_trees::chunks::chunks;
use weakstate_trees::state::{Account, Changes, Code, Codes};

use super::*;
use crate::chain::Chain;
use crate::context::Limits;
use crate::evm::BlockEvm;
use crate::overlay::Overlay;

const SENDER: Address = Address::repeat_byte(0x11);
const FIRST: Address = Address::repeat_byte(0xaa);
const SECOND: Address = Address::repeat_byte(0xbb);

/// A chunk of an account's code.
type Place = (Address, u32);

/// Codes of which some chunks are known, and those that were asked for.
#[derive(Debug, Default)]
struct Known {
    codes: BTreeMap<Address, Vec<u8>>,
    /// Chunks that are known; all are, and it is taken down which are used, if `None`.
    known: Option<BTreeSet<Place>>,
    used: BTreeSet<Place>,
}

type Answer<T> = Result<T, Box<Error>>;

impl State for Known {
    fn account(&mut self, address: &Address) -> Answer<Option<Account>> {
        let code = self.codes.get(address).map(Vec::as_slice).unwrap_or_default();
        let there = *address == SENDER || !code.is_empty();
        let balance = U256::from(u128::MAX);
        Ok(there.then(|| Account { nonce: 0, balance, code_hash: keccak256(code) }))
    }

    fn has_storage(&mut self, _: &Address) -> Answer<bool> {
        Ok(false)
    }

    fn slot(&mut self, _: &Address, _: &U256) -> Answer<U256> {
        Ok(U256::ZERO)
    }

    fn code(&mut self, hash: &B256) -> Answer<Code> {
        Err(Box::new(Error::new(ErrorCode::CodeNotWitnessed).at(hash)))
    }

    fn code_of(&mut self, address: &Address, _: &Account) -> Answer<Option<Code>> {
        let Some(code) = self.codes.get(address) else { return Ok(None) };
        let known = |index| match &self.known {
            None => true,
            Some(known) => known.contains(&(*address, index)),
        };
        let mut padded = Vec::new();
        let mut firsts = Vec::new();
        for (index, [first, bytes @ ..]) in (0..).zip(chunks(code)) {
            padded.extend(if known(index) { bytes } else { [0; CHUNK] });
            firsts.push(known(index).then_some(first));
        }
        padded.resize(code.len() + PADDING, 0);
        let chunks = firsts.contains(&None).then(|| firsts.into());
        Ok(Some(Code { padded: padded.into(), len: code.len(), chunks }))
    }

    fn touch_code(&mut self, address: &Address, chunks: RangeInclusive<u32>) {
        self.used.extend(chunks.map(|chunk| (*address, chunk)));
    }

    fn records_code(&self) -> bool {
        self.known.is_none()
    }

    fn write(&mut self, _: &Changes, _: &Codes) -> Answer<B256> {
        Ok(B256::ZERO)
    }
}

/// What a call of the first contract came to, and what was used for it.
struct Ran {
    result: Answer<(u64, bool, Bytes)>,
    used: BTreeSet<Place>,
}

fn chain(gas: &str) -> Chain {
    let forks = r#""shanghaiTime": 0, "cancunTime": 0, "pragueTime": 0"#;
    let own = format!(r#"{{"scheme": "verkle", "gas": "{gas}"}}"#);
    let text = format!(r#"{{"config": {{"chainId": 1, {forks}, "weakstate": {own}}}}}"#);
    Chain::from_genesis(text.as_bytes()).unwrap()
}

fn run(state: Known, gas: &str, target: Address) -> Ran {
    let chain = chain(gas);
    let spec = if gas == "ethereum" { SpecId::PRAGUE } else { SpecId::SHANGHAI };
    let overlay = Overlay::new(state, Default::default());
    let limits = Limits { memory: 1 << 24, poll: &|| false };
    let block = BlockEnv { gas_limit: 30_000_000, ..BlockEnv::default() };
    let mut evm = BlockEvm::new(overlay, block, CfgEnv::new_with_spec(spec), limits, &chain);
    let transaction = TxEnv {
        caller: SENDER,
        kind: TxKind::Call(target),
        gas_limit: 1_000_000,
        ..TxEnv::default()
    };
    let result = match evm.transact(transaction) {
        Ok((ExecutionResult::Success { output, gas, .. }, _)) => {
            Ok((gas.tx_gas_used(), true, output.into_data()))
        }
        Ok((other, _)) => Ok((other.tx_gas_used(), false, Bytes::new())),
        Err(failure) => Err(evm.fault(failure)),
    };
    // A hole outranks whatever else came of it.
    let mut overlay = evm.into_overlay();
    let result = overlay.take_hole().map_or(result, Err);
    Ran { result, used: overlay.into_state().used }
}

fn whole(codes: &[(Address, Vec<u8>)]) -> Known {
    Known { codes: codes.iter().cloned().collect(), ..Known::default() }
}

fn part(codes: &[(Address, Vec<u8>)], known: &BTreeSet<Place>) -> Known {
    Known { known: Some(known.clone()), ..whole(codes) }
}

/// Holds that `codes` use these chunks, that these suffice, and that each of them is needed.
fn check(codes: &[(Address, Vec<u8>)], expected: &[Place]) {
    let ran = run(whole(codes), "ethereum", FIRST);
    assert_eq!(ran.used, expected.iter().copied().collect());
    check_part(codes, "ethereum", &ran);
}

fn check_part(codes: &[(Address, Vec<u8>)], gas: &str, ran: &Ran) {
    let expected = ran.result.as_ref().unwrap();
    let again = run(part(codes, &ran.used), gas, FIRST).result;
    assert_eq!(again.as_ref().unwrap(), expected);
    for place in &ran.used {
        let mut known = ran.used.clone();
        known.remove(place);
        let error = run(part(codes, &known), gas, FIRST).result.unwrap_err();
        let (address, chunk) = place;
        assert_eq!(error.code, ErrorCode::CodeNotWitnessed);
        assert_eq!(error.at, format!("chunk {chunk} of the code of account {address}"));
    }
}

/// Code that goes on at byte `at` after `start`.
fn apart(start: &[u8], at: usize, rest: &[u8]) -> Vec<u8> {
    let mut code = start.to_vec();
    code.resize(at, 0);
    [code.as_slice(), rest].concat()
}

#[test]
fn what_runs_and_what_is_jumped_to_is_used() {
    let code = apart(&[PUSH2, 1, 44, JUMP], 300, &[JUMPDEST, STOP]);
    check(&[(FIRST, code)], &[(FIRST, 0), (FIRST, 9)]);
    // To run into the next chunk is to use it; the end of the code is no chunk.
    check(&[(FIRST, vec![JUMPDEST; 40])], &[(FIRST, 0), (FIRST, 1)]);
    check(&[(FIRST, vec![JUMPDEST; 31])], &[(FIRST, 0)]);
}

#[test]
fn a_place_that_is_none_to_jump_to_is_used_and_one_behind_the_code_is_not() {
    let code = apart(&[PUSH2, 1, 44, JUMP], 300, &[STOP]);
    check(&[(FIRST, code)], &[(FIRST, 0), (FIRST, 9)]);
    check(&[(FIRST, vec![PUSH2, 1, 44, JUMP])], &[(FIRST, 0)]);
    // A jump that is not taken uses nothing.
    let code = apart(&[PUSH1, 0, PUSH2, 1, 44, JUMPI, STOP], 300, &[JUMPDEST]);
    check(&[(FIRST, code)], &[(FIRST, 0)]);
}

#[test]
fn data_of_a_push_is_used_as_far_as_the_code_goes() {
    let push = [vec![JUMPDEST; 30], vec![PUSH32]].concat();
    check(&[(FIRST, [push.clone(), vec![7; 32]].concat())], &[(FIRST, 0), (FIRST, 1), (FIRST, 2)]);
    check(&[(FIRST, [push.clone(), vec![7; 5]].concat())], &[(FIRST, 0), (FIRST, 1)]);
    check(&[(FIRST, push)], &[(FIRST, 0)]);
}

#[test]
fn copied_bytes_are_used_as_far_as_the_code_goes() {
    let copy = |from: u8, len: u8| vec![PUSH1, len, PUSH1, from, PUSH1, 0, CODECOPY, STOP];
    check(&[(FIRST, apart(&copy(100, 50), 400, &[]))], &[(FIRST, 0), (FIRST, 3), (FIRST, 4)]);
    check(&[(FIRST, apart(&copy(100, 0), 400, &[]))], &[(FIRST, 0)]);
    check(&[(FIRST, apart(&copy(62, 255), 70, &[]))], &[(FIRST, 0), (FIRST, 2)]);

    let mut code = vec![PUSH1, 40, PUSH1, 60, PUSH1, 0, PUSH20];
    code.extend(SECOND);
    code.push(EXTCODECOPY);
    code.extend([PUSH1, 40, PUSH1, 0, RETURN]);
    let codes = [(FIRST, code), (SECOND, vec![0xfe; 90])];
    check(&codes, &[(FIRST, 0), (FIRST, 1), (SECOND, 1), (SECOND, 2)]);
}

#[test]
fn code_is_its_owners_whoever_runs_it() {
    for opcode in [CALL, DELEGATECALL] {
        let mut code = [PUSH1, 0].repeat(if opcode == CALL { 5 } else { 4 });
        code.push(PUSH20);
        code.extend(SECOND);
        code.extend([GAS, opcode, POP]);
        let last = (code.len() / CHUNK) as u32;
        let codes = [(FIRST, code), (SECOND, vec![JUMPDEST; 35])];
        let mut expected = vec![(SECOND, 0), (SECOND, 1)];
        expected.extend((0..=last).map(|chunk| (FIRST, chunk)));
        check(&codes, &expected);
    }
}

#[test]
fn a_delegation_is_read_with_its_account_and_runs_the_delegates_code() {
    let designator = [&[0xef, 0x01, 0x00], SECOND.as_slice()].concat();
    let codes = [(FIRST, designator), (SECOND, vec![JUMPDEST; 35])];
    check(&codes, &[(FIRST, 0), (SECOND, 0), (SECOND, 1)]);
}

#[test]
fn what_a_creation_runs_is_in_no_tree() {
    // Stores a STOP as init code and runs it.
    let code = vec![PUSH1, 1, PUSH1, 0, PUSH1, 0, 0xf0, POP, STOP];
    check(&[(FIRST, code)], &[(FIRST, 0)]);
}

#[test]
fn random_codes_need_exactly_what_was_taken_down() {
    let mut random = 7u64;
    let mut next = |below: u64| {
        random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (random >> 33) % below
    };
    let mut holes = 0;
    for _ in 0..400 {
        let mut code = Vec::new();
        while code.len() < 200 {
            match next(8) {
                0 => {
                    let len = next(32) as u8;
                    code.push(PUSH1 + len);
                    code.extend((0..=len).map(|_| next(256) as u8));
                }
                1 => code.extend([PUSH1, next(250) as u8, JUMP]),
                2 => code.extend([PUSH1, next(2) as u8, PUSH1, next(250) as u8, JUMPI]),
                3 => {
                    code.extend([PUSH1, next(99) as u8, PUSH1, next(250) as u8, PUSH1, 0, CODECOPY])
                }
                4 => code.extend([PUSH1, next(9) as u8, PUSH1, 0, MSTORE]),
                _ => code.extend([JUMPDEST; 9]),
            }
        }
        code.extend([PUSH1, 99, PUSH1, 0, RETURN]);
        let codes = [(FIRST, code)];
        for gas in ["ethereum", "kaustinen6"] {
            let ran = run(whole(&codes), gas, FIRST);
            holes += ran.used.len();
            check_part(&codes, gas, &ran);
        }
    }
    assert!(holes > 1000);
}
