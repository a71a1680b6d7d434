"""What fits into a block, what does not and why, and what no block can have."""

import json
import time

import pytest

import weakstate
from fixtures.invalid_world import SHOUT
from fixtures.story import assemble
from fixtures.wallet import BLOB, GWEI, LEGACY, Wallet
from tests.property.pending import ADDRESS, account, encode, genesis, word
from weakstate import (
    Anchor,
    Attributes,
    Budget,
    BudgetExceeded,
    Chain,
    InvalidBlock,
    State,
    Verified,
    verify,
)

MAX_BLOCK_SIZE = 8 << 20  # EIP-7934, with the room that it leaves for the consensus layer
NOBODY = b"\x42" * 20
DEPOSITS = Chain.builtin(1).deposit_contract
FAR = b"\x71" * 20


class World:
    """A chain with one state, and senders who count their nonces."""

    def __init__(self, network="Prague", gas_limit=30_000_000, codes=None):
        content = json.loads(genesis(network))
        content["gasLimit"] = hex(gas_limit)
        for address, code in (codes or {}).items():
            entry = account(0, code) | {"storage": {hex(n): hex(n) for n in range(1, 9)}}
            content["alloc"]["0x" + address.hex()] = entry
        text = json.dumps(content).encode()
        self.chain = Chain.from_genesis(text)
        self.state = State.from_genesis(self.chain, text)
        self.ada, self.bob = Wallet("ada"), Wallet("bob")

    def attributes(self, **changes):
        wanted = {
            "timestamp": self.state.head.timestamp + 12,
            "fee_recipient": NOBODY,
            "parent_beacon_block_root": bytes(32),
        }
        return Attributes(**(wanted | changes))

    def build(self, transactions, attributes=None, **limits):
        """Builds a block, verifies it, and executes it as if it had been given."""
        attributes = attributes or self.attributes()
        built = weakstate.build(
            self.chain, self.state, attributes, transactions, access_list=True, **limits
        )
        anchor = Anchor.hash(self.state.head.hash)
        verified = verify(self.chain, anchor, built.block, built.witness)
        assert isinstance(verified, Verified)
        assert all(verified.node_use)
        assert all(verified.code_use)
        produced = weakstate.produce(self.chain, self.state, built.block, access_list=True)
        assert (produced.witness, produced.delta) == (built.witness, built.delta)
        assert produced.access_list == built.produced.access_list
        return built


def refusals(built):
    return [(index, code) for index, code, _ in built.refused]


def sign(wallet, to=NOBODY, **fields):
    return encode(wallet.sign(**({"to": to, "gas": 21_000} | fields)))


def test_the_state_stays_until_it_is_told_to_go_on():
    world = World()
    root = world.state.root
    built = world.build([sign(world.ada, value=1), sign(world.bob, value=2)])
    assert world.state.root == root
    assert not built.refused
    assert len(built.receipts) == 2
    replica = world.state.copy()
    replica.apply(built.delta, built.header.rlp)
    world.state.commit(built)
    assert world.state.root == replica.root == built.header.state_root
    assert world.state.to_dict() == replica.to_dict()
    with pytest.raises(ValueError, match="moved on"):
        world.state.commit(built.produced)


def test_what_was_not_asked_for_is_not_recorded():
    world = World()
    built = weakstate.build(world.chain, world.state, world.attributes(), [sign(world.ada)])
    assert built.produced.access_list is None


def test_refusals_are_in_the_order_of_the_list_and_name_their_place():
    world = World()
    late = Wallet("ada")
    late.nonce = 5
    built = world.build([b"", sign(late), sign(world.ada), sign(Wallet("poor"), value=1)])
    assert refusals(built) == [
        (0, "malformed_block"),
        (1, "wrong_transaction_nonce"),
        (3, "insufficient_funds"),
    ]
    assert all(f"transaction {index}" in message for index, _, message in built.refused)


def test_a_smaller_transaction_fits_after_one_that_does_not():
    world = World(gas_limit=70_000)
    large = sign(world.ada, gas=60_000)
    built = world.build([sign(world.bob), large, sign(world.bob)])
    assert refusals(built) == [(1, "block_gas_exhausted")]


