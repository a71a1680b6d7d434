"""Roots of Verkle trees agree with other implementations; absent, zero and unknown differ."""

from hashlib import sha256

import pytest

from tests.data import from_hex
from tests.reference.verkle_data import genesis_leaves, load, load_csv, tree_of
from weakstate.errors import NotWitnessed
from weakstate.trees.verkle import VerkleTree, open_witness, prove
from weakstate.trees.verkle.embedding import (
    account_leaves,
    five_leaf_header,
    packed_header,
)

DEVNETS = {  # roots: MANIFEST.md
    2: "5e8519756841faf0b2c28951c451b61a4b407b70a5ce5b57992f4bec973173ff",
    3: "382960711d9ccf58b9db20122e2253eb9bfa99d513f8c9d4e85b55971721f4de",
    6: "1fbf85345a3cbba9a6d44f991b721e55620a22397c2a93ee8d5011136ac300ee",
    7: "514a0e5715b0b6c635ac140a5f25b8665af36cf31836344d27d9645fc57eab76",
}
JSIGN = "jsign-verkle-test-vectors/tree"


def random_bytes(count):
    """The generator of rust-verkle's tests: SHA-256 of a counter and 32 zero bytes."""
    return [sha256(i.to_bytes(8, "little") + bytes(32)).digest() for i in range(count)]


def test_the_empty_tree():
    tree = VerkleTree()
    assert tree.root == bytes(32)
    assert tree.get(bytes(32)) is None
    assert tree.update([]) == bytes(32)


def test_a_single_leaf():
    data = load("verkle-trie-ref/tree_vectors.json")
    key = bytes(range(1, 33))
    tree = tree_of([(key, key)])
    one = data["insert_key_eq_value_0102..20"]
    assert tree.root.hex() == one["root_commitment"]
    assert tree.root_scalar.hex() == one["root_hash_LE"]
    assert (
        tree_of([(key, bytes(32))]).root_scalar.hex() == data["same_key_zero_value"]["root_hash_LE"]
    )


def test_trees_of_besu_s_tests():
    for case in load("besu-verkle-trie/key_and_tree_vectors.json")["trees"]:
        items = [(from_hex(key), from_hex(value)) for key, value in case["kv"].items()]
        assert tree_of(items).root == from_hex(case["root"])
        one_by_one = VerkleTree()
        for item in reversed(items):
            one_by_one.update([item])
        assert one_by_one.root == from_hex(case["root"])


def test_a_tree_of_go_verkle():
    data = load("rust-verkle/trie_vectors.json")["golang_interop"]
    items = zip(map(from_hex, data["keys"]), map(from_hex, data["values"]), strict=True)
    assert tree_of(items).root.hex() == data["root_commitment"]


def test_eleven_leaves():
    data = load("ethereumjs/util_vectors.json")["tree_root_11_leaves"]
    items = [(from_hex(key), from_hex(value)) for key, value in data["leaves"]]
    assert tree_of(items).root == from_hex(data["expected_root"])


@pytest.mark.parametrize(
    ("step", "count"),
    [
        (100, 1),
        pytest.param(100, 5, marks=pytest.mark.full),
        pytest.param(1000, 5, marks=pytest.mark.full),
    ],
)
def test_trees_of_random_keys(step, count):
    data = load("rust-verkle/trie_vectors.json")
    values = random_bytes(step * count)
    assert [value.hex() for value in values[:3]] == data["prng"]["first_three"]
    tree = VerkleTree()
    for index, expected in enumerate(data[f"insert_{step}_step_root_hash_LE"][:count]):
        tree.update((value, value) for value in values[index * step : (index + 1) * step])
        assert tree.root_scalar.hex() == expected


@pytest.mark.parametrize("number", [pytest.param(n, marks=pytest.mark.full) for n in (2, 3, 6)])
def test_genesis_trees(number):
    assert tree_of(load_csv(f"gen-devnet-{number}")).root.hex() == DEVNETS[number]


def test_a_genesis_tree_and_the_blocks_after_it():
    roots = load("besu-verkle-trie/devnet7_roots.json")["roots_after_block"]
    tree = tree_of(load_csv("gen-devnet-7"))
    assert tree.root.hex() == DEVNETS[7]
    for number in range(1, 8):
        tree.update(load_csv(f"devnet-7-block-{number}"))
        assert tree.root == from_hex(roots[str(number)])


