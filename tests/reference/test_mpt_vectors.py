"""The tree agrees with the official trie tests."""

import json

import pytest
from eth_hash.auto import keccak

from tests.data import from_hex
from weakstate.trees.mpt import MerklePatriciaTree


def as_bytes(text):
    return from_hex(text) if text.startswith("0x") else text.encode()


@pytest.mark.parametrize(
    ("file", "secured"),
    [
        ("trietest", False),
        ("trieanyorder", False),
        ("trietest_secureTrie", True),
        ("trieanyorder_secureTrie", True),
        ("hex_encoded_securetrie_test", True),
    ],
)
def test_official_roots(official, file, secured):
    path = official("extra") / "extra" / "ethereum-tests" / "TrieTests" / f"{file}.json"
    cases = json.loads(path.read_text())
    assert cases
    for name, case in cases.items():
        changes = case["in"].items() if isinstance(case["in"], dict) else case["in"]
        one_by_one = MerklePatriciaTree()
        at_once = {}
        for text, value in changes:
            key = keccak(as_bytes(text)) if secured else as_bytes(text)
            at_once[key] = None if value is None else as_bytes(value)
            one_by_one.update([(key, at_once[key])])
        assert one_by_one.root == from_hex(case["root"]), name

        tree = MerklePatriciaTree()
        assert tree.update(at_once.items()) == from_hex(case["root"]), name
        assert tree.get_many(list(at_once)) == list(at_once.values())
