"""Roots of official tests over a Verkle tree, by the reference tree.

What a block writes is derived here once more, from its changes and the rules of
``docs/verkle/deletion.md``; the tree, its keys and its commitments are the reference's.
"""

import copy
import random

import pytest

from tests.conformance import exceptions, suite
from tests.conformance.resealed import EMPTY, Resealed
from tests.conformance.state import WholeState
from weakstate.trees.verkle.embedding import (
    account_leaves,
    chunks,
    code_key,
    key_of,
    packed_header,
    storage_key,
)
from weakstate.trees.verkle.tree import VerkleTree

MANY = 60


class Referenced(Resealed):
    """Holds each root against that of a reference tree, which goes on from block to block."""

    def start(self):
        super().start()
        whole = WholeState.from_json(self.test["pre"])
        self.codes = dict(whole.codes)
        tree = VerkleTree()
        for address, account in whole.accounts.items():
            code = self.codes[account["code_hash"]]
            fields = account["nonce"], account["balance"], code, account["slots"]
            tree.update(account_leaves(address, *fields))
        self.trees = {self.genesis: tree}
        assert tree.root == self.known[self.genesis].header.state_root

    def follow(self, produced):
        before = self.sequencer.state.to_dict()
        super().follow(produced)
        header = produced.header
        tree = copy.copy(self.trees[header.parent_hash])
        self.codes |= produced.created_codes
        for address, change in produced.changes.items():
            tree.update(self.writes(address, before.get(address, EMPTY), change))
        self.trees[header.hash] = tree
        assert tree.root == header.state_root

    def writes(self, address, before, change):
        """The leaves that a block writes of an account."""
        before = {**before, "slots": {}}
        after = change["account"]
        if after is None:
            if before != EMPTY:
                yield from header(address, 0, 0, b"")
            return
        code = self.codes[after["code_hash"]]
        yield from header(address, after["nonce"], after["balance"], code)
        if after["code_hash"] != before["code_hash"]:
            for index, chunk in enumerate(chunks(code)):
                yield code_key(address, index), chunk
        for slot, value in change["slots"].items():
            yield storage_key(address, slot), value.to_bytes(32)


def header(address, nonce, balance, code):
    for suffix, value in packed_header(nonce, balance, code).items():
        yield key_of(address, suffix), value


def is_small(name, test):
    """Whether a tree over a test's state is made soon, by the slow reference."""
    if any(row.name and row.name in name for row in exceptions.of_scheme("verkle")):
        return False
    forks = ("Cancun", "Prague", "Osaka")
    pre = test["pre"].values()
    size = sum(len(entry["code"]) // 62 + 6 * len(entry["storage"]) + 2 for entry in pre)
    return (
        test["network"] in forks
        and len(test["blocks"]) <= 3
        and size < 60
        and all(int(entry["balance"], 16) < 2**128 for entry in pre)
    )


@pytest.mark.parametrize("count", [4, pytest.param(MANY, marks=pytest.mark.full)])
def test_roots_are_those_of_the_reference(official, count):
    files = suite.files(official("dev"))
    named = [pair for file in files for pair in suite.tests(file).items()]
    tests = [test for name, test in named if is_small(name, test)]
    assert len(tests) > MANY
    for test in random.Random(0).sample(tests, count):
        Referenced(test, "verkle").run()
