"""Nodes of a binary tree, full or partial: what they hash to, and how a tree changes.

Nodes are values that never change. A tree forks only where keys differ, so a node has a prefix: all
bits that the keys below share, as text of zeros and ones, from the root on. Where it hangs is not
part of it: the first bits of the prefix lead there, and the others are a way without forks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from weakstate.errors import NotWitnessed
from weakstate.trees.binary.profile import STEM_BITS, Profile

EMPTY = bytes(32)

Bits: TypeAlias = str


@dataclass(frozen=True, slots=True)
class Hole:
    """What is not known but for its hash."""

    hash: bytes


@dataclass(frozen=True, slots=True)
class Leaf:
    """A key, as its bits, and its value."""

    prefix: Bits
    value: bytes


@dataclass(frozen=True, slots=True)
class Branch:
    """Where keys fork: by the bit after the prefix."""

    prefix: Bits
    children: "tuple[Node, Node]"


@dataclass(frozen=True, slots=True)
class Closed:
    """A way without forks, in a tree with stems: beside it there is nothing.

    What stands at its end is not known but for its hash.
    """

    prefix: Bits
    inner: bytes


Node: TypeAlias = Hole | Leaf | Branch | Closed


def bits_of(key: bytes) -> Bits:
    """The bits of bytes, the most significant first."""
    return "".join(f"{byte:08b}" for byte in key)


def bytes_of(bits: Bits) -> bytes:
    """Bits as bytes; the last one is filled up with zeros."""
    return bytes(int(bits[start : start + 8].ljust(8, "0"), 2) for start in range(0, len(bits), 8))


def shared(first: Bits, second: Bits) -> int:
    """How many bits two paths share from the root on."""
    pairs = enumerate(zip(first, second, strict=False))
    shorter = min(len(first), len(second))
    return next((index for index, (one, other) in pairs if one != other), shorter)


def hash_at(profile: Profile, node: Node | None, depth: int) -> bytes:
    """The hash of what hangs at the end of ``depth`` bits."""
    if node is None:
        return EMPTY
    if isinstance(node, Hole):
        return node.hash
    if profile.has_stems:
        return risen(profile, inner_hash(profile, node), node.prefix, depth)
    if isinstance(node, Leaf):
        return profile.digest(b"\0" + bytes_of(node.prefix) + node.value)
    assert isinstance(node, Branch)
    way = node.prefix[depth:]
    left, right = child_hashes(profile, node)
    return profile.digest(b"\1" + len(way).to_bytes(2) + bytes_of(way) + left + right)


def child_hashes(profile: Profile, node: Branch) -> tuple[bytes, bytes]:
    """The hashes of a branch's children."""
    left, right = node.children
    below = len(node.prefix) + 1
    return hash_at(profile, left, below), hash_at(profile, right, below)


def inner_hash(profile: Profile, node: Leaf | Branch | Closed) -> bytes:
    """In a tree with stems, the hash of what stands at the end of a node's prefix."""
    if isinstance(node, Closed):
        return node.inner
    if isinstance(node, Leaf):
        return profile.digest(node.value)
    return profile.digest(b"".join(child_hashes(profile, node)))


def risen(profile: Profile, inner: bytes, prefix: Bits, depth: int) -> bytes:
    """The hash at ``depth`` of a way without forks that ends with ``inner``.

    Every bit of the way is a node with nothing beside; but a stem stands as high as it is alone.
    """
    at = len(prefix)
    while at > depth:
        if at == STEM_BITS:
            break
        at -= 1
        inner = profile.digest(inner + EMPTY if prefix[at] == "0" else EMPTY + inner)
    if at == STEM_BITS and depth <= STEM_BITS:
        inner = profile.digest(bytes_of(prefix[:STEM_BITS]) + b"\0" + inner)
    return inner


def find(node: Node | None, key: Bits) -> bytes | None:
    """The value under a key, or None. Raises: NotWitnessed."""
    while node is not None:
        known = "" if isinstance(node, Hole) else node.prefix
        if not key.startswith(known):
            return None
        if isinstance(node, Leaf):
            return node.value
        if not isinstance(node, Branch):
            raise not_witnessed(key, known)
        node = node.children[int(key[len(known)])]
    return None


def put(node: Node | None, key: Bits, value: bytes) -> Node:
    """The node with a value under a key. Raises: NotWitnessed."""
    leaf = Leaf(key, value)
    if node is None:
        return leaf
    if isinstance(node, Hole):
        raise not_witnessed(key, "")
    fork = shared(node.prefix, key)
    if fork < len(node.prefix):
        return Branch(key[:fork], (node, leaf) if key[fork] == "1" else (leaf, node))
    if isinstance(node, Leaf):
        return leaf
    if isinstance(node, Closed):
        raise not_witnessed(key, node.prefix)
    left, right = node.children
    if key[fork] == "1":
        return Branch(node.prefix, (left, put(right, key, value)))
    return Branch(node.prefix, (put(left, key, value), right))


def remove(node: Node | None, key: Bits) -> Node | None:
    """The node without a key. Raises: NotWitnessed, also where what moves is not known."""
    if node is None or not (isinstance(node, Hole) or key.startswith(node.prefix)):
        return node
    if isinstance(node, Leaf):
        return None
    if not isinstance(node, Branch):
        raise not_witnessed(key, "" if isinstance(node, Hole) else node.prefix)
    side = int(key[len(node.prefix)])
    changed, other = remove(node.children[side], key), node.children[1 - side]
    if changed is not None:
        return Branch(node.prefix, (other, changed) if side else (changed, other))
    if isinstance(other, Hole):
        raise not_witnessed(key, f"{node.prefix}{1 - side}", "sibling_not_witnessed")
    return other


def not_witnessed(key: Bits, known: Bits, code: str = "leaf_not_witnessed") -> NotWitnessed:
    """That a hole hides something."""
    return NotWitnessed(code, at=f"{len(known)} bits of key 0x{bytes_of(key).hex()}")


def leaves(node: Node | None) -> Sequence[Leaf]:
    """All leaves that are known, in ascending order of key."""
    if isinstance(node, Branch):
        return [*leaves(node.children[0]), *leaves(node.children[1])]
    return [node] if isinstance(node, Leaf) else []
