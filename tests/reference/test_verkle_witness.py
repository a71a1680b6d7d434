"""Witnesses of testnets open against their roots and lead to the next; ours are the same bytes.

What is changed in one is refused.
"""

import json
import random
from copy import deepcopy
from functools import cache

import pytest

from tests.data import from_hex
from tests.reference.verkle_data import (
    genesis_leaves,
    load,
    load_payloads,
    tree_of,
    verified_roots,
)
from weakstate.errors import InvalidWitness
from weakstate.trees.verkle import VerkleTree, VerkleWitness, open_witness, prove
from weakstate.trees.verkle.embedding import five_leaf_header, packed_header
from weakstate.trees.verkle.proof import Claim, openings_of

# Without block 1: the fork's own changes in it are not in its witness.
SAMPLE = (2, 48, 53, 98, 199, 350, 500)

RECORDED = [
    "kaustinen2_blocks_12_13_16",
    "kaustinen2_test_8_payloads",
    "kaustinen3_block15",
    "kaustinen4_blocks_353_368_374_479",
    "kaustinen6_block72",
    "kaustinen6_block73",
]
# Root before each block: MANIFEST.md.
RUST = {
    "valid_block_1": "1fbf85345a3cbba9a6d44f991b721e55620a22397c2a93ee8d5011136ac300ee",
    "valid_block_72": "64e1a647f42e5c2e3c434531ccf529e1b3e93363a40db9fc8eec81f492123510",
    "valid_block_73": "18d1dfcc6ccc6f34d14af48a865895bf34bde7f3571d9ba24a4b98122841048c",
}


def keys_of(witness):
    return [stem + bytes([suffix]) for stem, found in witness.changes.items() for suffix in found]


def current_values(witness):
    return [change.current for found in witness.changes.values() for change in found.values()]


def check(root, content, after=None):
    """Open a witness, read all of it, and hold the root after the block against the given one."""
    witness = VerkleWitness.from_object(content)
    tree = open_witness(root, witness)
    assert tree.root == root
    assert tree.get_many(keys_of(witness)) == current_values(witness)
    if after is not None:
        assert tree.update(witness.new_values.items()) == after
    assert VerkleWitness.from_json(witness.to_json()) == witness


def payloads_in(content):
    """Payloads anywhere in a file: number, root after, witness."""
    if isinstance(content, list):
        for item in content:
            yield from payloads_in(item)
    elif "execution_witness" in content:
        root = from_hex(content["state_root"])
        yield int(content["block_number"]), root, content["execution_witness"]
    elif "executionWitness" in content:
        header = content["header"]
        yield int(header["number"], 0), from_hex(header["stateRoot"]), content["executionWitness"]
    else:
        yield from payloads_in(list(content.values()))


@pytest.mark.parametrize("name", RECORDED)
def test_witnesses_of_testnets(name):
    roots = verified_roots(f"ethereumjs/{name}.json")
    found = list(payloads_in(load(f"ethereumjs/{name}.json")))
    assert roots
    assert set(roots) <= {number for number, _, _ in found}
    for number, after, content in found:
        if number in roots:
            check(roots[number], content, after)


def test_witnesses_of_rust_verkle_s_tests():
    for name, root in RUST.items():
        content = load(f"rust-verkle/{name}.json")
        after = from_hex(content["header"]["stateRoot"])
        check(
            from_hex(root), content["executionWitness"], None if name == "valid_block_1" else after
        )
    content = load("rust-verkle/embedded_witness_block_0x62.json")
    check(from_hex(content["preStateRoot"]), content["executionWitness"])


@pytest.mark.parametrize("count", [len(SAMPLE), pytest.param(499, marks=pytest.mark.full)])
def test_blocks_of_kaustinen_6(count):
    payloads = load_payloads()
    numbers = SAMPLE if count == len(SAMPLE) else range(2, 501)
    assert len(numbers) == count
    for number in numbers:
        root = from_hex(payloads[number - 1]["state_root"])
        after = from_hex(payloads[number]["state_root"])
        check(root, payloads[number]["execution_witness"], after)


def test_a_block_of_an_official_fixture_and_our_witness_of_it():
    data = load("ethereumjs/vm_verkleBlock.json")
    [block] = data["blocks"]
    tree = tree_of(genesis_leaves(data["pre"], packed_header))
    assert tree.root == from_hex(data["genesisBlockHeader"]["stateRoot"])
    check(tree.root, block["witness"], from_hex(block["blockHeader"]["stateRoot"]))
    theirs = VerkleWitness.from_object(block["witness"])
    assert prove(tree, keys_of(theirs), theirs.new_values).to_json() == theirs.to_json()


