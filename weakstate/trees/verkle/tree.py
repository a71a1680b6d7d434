"""Verkle tree, full or partial: keys of 32 bytes, values of 32 bytes, a root of one point.

Source: EIP-6800.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from weakstate.trees.verkle.nodes import (
    EMPTY,
    STEM_BYTES,
    VALUE_BYTES,
    InnerNode,
    Stem,
    StemNode,
    updated,
)


class VerkleTree:
    """A map from 32 bytes to 32 bytes (``weakstate.trees.Tree``), which never forgets a key.

    What a partial tree lacks raises ``NotWitnessed`` when it is needed.
    """

    def __init__(self, top: InnerNode = EMPTY) -> None:
        self.top = top

    @property
    def root(self) -> bytes:
        """The commitment to all: 32 bytes, zero for the empty tree."""
        return self.top.commitment.encode()

    @property
    def root_scalar(self) -> bytes:
        """What stands for the root where a scalar is wanted: 32 bytes, little-endian."""
        return self.top.commitment.to_scalar().to_bytes(32, "little")

    def get(self, key: bytes) -> bytes | None:
        """Read one value; ``None`` means that there is none. Raises: NotWitnessed."""
        node, _ = self.find(key[:STEM_BYTES])
        if node is None or node.stem != key[:STEM_BYTES]:
            return None
        return node.value(key[STEM_BYTES])

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Read the values at ``keys``, in their order."""
        return [self.get(key) for key in keys]

    def update(self, changes: Iterable[tuple[bytes, bytes | None]]) -> bytes:
        """Write all values; return the new root.

        Nothing is deleted: who clears a slot writes zero, which is not absence.
        Raises: NotWitnessed; ValueError for a deletion, or a key or value not of 32 bytes.
        """
        by_stem: dict[Stem, dict[int, bytes]] = defaultdict(dict)
        for key, value in changes:
            if value is None:
                raise ValueError("nothing is deleted from a Verkle tree")
            if len(key) != STEM_BYTES + 1 or len(value) != VALUE_BYTES:
                raise ValueError("keys and values have 32 bytes")
            by_stem[key[:STEM_BYTES]][key[STEM_BYTES]] = value
        if by_stem:
            top = updated(self.top, b"", by_stem)
            assert isinstance(top, InnerNode)
            self.top = top
        return self.root

    def find(self, stem: Stem) -> tuple[StemNode | None, int]:
        """The stem that stands where this one would, if any; and the bytes of path to there.

        Raises: NotWitnessed.
        """
        node, depth = self.top.child(stem[:1]), 1
        while isinstance(node, InnerNode):
            depth += 1
            node = node.child(stem[:depth])
        return node, depth

    def prove(self, keys: Sequence[bytes]) -> list[bytes]:
        """Return the witness of ``keys``, as JSON. Only a full tree can."""
        from weakstate.trees.verkle.proof import prove

        return [prove(self, keys).to_json()]
