"""Shape model of a Merkle Patricia trie: the nodes that a witness of some keys needs.

Keys are hashes, so those that are not known fall evenly. From the top on, each node's unknown keys
are dealt to its 16 ways; what is known of the rest of the state is how many they are.

Source: Yellow Paper, appendix D; witness as the reference engine needs it: nodes on the paths, and
the sibling that takes the place of a branch which deletions leave with one child.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from weakstate.sizes.draws import Draws

KEY_NIBBLES = 64
WAYS = 16
REFERENCE = 33  # a hash in RLP


class TrieKey(NamedTuple):
    """A touched key: its hash, and the bytes of its value, None where there is none."""

    key: bytes
    value: int | None
    stays: bool  # whether there is a value after the block


@dataclass
class TrieSize:
    """Nodes of a witness, in bytes."""

    branches: int = 0
    extensions: int = 0
    leaves: int = 0
    nodes: int = 0

    @property
    def bytes(self) -> int:
        """Of all nodes."""
        return self.branches + self.extensions + self.leaves

    def add_branch(self, children: int) -> None:
        """Count a branch with so many children."""
        self.branches += branch_bytes(children)
        self.nodes += 1

    def add_extension(self, nibbles: int) -> None:
        """Count an extension."""
        self.extensions += short_bytes(nibbles, 32)
        self.nodes += 1

    def add_leaf(self, nibbles: int, value: int) -> None:
        """Count a leaf."""
        self.leaves += short_bytes(nibbles, value)
        self.nodes += 1


class TrieShape:
    """One drawn shape: ``unseen`` keys beside those touched, with values of ``typical`` bytes."""

    def __init__(self, keys: Sequence[TrieKey], unseen: int, typical: int, draws: Draws) -> None:
        self._keys = sorted(keys, key=attrgetter("key"))
        self._typical = typical
        self._draws = draws
        self.size = TrieSize()
        if self._keys:
            self._visit(0, len(self._keys), unseen, 0, 0)

    def _visit(self, start: int, end: int, unseen: int, depth: int, way: int) -> None:
        """The node that keys of a range and unseen ones share, after a way without forks."""
        keys = self._keys[start:end]
        there = [key for key in keys if key.value is not None]
        if len(there) + unseen == 0:
            return
        if len(there) + unseen == 1:
            value = there[0].value if there else self._typical
            assert value is not None
            self.size.add_leaf(KEY_NIBBLES - depth, value)
            return
        ranges = _ranges(self._keys, start, end, depth)
        dealt = self._draws.spread(unseen, ranges)
        before = dict(dealt)
        after = dict(dealt)
        for nibble, (first, last) in ranges.items():
            for key in self._keys[first:last]:
                before[nibble] = before.get(nibble, 0) + (key.value is not None)
                after[nibble] = after.get(nibble, 0) + key.stays
        children = [nibble for nibble, count in before.items() if count]
        if len(children) == 1:
            [only] = children
            if only not in ranges:  # all keys leave the way here
                self.size.add_extension(way + 1)
                return
            self._visit(*ranges[only], dealt.get(only, 0), depth + 1, way + 1)
            return
        if way:
            self.size.add_extension(way)
        self.size.add_branch(len(children))
        left = [nibble for nibble, count in after.items() if count]
        if len(left) == 1 and left[0] not in ranges and len(there) + unseen > 1:
            self._add_sibling(dealt[left[0]], depth + 1)
        for nibble, (first, last) in ranges.items():
            self._visit(first, last, dealt.get(nibble, 0), depth + 1, 0)

    def _add_sibling(self, unseen: int, depth: int) -> None:
        """A node off the paths, that takes its parent's place."""
        if unseen == 1:
            self.size.add_leaf(KEY_NIBBLES - depth, self._typical)
            return
        way = 0
        while len(dealt := self._draws.spread(unseen)) == 1:
            way += 1
        if way:
            self.size.add_extension(way)
        else:
            self.size.add_branch(len(dealt))


def branch_bytes(children: int) -> int:
    """A branch whose children are hashes, without a value."""
    return _string(32 * children + WAYS + 1, listed=True)


def short_bytes(nibbles: int, value: int) -> int:
    """A leaf or an extension: the path with its flag, and a value of more than one byte."""
    path = nibbles // 2 + 1
    return _string((path if path == 1 else _string(path)) + _string(value), listed=True)


def _string(length: int, *, listed: bool = False) -> int:
    """A string or list of so many bytes, with its RLP head."""
    if length == 1 and not listed:
        return 1  # below 0x80: what it is otherwise, it is too seldom
    if length <= 55:
        return 1 + length
    return 1 + (length.bit_length() + 7) // 8 + length


def _ranges(
    keys: Sequence[TrieKey], start: int, end: int, depth: int
) -> dict[int, tuple[int, int]]:
    """Where in a range of sorted keys the next nibble changes."""
    found: dict[int, tuple[int, int]] = {}
    for index in range(start, end):
        byte = keys[index].key[depth // 2]
        nibble = byte & 15 if depth % 2 else byte >> 4
        found[nibble] = (found.get(nibble, (index, 0))[0], index + 1)
    return found
