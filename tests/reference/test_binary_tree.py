"""Binary trees: roots of other implementations, and the reference agrees with the native trees."""

import random
from pathlib import Path

import pytest

from tests.data import from_hex
from tests.reference.verkle_data import load
from weakstate._native import BinaryTree as NativeTree
from weakstate._native import binary_keys
from weakstate.errors import InvalidWitness, NotWitnessed
from weakstate.trees.binary import EIP_7864, EIP_8297, GETH, PROFILES, BinaryTree, open_witness
from weakstate.trees.binary.embedding import (
    BASIC_DATA,
    CODE_HASH,
    DELEGATION,
    account_leaves,
    basic_data,
    chunks,
    code_key,
    header_key,
    storage_key,
)

ROOT = Path(__file__).parents[2]
ZONES = "geth-bintrie/eip8297_vectors.json"
EVERY_PROFILE = pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)


def tree_of(profile, items):
    tree = BinaryTree(profile)
    tree.update(items)
    return tree


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        (EIP_7864, "eip7864/binary_tree_spec_roots.json"),
        (GETH, "geth-bintrie/bintrie_sha256_roots.json"),
    ],
)
def test_trees_with_stems(profile, name):
    for vector in load(name)["vectors"]:
        items = [(from_hex(key), from_hex(value)) for key, value in vector["kv"].items()]
        assert tree_of(profile, items).root == from_hex(vector["root"])


def test_trees_with_zones():
    vectors = load(ZONES)
    assert BinaryTree(EIP_8297).root == from_hex(vectors["empty_root"])
    for vector in vectors["trie_vectors"]:
        items = [(from_hex(item["key"]), from_hex(item["value"])) for item in vector["entries"]]
        assert tree_of(EIP_8297, items).root == from_hex(vector["root"]), vector["name"]


def test_values_come_and_go():
    for vector in load(ZONES)["sequence_vectors"]:
        tree = BinaryTree(EIP_8297)
        for operation, root in zip(vector["ops"], vector["roots_after"], strict=True):
            value = from_hex(operation["value"]) if operation["op"] == "set" else None
            assert tree.update([(from_hex(operation["key"]), value)]) == from_hex(root)


def test_keys_and_values_of_accounts():
    vectors = load(ZONES)
    keys = vectors["embedding_vectors"]
    address, code_hash = from_hex(keys["address"]), b"\xbb" * 32
    for suffix, name in ((BASIC_DATA, "basic_data"), (CODE_HASH, "code_hash")):
        assert header_key(EIP_8297, address, suffix) == from_hex(keys[f"{name}_key"])
    assert header_key(EIP_8297, address, DELEGATION) == from_hex(keys["delegation_key"])
    for vector in keys["slots"]:
        assert storage_key(EIP_8297, address, vector["slot"]) == from_hex(vector["key"])
    for vector in keys["chunks"]:
        found = code_key(EIP_8297, address, code_hash, vector["chunk"])
        assert found == from_hex(vector["key"])
    for vector in vectors["basic_data_vectors"]:
        found = basic_data(vector["nonce"], int(vector["balance"]), vector["code_size"])
        assert found == from_hex(vector["value"])
    for vector in vectors["chunkify_vectors"]:
        assert chunks(from_hex(vector["code"])) == [from_hex(chunk) for chunk in vector["chunks"]]


def test_states_with_zones():
    for vector in load(ZONES)["state_vectors"]:
        tree = BinaryTree(EIP_8297)
        for account in vector["accounts"]:
            storage = {int(slot): value for slot, value in account.get("storage", {}).items()}
            leaves = account_leaves(
                EIP_8297,
                from_hex(account["address"]),
                account.get("nonce", 0),
                account.get("balance", 0),
                from_hex(account.get("code", "")),
                storage,
            )
            tree.update(leaves)
        assert tree.root == from_hex(vector["root"]), vector["name"]


@EVERY_PROFILE
@pytest.mark.parametrize("order", ["little", "big"])
def test_native_keys(profile, order):
    rng = random.Random(3)
    address, code_hash = rng.randbytes(20), rng.randbytes(32)
    slots = [0, 63, 64, 255, 256, 2**248 - 1, 2**248, 2**256 - 1]
    numbers = [0, 127, 128, 383, 384, 70_000]
    native = binary_keys(
        profile.name,
        [(address, 1)],
        [(address, slot.to_bytes(32)) for slot in slots],
        [(address, code_hash, number) for number in numbers],
        little_endian=order == "little",
    )
    expected = [header_key(profile, address, 1)]
    expected += [storage_key(profile, address, slot, order) for slot in slots]
    expected += [code_key(profile, address, code_hash, number, order) for number in numbers]
    assert native == expected


