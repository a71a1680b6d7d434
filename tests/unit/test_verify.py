"""`verify` raises or returns; `verify_many` does so for a stream, in order."""

import itertools

import pytest

import weakstate
from tests.cli.helpers import GENESIS
from weakstate import Anchor, InvalidBlock, Verified


@pytest.fixture(scope="module")
def chain():
    return weakstate.Chain.from_genesis(GENESIS.read_bytes())


@pytest.fixture(scope="module")
def anchor(samples):
    return Anchor.hash(samples[0].block.header.parent_hash)


def pairs(samples):
    return [(sample.block, sample.witness) for sample in samples]


def hashes(results):
    return [result.header.hash for result in results]


def codes(results):
    return ["valid" if isinstance(one, Verified) else one.code for one in results]


def test_a_block_may_be_bytes_or_a_block(chain, anchor, samples):
    sample = samples[0]
    for block in (sample.block, sample.block.rlp):
        verified = weakstate.verify(chain, anchor, block, sample.witness)
        assert verified.header.hash == sample.block.hash
        assert verified.post_state_root == sample.block.header.state_root
        assert verified.gas_used == sample.block.header.gas_used
        assert verified.transactions == sample.block.transactions == len(verified.receipts)


def test_a_refusal_is_raised(chain, samples):
    with pytest.raises(InvalidBlock) as caught:
        weakstate.verify(chain, Anchor.hash(bytes(32)), samples[0].block, samples[0].witness)
    assert (caught.value.code, caught.value.exit_code) == ("wrong_parent", 1)
    assert caught.value.actual
    assert caught.value.at


def test_results_are_frozen(chain, anchor, samples):
    verified = weakstate.verify(chain, anchor, samples[0].block, samples[0].witness)
    for thing in (verified, verified.header, verified.checks[0], samples[0].witness, chain):
        with pytest.raises(AttributeError):
            thing.name = 1
    with pytest.raises(TypeError):
        Verified()


def test_the_callers_mistakes_are_python_errors(chain, anchor, samples):
    block, witness = samples[0].block, samples[0].witness
    with pytest.raises(ValueError, match="nowhere"):
        weakstate.verify("nowhere", anchor, block, witness)
    with pytest.raises(ValueError, match="unknown engine"):
        weakstate.verify(chain, anchor, block, witness, engine="fast")
    for wrong in (None, bytes(32), "0x00"):
        with pytest.raises(TypeError):
            weakstate.verify(chain, wrong, block, witness)
    with pytest.raises(TypeError):
        weakstate.verify(chain, anchor, "0x00", witness)
    with pytest.raises(TypeError):
        weakstate.verify(chain, anchor, block, [])


def test_the_reference_engine_returns_a_result_of_its_own(chain, anchor, samples):
    sample = samples[0]
    other = weakstate.verify(chain, anchor, sample.block, sample.witness, engine="reference")
    assert not isinstance(other, Verified)
    assert other.post_state_root == sample.block.header.state_root
    both = weakstate.verify(chain, anchor, sample.block, sample.witness, engine="both")
    assert isinstance(both, Verified)


@pytest.mark.parametrize("jobs", [None, 1, 3])
def test_many_are_verified_in_order(chain, anchor, samples, jobs):
    results = list(weakstate.verify_many(chain, anchor, pairs(samples), jobs=jobs))
    assert hashes(results) == [sample.block.hash for sample in samples]


def test_many_takes_items_as_they_are_read(chain, anchor, samples):
    items = itertools.chain.from_iterable(weakstate.read(sample.path) for sample in samples)
    assert codes(weakstate.verify_many(chain, anchor, items)) == ["valid"] * len(samples)


def test_many_says_which_blocks_have_no_anchor(chain, anchor, samples):
    first, second, third = pairs(samples)[:3]
    broken = (first[0], weakstate.Witness([], [], first[1].headers))
    given = [second, first, second, third]
    assert codes(weakstate.verify_many(chain, anchor, given)) == ["wrong_parent"] + ["valid"] * 3
    [refused, *after] = codes(weakstate.verify_many(chain, anchor, [broken, second, third]))
    assert refused not in ("valid", "wrong_parent")
    assert after == ["wrong_parent", "wrong_parent"]
    assert codes(weakstate.verify_many(chain, None, [third, broken, second])) == [
        "valid",
        refused,
        "valid",
    ]


def test_many_needs_no_headers_of_blocks_it_has_seen(chain, anchor, samples):
    first, (block, witness) = pairs(samples)[:2]
    bare = (block, weakstate.Witness(witness.nodes, witness.codes, []))
    assert codes(weakstate.verify_many(chain, anchor, [first, bare])) == ["valid", "valid"]
    assert codes(weakstate.verify_many(chain, None, [bare])) == ["missing_parent"]


def test_many_anchored_by_a_header_or_a_state_root(chain, samples):
    parent = samples[0].witness.headers[-1]
    root = weakstate.Header.from_rlp(parent).state_root
    bare = weakstate.Witness(samples[0].witness.nodes, samples[0].witness.codes, [])
    given = [(samples[0].block, bare), *pairs(samples)[1:]]
    for start in (Anchor.header(parent), Anchor.state_root(root)):
        assert codes(weakstate.verify_many(chain, start, given)) == ["valid"] * len(samples)


def test_many_yields_what_cannot_be_read(chain, anchor, samples):
    first = pairs(samples)[0]
    given = [(b"\xc0", first[1]), first]
    assert codes(weakstate.verify_many(chain, anchor, given)) == ["malformed_block", "valid"]


def test_many_refuses_wrong_arguments_at_once(chain, anchor):
    with pytest.raises(ValueError, match="at least 1"):
        weakstate.verify_many(chain, anchor, [], jobs=0)
    with pytest.raises(ValueError, match="nowhere"):
        weakstate.verify_many("nowhere", anchor, [])


def test_many_is_a_stream(chain, anchor, samples):
    endless = itertools.cycle(pairs(samples))
    results = weakstate.verify_many(chain, anchor, endless, jobs=2)
    taken = list(itertools.islice(results, 3 * len(samples)))
    assert codes(taken) == ["valid"] * len(taken)
    results.close()
