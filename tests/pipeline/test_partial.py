"""A partial state over a real witness: what comes out is the part of it that the block needs."""

import pytest

import weakstate
from tests.data import real_blocks
from tests.property.test_engines_agree import HOLED, read
from weakstate import InvalidWitness, NotWitnessed, Witness
from weakstate._native import PartialState, Refusal, verify

# How many parts of a witness are left out in turn, but for full runs.
SAMPLE = 40


def params(*, full=False):
    marks = [pytest.mark.full] if full else []
    blocks = [block for block in real_blocks() if block.name != HOLED]
    return [pytest.param(block, id=block.name, marks=marks) for block in blocks] or [None]


def minimised(block):
    """What verification takes, with the witness that a partial state hands out."""
    chain, anchor, rlp, witness = read(block)
    return chain, anchor, rlp, PartialState.open(anchor, witness).produce(chain, rlp).witness


def used(items, use):
    """The items that were used, as a minimal witness lists them."""
    return sorted({item for item, used in zip(items, use, strict=True) if used})


@pytest.mark.parametrize("real_block", params(), indirect=True)
def test_the_witness_comes_out_minimised(real_block):
    chain, anchor, block, witness = read(real_block)
    produced = PartialState.open(anchor, witness).produce(chain, block)
    minimal = produced.witness

    # What the verifier used of the whole is the same, found by other means.
    whole = verify(chain, anchor, block, witness)
    assert minimal.nodes == used(witness.nodes, whole.node_use)
    assert minimal.codes == used(witness.codes, whole.code_use)
    assert minimal.headers == witness.headers[len(witness.headers) - len(minimal.headers) :]

    verified = verify(chain, anchor, block, minimal)
    assert verified.post_state_root == produced.header.state_root
    assert verified.changes == produced.changes
    assert all(verified.node_use)
    assert all(verified.code_use)
    assert PartialState.open(anchor, minimal).produce(chain, block).witness == minimal


def refuse_without_each(chain, anchor, block, witness, step=1):
    """Leaves out the first and every ``step``-th node, code and header after it, one a time."""
    parts = [witness.nodes, witness.codes, witness.headers]
    for which, part in enumerate(parts):
        for index in range(0, len(part), step):
            fewer = list(parts)
            fewer[which] = part[:index] + part[index + 1 :]
            with pytest.raises(InvalidWitness):
                verify(chain, anchor, block, Witness(*fewer))


@pytest.mark.parametrize("real_block", params(), indirect=True)
def test_none_of_a_sample_of_its_parts_can_be_left_out(real_block):
    *task, minimal = minimised(real_block)
    count = minimal.node_count + minimal.code_count + len(minimal.headers)
    refuse_without_each(*task, minimal, max(1, count // SAMPLE))


@pytest.mark.parametrize("real_block", params(full=True), indirect=True)
def test_none_of_its_parts_can_be_left_out(real_block):
    refuse_without_each(*minimised(real_block))


def test_what_the_witness_lacks_is_unknown_and_not_absent(data_dir):
    [block] = [block for block in real_blocks() if block.name == HOLED]
    chain, anchor, rlp, witness = read(block)
    state = PartialState.open(anchor, witness)
    with pytest.raises(NotWitnessed) as refusal:
        state.produce(chain, rlp)
    assert refusal.value.code == "account_not_witnessed"
    with pytest.raises(NotWitnessed) as other:
        verify(chain, anchor, rlp, witness)
    assert refusal.value.args == other.value.args


def test_a_header_that_is_trusted_comes_to_the_witness(data_dir):
    [block] = [block for block in real_blocks() if block.name.endswith("1417555-nimbus")]
    chain, _, rlp, witness = read(block)
    anchor = weakstate.Anchor.header(witness.headers[-1])
    without = Witness(witness.nodes, witness.codes, [])
    produced = PartialState.open(anchor, without).produce(chain, rlp)
    assert produced.witness.headers == witness.headers


def test_a_refused_block_says_why_and_what_proves_it(data_dir):
    [block] = [block for block in real_blocks() if block.name.endswith("1417555-nimbus")]
    chain, anchor, rlp, witness = read(block)
    root = weakstate.Block.from_rlp(rlp).header.state_root
    refusal = PartialState.open(anchor, witness).attempt(chain, rlp.replace(root, bytes(32)))
    assert isinstance(refusal, Refusal)
    assert refusal.error.code == "wrong_state_root"
    assert refusal.witness == PartialState.open(anchor, witness).produce(chain, rlp).witness
