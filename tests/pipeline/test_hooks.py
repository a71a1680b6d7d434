"""A chain's own rules: who builds by them is verified by them, and by no others."""

import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import weakstate
from fixtures.story import assemble
from fixtures.wallet import GWEI, Wallet
from tests.pipeline.test_build import NOBODY, World, sign
from tests.pipeline.test_produce import FIXTURES
from tests.property.pending import genesis, word
from weakstate import Anchor, Chain, InvalidBlock, SystemCall, Unreadable, verify, verify_many

ROLLUPS = Path(__file__).parents[2] / "docs" / "rollups.md"
TREASURY, OWN = b"\x11" * 20, b"\x12" * 20
COUNTER, ASKER = b"\x21" * 20, b"\x22" * 20
SYSTEM = b"\xff" * 19 + b"\xfe"

# Counts its calls in slot 1, keeps what each was called with below, and who called last.
COUNT = assemble("""
    CALLER PUSH1 00 SSTORE
    PUSH1 01 SLOAD PUSH1 01 ADD DUP1 PUSH1 01 SSTORE
    PUSH1 00 CALLDATALOAD SWAP1 PUSH1 10 ADD SSTORE STOP
""")
# Asks a precompiled contract with its own call data; keeps the answer, and whether it had one.
ASK = assemble(f"""
    CALLDATASIZE PUSH1 00 PUSH1 00 CALLDATACOPY
    PUSH1 20 PUSH1 00 CALLDATASIZE PUSH1 00 PUSH1 00 PUSH20 {OWN.hex()} PUSH2 ffff CALL
    PUSH1 01 SSTORE PUSH1 00 MLOAD PUSH1 02 SSTORE STOP
""")


class Rollup(World):
    """A world whose chain has rules of its own."""

    def __init__(self, network="Prague", codes=None, **hooks):
        super().__init__(network, codes=codes or {COUNTER: COUNT, ASKER: ASK})
        self.plain = self.chain
        self.chain = self.chain.with_hooks(**hooks)

    def expect_refusal_without(self, built, *codes):
        """Ethereum's rules alone refuse the block, to sequencers and verifiers alike."""
        anchor = Anchor.hash(self.state.head.hash)
        with pytest.raises(weakstate.WeakstateError) as refusal:
            verify(self.plain, anchor, built.block, built.witness)
        assert isinstance(refusal.value, (InvalidBlock, weakstate.NotWitnessed))
        with pytest.raises(InvalidBlock) as refusal:
            weakstate.produce(self.plain, self.state, built.block)
        assert refusal.value.code in codes


def balance(built, address):
    change = built.produced.changes.get(address)
    return change["account"]["balance"] if change else 0


def slots(built, address):
    return built.produced.changes[address]["slots"]


@pytest.mark.parametrize(
    ("hooks", "treasury", "beneficiary"),
    [
        ({"base_fee_to": TREASURY}, "base", "tip"),
        ({"base_fee_to": "beneficiary"}, None, "both"),
        ({"priority_fee_to": TREASURY}, "tip", None),
        ({"priority_fee_to": "burned"}, None, None),
        ({"base_fee_to": TREASURY, "priority_fee_to": TREASURY}, "both", None),
        ({"base_fee_to": TREASURY, "priority_fee_to": "burned"}, "base", None),
    ],
)
def test_fees_go_where_the_chain_says(hooks, treasury, beneficiary):
    rollup = Rollup(**hooks)
    built = rollup.build([sign(rollup.ada, TREASURY[::-1]), sign(rollup.bob, OWN)])
    header = built.header.to_dict()
    base = header["base_fee_per_gas"] * header["gas_used"]
    fees = {"base": base, "tip": GWEI * header["gas_used"], None: 0}
    fees["both"] = fees["base"] + fees["tip"]
    assert balance(built, TREASURY) == fees[treasury]
    assert balance(built, NOBODY) == fees[beneficiary]
    rollup.expect_refusal_without(built, "wrong_state_root")


