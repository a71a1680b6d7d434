"""Binary tree, full or partial: a map from keys to values of 32 bytes, with a root."""

from collections.abc import Iterable, Mapping, Sequence

from weakstate.trees.binary.nodes import EMPTY, Node, bits_of, find, hash_at, put, remove
from weakstate.trees.binary.profile import Profile


class BinaryTree:
    """A map from keys of a profile to 32 bytes (``weakstate.trees.Tree``).

    What a partial tree lacks raises ``NotWitnessed`` when it is needed.
    """

    def __init__(self, profile: Profile, top: Node | None = None) -> None:
        self.profile = profile
        self.top = top

    @property
    def root(self) -> bytes:
        """The hash of all: 32 bytes, zero for the empty tree."""
        return hash_at(self.profile, self.top, 0)

    def get(self, key: bytes) -> bytes | None:
        """Read one value; ``None`` means that there is none. Raises: NotWitnessed."""
        return find(self.top, self._bits(key))

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Read the values at ``keys``, in their order."""
        return [self.get(key) for key in keys]

    def update(self, changes: Iterable[tuple[bytes, bytes | None]]) -> bytes:
        """Write all values, then clear where the value is None; return the new root.

        A cleared key is removed in EIP-8297. In trees with stems nothing is ever removed: there it
        is a value of zeros. Nothing is changed where a hole is in the way.
        Raises: NotWitnessed; ValueError for what is no key of the profile or no value.
        """
        top = self.top
        last = {self._bits(key): value for key, value in changes}
        for key, value in last.items():
            written = EMPTY if value is None and self.profile.has_stems else value
            if written is not None:
                if len(written) != len(EMPTY):
                    raise ValueError("values have 32 bytes")
                top = put(top, key, written)
        if not self.profile.has_stems:
            for key, value in last.items():
                if value is None:
                    top = remove(top, key)
        self.top = top
        return self.root

    def prove(
        self, keys: Sequence[bytes], writes: Mapping[bytes, bytes | None] | None = None
    ) -> list[bytes]:
        """What others need, beside the root, to read ``keys`` and to make ``writes``: one string.

        Raises: NotWitnessed; ValueError.
        """
        from weakstate.trees.binary.proof import part_for
        from weakstate.trees.binary.witness import encode

        written = {self._bits(key): value for key, value in (writes or {}).items()}
        part = part_for(self.profile, self.top, map(self._bits, keys), written)
        return [encode(self.profile, part)]

    def _bits(self, key: bytes) -> str:
        if not key or self.profile.key_bytes(key[0]) != len(key):
            raise ValueError(f"no key of {self.profile.name}: 0x{key.hex()}")
        return bits_of(key)