def test_our_witness_of_kaustinen_6_s_first_block():
    tree = tree_of(genesis_leaves(load("kaustinen6/genesis.json")["alloc"], five_leaf_header))
    theirs = VerkleWitness.from_object(load_payloads()[1]["execution_witness"])
    check(tree.root, load_payloads()[1]["execution_witness"])
    assert prove(tree, keys_of(theirs), theirs.new_values).to_json() == theirs.to_json()


def test_nulls_are_read():
    content = load("go-verkle/misc.json")["json_null_values_example"]
    whole = content_of(small_witness())
    whole["stateDiff"] = [content]
    witness = VerkleWitness.from_object(whole)
    assert current_values(witness) == [None] * len(content["suffixDiffs"])
    assert witness.new_values == {}


# From here on without the data folder.


@cache
def small_tree():
    """Stems that part at once, after one byte, and after thirty; in one both halves are used."""
    keys = [
        *(bytes([7]) * 31 + bytes([suffix]) for suffix in (0, 5, 127, 128, 255)),
        bytes([7]) * 30 + bytes([8, 1]),
        bytes([1, 2]).ljust(32, b"\3"),
        bytes([1, 9]).ljust(32, b"\3"),
        bytes([2]).ljust(32, b"\4"),
    ]
    return tree_of((key, bytes([index]) * 32) for index, key in enumerate(keys)), keys


@cache
def small_witness():
    tree, keys = small_tree()
    absent = [
        bytes([2]).ljust(32, b"\5"),
        bytes([9] * 32),
        bytes([1, 4] * 16),
        keys[0][:31] + b"\1",
    ]
    new = {keys[0]: b"\xaa" * 32, absent[0]: b"\xbb" * 32, absent[1]: b"\xcc" * 32}
    return prove(tree, [*keys[:2], keys[4], keys[6], *absent], new)


def content_of(witness):
    return json.loads(witness.to_json())


def test_every_change_of_a_witness_is_refused():
    tree, _ = small_tree()
    honest = content_of(small_witness())
    open_witness(tree.root, VerkleWitness.from_object(honest))
    outcomes = [(name, outcome(tree.root, content)) for name, content in changed(honest)]
    assert len(outcomes) > 60
    assert [name for name, code in outcomes if code is None] == []
    assert {code for _, code in outcomes} == {"malformed_proof", "wrong_proof"}
    with pytest.raises(InvalidWitness, match="wrong_proof"):
        open_witness(VerkleTree().root, VerkleWitness.from_object(honest))
    with pytest.raises(InvalidWitness, match="malformed_proof"):
        open_witness(b"\xff" * 32, VerkleWitness.from_object(honest))


def outcome(root, content):
    """The code of the refusal, or None if there was none."""
    try:
        open_witness(root, VerkleWitness.from_object(content))
    except InvalidWitness as error:
        return error.code
    return None


def changed(honest):
    """Witnesses with one thing changed each."""
    proof = honest["verkleProof"]
    endings = from_hex(proof["depthExtensionPresent"])
    kinds = [ending & 7 for ending in endings]
    for index, diff in enumerate(honest["stateDiff"]):
        for place, entry in enumerate(diff["suffixDiffs"]):
            path = ["stateDiff", index, "suffixDiffs", place]
            yield "value", edited(honest, [*path, "currentValue"], f"0x{'11' * 32}")
            if entry["currentValue"] is not None:
                yield "value gone", edited(honest, [*path, "currentValue"], None)
            if kinds[index] == 2:  # of a stem that is absent, all suffixes are
                yield "suffix", edited(honest, [*path, "suffix"], entry["suffix"] ^ 2)
            yield "suffix out of range", edited(honest, [*path, "suffix"], 256)
        entries = [*diff["suffixDiffs"], diff["suffixDiffs"][0]]
        yield "suffix twice", edited(honest, ["stateDiff", index, "suffixDiffs"], entries)
        yield "stem", edited(honest, ["stateDiff", index, "stem"], f"0x{'07' * 29}0706")
    diffs = honest["stateDiff"]
    for name, others in [
        ("fewer", diffs[1:]),
        ("twice", [diffs[0], *diffs]),
        ("order", diffs[::-1]),
        ("none", []),
    ]:
        yield name, honest | {"stateDiff": others}
    for index in range(len(proof["commitmentsByPath"])):
        swapped = list(proof["commitmentsByPath"])
        swapped[index] = proof["d"]
        yield "commitment", edited(honest, ["verkleProof", "commitmentsByPath"], swapped)
    yield (
        "one fewer",
        edited(honest, ["verkleProof", "commitmentsByPath"], proof["commitmentsByPath"][:-1]),
    )
    yield "no point", edited(honest, ["verkleProof", "commitmentsByPath", 0], f"0x{'ff' * 32}")
    for others in ([], proof["otherStems"] * 2, [*proof["otherStems"], f"0x{'fe' * 31}"]):
        yield "others", edited(honest, ["verkleProof", "otherStems"], others)
    for index in range(len(endings)):
        for bit in (1, 2, 8):
            flipped = bytearray(endings)
            flipped[index] ^= bit
            yield (
                "ending",
                edited(honest, ["verkleProof", "depthExtensionPresent"], f"0x{flipped.hex()}"),
            )
    yield "d", edited(honest, ["verkleProof", "d"], proof["ipaProof"]["cl"][0])
    yield "last", edited(honest, ["verkleProof", "ipaProof", "finalEvaluation"], "0x05")
    yield (
        "too large",
        edited(honest, ["verkleProof", "ipaProof", "finalEvaluation"], f"0x{'ff' * 32}"),
    )
    yield "rounds", edited(honest, ["verkleProof", "ipaProof", "cl"], proof["ipaProof"]["cl"][:7])
    yield "text", edited(honest, ["verkleProof", "ipaProof"], "cl")


