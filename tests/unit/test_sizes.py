"""The shape model of witness sizes: against trees that are really built, and its inputs."""

import json
import random
from dataclasses import replace

import pytest

from tests.cli.helpers import BLOCKS, GENESIS
from weakstate import Chain, read
from weakstate._native import Anchor, BinaryTree, verify_touching
from weakstate.errors import Unreadable
from weakstate.sizes import MODELS, AccessSet, Case, Population, predict
from weakstate.sizes.binary import BinaryShape, Unseen, stems_of
from weakstate.sizes.buckets import Bucket
from weakstate.sizes.draws import Draws
from weakstate.sizes.mpt import TrieKey, TrieShape, branch_bytes
from weakstate.sizes.own import from_json, to_dict
from weakstate.sizes.tries import WitnessTries
from weakstate.sizes.verkle import VerkleShape
from weakstate.trees.mpt import MerklePatriciaTree as ReferenceTree
from weakstate.trees.verkle import VerkleTree
from weakstate.trees.verkle.proof import prove

VALUE = b"\x82\x01\x02" * 10
SEEDS = range(10)


def mean(figures):
    found = list(figures)
    return sum(found) / len(found)


def near(share):
    """A predicted size may be off by this share of the true one."""
    return lambda predicted, true: predicted == pytest.approx(true, rel=share)


def random_keys(rng, count, length=32):
    return [rng.randbytes(length) for _ in range(count)]


def test_paths_of_a_trie():
    rng = random.Random(1)
    keys, absent = random_keys(rng, 5000), random_keys(rng, 50)
    tree = ReferenceTree.from_items((key, VALUE) for key in keys)
    asked = keys[:250]
    true = sum(map(len, set(tree.prove([*asked, *absent]))))
    touched = [TrieKey(key, len(VALUE), True) for key in asked]
    touched += [TrieKey(key, None, False) for key in absent]
    shapes = (TrieShape(touched, len(keys) - len(asked), len(VALUE), Draws(seed)) for seed in SEEDS)
    assert near(0.02)(mean(shape.size.bytes for shape in shapes), true)


def test_siblings_of_what_is_deleted():
    rng = random.Random(2)
    keys = random_keys(rng, 1000)
    full = ReferenceTree.from_items((key, VALUE) for key in keys)
    deleted = keys[:300]
    partial = ReferenceTree(full.root, list(full.all_nodes()))
    paths = sum(map(len, partial.prove(deleted)))
    partial.update((key, None) for key in deleted)
    used = sum(len(partial.nodes.given[node]) for node in partial.nodes.used)
    assert used > 1.02 * paths, "some siblings are needed"
    touched = [TrieKey(key, len(VALUE), False) for key in deleted]
    shapes = (TrieShape(touched, 700, len(VALUE), Draws(seed)) for seed in SEEDS)
    assert near(0.02)(mean(shape.size.bytes for shape in shapes), used)


def test_a_branch_is_as_long_as_its_rlp():
    assert branch_bytes(16) == 532
    assert branch_bytes(2) == 83


def test_a_size_is_estimated_from_some_paths():
    rng = random.Random(3)
    keys = random_keys(rng, 6000)
    tree = ReferenceTree.from_items((key, VALUE) for key in keys)
    tries = WitnessTries(tree.prove(keys[:200]))
    assert tries.walk(tree.root, keys[0]).value == VALUE
    assert near(0.15)(tries.cells(tree.root, keys[:200]).likely_keys(), 5800)


def binary_case(profile, rng):
    """A tree, what is asked of it, and what is unseen then."""
    zones = profile == "binary-8297"
    stems = [b"\0" * zones + stem for stem in random_keys(rng, 4000, 32 if zones else 31)]
    tree = BinaryTree(profile)
    tree.update(
        [(stem + bytes([suffix]), VALUE[:30] + b"\1\1") for stem in stems for suffix in (0, 1)]
    )
    asked = [(stem, Bucket({0: True, 7: False}, {1})) for stem in stems[:300]]
    absent = [b"\0" * zones + stem for stem in random_keys(rng, 60, 32 if zones else 31)]
    asked += [(stem, Bucket({0: False})) for stem in absent]
    unseen = Unseen(zones={0: 3700, 1: 0, 255: 0}) if zones else Unseen(stems=3700, headers=1.0)
    return tree, sorted(asked, key=lambda pair: pair[0]), unseen


@pytest.mark.parametrize("profile", ["binary-7864", "binary-8297"])
def test_a_binary_tree(profile):
    tree, asked, unseen = binary_case(profile, random.Random(4))
    keys = [stem + bytes([suffix]) for stem, bucket in asked for suffix in bucket.touched]
    stems = stems_of(asked, zones=profile == "binary-8297")
    shapes = (BinaryShape(stems, unseen, Draws(seed)) for seed in SEEDS)
    predicted = mean(sum(shape.parts.values()) for shape in shapes)
    assert near(0.02)(predicted, len(tree.prove(keys)))


