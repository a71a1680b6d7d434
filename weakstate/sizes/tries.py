"""Real Merkle Patricia tries, read from a witness that was verified; how large one must be.

A trie's size is not in a witness, but its shape is a sample of it: every way off a path that is
taken or empty, at a known depth, says how dense the keys are there.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from weakstate._native import keccak256_many

Reference: TypeAlias = "bytes | list[Reference]"

EMPTY_ROOT = bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421")


class Path(NamedTuple):
    """What stands on a key's way down: nodes by hash, and the value at its end, if it is there."""

    nodes: tuple[bytes, ...]
    value: bytes | None


@dataclass
class Cells:
    """By depth: places off the paths, one in 16^depth of all keys each, and how many are taken."""

    taken: dict[int, int] = field(default_factory=dict)
    empty: dict[int, int] = field(default_factory=dict)

    def count(self, depth: int, taken: int, empty: int) -> None:
        """Count some at a depth."""
        self.taken[depth] = self.taken.get(depth, 0) + taken
        self.empty[depth] = self.empty.get(depth, 0) + empty

    def likely_keys(self) -> float:
        """How many keys make these cells most likely, beside those on the paths.

        The likelihood's slope falls with the number of keys: its zero is found by halving.
        """
        if not any(self.taken.values()):
            return 0.0
        if not any(self.empty.values()):
            # Nothing bounds it from above: as many as leave one cell of the deepest level empty.
            deepest = max(depth for depth, taken in self.taken.items() if taken)
            return float(16**deepest * math.log(self.taken[deepest] + 1))
        low, high = 0.0, 16.0 ** (max(self.taken) + 2)
        for _ in range(200):
            middle = math.sqrt(low * high) if low > 1 else (low + high) / 2
            low, high = (middle, high) if self._slope(middle) > 0 else (low, middle)
        return (low + high) / 2

    def _slope(self, keys: float) -> float:
        total = 0.0
        for depth, taken in self.taken.items():
            share = 16.0**-depth
            empty = self.empty.get(depth, 0)
            expected = math.expm1(min(keys * share, 700.0))
            total += share * (taken / expected if expected else math.inf if taken else 0.0)
            total -= share * empty
        return total


class WitnessTries:
    """The nodes of a witness, by hash."""

    def __init__(self, nodes: Sequence[bytes]) -> None:
        self.encoded = dict(zip(keccak256_many(nodes), nodes, strict=True))
        self._decoded: dict[bytes, list[Reference]] = {}

    def walk(self, root: bytes, key: bytes) -> Path:
        """Follow a key. Raises: KeyError where the witness lacks a node."""
        seen: list[bytes] = []
        reference: Reference = b"" if root == EMPTY_ROOT else root
        path = nibbles_of(key)
        at = 0
        while reference:
            node = self._node(reference)
            if isinstance(reference, bytes):
                seen.append(reference)
            if len(node) == 17:
                reference, at = node[path[at]], at + 1
                continue
            way, is_leaf = _unpack(node[0])
            if path[at : at + len(way)] != way:
                break
            at += len(way)
            if is_leaf:
                assert isinstance(node[1], bytes)
                return Path(tuple(seen), node[1])
            reference = node[1]
        return Path(tuple(seen), None)

    def cells(self, root: bytes, keys: Iterable[bytes]) -> Cells:
        """All places off the paths of these keys."""
        found = Cells()
        if root != EMPTY_ROOT:
            self._count(root, sorted(map(nibbles_of, keys)), 0, found)
        return found

    def bytes_of(self, hashes: Iterable[bytes]) -> int:
        """Of these nodes, each once."""
        return sum(len(self.encoded[hash_]) for hash_ in set(hashes))

    def _count(self, reference: Reference, keys: list[bytes], depth: int, found: Cells) -> None:
        """Count below a node that at least one key leads to."""
        node = self._node(reference)
        if len(node) == 17:
            below: dict[int, list[bytes]] = {}
            for key in keys:
                below.setdefault(key[depth], []).append(key)
            others = [node[nibble] for nibble in range(16) if nibble not in below]
            taken = sum(map(bool, others))
            found.count(depth + 1, taken, len(others) - taken)
            for nibble, part in below.items():
                if node[nibble]:
                    self._count(node[nibble], part, depth + 1, found)
                else:
                    found.count(depth + 1, 0, 1)
            return
        way, is_leaf = _unpack(node[0])
        end = depth + len(way)
        through = [key for key in keys if key[depth:end] == way]
        if is_leaf:
            if through:
                found.count(depth, 0, 1)
            else:  # it is one of the keys that are not known
                found.count(depth, 1, 0)
            return
        for at in range(depth, end):
            found.count(at + 1, 0, 15)
        if through:
            self._count(node[1], through, end, found)
        else:
            found.count(end, 1, 0)

    def _node(self, reference: Reference) -> list[Reference]:
        if isinstance(reference, list):
            return reference
        if reference not in self._decoded:
            node, _ = _decode(self.encoded[reference], 0)
            assert isinstance(node, list)
            self._decoded[reference] = node
        return self._decoded[reference]


def nibbles_of(key: bytes) -> bytes:
    """Each half of a byte as a byte."""
    return bytes.fromhex("".join(f"0{digit}" for digit in key.hex()))


def decode_list(data: bytes) -> list[Reference]:
    """The items of an RLP list that is known to be one."""
    found, _ = _decode(data, 0)
    assert isinstance(found, list)
    return found


def storage_roots(
    tries: WitnessTries, root: bytes, keys: Mapping[bytes, bytes]
) -> dict[bytes, bytes]:
    """Storage roots of the accounts that are there, given the hashes of their addresses."""
    found = {}
    for address, key in keys.items():
        value = tries.walk(root, key).value
        if value is not None:
            storage_root = decode_list(value)[2]
            assert isinstance(storage_root, bytes)
            found[address] = storage_root
    return found


def _unpack(packed: Reference) -> tuple[bytes, bool]:
    """A node's way in nibbles, and whether it is a leaf's."""
    assert isinstance(packed, bytes)
    nibbles = nibbles_of(packed)
    return nibbles[1 if nibbles[0] & 1 else 2 :], bool(nibbles[0] & 2)


def _decode(data: bytes, at: int) -> tuple[Reference, int]:
    """The RLP item at a place of data that the native engine has read before, and its end."""
    first = data[at]
    if first < 0x80:
        return data[at : at + 1], at + 1
    is_list = first >= 0xC0
    base = 0xC0 if is_list else 0x80
    length, start = first - base, at + 1
    if length > 55:
        start += length - 55
        length = int.from_bytes(data[at + 1 : start])
    end = start + length
    if not is_list:
        return data[start:end], end
    items = []
    while start < end:
        item, start = _decode(data, start)
        items.append(item)
    return items, end
