"""A chain whose state is a Verkle tree over KZG commitments, in every role."""

import json
from hashlib import sha256

import pytest
import rlp
from eth_hash.auto import keccak

import weakstate
from fixtures.story import assemble, deploying
from fixtures.wallet import Wallet
from tests.property.pending import ADDRESS, encode, genesis, word
from weakstate import (
    Anchor,
    Attributes,
    Chain,
    InvalidWitness,
    State,
    Witness,
    verify,
)

NOBODY = b"\x42" * 20
BLOCKS = 4
# Answers with what it was deployed with, behind more code than one chunk holds.
RUNTIME = assemble("PUSH1 00 SLOAD PUSH0 MSTORE PUSH1 20 PUSH0 RETURN") + b"\x5b" * 100


class Story:
    """Blocks with transfers, storage and new code, and the state after each, the first before."""

    def __init__(self, path=None, scheme="verkle-kzg"):
        content = json.loads(genesis("Prague"))
        content["config"]["weakstate"] = {"scheme": scheme}
        self.text = json.dumps(content).encode()
        self.chain = Chain.from_genesis(self.text)
        self.state = State.from_genesis(self.chain, self.text, path)
        self.ada, self.bob = Wallet("ada"), Wallet("bob")
        self.parents, self.roots = [], []
        self.blocks, self.states = [], [self.state.to_dict()]
        for number in range(BLOCKS):
            self.parents.append(self.state.head.hash)
            self.roots.append(self.state.root)
            built = weakstate.build(
                self.chain, self.state, self.attributes(), self.transactions(number)
            )
            assert not built.refused
            self.state.commit(built.produced)
            self.blocks.append(built)
            self.states.append(self.state.to_dict())

    def attributes(self):
        return Attributes(
            timestamp=self.state.head.timestamp + 12,
            fee_recipient=NOBODY,
            parent_beacon_block_root=bytes(32),
        )

    def transactions(self, number):
        # A slot beside the header, one far from it, and one that goes back to zero.
        writes = [(number, 7), (1 << 200 | number, 8), (900, number % 2)]
        store = [
            self.bob.sign(to=ADDRESS["store"], gas=200_000, data=word(slot) + word(value))
            for slot, value in writes
        ]
        others = [
            self.ada.sign(to=NOBODY, gas=21_000, value=number + 1),
            self.ada.sign(to=b"", gas=500_000, data=deploying(RUNTIME)),
            self.ada.sign(to=ADDRESS["call"], gas=200_000, data=bytes(12) + ADDRESS["look"]),
        ]
        return [encode(transaction) for transaction in [*store, *others]]

    def verify(self, number, witness=None):
        built = self.blocks[number]
        witness = witness or Witness.from_bytes(built.witness.to_bytes())
        return verify(self.chain, Anchor.hash(self.parents[number]), built.block, witness)


@pytest.fixture(scope="module")
def story():
    return Story()


def test_each_block_is_verified_from_its_witness_alone(story):
    for number, built in enumerate(story.blocks):
        verified = story.verify(number)
        assert verified.changes == built.produced.changes
        witness = built.witness
        assert (witness.node_count, witness.code_count) == (0, 0)
        # The parent's header has the hash of the root's commitment, which stands in the proof
        # behind where its three lists begin.
        start = int.from_bytes(witness.proof[4:8], "little") + 12
        root = sha256(witness.proof[start : start + 48]).digest()
        assert root == story.roots[number] == witness.parent_state_root


def test_the_state_has_what_was_written(story):
    assert story.state.slot(ADDRESS["store"], 1 << 200 | 2) == 8
    assert story.state.slot(ADDRESS["store"], 900) == 1
    deployed = keccak(rlp.encode([story.ada.address, 1]))[12:]
    assert story.state.code(deployed) == RUNTIME
    assert story.state.account(NOBODY)["balance"] >= sum(range(BLOCKS + 1))


def test_a_replica_follows_and_goes_back(story, tmp_path):
    replica = State.from_genesis(story.chain, story.text, tmp_path / "store")
    for built, after in zip(story.blocks, story.states[1:], strict=True):
        replica.apply(built.delta, built.header.rlp)
        assert replica.root == built.header.state_root
        assert replica.to_dict() == after
    assert replica.check()["accounts"] == len(replica.to_dict())
    for root, before in zip(reversed(story.roots), reversed(story.states[:-1]), strict=True):
        replica.revert()
        assert replica.root == root
        assert replica.to_dict() == before
    for built in story.blocks:
        replica.advance(story.chain, built.block.rlp)
    assert replica.root == story.state.root


def test_a_store_on_disk_gives_the_same_bytes(story, tmp_path):
    other = Story(tmp_path / "store")
    for ours, theirs in zip(story.blocks, other.blocks, strict=True):
        assert ours.witness.to_bytes() == theirs.witness.to_bytes()
        assert ours.delta.to_bytes() == theirs.delta.to_bytes()
    del other
    assert State.open(tmp_path / "store").root == story.state.root


@pytest.mark.parametrize("number", range(BLOCKS))
def test_no_byte_of_a_proof_can_be_another(story, number):
    content, proof = story.blocks[number].witness.to_bytes(), story.blocks[number].witness.proof
    # The leaves before it may say more of empty places than was asked, which is true.
    first = int.from_bytes(proof[4:8], "little")
    codes = set()
    for offset in range(content.index(proof) + first, content.index(proof) + len(proof), 13):
        altered = bytearray(content)
        altered[offset] ^= 1
        with pytest.raises(InvalidWitness) as refusal:
            story.verify(number, Witness.from_bytes(bytes(altered)))
        codes.add(refusal.value.code)
    assert codes == {"malformed_proof", "wrong_proof"}


def test_the_witness_of_another_block_proves_nothing(story):
    with pytest.raises(InvalidWitness):
        story.verify(1, story.blocks[0].witness)