def test_storage_of_which_nothing_is_there_that_is_asked_for():
    rng = random.Random(8)
    owners = random_keys(rng, 500)
    stems = [b"\xff" + owner + rng.randbytes(32) for owner in owners]
    stems += [b"\xff" + owners[0] + group for group in random_keys(rng, 1000)]
    tree = BinaryTree("binary-8297")
    tree.update([(stem + b"\0", VALUE[:30] + b"\1\1") for stem in stems])
    absent = sorted(b"\xff" + owners[0] + group for group in random_keys(rng, 20))
    true = len(tree.prove([stem + b"\0" for stem in absent]))
    asked = stems_of([(stem, Bucket({0: False})) for stem in absent], zones=True)
    unseen = Unseen(zones={0: 0, 1: 0, 255: 499}, within={owners[0]: 1001})
    shapes = (BinaryShape(asked, unseen, Draws(seed)) for seed in SEEDS)
    assert near(0.06)(mean(sum(shape.parts.values()) for shape in shapes), true)


def test_what_takes_the_place_of_removed_leaves():
    tree, asked, unseen = binary_case("binary-8297", random.Random(5))
    # Without the stems' second leaves, so that stems go.
    tree.update([(stem + b"\1", None) for stem, bucket in asked if bucket.present])
    asked = [(s, Bucket({0: True}, set(), {0}) if b.present else b) for s, b in asked]
    cleared = [(stem + b"\0", None) for stem, bucket in asked if bucket.cleared]
    keys = [stem + b"\0" for stem, _ in asked]
    true = len(tree.prove(keys, cleared))
    assert true > 1.005 * len(tree.prove(keys)), "something takes their place"
    stems = stems_of(asked, zones=True)
    shapes = (BinaryShape(stems, unseen, Draws(seed)) for seed in SEEDS)
    assert near(0.02)(mean(sum(shape.parts.values()) for shape in shapes), true)


def test_a_verkle_tree():
    rng = random.Random(6)
    stems, absent = random_keys(rng, 250, 31), random_keys(rng, 20, 31)
    tree = VerkleTree()
    tree.update([(stem + b"\0", bytes(32)) for stem in stems])
    asked = stems[:40]
    made = prove(tree, [stem + suffix for stem in [*asked, *absent] for suffix in (b"\0", b"\x90")])
    buckets = sorted(
        [(stem, Bucket({0: True, 0x90: False})) for stem in asked]
        + [(stem, Bucket({0: False, 0x90: False})) for stem in absent],
        key=lambda pair: pair[0],
    )
    shapes = [VerkleShape(buckets, len(stems) - len(asked), Draws(seed)) for seed in SEEDS]
    assert near(0.04)(mean(shape.commitments for shape in shapes), len(made.commitments))
    others = mean(shape.other_stems for shape in shapes)
    assert others == pytest.approx(len(made.other_stems), abs=8)
    assert shapes[0].values == len(asked)


@pytest.fixture(scope="module")
def access():
    """What a block of the fixture chain touched."""
    chain = Chain.from_genesis(GENESIS.read_bytes())
    sets = []
    for path in BLOCKS:
        [item] = read(path)
        anchor = Anchor.header(item.witness.headers[-1])
        verified, touched = verify_touching(chain, anchor, item.block, item.witness)
        sets.append(AccessSet.from_verified(path.stem, item.witness, verified, touched))
    return max(sets, key=lambda found: found.keys)


def test_accesses_are_read_as_they_are_written(access):
    again = from_json(json.dumps(to_dict(access)).encode())
    assert replace(access, measured=None, header_bytes=0) == again
    state = Population.of_size(10**9)
    for scheme in MODELS:
        found = [predict(scheme, Case(a, occupancy=1.5), state).parts for a in (access, again)]
        assert found[0] == found[1]


@pytest.mark.parametrize("content", [b"{}", b"[]", b"{", b'{"format":"weakstate-access-set"}'])
def test_what_is_no_access_set(content):
    with pytest.raises(Unreadable):
        from_json(content)


@pytest.mark.parametrize("scheme", MODELS)
def test_a_larger_state_takes_more(access, scheme):
    case = Case(access, occupancy=1.5)
    sizes = [predict(scheme, case, Population.of_size(10**power)).total for power in (4, 6, 8, 10)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


def test_the_population_is_dated():
    now = Population.at(22_284_325)
    assert (now.accounts, now.contracts) == (288_900_000, 48_000_000)
    assert Population.of_size(now.keys) == now
    assert now.packed(1.0).stems > now.stems > now.packed(4.0).stems
