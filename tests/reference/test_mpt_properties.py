"""What the tree promises, against a brute-force oracle: the specification's own trie."""

import random

import pytest
import rlp
from eth_hash.auto import keccak
from ethereum.forks.frontier.trie import Trie, root, trie_set

from weakstate.errors import InvalidWitness, NotWitnessed
from weakstate.trees.mpt import EMPTY_ROOT, MerklePatriciaTree, ordered_root


def oracle(items):
    """Root by building the whole trie anew."""
    trie = Trie(secured=False, default=None)
    for key, value in items.items():
        trie_set(trie, key, value)
    return root(trie)


def some_map_and_changes(seed):
    """A map and changes to it: keys of one length, alike enough to share branches."""
    rng = random.Random(seed)
    length, letters = rng.choice([1, 2, 3, 32]), rng.choice([2, 4, 256])

    def key():
        return bytes(rng.randrange(letters) * (17 if letters < 16 else 1) for _ in range(length))

    def value():
        return rng.randbytes(rng.choice([1, 2, 40]))

    before = {key(): value() for _ in range(rng.randrange(12))}
    changes = {}
    for _ in range(rng.randrange(8)):
        old = before and rng.random() < 0.6
        changed = rng.choice(sorted(before)) if old else key()
        changes[changed] = None if rng.random() < 0.6 else value()
    return before, changes


def apply(before, changes):
    after = before | changes
    return {key: value for key, value in after.items() if value is not None}


def read_and_update(tree, changes):
    """What a verifier does: read all keys first, then write."""
    values = tree.get_many(list(changes))
    return values, tree.update(changes.items())


SEEDS = range(200)


@pytest.mark.parametrize("seed", SEEDS)
def test_roots_equal_the_oracle_and_only_what_is_needed_is_used(seed):
    before, changes = some_map_and_changes(seed)
    full = MerklePatriciaTree.from_items(before.items())
    assert full.root == oracle(before)

    partial = MerklePatriciaTree(full.root, full.all_nodes())
    values, new_root = read_and_update(partial, changes)
    assert values == [before.get(key) for key in changes]
    assert new_root == partial.root == oracle(apply(before, changes))

    needed = [partial.nodes.given[hash_] for hash_ in partial.nodes.used]
    minimal = MerklePatriciaTree(full.root, needed)
    assert read_and_update(minimal, changes) == (values, new_root)
    for missing in needed:
        holed = MerklePatriciaTree(full.root, [node for node in needed if node != missing])
        with pytest.raises(NotWitnessed):
            read_and_update(holed, changes)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_proof_tells_values_and_absence(seed):
    before, changes = some_map_and_changes(seed)
    full = MerklePatriciaTree.from_items(before.items())
    proof = full.prove(list(changes))
    assert len(set(proof)) == len(proof)
    proven = MerklePatriciaTree(full.root, proof)
    assert proven.get_many(list(changes)) == [before.get(key) for key in changes]


def test_older_roots_stay_readable():
    tree = MerklePatriciaTree.from_items([(b"a", b"1"), (b"b", b"2" * 40)])
    old = MerklePatriciaTree(tree.root, tree.nodes)
    tree.update([(b"a", b"3"), (b"b", None)])
    assert old.get_many([b"a", b"b"]) == [b"1", b"2" * 40]
    assert tree.get_many([b"a", b"b"]) == [b"3", None]


def hashed(number):
    return keccak(number.to_bytes(32))


def test_a_collapse_needs_the_sibling_and_says_where():
    keys = [hashed(number) for number in range(40)]
    tree = MerklePatriciaTree.from_items((key, b"v" * 40) for key in keys)
    pairs = [
        (one, other)
        for one in keys
        for other in keys
        if one < other and one[:1] == other[:1] and one[1] >> 4 != other[1] >> 4
    ]
    one, other = next(
        pair for pair in pairs if sum(key[:1] == pair[0][:1] for key in keys) == len(pair)
    )
    holed = MerklePatriciaTree(tree.root, tree.prove([one]))
    with pytest.raises(NotWitnessed) as refusal:
        holed.update([(one, None)])
    assert refusal.value.code == "sibling_not_witnessed"
    assert refusal.value.at == f"path 0x{other.hex()[:3]}"


def test_writes_come_before_deletions():
    """Had the deletion come first, the branch would collapse and need its third child."""
    one, other, third = b"\x10" * 32, b"\x20" * 32, b"\x30" * 32
    full = MerklePatriciaTree.from_items([(one, b"v" * 40), (other, b"w" * 40)])
    holed = MerklePatriciaTree(full.root, full.prove([one]))
    new_root = holed.update([(one, None), (third, b"x" * 40)])
    assert new_root == oracle({other: b"w" * 40, third: b"x" * 40})
    with pytest.raises(NotWitnessed, match="sibling_not_witnessed"):
        MerklePatriciaTree(full.root, full.prove([one])).update([(one, None)])


def test_a_hole_is_not_absence():
    full = MerklePatriciaTree.from_items((hashed(n), b"v" * 40) for n in range(40))
    holed = MerklePatriciaTree(full.root, [], holds="account")
    with pytest.raises(NotWitnessed, match="account_not_witnessed"):
        holed.get(hashed(1))
    assert MerklePatriciaTree(EMPTY_ROOT).get(hashed(1)) is None


def nested(depth):
    encoded = b"\xc0"
    for _ in range(depth):
        size = len(encoded)
        digits = size.to_bytes((size.bit_length() + 7) // 8)
        prefix = bytes([0xC0 + size]) if size < 56 else bytes([0xF7 + len(digits)]) + digits
        encoded = prefix + encoded
    return encoded


LONG = b"\x01" * 32
MALFORMED = {
    "no RLP": b"\xff\xff",
    "bytes": rlp.encode(LONG),
    "three items": rlp.encode([b"\x20", b"a", b"b"]),
    "no path": rlp.encode([b"", LONG]),
    "unknown flag": rlp.encode([b"\x40\x11", LONG]),
    "padding": rlp.encode([b"\x02\x11", LONG]),
    "empty leaf": rlp.encode([b"\x20\x11", b""]),
    "short reference": rlp.encode([b"\x00\x11", b"\x01" * 31]),
    "extension without child": rlp.encode([b"\x00\x11", b""]),
    "extension without path": rlp.encode([b"\x00", LONG]),
    "long node inside": rlp.encode([b"\x00\x11", [b"\x20", b"\x01" * 40]]),
    "list as branch value": rlp.encode([b""] * 16 + [[b"a"]]),
    "bytes behind": rlp.encode([b"\x20\x11", LONG]) + b"\x00",
    "deep nesting": nested(3000),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_what_is_no_node_is_refused(what):
    encoded = MALFORMED[what]
    tree = MerklePatriciaTree(keccak(encoded), [encoded])
    with pytest.raises(InvalidWitness) as refusal:
        tree.get(b"\x11\x11")
    assert refusal.value.code == "malformed_node"


@pytest.mark.parametrize("count", [0, 1, 2, 16, 17, 127, 128, 129, 300])
def test_the_root_of_a_list(count):
    values = [bytes([index % 250 + 1]) * (index % 60 + 1) for index in range(count)]
    items = {rlp.encode(index): value for index, value in enumerate(values)}
    assert ordered_root(values) == oracle(items)
