"""Contract code that is known by its hash, and looked up at the first look into it.

A call to a plain balance, or the hash of a code, needs no code; so a witness need not hold it.
"""

from collections.abc import Callable
from typing import overload

from eth_hash.auto import keccak
from ethereum_types.bytes import Bytes32

EMPTY_CODE_HASH: bytes = keccak(b"")


class Code:
    """Stands for the bytes of a non-empty code; EELS only ever measures, compares and slices it."""

    def __init__(self, hash_: bytes, look_up: Callable[[bytes], bytes]) -> None:
        self.hash = hash_
        self._look_up = look_up
        self._content: bytes | None = None

    @property
    def content(self) -> bytes:
        """The bytes. Raises: NotWitnessed."""
        if self._content is None:
            self._content = self._look_up(self.hash)
        return self._content

    def __len__(self) -> int:
        return len(self.content)

    def __bool__(self) -> bool:
        return True

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> bytes: ...
    def __getitem__(self, index: int | slice) -> int | bytes:
        return self.content[index]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Code):
            return self.hash == other.hash
        return isinstance(other, bytes) and other != b"" and self.hash == keccak(other)

    def __hash__(self) -> int:
        return hash(self.hash)


def hash_of_code(code: Code | bytes) -> Bytes32:
    """Keccak-256 of a code; does not need its bytes where the hash is known."""
    return Bytes32(code.hash if isinstance(code, Code) else keccak(bytes(code)))
