"""What the sequencer hands out is what the verifier needs, and no more."""

from pathlib import Path

import pytest

import weakstate
from weakstate import Anchor, Chain, InvalidWitness, Witness
from weakstate._native import State, verify

FIXTURES = Path(__file__).parents[2] / "fixtures" / "chain"
GENESIS = (FIXTURES / "genesis.json").read_bytes()
BLOCKS = sorted(FIXTURES.glob("[0-9]*.json"), key=lambda path: int(path.stem))


@pytest.fixture
def chain():
    return Chain.from_genesis(GENESIS)


@pytest.fixture
def items():
    return [weakstate.read(path)[0] for path in BLOCKS]


def test_the_genesis_header_is_the_parent_of_the_first_block(chain, items):
    state = State.from_genesis(chain, GENESIS)
    first = weakstate.Block.from_rlp(items[0].block)
    assert state.head.hash == first.header.parent_hash
    assert state.root == state.head.state_root


def test_produced_witnesses_are_those_of_the_reference_engine(chain, items):
    state = State.from_genesis(chain, GENESIS)
    for item in items:
        before = state.to_dict()
        produced = state.produce(chain, item.block)
        assert state.to_dict() == before
        assert produced.witness.nodes == sorted(item.witness.nodes)
        assert produced.witness.codes == sorted(item.witness.codes)
        assert produced.witness.headers == item.witness.headers
        anchor = Anchor.hash(state.head.hash)
        verified = verify(chain, anchor, item.block, produced.witness)
        assert all(verified.node_use)
        assert all(verified.code_use)
        assert verified.changes == produced.changes
        state.commit(produced)
        assert state.root == verified.post_state_root


def test_every_element_of_a_produced_witness_is_needed(chain, items):
    state = State.from_genesis(chain, GENESIS)
    for item in items[:4]:
        produced = state.produce(chain, item.block)
        parts = [produced.witness.nodes, produced.witness.codes, produced.witness.headers]
        for which, elements in enumerate(parts):
            for index in range(len(elements)):
                fewer = list(parts)
                fewer[which] = elements[:index] + elements[index + 1 :]
                with pytest.raises(InvalidWitness):
                    verify(chain, Anchor.hash(state.head.hash), item.block, Witness(*fewer))
        state.commit(produced)


def test_a_refused_block_leaves_the_state_as_it_was(chain, items):
    state = State.from_genesis(chain, GENESIS)
    root = state.root
    with pytest.raises(weakstate.InvalidBlock) as refusal:
        state.produce(chain, items[1].block)
    assert refusal.value.code == "wrong_parent"
    assert state.root == root


def test_what_was_produced_over_another_state_is_not_committed(chain, items):
    state = State.from_genesis(chain, GENESIS)
    produced = state.produce(chain, items[0].block)
    state.commit(produced)
    with pytest.raises(ValueError, match="another block"):
        state.commit(produced)