def test_blobs_that_do_not_fit_are_left_for_a_later_block():
    world = World()
    blobs = [b"\x01" * 32] * 5  # nine fit into a block
    transactions = [
        sign(world.ada, kind=BLOB, blobs=blobs),
        sign(world.bob, kind=BLOB, blobs=blobs),
    ]
    many = sign(Wallet("cy"), kind=BLOB, blobs=blobs * 2)
    small = sign(Wallet("dee"), kind=BLOB, blobs=blobs[:4])
    built = world.build([*transactions, many, small])
    assert refusals(built) == [(1, "block_gas_exhausted"), (2, "invalid_blobs")]
    assert built.header.to_dict()["blob_gas_used"] == 9 << 17
    world.state.commit(built)
    assert not world.build(transactions[1:]).refused


def test_a_block_is_no_larger_than_allowed():
    world = World("Osaka", gas_limit=200_000_000)
    zeros = 1_500_000
    most = {"gas": 1 << 24, "kind": LEGACY}
    transactions = [sign(world.ada, data=bytes(zeros), **most) for _ in range(5)]
    # One byte fewer in the last transaction's data is one byte fewer in the block.
    probe = sign(world.ada, data=bytes(600_000), **most)
    size = len(world.build([*transactions, probe]).block.rlp)
    for surplus in (0, 1):
        world.ada.nonce -= 1
        last = sign(world.ada, data=bytes(600_000 + MAX_BLOCK_SIZE - size + surplus), **most)
        built = world.build([*transactions, last, sign(Wallet("bob"))])
        if surplus:
            assert refusals(built) == [(5, "block_too_large")]
        else:
            assert refusals(built) == [(6, "block_too_large")]
            assert len(built.block.rlp) == MAX_BLOCK_SIZE


def test_a_transaction_that_makes_the_block_invalid_is_refused():
    """A log of the deposit contract in another layout than deposits have (EIP-6110)."""
    world = World(codes={DEPOSITS: SHOUT})
    shout = sign(world.ada, DEPOSITS, gas=100_000)
    built = world.build([shout, sign(world.bob, value=1)])
    assert refusals(built) == [(0, "malformed_deposit")]
    without = world.build([sign(Wallet("bob"), value=1)])
    assert (built.header.hash, built.witness) == (without.header.hash, without.witness)


# Called without data it stops. With any it reads a slot of its own, another's code and its
# great-grandparent's hash, and with more of it calls the deposit contract.
CURIOUS = assemble(f"""
              CALLDATASIZE PUSH1 05 JUMPI STOP
    JUMPDEST  PUSH1 03 SLOAD POP
              PUSH1 20 PUSH1 00 PUSH1 00 PUSH20 {ADDRESS["store"].hex()} EXTCODECOPY
              PUSH1 03 NUMBER SUB BLOCKHASH POP
              PUSH1 01 CALLDATASIZE GT PUSH1 34 JUMPI STOP
    JUMPDEST  PUSH1 00 DUP1 DUP1 DUP1 DUP1 PUSH20 {DEPOSITS.hex()} GAS CALL STOP
""")


@pytest.mark.parametrize("before", [None, b"", b"\x01"])
@pytest.mark.parametrize("after", [None, b"", b"\x01"])
def test_what_a_refused_transaction_read_is_forgotten(before, after):
    """Whether or not others read some of it before, and some of it after."""
    world = World(codes={DEPOSITS: SHOUT, FAR: CURIOUS})
    for _ in range(3):
        world.state.commit(world.build([]))

    def call(wallet, data):
        return [] if data is None else [sign(wallet, FAR, data=data, gas=100_000)]

    first, last = call(world.ada, before), call(world.ada, after)
    refused = call(world.bob, b"\x01\x01")
    built, without = world.build([*first, *refused, *last]), world.build([*first, *last])
    assert refusals(built) == [(len(first), "malformed_deposit")]
    assert built.header.hash == without.header.hash
    assert built.witness == without.witness