@pytest.mark.parametrize(
    ("name", "header", "root"),
    [
        ("ethereumjs/kaustinen7_genesis.json", packed_header, DEVNETS[7]),
        ("rust-verkle/devnet6_genesis.json", five_leaf_header, DEVNETS[6]),
        ("kaustinen6/genesis.json", five_leaf_header, DEVNETS[6]),
        ("ethereumjs/kaustinen6_genesis.json", five_leaf_header, DEVNETS[6]),
    ],
)
@pytest.mark.full
def test_allocations(name, header, root):
    assert tree_of(genesis_leaves(load(name)["alloc"], header)).root.hex() == root


@pytest.mark.parametrize(
    ("number", "header"), [(6, five_leaf_header), (7, packed_header)], ids=["five-leaf", "packed"]
)
def test_allocations_have_the_leaves_of_the_genesis_trees(number, header):
    """The same map, leaf by leaf, without the work of committing to it."""
    found = genesis_leaves(load(f"ethereumjs/kaustinen{number}_genesis.json")["alloc"], header)
    assert dict(found) == dict(load_csv(f"gen-devnet-{number}"))


def test_accounts_with_five_leaves():
    data = load(f"{JSIGN}/001_eoa_insert.json")["testData"]
    address = from_hex(data["eoaAddress"])
    leaves = account_leaves(address, data["nonce"], data["balance"], b"", {}, five_leaf_header)
    assert tree_of(leaves).root == from_hex(data["expectedRootHash"])
    data = load(f"{JSIGN}/002_sc_insert.json")["testData"]
    address, code = from_hex(data["scAddress"]), from_hex(data["hexCode"])
    leaves = account_leaves(address, data["nonce"], data["balance"], code, {}, five_leaf_header)
    assert tree_of(leaves).root == from_hex(data["expectedRootHash"])


def test_updates_of_a_tree():
    data = load(f"{JSIGN}/003_tree_mutation.json")["testData"]
    changes = [
        (from_hex(m["key"]), from_hex(m["value"]).ljust(32, b"\0")) for m in data["mutations"]
    ]
    one_by_one = VerkleTree()
    for change in changes:
        one_by_one.update([change])
    assert one_by_one.root == from_hex(data["expectedRootHash"])
    assert tree_of(changes).root == one_by_one.root
    assert one_by_one.get_many([key for key, _ in changes]) == [
        dict(changes)[k] for k, _ in changes
    ]


def test_zero_is_not_absence():
    key = bytes(32)
    zero = tree_of([(key, bytes(32))])
    assert zero.root != VerkleTree().root
    assert zero.get(key) == bytes(32)
    assert zero.get(bytes(31) + b"\1") is None
    assert zero.get(b"\1" * 32) is None
    again = tree_of([(key, b"\5" * 32)])
    assert again.update([(key, bytes(32))]) == zero.root


@pytest.mark.parametrize(
    "change", [(bytes(32), None), (bytes(31), bytes(32)), (bytes(33), bytes(32)), (bytes(32), b"")]
)
def test_what_cannot_be_written_is_the_caller_s_mistake(change):
    tree = VerkleTree()
    with pytest.raises(ValueError, match=r"deleted|32 bytes"):
        tree.update([change])
    assert tree.root == bytes(32)


def test_what_was_not_proven_is_unknown():
    """Other suffixes of a stem, other stems below a node, and what stands in another's place."""
    keys = [bytes.fromhex(text).ljust(32, b"\7") for text in ("00", "01", "0200", "0201", "03")]
    full = tree_of((key, key) for key in keys)
    asked = [keys[0], keys[2], b"\3" * 32, b"\4" * 32]
    partial = open_witness(full.root, prove(full, asked))
    assert partial.root == full.root
    assert partial.get_many(asked) == [keys[0], keys[2], None, None]
    # In the same empty place, or beside a stem that is all there is, other keys are absent too.
    assert partial.get(b"\4" + bytes(31)) is None
    assert partial.get(b"\0" * 32) is None
    for key in (keys[0][:31] + b"\0", keys[1], keys[3], keys[4], b"\5" * 32, b"\2\2" * 16):
        with pytest.raises(NotWitnessed) as caught:
            partial.get(key)
        assert caught.value.at
        before = partial.root
        with pytest.raises(NotWitnessed):
            partial.update([(key, bytes(32))])
        assert partial.root == before
