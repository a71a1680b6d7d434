"""Block headers, and the witness' chain of them up to the parent (step 1).

Source: Yellow Paper 4.4 (the block); later fields by EIP-1559, EIP-4895, EIP-4844, EIP-4788,
EIP-7685, EIP-7928 and EIP-7843.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import rlp  # type: ignore[import-untyped]  # ships no types
from eth_hash.auto import keccak

from weakstate.errors import InvalidWitness
from weakstate.trees.mpt import Structure

_SIZES = {"hash": 32, "root": 32, "randao": 32, "bloom": 256, "coinbase": 20, "nonce": 8}
_NUMBER = (int, int | None)
_LONG_NUMBERS = ("difficulty", "base_fee_per_gas")


@dataclass(frozen=True, slots=True)
class Header:
    """A block header; a field that its fork does not have is ``None``."""

    parent_hash: bytes
    ommers_hash: bytes
    coinbase: bytes
    state_root: bytes
    transactions_root: bytes
    receipts_root: bytes
    logs_bloom: bytes
    difficulty: int
    number: int
    gas_limit: int
    gas_used: int
    timestamp: int
    extra_data: bytes
    prev_randao: bytes
    nonce: bytes
    base_fee_per_gas: int | None = None
    withdrawals_root: bytes | None = None
    blob_gas_used: int | None = None
    excess_blob_gas: int | None = None
    parent_beacon_block_root: bytes | None = None
    requests_hash: bytes | None = None
    block_access_list_hash: bytes | None = None
    slot_number: int | None = None

    @classmethod
    def from_items(cls, items: Structure) -> "Header":
        """Read the items of a header's RLP. Raises: ValueError."""
        kinds = fields(cls)
        if isinstance(items, bytes) or not 15 <= len(items) <= len(kinds):
            raise ValueError("not a list of 15 to 23 header fields")
        values: list[Any] = [
            _field(kind.name, kind.type in _NUMBER, item)
            for kind, item in zip(kinds, items, strict=False)
        ]
        return cls(*values)

    @classmethod
    def from_rlp(cls, encoded: bytes) -> "Header":
        """Read a header's exact RLP. Raises: ValueError."""
        try:
            return cls.from_items(rlp.decode(encoded))
        except (rlp.DecodingError, RecursionError) as reason:
            raise ValueError(str(reason)) from reason

    def items(self) -> list[bytes | int]:
        """Return the fields that this header has, in the order of its RLP."""
        values = (getattr(self, field.name) for field in fields(self))
        return [value for value in values if value is not None]

    @property
    def hash(self) -> bytes:
        """Keccak-256 of the RLP."""
        return bytes(keccak(rlp.encode(self.items())))


def _field(name: str, is_number: bool, item: Structure) -> bytes | int:
    if not isinstance(item, bytes):
        raise ValueError(f"{name} is a list")
    if is_number:
        if item[:1] == b"\0" or len(item) > (32 if name in _LONG_NUMBERS else 8):
            raise ValueError(f"{name} is no number of its size")
        return int.from_bytes(item, "big")
    size = _SIZES.get(name.rsplit("_", 1)[-1])
    if size is not None and len(item) != size:
        raise ValueError(f"{name} is not {size} bytes long")
    return item


def hash_ommers(ommers: Sequence[Header]) -> bytes:
    """Keccak-256 of the RLP of a list of headers."""
    return bytes(keccak(rlp.encode([ommer.items() for ommer in ommers])))


EMPTY_OMMERS_HASH = hash_ommers([])


def read_ancestors(encoded: Sequence[bytes], parent_hash: bytes) -> list[Header]:
    """Chain the witness' headers by hash; return them from the parent back to the oldest.

    Older ancestors than the parent only lend their hashes, so no other rule is put to them.
    """
    if len(encoded) > 256:
        raise InvalidWitness("too_many_ancestors", expected="at most 256", actual=str(len(encoded)))
    by_hash: dict[bytes, Header] = {}
    for index, header in enumerate(encoded):
        try:
            by_hash[keccak(header)] = Header.from_rlp(header)
        except ValueError as reason:
            raise InvalidWitness(
                "malformed_ancestor", actual=str(reason), at=f"header {index}"
            ) from reason

    lineage: list[Header] = []
    wanted = parent_hash
    while wanted in by_hash:
        lineage.append(by_hash.pop(wanted))
        wanted = lineage[-1].parent_hash
    if by_hash:
        stray = next(iter(by_hash))
        raise InvalidWitness(
            "broken_ancestry", expected=f"a header 0x{wanted.hex()}", actual=f"0x{stray.hex()}"
        )
    return lineage


def hashes_by_depth(
    header: Header, lineage: Sequence[Header], trusted: Sequence[bytes]
) -> Mapping[int, bytes]:
    """Map 1 … 256 to the hash of the block so many before ``header``, as far as known."""
    proven = [header.parent_hash, *(ancestor.parent_hash for ancestor in lineage)]
    return dict(enumerate([*proven, *trusted[len(proven) :]][:256], start=1))
