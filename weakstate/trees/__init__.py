"""State trees: what they have in common, whatever the scheme."""

from collections.abc import Iterable, Sequence
from typing import Protocol


class Tree(Protocol):
    """A key → value map with a root; a partial tree has holes.

    Reading is three-valued: a value, ``None`` where absence is proven, and ``NotWitnessed``
    where a hole hides the answer.
    """

    @property
    def root(self) -> bytes:
        """The 32 bytes that commit to the whole map."""
        ...

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Read the values at ``keys``, in their order."""
        ...

    def update(self, changes: Iterable[tuple[bytes, bytes | None]]) -> bytes:
        """Write all values, then delete where the value is ``None``; return the new root."""
        ...

    def prove(self, keys: Sequence[bytes]) -> list[bytes]:
        """Return what another needs, beside the root, to read ``keys``."""
        ...


__all__ = ["Tree"]
