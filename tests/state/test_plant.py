"""Values that no block wrote, put into a state; and blocks that are sealed anew."""

import json

import pytest
import rlp

from tests.cli.helpers import BLOCKS, GENESIS
from weakstate import Block, Chain, Changes, InvalidDelta, State, read
from weakstate._native import keccak256_many

SCHEMES = ["mpt", "verkle", "verkle-kzg", "binary-7864", "binary-geth", "binary-8297"]
CODE = bytes(range(1, 200))
[CODE_HASH] = keccak256_many([CODE])
PLANTED = {
    b"\x11" * 20: {"account": {"nonce": 3, "balance": 5}, "slots": {}},
    b"\x22" * 20: {
        "account": {"nonce": 1, "balance": 0, "code_hash": CODE_HASH},
        "slots": {0: 7, 1 << 200: 8},
    },
    b"\x33" * 20: {"account": None, "slots": {}},
}
ALLOCATED = {
    "0x" + "11" * 20: {"nonce": "0x3", "balance": "0x5"},
    "0x" + "22" * 20: {
        "nonce": "0x1",
        "balance": "0x0",
        "code": "0x" + CODE.hex(),
        "storage": {"0x0": "0x7", hex(1 << 200): "0x8"},
    },
}
BEFORE = {"0x" + "aa" * 20: {"balance": "0x1"}}


def first_block():
    [item] = read(BLOCKS[0])
    return Block.from_rlp(item.block)


def allocated(scheme, accounts):
    """A state of these accounts by a scheme, after block 0 of the fixtures' chain."""
    file = json.loads(GENESIS.read_bytes())
    file["config"]["weakstate"] = {"scheme": scheme}
    file["alloc"] = accounts
    text = json.dumps(file).encode()
    return State.from_genesis(Chain.from_genesis(text), text)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_root_is_that_of_a_state_that_began_so_and_revert_takes_all_back(scheme):
    state = allocated(scheme, BEFORE)
    before = state.root, state.head.hash, state.to_dict()
    header = first_block().header
    planted = state.plant(Changes(PLANTED, [CODE]), header.rlp)
    assert state.root == allocated(scheme, BEFORE | ALLOCATED).root == planted.state_root
    assert (state.head.hash, state.head.number) == (planted.hash, 1)
    assert state.code(b"\x22" * 20) == CODE
    assert state.account(b"\x33" * 20) is None
    fields, given = planted.to_dict(), header.to_dict()
    assert {name for name in fields if fields[name] != given[name]} == {"hash", "state_root"}
    state.revert(1)
    assert (state.root, state.head.hash, state.to_dict()) == before


def test_what_is_taken_back_may_be_many_blocks_away():
    state = allocated("verkle", BEFORE)
    before = state.root
    header = rlp.decode(first_block().header.rlp)
    header[8] = rlp.sedes.big_endian_int.serialize(20_000_000)
    state.plant(Changes(PLANTED, [CODE]), rlp.encode(header))
    state.revert(20_000_000)
    assert (state.root, state.head.number) == (before, 0)


def test_a_block_before_the_head_and_a_code_that_is_nowhere_are_refused():
    state = allocated("mpt", BEFORE)
    with pytest.raises(ValueError, match="block 0 is not after block 0"):
        state.plant(Changes({}), state.head.rlp)
    with pytest.raises(InvalidDelta) as caught:
        state.plant(Changes(PLANTED), first_block().header.rlp)
    assert caught.value.code == "delta_missing_code"
    assert state.head.number == 0


def test_a_block_that_is_sealed_anew_has_two_other_fields():
    block = first_block()
    sealed = block.resealed(b"\x01" * 32, b"\x02" * 32)
    before, after = rlp.decode(block.rlp), rlp.decode(sealed.rlp)
    assert after[1:] == before[1:]
    assert after[0] == [b"\x01" * 32, *before[0][1:3], b"\x02" * 32, *before[0][4:]]
    assert sealed.transactions == block.transactions
    with pytest.raises(ValueError, match="32 bytes"):
        block.resealed(b"\x01", b"\x02" * 32)
