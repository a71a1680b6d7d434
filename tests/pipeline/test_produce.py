"""What the sequencer hands out is what the verifier needs, and no more."""

from pathlib import Path

import pytest

import weakstate
from weakstate import Anchor, Chain, InvalidBlock, InvalidWitness, Witness
from weakstate._native import Refusal, State, verify

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


def test_a_state_that_hands_nothing_out_goes_the_same_way(chain, items):
    producing, advancing = (State.from_genesis(chain, GENESIS) for _ in range(2))
    for item in items:
        produced = producing.produce(chain, item.block)
        assert advancing.produce(chain, item.block).witness == produced.witness
        producing.commit(produced)
        advancing.advance(chain, item.block)
        assert advancing.head.hash == producing.head.hash
        assert advancing.to_dict() == producing.to_dict()
        assert advancing.check() == producing.check()


def test_a_refused_block_does_not_advance_a_state(chain, items):
    state = State.from_genesis(chain, GENESIS)
    before = state.to_dict()
    with pytest.raises(InvalidBlock) as refusal:
        state.advance(chain, items[1].block)
    assert refusal.value.code == "wrong_parent"
    root = state.produce(chain, items[0].block).header.state_root
    with pytest.raises(InvalidBlock) as refusal:
        state.advance(chain, items[0].block.replace(root, bytes(32), 1))
    assert refusal.value.code == "wrong_state_root"
    assert state.to_dict() == before


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


def refused_by_both(state, chain, block):
    """The refusal of a block, once a verifier has refused it for the same reason by its witness."""
    refusal = state.attempt(chain, block)
    assert isinstance(refusal, Refusal)
    with pytest.raises(type(refusal.error)) as verdict:
        verify(chain, Anchor.hash(state.head.hash), block, refusal.witness)
    assert verdict.value.args == refusal.error.args
    return refusal


def test_a_refusal_comes_with_what_a_verifier_needs_to_agree(chain, items):
    state = State.from_genesis(chain, GENESIS)
    for item in items:
        header = weakstate.Block.from_rlp(item.block).header
        produced = state.produce(chain, item.block)
        # The state root is held against the header's last of all, that of transactions early.
        last = refused_by_both(state, chain, item.block.replace(header.state_root, bytes(32)))
        assert last.error.code == "wrong_state_root"
        assert last.witness == produced.witness
        fields = header.to_dict()
        first = refused_by_both(
            state, chain, item.block.replace(fields["transactions_root"], bytes(32))
        )
        assert first.error.code == "wrong_transactions_root"
        assert first.witness == Witness([], [], [state.head.rlp])
        stranger = refused_by_both(state, chain, item.block.replace(header.parent_hash, bytes(32)))
        assert stranger.error.code == "wrong_parent"
        assert stranger.witness == Witness([], [], [])
        state.commit(produced)


def test_what_was_produced_over_another_state_is_not_committed(chain, items):
    state = State.from_genesis(chain, GENESIS)
    produced = state.produce(chain, items[0].block)
    state.commit(produced)
    with pytest.raises(ValueError, match="another block"):
        state.commit(produced)
