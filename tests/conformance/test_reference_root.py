"""Roots of official tests over trees of leaves, by the reference trees.

What a block writes is derived here once more, from its changes and the rules of
``docs/verkle/deletion.md``; the tree, its keys and its commitments are the reference's.
"""

import copy
import random

import pytest
from eth_hash.auto import keccak

from tests.conformance import exceptions, suite
from tests.conformance.resealed import EMPTY, Resealed
from tests.conformance.state import WholeState
from weakstate.trees import binary
from weakstate.trees.binary import embedding as bits
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
        tree = self.new_tree()
        for address, account in whole.accounts.items():
            code = self.codes[account["code_hash"]]
            fields = account["nonce"], account["balance"], code, account["slots"]
            tree.update(self.account_leaves(address, *fields))
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

    def new_tree(self):
        return VerkleTree()

    def account_leaves(self, address, nonce, balance, code, slots):
        return account_leaves(address, nonce, balance, code, slots)

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


class BinaryReferenced(Referenced):
    """The same over binary trees."""

    def new_tree(self):
        return binary.BinaryTree(binary.PROFILES[self.scheme])

    def account_leaves(self, address, nonce, balance, code, slots):
        profile = binary.PROFILES[self.scheme]
        order = "little" if profile is binary.EIP_7864 else "big"
        leaves = {bits.BASIC_DATA: bits.basic_data(nonce, balance, len(code))}
        code_hash = keccak(code)
        if not profile.has_stems:
            leaves |= {bits.CODE_HASH: None, bits.DELEGATION: None}
        if not profile.has_stems and code.startswith(bits.DELEGATION_MARK):
            leaves[bits.DELEGATION] = code.ljust(32, b"\0")
            code = b""
        else:
            leaves[bits.CODE_HASH] = code_hash
        found = {bits.header_key(profile, address, at): value for at, value in leaves.items()}
        for index, chunk in enumerate(bits.chunks(code)):
            found[bits.code_key(profile, address, code_hash, index, order)] = chunk
        for slot, value in slots.items():
            found[bits.storage_key(profile, address, slot, order)] = value.to_bytes(32)
        for key, value in found.items():
            yield key, value if profile.has_stems or (value and any(value)) else None

    def writes(self, address, before, change):
        before = {**before, "slots": {}}
        after = change["account"]
        if after is not None:
            # Chunks of code that is there already are written as they are.
            fields = after["nonce"], after["balance"], self.codes[after["code_hash"]]
            yield from self.account_leaves(address, *fields, change["slots"])
        elif before != EMPTY:
            for key, value in self.account_leaves(address, 0, 0, b"", {}):
                yield key, value if binary.PROFILES[self.scheme].has_stems else None


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


@pytest.mark.parametrize("scheme", ["verkle", *binary.PROFILES])
@pytest.mark.parametrize("count", [4, pytest.param(MANY, marks=pytest.mark.full)])
def test_roots_are_those_of_the_reference(official, count, scheme):
    files = suite.files(official("dev"))
    named = [pair for file in files for pair in suite.tests(file).items()]
    tests = [test for name, test in named if is_small(name, test)]
    assert len(tests) > MANY
    for test in random.Random(0).sample(tests, count):
        kind = Referenced if scheme == "verkle" else BinaryReferenced
        kind(test, scheme).run()