def test_fees_before_there_was_a_base_fee():
    rollup = Rollup("Istanbul", priority_fee_to=TREASURY, base_fee_to=OWN)
    attributes = rollup.attributes(parent_beacon_block_root=None)
    built = rollup.build([sign(rollup.ada, kind=0)], attributes)
    assert balance(built, TREASURY) == 5 * GWEI * 21_000
    assert OWN not in built.produced.changes
    rollup.expect_refusal_without(built, "wrong_state_root")


def test_the_rules_that_hold_anyway_change_nothing():
    rollup = Rollup(base_fee_to="burned", priority_fee_to="beneficiary")
    built = rollup.build([sign(rollup.ada)])
    verify(rollup.plain, Anchor.hash(rollup.state.head.hash), built.block, built.witness)


def test_calls_before_and_after_the_transactions():
    rollup = Rollup(
        calls_before=[SystemCall(COUNTER, word(7)), SystemCall(b"\x33" * 20)],
        calls_after=[SystemCall(COUNTER, word(9))],
    )
    built = rollup.build([sign(rollup.ada, COUNTER, data=word(8), gas=200_000)])
    caller = int.from_bytes(SYSTEM)
    assert slots(built, COUNTER) | {} == {
        0: caller,
        1: 1 + 3,
        0x10 + 2: 7,
        0x10 + 3: 8,
        0x10 + 4: 9,
    }
    assert SYSTEM not in built.produced.changes
    assert built.header.gas_used == built.receipts[0]["cumulative_gas_used"]
    rollup.expect_refusal_without(built, "wrong_gas_used", "wrong_state_root")
    empty = rollup.build([])
    rollup.expect_refusal_without(empty, "wrong_state_root")


def test_a_call_that_fails_leaves_nothing():
    rollup = Rollup(calls_after=[SystemCall(COUNTER, gas=20_000)])
    built = rollup.build([])
    assert COUNTER not in built.produced.changes


def digest(data, gas):
    """Costs a gas a byte, refuses what is empty, and answers with SHA-512's first half."""
    if not data:
        raise ValueError("nothing to digest")
    return len(data), hashlib.sha512(data).digest()[:32]


def test_a_precompiled_contract_answers():
    rollup = Rollup(precompiles={OWN: digest})
    built = rollup.build([sign(rollup.ada, ASKER, data=b"hello", gas=200_000)])
    expected = int.from_bytes(hashlib.sha512(b"hello").digest()[:32])
    assert slots(built, ASKER)[2] == expected
    rollup.expect_refusal_without(built, "wrong_gas_used")


@pytest.mark.parametrize(
    "contract", [digest, lambda data, gas: (gas + 1, b"")], ids=["refuses", "wants too much gas"]
)
def test_a_precompiled_contract_fails(contract):
    rollup = Rollup(precompiles={OWN: contract})
    built = rollup.build([sign(rollup.ada, ASKER, gas=200_000)])
    assert built.receipts[0]["success"]
    assert slots(built, ASKER) == {1: 0, 2: 0}
    assert built.header.gas_used > 0xFFFF


def test_gas_is_what_the_contract_says():
    def used(cost):
        rollup = Rollup(precompiles={OWN: lambda data, gas: (cost, b"\x01" * 32)})
        return rollup.build([sign(rollup.ada, ASKER, gas=200_000)]).header.gas_used

    assert used(1_234) - used(0) == 1_234


def test_a_contract_may_stand_in_for_one_of_ethereum():
    identity = bytes(19) + b"\x04"
    hooks = {"precompiles": {identity: lambda data, gas: (0, word(42))}}
    rollup = Rollup(codes={ASKER: ASK.replace(OWN, identity)}, **hooks)
    built = rollup.build([sign(rollup.ada, ASKER, data=b"hello", gas=200_000)])
    assert slots(built, ASKER)[2] == 42
    rollup.expect_refusal_without(built, "wrong_gas_used")


