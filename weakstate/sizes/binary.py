"""Shape model of a binary tree: what our witness of some keys takes in a tree of so many.

The bytes are those of ``docs/bytes.md``, "Witness of a binary tree", of which this counts shape,
paths and words. Sources of the trees: EIP-7864 as of 2025; EIP-8297.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import NamedTuple

from weakstate.sizes.buckets import ACCOUNT, CODES, STORAGE, Bucket
from weakstate.sizes.draws import Draws

WORD = 32
HEAD = 9
LENGTH_BITS = 10
STEM_BITS = 248
ZONE_BITS = 8
OWNER_BITS = ZONE_BITS + 256  # of a storage key: where one contract's part begins
ODDS = 1 << 20
# Bits of the codes that say what a node is.
HOLE, BRANCH, LEAF, BRANCH_ON_WAY, CLOSED = 1, 2, 3, 4, 4


class BinaryKey(NamedTuple):
    """A key that is known: touched or beside one that is; there before, and after."""

    key: bytes
    touched: bool
    before: bool
    after: bool


class Unseen(NamedTuple):
    """How much is not known: stems, or by zone accounts, codes' groups and contracts' storage.

    ``within`` has, for a storage key's owner, how many groups that contract has beside.
    """

    stems: int = 0
    zones: Mapping[int, int] = {}
    within: Mapping[bytes, int] = {}
    headers: float = 0.0  # share of stems that are accounts' headers, with two leaves


class BinaryShape:
    """One drawn shape of a tree with stems (7864) or with zones (8297)."""

    def __init__(
        self,
        stems: Iterable[tuple[bytes, Bucket]],
        unseen: Unseen,
        draws: Draws,
    ) -> None:
        self._zones = bool(unseen.zones)
        self._unseen = unseen
        self._draws = draws
        self._keys = list(_keys(stems, deletes=self._zones))
        self._bits = [int.from_bytes(key.key) for key in self._keys]
        self._sizes = [8 * len(key.key) for key in self._keys]
        # Sums over all keys before an index, so that those of a range are differences.
        self._touched = _sums(key.touched for key in self._keys)
        self._before = _sums(key.before for key in self._keys)
        self._after = _sums(key.after for key in self._keys)
        self._within = _sums(self._by_key())
        self._revealed = -1  # the last leaf that is shown though nobody asked for it
        self.shape = self.path = self.holes = self.values = self.ends = 0
        self._show(0, len(self._keys), unseen.stems + sum(unseen.zones.values()), 0)

    @property
    def parts(self) -> dict[str, int]:
        """Bytes of what the witness holds."""
        return {
            "siblings": WORD * self.holes,
            "keys": (self.path + 7) // 8,
            "values": WORD * self.values,
            "shape": HEAD + (self.shape + 7) // 8,
            "ends of ways": WORD * self.ends,
        }

    def _by_key(self) -> list[int]:
        """For each key, how many unseen groups its contract has, given to its first key only."""
        found = []
        left = dict(self._unseen.within)
        for key in self._keys:
            is_storage = self._zones and key.key[0] == STORAGE
            found.append(left.pop(key.key[1:33], 0) if is_storage else 0)
        return found

    def _show(self, start: int, end: int, unseen: int, depth: int) -> None:
        """Count what is shown of a node that keys of this range lead to, from a depth on."""
        top, near = depth, start
        shown = True
        while True:
            if depth == OWNER_BITS and self._zones and self._sizes[near] > depth:
                unseen += self._within[end] - self._within[start]
            known = self._before[end] - self._before[start]
            total = known + unseen + self._hidden(start, end, depth)
            if total <= 1:
                if total:
                    self._add_end(near, unseen, top)
                return
            middle, parts = self._halves(start, end, unseen, depth)
            if parts[0].before and parts[1].before:
                break
            depth += 1
            start, end = (start, middle) if parts[0].before else (middle, end)
            unseen = parts[0].unseen if parts[0].before else parts[1].unseen
            near = start if start < end else near
            if shown and not self._is_touched(start, end):
                if self._zones:
                    shown = False
                elif not self._reveal(start, end, unseen):
                    self._add_closed(near, unseen, self._before[end] - self._before[start], depth, top)
                    return
        self._add_branch(depth - top)
        if not shown:
            self._add_holes(2)
            return
        ranges = ((start, middle), (middle, end))
        for side, (first, last) in enumerate(ranges):
            if self._is_touched(first, last):
                self._show(first, last, parts[side].unseen, depth + 1)
            elif self._zones and not parts[1 - side].after and parts[side].before:
                self._add_survivor(first, last, parts[side].unseen, start, depth + 1)
            else:
                self._add_holes(1)

    def _halves(
        self, start: int, end: int, unseen: int, depth: int
    ) -> "tuple[int, tuple[Half, Half]]":
        """Where the next bit changes, and what is on both sides."""
        middle = bisect_left(range(end), 1, start, end, key=lambda index: self._bit(index, depth))
        left = self._left(start, end, unseen, depth)
        counts = []
        for first, last, there in ((start, middle, left), (middle, end, unseen - left)):
            hidden = there + self._hidden(first, last, depth + 1)
            before = hidden + self._before[last] - self._before[first]
            counts.append(Half(there, before, hidden + self._after[last] - self._after[first]))
        return middle, (counts[0], counts[1])

    def _left(self, start: int, end: int, unseen: int, depth: int) -> int:
        """How many unseen keys have a zero next."""
        if not self._zones or depth >= ZONE_BITS:
            return self._draws.half_of(unseen)
        zones = self._unseen.zones
        if depth == 0:
            return zones[ACCOUNT] + zones[CODES]
        if depth == ZONE_BITS - 1 and unseen == zones[ACCOUNT] + zones[CODES]:
            return zones[ACCOUNT]
        return 0 if start < end and self._bit(start, depth) else unseen

    def _hidden(self, start: int, end: int, depth: int) -> int:
        """Unseen groups of contracts that are touched: one way until their part begins."""
        if depth >= OWNER_BITS or not self._zones:
            return 0
        return self._within[end] - self._within[start]

    def _is_touched(self, start: int, end: int) -> bool:
        return self._touched[end] > self._touched[start] or start <= self._revealed < end

    def _bit(self, index: int, depth: int) -> int:
        return self._bits[index] >> (self._sizes[index] - 1 - depth) & 1

    def _reveal(self, start: int, end: int, unseen: int) -> bool:
        """Have a stem shown with a value, where it is all that an absent key's way leads to."""
        known = [index for index in range(start, end) if self._keys[index].before]
        if unseen or not known or self._keys[known[0]].key[:31] != self._keys[known[-1]].key[:31]:
            return False
        self._revealed = known[0]
        return True

    def _add_end(self, near: int, unseen: int, top: int) -> None:
        """A single leaf or stem, be it touched or in the place of an absent one ``near`` by."""
        size = self._sizes[near]
        is_header = self._zones and self._keys[near].key[0] == ACCOUNT
        if not self._zones:
            is_header = self._draws.below(ODDS) < self._unseen.headers * ODDS
        if unseen and is_header:  # two leaves, side by side
            self._add_branch(size - 1 - top)
            self._add_holes(2 if self._zones else 1)
            if self._zones:
                return
            top = size
        elif unseen and top < OWNER_BITS < size:  # another contract's storage
            self._add_branch(OWNER_BITS + 1 - top)
            self._add_holes(2)
            return
        self.shape += LEAF
        self.path += size - top
        self.values += 1

    def _add_closed(self, near: int, unseen: int, known: int, depth: int, top: int) -> None:
        """The end of what is shown, where no key goes on: a stem shows a leaf."""
        if unseen + known == 1 and depth < STEM_BITS:
            self._add_end(near, unseen, top)
            return
        self.shape += CLOSED
        self.path += LENGTH_BITS + depth - top
        self.ends += 1

    def _add_survivor(self, start: int, end: int, unseen: int, near: int, depth: int) -> None:
        """What takes the place of a branch that a removal leaves with one child."""
        if unseen + self._before[end] - self._before[start] == 1:
            self.shape += LEAF
            self.path += self._sizes[near] - depth
            self.values += 1
            return
        way = 0
        if start == end:
            while not 0 < self._draws.half_of(unseen) < unseen:
                way += 1
        self._add_branch(way)
        self._add_holes(2)

    def _add_branch(self, way: int) -> None:
        self.shape += BRANCH_ON_WAY if way else BRANCH
        self.path += LENGTH_BITS + way if way else 0

    def _add_holes(self, count: int) -> None:
        self.shape += HOLE * count
        self.holes += count


class Half(NamedTuple):
    """One side of a node: unseen keys, all that were there before, all that stay."""

    unseen: int
    before: int
    after: int


def _keys(stems: Iterable[tuple[bytes, Bucket]], *, deletes: bool) -> Iterable[BinaryKey]:
    for stem, bucket in stems:
        touched = bucket.touched
        for suffix in sorted({*touched, *bucket.beside}):
            there = touched.get(suffix, True)
            # What is written where nothing was stays; a reader of absence has nothing to keep.
            after = there and not (deletes and suffix in bucket.cleared)
            yield BinaryKey(stem + bytes([suffix]), suffix in touched, there, after)


def _sums(numbers: Iterable[int]) -> list[int]:
    return list(accumulate(numbers, initial=0))