def key_near_others(rng, profile):
    """Paths fork late, and stems have several values."""
    key = bytearray(32)
    if profile is EIP_8297:
        zone = rng.choice([0, 1, 255])
        key = bytearray(66 if zone == 255 else 34)
        key[0] = zone
    for _ in range(rng.randrange(5)):
        at = rng.randrange(1, len(key) - 1)
        key[at // rng.choice([1, 1, 4]) or 1] = rng.choice([0, 1, 64, 128])
    if profile is not EIP_8297 and rng.random() < 0.3:
        key[0] = rng.randrange(256)
    key[-1] = rng.choice([0, 1, 64, 128, 255])
    return bytes(key)


def some_changes(rng, profile, keys, count):
    for _ in range(count):
        known = keys and rng.random() < 0.6
        key = rng.choice(keys) if known else key_near_others(rng, profile)
        yield key, None if rng.random() < 0.4 else bytes([rng.randrange(3)]) * 32


@EVERY_PROFILE
def test_reference_and_native_agree(profile):
    rng = random.Random(8297)
    for _ in range(60):
        items = {key_near_others(rng, profile): rng.randbytes(32) for _ in range(rng.randrange(25))}
        tree, native = BinaryTree(profile), NativeTree(profile.name)
        assert tree.update(items.items()) == native.update(list(items.items()))
        reads = [key_near_others(rng, profile) for _ in range(4)] + list(items)[::5]
        writes = dict(some_changes(rng, profile, list(items), 6))
        [witness] = tree.prove(reads, writes)
        assert native.prove(reads, list(writes.items())) == witness

        root = tree.root
        parts = open_witness(profile, root, witness), NativeTree.open(profile.name, root, witness)
        wholes = tree, native
        for found in (*parts, *wholes):
            assert found.get_many([*reads, *writes]) == [items.get(k) for k in [*reads, *writes]]
        after = {found.update(list(writes.items())) for found in (*parts, *wholes)}
        assert len(after) == 1
        values = tree.get_many([*reads, *writes])
        assert all(found.get_many([*reads, *writes]) == values for found in (*parts, native))


def verdict(opener, *arguments):
    try:
        return opener(*arguments).root
    except InvalidWitness as error:
        return error.code


@EVERY_PROFILE
def test_reference_and_native_refuse_alike(profile):
    rng = random.Random(11)
    refused = set()
    for _ in range(12):
        items = {key_near_others(rng, profile): rng.randbytes(32) for _ in range(20)}
        tree = tree_of(profile, items.items())
        [witness] = tree.prove([*list(items)[::4], key_near_others(rng, profile)])
        for _ in range(80):
            damaged = bytearray(witness)
            at = rng.randrange(min(len(damaged), rng.choice([30, len(damaged)])))
            damaged[at] ^= 1 << rng.randrange(8)
            if rng.random() < 0.3:
                del damaged[at : at + rng.choice([1, 32])]
            first = verdict(open_witness, profile, tree.root, bytes(damaged))
            second = verdict(NativeTree.open, profile.name, tree.root, bytes(damaged))
            assert first == second
            refused.add(first)
    assert refused == {"malformed_proof", "wrong_proof"}


@EVERY_PROFILE
@pytest.mark.parametrize("native", [False, True])
def test_what_is_not_witnessed(profile, native):
    rng = random.Random(12)
    items = {key_near_others(rng, profile): rng.randbytes(32) for _ in range(40)}
    tree = tree_of(profile, items.items())
    first, *others = sorted(items)
    [witness] = tree.prove([first])
    opened = (
        NativeTree.open(profile.name, tree.root, witness)
        if native
        else open_witness(profile, tree.root, witness)
    )
    with pytest.raises(NotWitnessed, match="leaf_not_witnessed"):
        opened.get_many(others)
    with pytest.raises(NotWitnessed, match="leaf_not_witnessed"):
        opened.update([(first, bytes(32)), *((key, bytes(32)) for key in others)])
    # A write that fails changes nothing.
    assert opened.root == tree.root
    assert opened.get_many([first]) == [items[first]]


@pytest.mark.parametrize("native", [False, True])
def test_a_removal_asks_for_what_moves(native):
    tree = BinaryTree(EIP_8297)
    keys = [bytes([0]) * 33 + bytes([suffix]) for suffix in (0, 1, 2)]
    tree.update((key, b"\1" * 32) for key in keys)
    [witness] = tree.prove([keys[2]])
    opened = (
        NativeTree.open(EIP_8297.name, tree.root, witness)
        if native
        else open_witness(EIP_8297, tree.root, witness)
    )
    with pytest.raises(NotWitnessed, match="sibling_not_witnessed"):
        opened.update([(keys[2], None)])
    [enough] = tree.prove([], {keys[2]: None})
    assert len(enough) > len(witness)
    opened = open_witness(EIP_8297, tree.root, enough)
    assert opened.update([(keys[2], None)]) == tree.update([(keys[2], None)])


def test_the_example_of_the_page():
    page = (ROOT / "docs" / "bytes.md").read_text(encoding="utf-8")
    block = page.partition("```hex binary witness\n")[2].partition("```")[0]
    example = bytes.fromhex("".join(line.partition("  ")[0] for line in block.splitlines()))
    tree = BinaryTree(EIP_8297)
    keys = [bytes([0, 0]), bytes([0, 0x40]), bytes([0, 0x80]), bytes([1, 0])]
    keys = [key + bytes(32) for key in keys]
    tree.update((key, bytes([number]) * 32) for number, key in enumerate(keys, 1))
    [witness] = tree.prove([keys[0]], {keys[2]: None})
    assert witness == example
    opened = NativeTree.open(EIP_8297.name, tree.root, example)
    assert opened.update([(keys[2], None)]) == tree.update([(keys[2], None)])
