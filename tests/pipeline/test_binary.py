"""Chains over binary trees in every role: built, verified, applied, kept on disk, taken back."""

import json

import pytest
from eth_hash.auto import keccak

from tests.pipeline.test_verkle_kzg import BLOCKS, RUNTIME, Story
from tests.property.pending import ADDRESS, genesis
from weakstate import Anchor, Chain, InvalidWitness, State, Unreadable, Witness, verify
from weakstate.trees.binary import EIP_7864, EIP_8297, PROFILES, BinaryTree, open_witness
from weakstate.trees.binary.embedding import (
    BASIC_DATA,
    CODE_HASH,
    basic_data,
    chunks,
    code_key,
    header_key,
    storage_key,
)


@pytest.fixture(scope="module", params=PROFILES)
def story(request):
    return Story(scheme=request.param)


def profile_of(story):
    return PROFILES[story.chain.scheme]


def reference(story):
    """The reference's tree of the same accounts, slots and codes."""
    profile = profile_of(story)
    order = "little" if profile is EIP_7864 else "big"
    leaves = {}
    for address, account in story.state.to_dict().items():
        code = story.state.code(address)
        basic = basic_data(account["nonce"], account["balance"], len(code))
        leaves[header_key(profile, address, BASIC_DATA)] = basic
        leaves[header_key(profile, address, CODE_HASH)] = account["code_hash"]
        for index, chunk in enumerate(chunks(code)):
            leaves[code_key(profile, address, account["code_hash"], index, order)] = chunk
        for slot, value in account["slots"].items():
            leaves[storage_key(profile, address, slot, order)] = value.to_bytes(32)
    tree = BinaryTree(profile)
    stays = profile.has_stems
    tree.update((key, value if stays or any(value) else None) for key, value in leaves.items())
    return tree


def test_the_root_is_that_of_the_reference(story):
    assert reference(story).root == story.state.root


def test_each_block_is_verified_from_its_witness_alone(story):
    for number, built in enumerate(story.blocks):
        assert story.verify(number).changes == built.produced.changes
        witness = built.witness
        assert (witness.node_count, witness.code_count) == (0, 0)
        opened = open_witness(profile_of(story), story.roots[number], witness.proof)
        assert opened.root == witness.parent_state_root


def test_the_state_has_what_was_written(story):
    assert story.state.slot(ADDRESS["store"], 1 << 200 | 2) == 8
    slots = story.state.to_dict()[ADDRESS["store"]]["slots"]
    # The last block sets slot 900, the one before cleared it.
    assert slots[900] == 1
    before = story.states[-2][ADDRESS["store"]]["slots"]
    assert before.get(900) == (0 if profile_of(story).has_stems else None)
    codes = [account["code_hash"] for account in story.state.to_dict().values()]
    assert codes.count(keccak(RUNTIME)) == BLOCKS


def test_a_replica_follows_and_goes_back(story, tmp_path):
    replica = State.from_genesis(story.chain, story.text, tmp_path / "store")
    for built, after in zip(story.blocks, story.states[1:], strict=True):
        replica.apply(built.delta, built.header.rlp)
        assert replica.root == built.header.state_root
        assert replica.to_dict() == after
        assert replica.check()["accounts"] == len(after)
    for root, before in zip(reversed(story.roots), reversed(story.states[:-1]), strict=True):
        replica.revert()
        assert (replica.root, replica.to_dict()) == (root, before)
        assert replica.check()["accounts"] == len(before)
    for built in story.blocks:
        replica.advance(story.chain, built.block.rlp)
    assert replica.root == story.state.root


def test_a_store_on_disk_gives_the_same_bytes(story, tmp_path):
    other = Story(tmp_path / "store", story.chain.scheme)
    for ours, theirs in zip(story.blocks, other.blocks, strict=True):
        assert ours.witness.to_bytes() == theirs.witness.to_bytes()
        assert ours.delta.to_bytes() == theirs.delta.to_bytes()
    del other
    assert State.open(tmp_path / "store").root == story.state.root


def test_no_byte_of_a_witness_can_be_another(story):
    built = story.blocks[0]
    content, proof = built.witness.to_bytes(), built.witness.proof
    start = content.index(proof)
    for offset in range(start, start + len(proof), 29):
        altered = bytearray(content)
        altered[offset] ^= 1
        with pytest.raises(InvalidWitness) as refusal:
            story.verify(0, Witness.from_bytes(bytes(altered)))
        assert refusal.value.code in {"malformed_proof", "wrong_proof"}


def test_the_witness_of_another_block_or_tree_proves_nothing(story):
    with pytest.raises(InvalidWitness):
        story.verify(1, story.blocks[0].witness)
    other = {"scheme": "binary-geth" if profile_of(story) is EIP_8297 else "binary-8297"}
    content = json.loads(story.text)
    content["config"]["weakstate"] = other
    chain = Chain.from_genesis(json.dumps(content).encode())
    built = story.blocks[0]
    with pytest.raises(InvalidWitness) as refusal:
        verify(chain, Anchor.hash(story.parents[0]), built.block, built.witness)
    assert refusal.value.code == "malformed_proof"


@pytest.mark.parametrize(
    "own",
    [
        {"scheme": "binary-7864", "embedding": "five-leaf"},
        {"scheme": "binary-8297", "embedding": "packed"},
        {"scheme": "verkle", "embedding": "zoned"},
        {"scheme": "binary-geth", "gas": "kaustinen6"},
    ],
)
def test_rules_that_no_tree_has_are_refused(own):
    content = json.loads(genesis("Prague"))
    content["config"]["weakstate"] = own
    with pytest.raises(Unreadable) as refusal:
        Chain.from_genesis(json.dumps(content).encode())
    assert refusal.value.code == "malformed_field"