class Unforeseen(Exception):
    """What a contract with a bug raises."""


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Unforeseen(), Unforeseen),
        (KeyboardInterrupt(), KeyboardInterrupt),
        (None, TypeError),
        ((1, "text"), TypeError),
        ((-1, b""), OverflowError),
        ((1, b"", 2), ValueError),
    ],
)
def test_what_says_nothing_about_the_input_is_raised(answer, error):
    """It must not decide about any block: another machine may not have met it."""
    broken = [False]

    def contract(data, gas):
        if not broken[0]:
            return 0, b""
        if isinstance(answer, BaseException):
            raise answer
        return answer

    rollup = Rollup(precompiles={OWN: contract})
    transactions = [sign(rollup.ada, ASKER, gas=200_000), sign(rollup.bob)]
    built = rollup.build(transactions)
    anchor = Anchor.hash(rollup.state.head.hash)
    broken[0] = True
    for work in (
        lambda: rollup.build(transactions),
        lambda: weakstate.produce(rollup.chain, rollup.state, built.block),
        lambda: verify(rollup.chain, anchor, built.block, built.witness),
    ):
        with pytest.raises(error):
            work()
    broken[0] = False
    assert rollup.build(transactions).header.hash == built.header.hash


def test_a_contract_that_answers_otherwise_the_next_time_is_found_out():
    answers = iter(range(100))
    rollup = Rollup(precompiles={OWN: lambda data, gas: (next(answers), b"")})
    transactions = [sign(rollup.ada, ASKER, gas=200_000)]
    arguments = (rollup.chain, rollup.state, rollup.attributes(), transactions)
    built = weakstate.build(*arguments)
    for ask in (lambda: built.block, lambda: built.witness, lambda: built.delta):
        with pytest.raises(RuntimeError, match="wrong_gas_used"):
            ask()
    assert weakstate.build(*arguments, check=False).block.transactions == 1


def test_the_state_answers_while_a_contract_runs():
    """Its own thread, and others: with what was before the block."""
    answers = []

    def contract(data, gas):
        with ThreadPoolExecutor() as threads:
            other = threads.submit(lambda: (rollup.state.root, rollup.state.head.hash))
            answers.append(other.result(timeout=60))
        answers.append((rollup.state.root, rollup.state.head.hash))
        return 0, b""

    rollup = Rollup(precompiles={OWN: contract})
    before = (rollup.state.root, rollup.state.head.hash)
    built = rollup.build([sign(rollup.ada, ASKER, gas=200_000)])
    assert set(answers) == {before}
    # Once by who builds, checks, verifies and produces, and by who checks what was produced.
    assert len(answers) == 2 * 5
    rollup.state.commit(built)
    assert rollup.state.root != before[0]


def test_a_state_keeps_the_rules_that_its_genesis_file_names():
    text = with_rules({"baseFeeTo": f"0x{TREASURY.hex()}"})
    chain = Chain.from_genesis(text).with_hooks(precompiles={OWN: digest})
    state = weakstate.State.from_genesis(chain, text)
    assert state.chain == Chain.from_genesis(text)
    assert state.chain.hooks == {"base_fee_to": TREASURY}


def test_many_blocks_are_verified_by_a_chain_s_own_rules_on_threads():
    rollup = Rollup(precompiles={OWN: digest}, base_fee_to=TREASURY)
    anchor = Anchor.hash(rollup.state.head.hash)
    items = []
    for _ in range(6):
        built = rollup.build([sign(rollup.ada, ASKER, data=b"hello", gas=200_000)])
        items.append((built.block.rlp, built.witness))
        rollup.state.commit(built)
    results = list(verify_many(rollup.chain, anchor, items, jobs=2))
    assert [result.header.number for result in results] == list(range(1, 7))
    assert all(result.chain == rollup.chain for result in results)


def test_the_chain_says_what_its_rules_are():
    plain = Chain.builtin("mainnet")
    assert plain.hooks == {}
    calls = [SystemCall(COUNTER, b"\x01", gas=5)]
    hooked = plain.with_hooks(
        precompiles={OWN: digest}, calls_before=calls, calls_after=[], base_fee_to=TREASURY
    )
    assert hooked.hooks == {
        "precompiles": [OWN],
        "calls_before": calls,
        "base_fee_to": TREASURY,
    }
    assert "rules of its own" in repr(hooked)
    assert hooked != plain
    assert hooked.chain_id == plain.chain_id
    assert hooked.with_hooks(priority_fee_to="burned").hooks["base_fee_to"] == TREASURY
    assert hooked.with_hooks(priority_fee_to="burned") != hooked
    assert hooked.with_hooks() == hooked
    assert (calls[0].contract, calls[0].input, calls[0].gas) == (COUNTER, b"\x01", 5)


