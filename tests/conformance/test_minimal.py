"""The search for leaves that a block does not need finds them."""

import pytest

import weakstate
from fixtures.wallet import Wallet
from tests.conformance.case import Failed
from tests.conformance.minimal import expect_minimal, list_leaves
from tests.property.pending import ADDRESS, genesis, word
from weakstate import Anchor, Attributes, Chain, State, Witness
from weakstate._native import verify
from weakstate.trees.verkle.embedding import storage_key


def test_a_leaf_too_many_is_found():
    text = genesis("Prague", "verkle")
    chain = Chain.from_genesis(text)
    state = State.from_genesis(chain, text)
    attributes = Attributes(
        timestamp=state.head.timestamp + 1,
        fee_recipient=b"\x77" * 20,
        parent_beacon_block_root=bytes(32),
    )
    call = Wallet("ada").sign(to=ADDRESS["store"], data=word(1) + word(9))
    built = weakstate.build(chain, state, attributes, [call])

    def check(witness):
        return verify(chain, Anchor.hash(state.head.hash), built.block.rlp, witness)

    expect_minimal(state, built.witness, check, None)
    leaves = list_leaves(built.witness.proof)
    more = storage_key(ADDRESS["store"], 2)
    assert more not in leaves
    assert leaves[storage_key(ADDRESS["store"], 1)] == word(1)
    witness = Witness([], [], built.witness.headers, proof=state._prove_leaves([*leaves, more]))
    check(witness)
    with pytest.raises(Failed, match=more.hex()):
        expect_minimal(state, witness, check, None)
