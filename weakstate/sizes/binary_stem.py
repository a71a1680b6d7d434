"""What a witness of a binary tree shows of a single stem: all of its leaves are known."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeAlias

from weakstate.sizes.buckets import Bucket

BITS = 8
# Bits of the codes that say what a node is, and of a way's length.
HOLE_CODE, BRANCH_CODE, LEAF_CODE, LONG_CODE, LENGTH_BITS = 1, 2, 3, 4, 10

End: TypeAlias = Literal["leaf", "branch", "closed"]
LEAF: End = "leaf"
BRANCH: End = "branch"
CLOSED: End = "closed"


@dataclass
class Counts:
    """Bits of the shape and of the paths; words, of which ``ends`` are those of closed ways.

    The shape's bits for holes are added when they are summed up.
    """

    _shape: int = 0
    path: int = 0
    holes: int = 0
    values: int = 0
    ends: int = 0

    @property
    def shape(self) -> int:
        """Bits that say which nodes there are."""
        return self._shape + HOLE_CODE * self.holes

    def add(self, other: "Counts") -> None:
        """Add what is counted elsewhere."""
        self._shape += other._shape
        self.path += other.path
        self.holes += other.holes
        self.values += other.values
        self.ends += other.ends

    def add_head(self, end: End, way: int) -> None:
        """A node at the end of a way."""
        if end == LEAF:
            self.add_leaf(way)
        elif end == BRANCH:
            self.add_branch(way)
        else:
            self.add_closed(way)

    def add_leaf(self, way: int) -> None:
        """A leaf, with what is left of its key."""
        self._shape += LEAF_CODE
        self.path += way
        self.values += 1

    def add_branch(self, way: int) -> None:
        """A branch, without what is below."""
        self._shape += LONG_CODE if way else BRANCH_CODE
        self.path += LENGTH_BITS + way if way else 0

    def add_open(self, levels: int) -> None:
        """So many branches, one below the other, each with a hole beside."""
        self._shape += BRANCH_CODE * levels
        self.holes += levels

    def add_closed(self, way: int) -> None:
        """The end of what is known, after a way."""
        self._shape += LONG_CODE
        self.path += LENGTH_BITS + way
        self.ends += 1


@dataclass(frozen=True)
class StemPart:
    """A stem: whether it was there, and stays; its topmost node, and the counts of all below.

    ``way`` is how many bits of suffix lead to that node.
    """

    present: bool
    stays: bool
    end: End = LEAF
    way: int = 0
    counts: Counts = field(default_factory=Counts)


def part_of(bucket: Bucket, *, deletes: bool) -> StemPart:
    """What is shown of a stem. Where nothing ``deletes``, a stem is shown with at least a leaf."""
    leaves = {*bucket.beside, *(s for s, there in bucket.touched.items() if there)}
    if not leaves:
        return StemPart(present=False, stays=False)
    shown = set(bucket.touched)
    if not deletes and shown.isdisjoint(leaves):
        shown.add(min(leaves))
    cleared = bucket.cleared if deletes else ()
    return _part(bytes(sorted(leaves)), bytes(sorted(shown)), bytes(sorted(cleared)), deletes)


# Most stems of a block have the same few leaves as others, and a block is drawn many times.
@lru_cache(maxsize=1 << 14)
def _part(leaves: bytes, shown: bytes, cleared: bytes, deletes: bool) -> StemPart:
    counts = Counts()
    walk = _Walk(deletes, set(cleared), counts)
    end, way = walk.show(leaves, shown, 0)
    return StemPart(True, len(cleared) < len(leaves), end, way, counts)


@dataclass(frozen=True)
class _Walk:
    deletes: bool
    cleared: set[int]
    counts: Counts

    def show(self, leaves: Sequence[int], shown: Sequence[int], depth: int) -> tuple[End, int]:
        """The node that is shown at a depth, and its way; what is below it is counted."""
        fork = _shared(leaves[0], leaves[-1])
        through = [suffix for suffix in shown if _shared(suffix, leaves[0]) >= fork]
        if not through and not self.deletes:
            return CLOSED, max(_shared(suffix, leaves[0]) for suffix in shown) + 1 - depth
        if fork == BITS:
            return LEAF, BITS - depth
        if not through:
            self.counts.holes += 2
            return BRANCH, fork - depth
        halves = [_on_side(leaves, fork, side) for side in (0, 1)]
        for side, part in enumerate(halves):
            wanted = _on_side(through, fork, side)
            if wanted:
                self.counts.add_head(*self.show(part, wanted, fork + 1))
            elif self.cleared.issuperset(halves[1 - side]):
                self._survive(part, fork + 1)
            else:
                self.counts.holes += 1
        return BRANCH, fork - depth

    def _survive(self, leaves: Sequence[int], depth: int) -> None:
        """What takes the place of its parent."""
        fork = _shared(leaves[0], leaves[-1])
        self.counts.add_head(LEAF if fork == BITS else BRANCH, fork - depth)
        self.counts.holes += 2 * (fork < BITS)


def _shared(first: int, second: int) -> int:
    """How many bits two suffixes share."""
    return BITS - (first ^ second).bit_length()


def _on_side(suffixes: Sequence[int], bit: int, side: int) -> list[int]:
    return [suffix for suffix in suffixes if suffix >> (BITS - 1 - bit) & 1 == side]