@pytest.mark.parametrize(
    ("hooks", "error", "message"),
    [
        ({"base_fee_to": "treasury"}, ValueError, "burned"),
        ({"base_fee_to": b"short"}, ValueError, "20 bytes"),
        ({"priority_fee_to": 7}, TypeError, "int"),
        ({"precompiles": {b"short": digest}}, ValueError, "20 bytes"),
        ({"precompiles": {OWN: 7}}, TypeError, "callable"),
        ({"calls_before": [COUNTER]}, TypeError, "SystemCall"),
    ],
)
def test_rules_that_are_none(hooks, error, message):
    with pytest.raises(error, match=message):
        Chain.builtin("mainnet").with_hooks(**hooks)


def with_rules(rules):
    content = json.loads(genesis("Prague"))
    content["config"]["weakstate"] = rules
    return json.dumps(content).encode()


def test_a_genesis_file_may_name_the_rules():
    rules = {
        "callsBefore": [{"contract": f"0x{COUNTER.hex()}", "input": "0x01", "gas": 5}],
        "callsAfter": [{"contract": f"0x{ASKER.hex()}"}],
        "baseFeeTo": f"0x{TREASURY.hex()}",
        "priorityFeeTo": "burned",
    }
    assert Chain.from_genesis(with_rules(rules)).hooks == {
        "calls_before": [SystemCall(COUNTER, b"\x01", gas=5)],
        "calls_after": [SystemCall(ASKER)],
        "base_fee_to": TREASURY,
        "priority_fee_to": "burned",
    }


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ([], "malformed_field"),
        ({"basefeeTo": "burned"}, "malformed_field"),
        ({"baseFeeTo": "0x12"}, "malformed_field"),
        ({"callsBefore": {}}, "malformed_field"),
        ({"callsBefore": [{}]}, "missing_field"),
        ({"callsBefore": [{"contract": "0x12"}]}, "malformed_field"),
        ({"callsBefore": [{"contract": f"0x{COUNTER.hex()}", "input": "0x1"}]}, "malformed_field"),
        ({"callsBefore": [{"contract": f"0x{COUNTER.hex()}", "data": "0x"}]}, "malformed_field"),
    ],
)
def test_a_rule_that_is_not_understood_is_not_passed_over(rules, code):
    with pytest.raises(Unreadable) as refusal:
        Chain.from_genesis(with_rules(rules))
    assert refusal.value.code == code


@pytest.mark.parametrize("engine", ["reference", "both"])
def test_the_reference_engine_does_not_judge_by_other_rules(engine):
    rollup = Rollup(base_fee_to=TREASURY)
    built = rollup.build([])
    anchor = Anchor.hash(rollup.state.head.hash)
    with pytest.raises(ValueError, match="Ethereum's rules alone"):
        verify(rollup.chain, anchor, built.block, built.witness, engine=engine)


def test_the_examples_of_the_documentation(monkeypatch, capsys):
    building, hooks = re.findall(r"```python\n(.*?)```", ROLLUPS.read_text(), re.S)
    monkeypatch.chdir(FIXTURES)
    ada, late = Wallet("ada"), Wallet("ada")
    late.nonce = 7
    names = {"pending": [sign(late), sign(ada)], "contract": COUNTER, "treasury": TREASURY}
    exec(compile(building, str(ROLLUPS), "exec"), names)
    assert names["state"].head.number == names["built"].block.transactions == 1
    assert "transaction 0 is not in the block: wrong_transaction_nonce" in capsys.readouterr().out
    exec(compile(hooks, str(ROLLUPS), "exec"), names)
    assert set(names["rollup"].hooks) == {"precompiles", "calls_before", "base_fee_to"}
