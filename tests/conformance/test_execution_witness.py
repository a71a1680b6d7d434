"""What we produce is the execution witness that official tests state, to the byte."""

import re
from collections import Counter

import pytest

from tests.conformance import suite
from tests.conformance.transplant import transplant
from weakstate import Anchor, PartialState, WeakstateError
from weakstate._native import verify

# Tests that damage the witness of their last block, by their names: what of it they change, and
# what we refuse the block for. A code that is not needed does no harm.
MUTATED = {
    "codes_extra_unused_bytecode": ("codes", None),
    "codes_missing_7702_delegated_target_code": ("codes", "code_not_witnessed"),
    "codes_missing_current_frame_code": ("codes", "code_not_witnessed"),
    "codes_missing_external_code_read_target": ("codes", "code_not_witnessed"),
    "codes_missing_implicit_system_contract_code": ("codes", "code_not_witnessed"),
    "headers_malformed_rlp_header": ("headers", "malformed_ancestor"),
    "headers_missing_parent_header": ("headers", "broken_ancestry"),
    "headers_non_contiguous_chain": ("headers", "broken_ancestry"),
    "state_missing_absent_account_proof_node": ("nodes", "account_not_witnessed"),
    "state_missing_delete_auxiliary_node": ("nodes", "sibling_not_witnessed"),
    "state_missing_failed_call_target_account_proof_node": ("nodes", "account_not_witnessed"),
    "state_missing_storage_proof_node": ("nodes", "slot_not_witnessed"),
}

# The hash of a block stands in the header of the next. So the header of the oldest block whose
# hash is read proves nothing that is not proven; the suite keeps it, a minimal witness does not.
ONE_HEADER_MORE = {
    "headers_blockhash_in_reverted_inner_call",
    "headers_blockhash_in_reverted_tx",
    "headers_max_wins_across_multiple_transactions",
}


def outcome(block):
    """The code that the block is refused with by the suite's witness; None if it holds."""
    anchor = Anchor.hash(block.original.parent_hash)
    try:
        verify(block.chain, anchor, block.rlp, block.stated)
    except WeakstateError as error:
        return error.code
    return None


@pytest.fixture(scope="module")
def blocks(official):
    """Every block with an execution witness, with the name that its test goes by here."""
    found = []
    for file in suite.files(official("dev")):
        for name, test in suite.tests(file).items():
            if any("executionWitness" in entry for entry in test["blocks"]):
                taken = list(transplant(test))
                assert len(taken) == len(test["blocks"]), name
                short = re.search(r"::test_(?:witness|validation)_(\w+)", name)[1]
                # What a name says of a test it says of its last block.
                found += [("", block) for block in taken[:-1]] + [(short, taken[-1])]
    assert len([name for name, _ in found if name]) == 59
    assert len(found) == 86
    return found


def test_ours_equals_the_stated_one_but_where_that_is_damaged(blocks):
    damaged = []
    for name, block in blocks:
        ours, stated = block.produced.witness, block.stated
        headers = stated.headers[1:] if name in ONE_HEADER_MORE else stated.headers
        assert name not in ONE_HEADER_MORE or len(headers) == 4
        damaged += [(name, "nodes")] * (ours.nodes != stated.nodes)
        damaged += [(name, "codes")] * (ours.codes != stated.codes)
        damaged += [(name, "headers")] * (ours.headers != headers)
    assert sorted(damaged) == sorted((name, part) for name, (part, _) in MUTATED.items())
    # Most blocks use the same gas under both forks' rules. The others are the first of their
    # tests: what gas decides there comes after all that they read.
    assert Counter(block.same_gas for _, block in blocks) == {True: 71, False: 15}


def test_the_verdict_by_the_stated_witness_is_the_stated_one(blocks):
    for name, block in blocks:
        assert outcome(block) == MUTATED.get(name, ("", None))[1], name
        assert (outcome(block) is None) == block.stated_holds, name


def test_a_partial_state_makes_ours_of_the_stated_one(blocks):
    for name, block in blocks:
        if block.stated_holds:
            state = PartialState.open(Anchor.hash(block.original.parent_hash), block.stated)
            produced = state.produce(block.chain, block.rlp)
            assert produced.witness == block.produced.witness, name
            assert produced.delta == block.produced.delta, name
