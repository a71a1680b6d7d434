"""Shape model of a binary tree: what our witness of some keys takes in a tree of so many.

The bytes are those of ``docs/bytes.md``, "Witness of a binary tree", of which this counts shape,
paths and words. Sources of the trees: EIP-7864 as of 2025; EIP-8297.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from weakstate.sizes.binary_stem import Counts, StemPart, part_of
from weakstate.sizes.buckets import ACCOUNT, CODES, STORAGE, Bucket
from weakstate.sizes.draws import Draws

WORD = 32
HEAD = 9
SUFFIX_BITS = 8
STEM_BITS = 248
ZONE_BITS = 8
OWNER_BITS = ZONE_BITS + 256  # of a storage key: where one contract's part begins
ODDS = 1 << 20
# Of so many unseen stems some are on both sides of a bit, but for one time in 2^63.
CROWD = 64


@dataclass(frozen=True)
class Unseen:
    """How much is not known: stems, or by zone accounts, codes' groups and contracts' storage.

    ``within`` has, by the hash that owns a storage key, how many groups that contract has beside;
    ``headers`` is the share of stems that are, as accounts' headers, of two leaves; with zones,
    where these and codes are known for it, ``shared`` is that of groups of storage.
    """

    stems: int = 0
    headers: float = 0.0
    zones: Mapping[int, int] | None = None
    within: Mapping[bytes, int] | None = None
    shared: float = 0.0


class Stem(NamedTuple):
    """A stem that is touched, and what is shown of what hangs there."""

    key: bytes
    part: StemPart


def stems_of(stems: Iterable[tuple[bytes, Bucket]], *, zones: bool) -> list[Stem]:
    """Stems, ascending, with the part of each that does not depend on the rest of the tree."""
    return [Stem(key, part_of(bucket, deletes=zones)) for key, bucket in stems]


class BinaryShape:
    """One drawn shape of a tree with stems (7864) or with zones (8297)."""

    def __init__(self, stems: Sequence[Stem], unseen: Unseen, draws: Draws) -> None:
        self._zones = unseen.zones
        self._several = unseen.headers if unseen.zones is None else unseen.shared
        self._draws = draws
        self._stems = stems
        self._bits = [int.from_bytes(stem.key) for stem in stems]
        self._sizes = [8 * len(stem.key) for stem in stems]
        # Sums over all stems before an index, so that those of a range are differences.
        self._present = _sums(stem.part.present for stem in stems)
        self._stays = _sums(stem.part.stays for stem in stems)
        self._within = _sums(_first_of_owner(stems, unseen.within or {}))
        self.counts = Counts()
        if stems:
            self._show(0, len(stems), unseen.stems + sum((unseen.zones or {}).values()), 0)

    @property
    def parts(self) -> dict[str, int]:
        """Bytes of what the witness holds."""
        counts = self.counts
        return {
            "siblings": WORD * (counts.holes + counts.ends),
            "keys": (counts.path + 7) // 8,
            "values": WORD * counts.values,
            "shape": HEAD + (counts.shape + 7) // 8,
        }

    def _show(self, start: int, end: int, unseen: int, depth: int) -> None:
        """Count what is shown of a node that these stems lead to, of which there is at least one.

        Each turn goes one bit on; where nothing forks, the bits are the way of the node below.
        """
        unseen, depth = self._descend(start, end, unseen, depth)
        top, near = depth, start
        if end - start == 1 and self._stays[end] > self._stays[start]:
            unseen, depth, top = self._follow(start, unseen, depth)
        while True:
            if depth == OWNER_BITS and self._sizes[near] > depth:
                unseen += self._within[end] - self._within[start]
            known = self._present[end] - self._present[start]
            if known + unseen + self._hidden(start, end, depth) <= 1:
                self._add_end(start, end, near, unseen, top)
                return
            middle, left, right = self._halves(start, end, near, unseen, depth)
            if left.before and right.before:
                break
            depth += 1
            start, end = (start, middle) if left.before else (middle, end)
            unseen = left.unseen or right.unseen
            if start == end and not self._zones:  # all leave the way here
                self._add_closed(near, unseen, depth, top)
                return
            near = start if start < end else near
            if not unseen:
                depth = max(depth, self._border(start, end, depth))
        self.counts.add_branch(depth - top)
        if start == end:
            self.counts.holes += 2
            return
        for (first, last), side, other in (
            ((start, middle), left, right),
            ((middle, end), right, left),
        ):
            if first < last:
                self._show(first, last, side.unseen, depth + 1)
            elif self._zones and not other.after:
                self._add_survivor(side.unseen, near, depth + 1)
            else:
                self.counts.holes += 1

    def _border(self, start: int, end: int, depth: int) -> int:
        """The next bit at which these stems part, or at which a contract's storage begins.

        Borders of zones are left to the general case.
        """
        if start == end or (self._zones and depth < ZONE_BITS):
            return depth
        first, last, size = self._bits[start], self._bits[end - 1], self._sizes[start]
        if size != self._sizes[end - 1]:
            return depth
        fork = size - (first ^ last).bit_length()
        return min(fork, OWNER_BITS) if depth < OWNER_BITS else fork

    def _descend(self, start: int, end: int, unseen: int, depth: int) -> tuple[int, int]:
        """Go on with a crowd beside, in which each bit is a fork; what is left of it, and where."""
        levels = min(
            self._border(start, end, depth) - depth, unseen.bit_length() - CROWD.bit_length()
        )
        if levels <= 0:
            return unseen, depth
        self.counts.add_open(levels)
        return self._draws.thinned(unseen, levels), depth + levels

    def _follow(self, index: int, unseen: int, depth: int) -> tuple[int, int, int]:
        """Go on with a single stem, which stays, until nothing is beside it.

        Returns what is left unseen, where, and the depth of the node that is there.
        """
        border = self._border(index, index + 1, depth)
        top = depth
        while unseen and depth < border:
            here = self._draws.half_of(unseen)
            if here < unseen:
                self.counts.add_branch(depth - top)
                self.counts.holes += 1
                top = depth + 1
            unseen = here
            depth += 1
        return unseen, depth if unseen else border, top

    def _halves(
        self, start: int, end: int, near: int, unseen: int, depth: int
    ) -> "tuple[int, Half, Half]":
        """Where the next bit changes, and what is on both sides."""
        middle = bisect_left(range(end), 1, start, end, key=lambda index: self._bit(index, depth))
        left = self._left(near, unseen, depth)
        halves = []
        for first, last, there in ((start, middle, left), (middle, end, unseen - left)):
            # What begins with the next bit counts here, and from there on as unseen.
            hidden = there + self._hidden(first, last, depth)
            before = hidden + self._present[last] - self._present[first]
            halves.append(Half(there, before, hidden + self._stays[last] - self._stays[first]))
        return middle, halves[0], halves[1]

    def _left(self, near: int, unseen: int, depth: int) -> int:
        """How many unseen stems have a zero next."""
        if self._zones is None or depth >= ZONE_BITS:
            return self._draws.half_of(unseen)
        low = self._zones[ACCOUNT] + self._zones[CODES]
        if depth == 0:
            return low
        is_low = not self._bit(near, 0)
        if depth == ZONE_BITS - 1 and is_low:
            return self._zones[ACCOUNT]
        return unseen if is_low else 0

    def _hidden(self, start: int, end: int, depth: int) -> int:
        """Unseen groups of contracts that are touched: one way until their part begins."""
        if depth > OWNER_BITS or self._zones is None:
            return 0
        return self._within[end] - self._within[start] if depth < OWNER_BITS else 0

    def _bit(self, index: int, depth: int) -> int:
        return self._bits[index] >> (self._sizes[index] - 1 - depth) & 1

    def _add_end(self, start: int, end: int, near: int, unseen: int, top: int) -> None:
        """A single stem: one that is touched, or stands in the place of absent ones; or none."""
        if unseen:
            self._add_unseen(near, top)
            return
        for index in range(start, end):
            part = self._stems[index].part
            if part.present:
                self.counts.add(part.counts)
                self.counts.add_head(part.end, part.way + self._sizes[index] - top)

    def _add_unseen(self, near: int, top: int) -> None:
        """A stem that nothing is known of, in the place of an absent one or of a branch."""
        size = self._sizes[near]
        in_storage = self._zones is not None and self._stems[near].key[0] == STORAGE
        if self._zones is None or in_storage:
            several = self._draws.below(ODDS) < self._several * ODDS
        else:
            several = True
        if self._zones and top < OWNER_BITS < size:  # another contract's storage
            self.counts.add_branch(OWNER_BITS + 1 - top)
            self.counts.holes += 2
        elif several:  # two leaves side by side, of which a tree with stems shows one
            self.counts.add_branch(size + SUFFIX_BITS - 1 - top)
            self.counts.holes += 2 if self._zones else 1
            if not self._zones:
                self.counts.add_leaf(0)
        else:
            self.counts.add_leaf(size + SUFFIX_BITS - top)

    def _add_closed(self, near: int, unseen: int, depth: int, top: int) -> None:
        """The end of what is shown in a tree with stems; but a stem shows a leaf."""
        if unseen == 1:
            self._add_unseen(near, top)
        else:
            self.counts.add_closed(depth - top)

    def _add_survivor(self, unseen: int, near: int, depth: int) -> None:
        """What takes the place of a branch that removals leave with one child."""
        if unseen == 1:
            self._add_unseen(near, depth)
            return
        way = 0
        while not 0 < self._draws.half_of(unseen) < unseen:
            way += 1
        self.counts.add_branch(way)
        self.counts.holes += 2


class Half(NamedTuple):
    """One side of a node: unseen stems, all that were there before, all that stay."""

    unseen: int
    before: int
    after: int


def _first_of_owner(stems: Sequence[Stem], within: Mapping[bytes, int]) -> Iterable[int]:
    """For each stem, how many unseen groups its contract has, given to its first one only."""
    left = dict(within)
    for stem in stems:
        yield left.pop(stem.key[1:33], 0) if stem.key[0] == STORAGE else 0


def _sums(numbers: Iterable[int]) -> list[int]:
    return list(accumulate(numbers, initial=0))
