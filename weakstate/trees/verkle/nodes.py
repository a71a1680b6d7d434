"""Nodes of a Verkle tree, full or partial, and how a change to them changes what commits to them.

Source: EIP-6800, "Tree structure".

Nodes are values that never change. As commitments are linear, an update adds the commitment to
the difference: it needs the old scalars of what changes, and no others.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from weakstate.errors import NotWitnessed
from weakstate.trees.verkle.banderwagon import IDENTITY, Point
from weakstate.trees.verkle.pedersen import commit

STEM_BYTES = 31
VALUE_BYTES = 32

# Set on the scalar of a value's lower half, so that zero differs from absent.
PRESENT = 1 << 128

# Places in a stem's commitment: of the mark that it is one, of the stem, and of the commitments to
# the lower and the upper half of its values (C1 and C2).
MARK, STEM = 0, 1
HALVES = (2, 3)
HALF = 128  # suffixes in each

Stem: TypeAlias = bytes  # 31
Suffixes: TypeAlias = Mapping[int, bytes]


@dataclass(frozen=True, slots=True)
class StemNode:
    """Up to 256 values whose keys share all but the last byte.

    ``values`` has None where absence is proven. A suffix that is not in it is absent if the node
    is ``whole``, else unknown, and so may be a half's commitment.
    """

    stem: Stem
    commitment: Point
    halves: Mapping[int, Point]
    values: Mapping[int, bytes | None]
    whole: bool

    def value(self, suffix: int) -> bytes | None:
        """The value at a suffix, or None where there is none. Raises: NotWitnessed."""
        if suffix not in self.values and not self.whole:
            at = f"stem 0x{self.stem.hex()}, suffix {suffix}"
            raise NotWitnessed("leaf_not_witnessed", at=at)
        return self.values.get(suffix)

    def updated(self, changes: Suffixes) -> "StemNode":
        """The node with other values. Raises: NotWitnessed where an old one is unknown."""
        differences: dict[int, dict[int, int]] = defaultdict(dict)
        for suffix, value in changes.items():
            old, new = scalars(suffix, self.value(suffix)), scalars(suffix, value)
            half = half_of(suffix)
            differences[half] |= {index: new[index] - old[index] for index in new}
        halves = dict(self.halves)
        upward = {}
        for half, difference in differences.items():
            halves[half] = self.halves[half] + commit(difference)
            upward[half] = halves[half].to_scalar() - self.halves[half].to_scalar()
        values = {**self.values, **changes}
        commitment = self.commitment + commit(upward)
        return StemNode(self.stem, commitment, halves, values, self.whole)

    def polynomial(self) -> dict[int, int]:
        """What the commitment commits to, where it is not zero."""
        return {
            MARK: 1,
            STEM: int.from_bytes(self.stem, "little"),
            **{half: point.to_scalar() for half, point in self.halves.items()},
        }

    def half_polynomial(self, half: int) -> dict[int, int]:
        """What the commitment to a half commits to, where it is not zero."""
        found: dict[int, int] = {}
        for suffix, value in self.values.items():
            if half_of(suffix) == half:
                found |= scalars(suffix, value)
        return found


@dataclass(frozen=True, slots=True)
class InnerNode:
    """Up to 256 ways on, by the next byte of the stem.

    ``children`` has None where emptiness is proven. A byte that is not in it leads nowhere if
    the node is ``whole``, else into a hole.
    """

    commitment: Point
    children: Mapping[int, "Node | None"]
    whole: bool

    def child(self, path: bytes) -> "Node | None":
        """What stands at a path, by its last byte. Raises: NotWitnessed if that is a hole."""
        if path[-1] not in self.children and not self.whole:
            raise NotWitnessed("leaf_not_witnessed", at=f"path 0x{path.hex()}")
        return self.children.get(path[-1])

    def with_children(self, changed: Mapping[int, "Node"]) -> "InnerNode":
        """The node with other children, in place of known ones."""
        differences = {
            byte: node.commitment.to_scalar() - scalar_of(self.children.get(byte))
            for byte, node in changed.items()
        }
        commitment = self.commitment + commit(differences)
        return InnerNode(commitment, {**self.children, **changed}, self.whole)

    def polynomial(self) -> dict[int, int]:
        """What the commitment commits to, where it is not zero."""
        return {byte: scalar_of(child) for byte, child in self.children.items()}


Node: TypeAlias = InnerNode | StemNode

EMPTY = InnerNode(IDENTITY, {}, whole=True)


def updated(node: Node | None, path: bytes, changes: Mapping[Stem, Suffixes]) -> Node:
    """What stands at a path after writing values below it. Raises: NotWitnessed."""
    [first, *others] = changes
    if node is None and path and not others:
        return new_stem(first).updated(changes[first])
    if isinstance(node, StemNode):
        if node.stem == first and not others:
            return node.updated(changes[first])
        # Another stem comes to stand here: what was here moves one byte down.
        node = EMPTY.with_children({node.stem[len(path)]: node})
    node = node or EMPTY
    below: dict[int, dict[Stem, Suffixes]] = defaultdict(dict)
    for stem, suffixes in changes.items():
        below[stem[len(path)]][stem] = suffixes
    changed = {}
    for byte, part in below.items():
        deeper = path + bytes([byte])
        changed[byte] = updated(node.child(deeper), deeper, part)
    return node.with_children(changed)


def new_stem(stem: Stem) -> StemNode:
    """A stem without values."""
    halves = dict.fromkeys(HALVES, IDENTITY)
    marked = commit({MARK: 1, STEM: int.from_bytes(stem, "little")})
    return StemNode(stem, marked, halves, {}, whole=True)


def half_of(suffix: int) -> int:
    """The place of the half that a suffix is in."""
    return HALVES[suffix // HALF]


def scalars(suffix: int, value: bytes | None) -> dict[int, int]:
    """The two scalars of a value, by their places in the commitment to its half."""
    place = 2 * (suffix % HALF)
    if value is None:
        return {place: 0, place + 1: 0}
    low, high = (int.from_bytes(part, "little") for part in (value[:16], value[16:]))
    return {place: low + PRESENT, place + 1: high}


def scalar_of(node: Node | None) -> int:
    """What stands for a child in its parent's commitment: nothing for none."""
    return 0 if node is None else node.commitment.to_scalar()
