"""Access lists: what we export are the official ones, and what these lead to is what they state."""

import csv
from collections import Counter
from pathlib import Path

import pytest
import rlp
from eth_hash.auto import keccak

from tests.conformance.state import unhex
from tests.pipeline.amsterdam import listed_blocks
from weakstate import WeakstateError

with Path(__file__).with_name("gas_differs.tsv").open(encoding="utf-8") as table:
    GAS_DIFFERS = {row["name"] for row in csv.DictReader(table, delimiter="\t")}

ADDRESS, BALANCES = 0, 3


@pytest.fixture(scope="module")
def blocks(official):
    return list(listed_blocks(official("dev")))


def test_the_encoding_is_the_one_that_headers_commit_to(blocks):
    assert len(blocks) == 134
    for block in blocks:
        assert keccak(block.access_list) == block.header["block_access_list_hash"]


def test_lists_of_blocks_whose_gas_rules_agree_are_the_official_ones(blocks):
    """The rest differs in what senders pay for gas alone, or is named in the table."""
    counts, named = Counter(), set()
    for block in blocks:
        try:
            ours = block.state._access_list(block.chain, block.rlp)
        except WeakstateError:
            ours = b"\xc0"
        if ours == block.access_list:
            counts["equal"] += 1
        elif without_fees(ours, block) == without_fees(block.access_list, block):
            counts["fees"] += 1
        else:
            named |= {name for name in GAS_DIFFERS if f"::{name}[" in block.name} or {block.name}
    assert named == GAS_DIFFERS
    assert counts == {"equal": 89, "fees": 38}


def without_fees(data, block):
    """The list without the balances of those who pay for gas or are paid for it."""
    accounts = rlp.decode(data)
    senders = [unhex(transaction["sender"]) for transaction in block.entry["transactions"]]
    for account in accounts:
        paid = account[ADDRESS] == block.header["beneficiary"]
        payer = {index for index, sender in enumerate(senders, 1) if sender == account[ADDRESS]}
        account[BALANCES] = [
            [step, None if paid or int.from_bytes(step) in payer else balance]
            for step, balance in account[BALANCES]
        ]
    return accounts


def test_official_lists_lead_to_the_state_roots_of_their_headers(blocks):
    for block in blocks:
        before = block.state.root
        produced = block.produce()
        assert produced.header.state_root == block.header["state_root"]
        after = block.state.copy()
        after.commit(produced)
        assert (after.root, block.state.root) == (block.header["state_root"], before)


def test_witnesses_of_official_lists_are_the_official_ones(blocks):
    count = 0
    for block in blocks:
        if block.witness:
            witness = block.produce().witness
            for ours, key in ((witness.nodes, "state"), (witness.codes, "codes")):
                assert ours == [unhex(item) for item in block.witness[key]], block.name
            assert witness.headers == [unhex(item) for item in block.witness["headers"]]
            count += 1
    assert count > 60