def test_what_takes_too_much_memory_is_refused():
    far = assemble("PUSH1 01 PUSH3 100000 MSTORE STOP")
    world = World(codes={FAR: far})
    transactions = [sign(world.ada, FAR, gas=10**7), sign(world.bob)]
    assert not world.build(transactions).refused
    built = world.build(transactions, budget=Budget(memory=1 << 16))
    assert refusals(built) == [(0, "too_much_memory")]
    assert FAR not in built.produced.changes


def endless(wallet):
    return sign(wallet, ADDRESS["burn"], gas=10**11)


def test_no_further_transactions_are_taken_when_the_time_is_over():
    world = World(gas_limit=10**12)
    transactions = [sign(world.bob), endless(world.ada), sign(world.bob)]
    started = time.monotonic()
    built = world.build(transactions, seconds=0.3)
    assert time.monotonic() - started < 30  # it would run for minutes
    assert refusals(built) == [(1, "too_slow"), (2, "too_slow")]
    assert built.block.transactions == 1
    assert not world.build([], seconds=0).refused


def test_the_budget_bounds_the_whole():
    world = World(gas_limit=10**12)
    with pytest.raises(BudgetExceeded) as refusal:
        world.build([endless(world.ada)], budget=Budget(seconds=0.2))
    assert refusal.value.code == "too_slow"


@pytest.mark.parametrize(
    ("network", "changes", "code"),
    [
        ("Prague", {"timestamp": 1_000}, "wrong_timestamp"),
        ("Prague", {"gas_limit": 31_000_000}, "wrong_gas_limit"),
        ("Prague", {"extra_data": bytes(33)}, "wrong_extra_data"),
        ("Prague", {"nonce": b"\x01" * 8}, "wrong_nonce"),
        ("Prague", {"parent_beacon_block_root": None}, "header_field_missing"),
        ("Shanghai", {}, "header_field_unexpected"),
        ("London", {"withdrawals": [(0, 0, NOBODY, 1)]}, "header_field_unexpected"),
    ],
)
def test_attributes_that_no_block_can_have(network, changes, code):
    world = World(network)
    with pytest.raises(InvalidBlock) as refusal:
        world.build([], world.attributes(**changes))
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("wish", "limit"),
    [
        ({}, 30_000_000),
        ({"gas_limit": 30_001_000}, 30_001_000),
        ({"gas_limit_target": 60_000_000}, 30_000_000 + 30_000_000 // 1024 - 1),
        ({"gas_limit_target": 1}, 30_000_000 - 30_000_000 // 1024 + 1),
        ({"gas_limit_target": 29_990_000}, 29_990_000),
    ],
)
def test_the_gas_limit_goes_where_it_is_wanted(wish, limit):
    world = World()
    assert world.build([], world.attributes(**wish)).header.gas_limit == limit


def test_attributes_of_the_wrong_kind():
    with pytest.raises(ValueError, match="fee_recipient: expected 20 bytes, got 2"):
        Attributes(timestamp=1, fee_recipient=b"ab")
    with pytest.raises(ValueError, match="not both"):
        Attributes(timestamp=1, fee_recipient=NOBODY, gas_limit=1, gas_limit_target=1)
    with pytest.raises(ValueError, match="address: expected 20 bytes"):
        Attributes(timestamp=1, fee_recipient=NOBODY, withdrawals=[(0, 0, b"", 1)])


def test_withdrawals_are_paid():
    world = World()
    wanted = world.attributes(withdrawals=[(0, 7, NOBODY, 3), (1, 7, NOBODY, 4)])
    built = world.build([], wanted)
    assert built.produced.changes[NOBODY]["account"]["balance"] == 7 * GWEI


def test_what_only_a_refused_transaction_reads_is_not_in_the_witness():
    world = World()
    without = world.build([sign(world.ada)])
    contract = sign(Wallet("contract"))
    ancient = sign(world.bob, ADDRESS["burn"], gas=22_000, data=word(1), value=10**30)
    world.ada.nonce = 0
    built = world.build([contract, ancient, sign(world.ada)])
    assert refusals(built) == [(0, "sender_not_eoa"), (1, "insufficient_funds")]
    assert built.header.hash == without.header.hash
    assert built.witness == without.witness
