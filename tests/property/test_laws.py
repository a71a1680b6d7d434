"""What holds of any blocks under every scheme: forward, back, in one, and on any thread."""

import random
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from io import BytesIO

import pytest

import weakstate
from tests.property.pending import Pending, genesis
from tests.property.test_build import COUNTS, attributes
from weakstate import Anchor, Chain, Delta, State, Witness, verify_proof
from weakstate._native import check_delta, verify

BLOCKS = 6
BINARY = ("binary-7864", "binary-geth", "binary-8297")


def everything(state):
    return state.root, state.head.hash, state.to_dict()


class Story:
    """Random blocks as their sequencer builds them, and the state after each, the first before."""

    def __init__(self, scheme, network, seed):
        randomly = random.Random(f"{network} {seed}")
        self.text = genesis(network, scheme)
        self.chain = Chain.from_genesis(self.text)
        self.state = State.from_genesis(self.chain, self.text)
        self.blocks, self.states = [], [everything(self.state)]
        pending = Pending(network, randomly)
        for _ in range(BLOCKS):
            pending.follow(self.state)
            transactions = pending.transactions(randomly.choice(COUNTS))
            wanted = attributes(network, self.state.head, randomly)
            built = weakstate.build(self.chain, self.state, wanted, transactions)
            self.check(built)
            self.blocks.append(built)
            self.state.commit(built)
            self.states.append(everything(self.state))

    def check(self, built):
        """A verifier comes to the same, and so does whoever executes the block again."""
        anchor, block = Anchor.hash(self.state.head.hash), built.block.rlp
        witness = Witness.from_bytes(built.witness.to_bytes())
        verified = verify(self.chain, anchor, block, witness)
        assert verified.changes == built.produced.changes
        assert verified.receipts == built.receipts
        check_delta(anchor, witness, built.delta, built.header.rlp, chain=self.chain)
        with ThreadPoolExecutor(2) as threads:
            others = list(threads.map(lambda _: self.state.produce(self.chain, block), range(2)))
        for other in others:
            assert other.witness.to_bytes() == built.witness.to_bytes()
            assert other.delta.to_bytes() == built.delta.to_bytes()

    def replica(self, path=None):
        """A state that has followed none of the blocks."""
        return State.from_genesis(self.chain, self.text, path)

    def squashed(self, first, last):
        """The blocks from one to before another as one delta."""
        deltas = [built.delta for built in self.blocks[first:last]]
        return reduce(lambda before, after: before.then(after, self.chain), deltas)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((scheme, network, seed), marks=[pytest.mark.full] if seed else [])
        for scheme in ("mpt", "verkle", "verkle-kzg", *BINARY)
        for network in ("Cancun", "Prague", "Osaka")
        for seed in range(10)
    ],
    ids=lambda of: "-".join(map(str, of)),
)
def story(request):
    return Story(*request.param)


def test_a_replica_follows_and_goes_back(story, tmp_path):
    replica = story.replica(tmp_path / "store")
    for built, state in zip(story.blocks, story.states[1:], strict=True):
        replica.apply(Delta.from_bytes(built.delta.to_bytes()), built.header.rlp)
        assert everything(replica) == state
    assert replica.check()["accounts"] == len(state[2])
    for state in reversed(story.states[:-1]):
        replica.revert()
        assert everything(replica) == state
    assert replica.check()["accounts"] == len(state[2])


def test_every_scheme_has_dumps_and_proofs(story, tmp_path):
    state, dump = story.state, BytesIO()
    state.export(dump)
    dump.seek(0)
    made = State.import_(story.chain, dump, state.head.rlp, tmp_path / "store")
    assert everything(made) == everything(state)
    assert made.check()["accounts"] == state.size()["accounts"]
    for address in (bytes(20), *list(state.to_dict())[:3]):
        proven = verify_proof(state.root, made.proof(address, [0, 1]), story.chain)
        account = state.account(address)
        assert (proven.account is None) == (account is None)
        assert account is None or account.items() <= proven.account.items()
        assert proven.slots == {slot: state.slot(address, slot) for slot in (0, 1)}


def test_many_blocks_are_taken_back_at_once(story):
    for back in range(BLOCKS + 1):
        state = story.state.copy()
        state.revert(back)
        assert everything(state) == story.states[BLOCKS - back]
        for built, after in zip(story.blocks[BLOCKS - back :], story.states[-back:], strict=False):
            state.advance(story.chain, built.block.rlp)
            assert everything(state) == after


def test_several_deltas_in_one_lead_to_the_same_state(story):
    for first in range(BLOCKS):
        replica = story.replica()
        if first:
            replica.apply(story.squashed(0, first), story.blocks[first - 1].header.rlp)
        assert everything(replica) == story.states[first]
        for last in range(first + 1, BLOCKS + 1):
            other = replica.copy()
            delta = Delta.from_bytes(story.squashed(first, last).to_bytes())
            other.apply(delta, story.blocks[last - 1].header.rlp)
            assert everything(other) == story.states[last]
            if last - first == 1:
                other.revert()
                assert everything(other) == story.states[first]
