"""The native Verkle trees under the Tree protocol."""

import random

import pytest

from weakstate import InvalidWitness, NotWitnessed
from weakstate._native import VerkleTree
from weakstate.trees.verkle import VerkleTree as ReferenceTree

SCHEMES = ("verkle", "verkle-kzg")


def filled(scheme, count=60):
    rng = random.Random(7)
    items = [(rng.randbytes(32), rng.randbytes(32)) for _ in range(count)]
    tree = VerkleTree(scheme)
    return tree, items, tree.update(items)


def test_the_root_is_that_of_the_reference():
    tree, items, root = filled("verkle", 10)
    reference = ReferenceTree()
    reference.update(items)
    assert root == tree.root == reference.root
    assert VerkleTree().root == VerkleTree("verkle").root != root


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_proven_is_read_and_nothing_else(scheme):
    tree, items, root = filled(scheme)
    absent = bytes(32)
    keys = [key for key, _ in items[:20]]
    witness = tree.prove([*keys, absent])
    partial = VerkleTree.open(scheme, root, witness)
    assert partial.root == root
    assert partial.get_many([*keys, absent]) == [*(value for _, value in items[:20]), None]
    with pytest.raises(NotWitnessed):
        partial.get_many([items[30][0]])
    with pytest.raises(InvalidWitness):
        VerkleTree.open(scheme, bytes([root[0] ^ 1]) + root[1:], witness)
    with pytest.raises(InvalidWitness):
        VerkleTree.open(scheme, root, witness[:-1] + bytes([witness[-1] ^ 1]))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_partial_tree_is_written_as_the_whole_one(scheme):
    tree, items, root = filled(scheme)
    keys = [key for key, _ in items[:5]]
    partial = VerkleTree.open(scheme, root, tree.prove(keys))
    changes = [(key, b"\7" * 32) for key in keys]
    assert partial.update(changes) == tree.update(changes) != root


def test_wrong_arguments():
    with pytest.raises(ValueError, match="no scheme"):
        VerkleTree("mpt")
    with pytest.raises(ValueError, match="no scheme"):
        VerkleTree.open("mpt", bytes(32), b"")
    with pytest.raises(ValueError, match="32 bytes"):
        VerkleTree().update([(b"", bytes(32))])