def edited(content, path, value):
    found = deepcopy(content)
    *above, last = path
    place = found
    for name in above:
        place = place[name]
    place[last] = value
    return found


SEVENS = b"\7" * 31
FORK = b"\7\7" + b"\x08" * 29


@pytest.mark.parametrize(
    "other",
    [
        Claim(FORK, 2, FORK, {}),  # an inner node where the stem is
        Claim(FORK, 1, FORK, {}),  # another stem there
        Claim(FORK, 1, None, {}),  # nothing there
        Claim(FORK, 2, None, {}),
    ],
)
def test_claims_that_exclude_each_other_are_malformed(other):
    claim = Claim(SEVENS, 1, SEVENS, {})
    assert openings_of([claim, Claim(FORK, 1, SEVENS, {})])
    for claims in ([claim, other], [other, claim]):
        with pytest.raises(InvalidWitness, match=r"malformed_proof.*exclude"):
            openings_of(claims)


@pytest.mark.parametrize("ending", [2, 1 << 3 | 3, 1 << 3 | 4, 1 << 3 | 7])
def test_endings_of_no_known_kind_are_malformed(ending):
    content = content_of(small_witness())
    endings = bytearray(from_hex(content["verkleProof"]["depthExtensionPresent"]))
    endings[0] = ending
    path = ["verkleProof", "depthExtensionPresent"]
    witness = VerkleWitness.from_object(edited(content, path, f"0x{endings.hex()}"))
    with pytest.raises(InvalidWitness, match=r"malformed_proof.*a depth and a kind"):
        open_witness(small_tree()[0].root, witness)


@pytest.mark.parametrize(
    "data", ["", "{", "[]", "null", "5", "{}", '{"stateDiff":[5]}', "[" * 9999]
)
def test_what_is_no_witness_is_malformed(data):
    with pytest.raises(InvalidWitness, match="malformed_proof"):
        VerkleWitness.from_json(data)


def test_the_tree_s_protocol_gives_the_witness_as_json():
    tree, keys = small_tree()
    [encoded] = tree.prove(keys[:1])
    partial = open_witness(tree.root, VerkleWitness.from_json(encoded))
    assert partial.get(keys[0]) == tree.get(keys[0])


def test_a_partial_tree_proves_nothing():
    tree, keys = small_tree()
    partial = open_witness(tree.root, prove(tree, keys[:1]))
    with pytest.raises(ValueError, match="partial"):
        prove(partial, keys[:1])
    with pytest.raises(ValueError, match="one key"):
        prove(tree, [])


@pytest.mark.parametrize(
    "seed", [*range(2), *(pytest.param(s, marks=pytest.mark.full) for s in range(2, 20))]
)
def test_a_partial_tree_reads_and_updates_as_the_full_one(seed):
    """With keys crowded together, so that stems fork, stand in for others, and share halves."""
    rng = random.Random(seed)

    def some_keys(count):
        return [
            bytes(rng.choices((0, 1, 255), k=3))
            + bytes(rng.choices((0, 9), k=1)) * 28
            + bytes(rng.choices((0, 127, 128, 255), k=1))
            for _ in range(count)
        ]

    full = tree_of((key, rng.randbytes(32)) for key in some_keys(30))
    asked = some_keys(25)
    changes = [
        (key, rng.choice([bytes(32), rng.randbytes(32)])) for key in asked if rng.random() < 0.6
    ]
    partial = open_witness(full.root, prove(full, asked, dict(changes)))
    assert partial.get_many(asked) == full.get_many(asked)
    assert partial.update(changes) == full.update(changes)
    assert partial.get_many(asked) == full.get_many(asked)
