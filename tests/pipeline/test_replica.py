"""Replicas follow by deltas: to the same state, all or nothing."""

import pytest

import weakstate
from fixtures.delta_form import read_delta, write_delta
from tests.pipeline.test_produce import BLOCKS, GENESIS
from weakstate import Chain, Header, InvalidDelta
from weakstate._native import Delta, State


@pytest.fixture
def chain():
    return Chain.from_genesis(GENESIS)


@pytest.fixture
def produced(chain):
    """All blocks of our chain, executed one after the other."""
    state = State.from_genesis(chain, GENESIS)
    blocks = []
    for path in BLOCKS:
        blocks.append(state.produce(chain, weakstate.read(path)[0].block))
        state.commit(blocks[-1])
    return blocks


def test_a_replica_follows_the_sequencer(chain, produced):
    replica = State.from_genesis(chain, GENESIS)
    for block in produced:
        replica.apply(Delta.from_bytes(block.delta.to_bytes()), block.header.rlp)
        assert replica.root == block.header.state_root
        assert replica.head.hash == block.header.hash


def test_several_deltas_in_one_lead_to_the_same_state(chain, produced):
    one_by_one, at_once = (State.from_genesis(chain, GENESIS) for _ in range(2))
    squashed = produced[0].delta
    one_by_one.apply(squashed, produced[0].header.rlp)
    for block in produced[1:]:
        squashed = squashed.then(block.delta)
        one_by_one.apply(block.delta, block.header.rlp)
    assert squashed.blocks == len(produced)
    at_once.apply(Delta.from_bytes(squashed.to_bytes()), produced[-1].header.rlp)
    assert at_once.to_dict() == one_by_one.to_dict()
    assert at_once.root == one_by_one.root


@pytest.mark.parametrize(
    ("delta", "header", "code"),
    [
        (1, 1, "delta_wrong_parent"),
        (0, 1, "delta_wrong_block"),
        (1, 0, "delta_wrong_parent"),
    ],
)
def test_a_delta_of_another_block_changes_nothing(chain, produced, delta, header, code):
    replica = State.from_genesis(chain, GENESIS)
    before = replica.to_dict()
    with pytest.raises(InvalidDelta) as refusal:
        replica.apply(produced[delta].delta, produced[header].header.rlp)
    assert refusal.value.code == code
    assert replica.to_dict() == before


def test_a_delta_of_several_blocks_must_start_after_the_head(chain, produced):
    """Of several blocks no hash says how many: their number is held against the head's."""
    replica = State.from_genesis(chain, GENESIS)
    content = read_delta(produced[0].delta.then(produced[1].delta).to_bytes())
    last = Header.from_rlp(produced[1].header.rlp)
    for number, blocks, code in ((3, 2, "delta_wrong_parent"), (3, 3, "delta_wrong_block")):
        content.update(number=number, blocks=blocks)
        with pytest.raises(InvalidDelta) as refusal:
            replica.apply(Delta.from_bytes(write_delta(content)), last.rlp)
        assert (refusal.value.code, refusal.value.at) == (code, "number")


def test_no_byte_of_a_delta_can_be_another(chain, produced):
    replica = State.from_genesis(chain, GENESIS)
    before, root = replica.to_dict(), replica.root
    data = produced[0].delta.to_bytes()
    for place in range(len(data)):
        other = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        with pytest.raises((InvalidDelta, weakstate.BudgetExceeded)):
            replica.apply(Delta.from_bytes(other), produced[0].header.rlp)
    assert (replica.to_dict(), replica.root) == (before, root)
