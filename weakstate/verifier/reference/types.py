"""What the reference engine takes and returns.

It takes any object of the right shape, so that plain data and the native engine's objects do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

# EELS has a class of its own in each fork for these, and no type in common.
EelsHeader: TypeAlias = Any
EelsBlock: TypeAlias = Any
EelsTransaction: TypeAlias = Any
EelsBlockOutput: TypeAlias = Any
EelsAccount: TypeAlias = Any
EelsTrie: TypeAlias = Any


class ForkRules(Protocol):
    """The rules at one block."""

    @property
    def name(self) -> str:
        """Name of the fork, such as ``Tangerine Whistle`` or ``BPO2``."""
        ...

    @property
    def blobs(self) -> tuple[int, int, int] | None:
        """Blobs a block: target, most, base fee update fraction (EIP-7840)."""
        ...


class ChainRules(Protocol):
    """The rules that the caller chose."""

    @property
    def chain_id(self) -> int:
        """Number that transactions are signed for (EIP-155)."""
        ...

    def fork_at(self, number: int, timestamp: int) -> ForkRules:
        """Return the rules at a block."""
        ...


class Trusted(Protocol):
    """What the caller trusts: a parent header, a parent hash, or a pre-state root."""

    @property
    def kind(self) -> str:
        """One of ``header``, ``hash`` and ``state_root``."""
        ...

    @property
    def value(self) -> bytes:
        """The header's RLP, or the 32 bytes."""
        ...

    @property
    def block_hashes(self) -> Sequence[bytes]:
        """Trusted ancestors' hashes, newest first (``state_root`` only)."""
        ...


class WitnessParts(Protocol):
    """State nodes, contract codes and ancestor headers (RLP), in any order."""

    @property
    def nodes(self) -> Sequence[bytes]:
        """Merkle Patricia nodes."""
        ...

    @property
    def codes(self) -> Sequence[bytes]:
        """Contract codes."""
        ...

    @property
    def headers(self) -> Sequence[bytes]:
        """Headers of ancestors, up to and with the parent."""
        ...


@dataclass(frozen=True, slots=True)
class ReferenceAnchor:
    """Plain form of ``Trusted``."""

    kind: Literal["header", "hash", "state_root"]
    value: bytes
    block_hashes: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True)
class ReferenceWitness:
    """Plain form of ``WitnessParts``."""

    nodes: Sequence[bytes] = ()
    codes: Sequence[bytes] = ()
    headers: Sequence[bytes] = ()


Status = Literal["proven", "trusted", "skipped", "not_applicable"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked, or why it was not."""

    name: str
    status: Status
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReferenceVerified:
    """A block that is valid, as far as ``checks`` says; only ``verify_reference`` makes one.

    ``needed_*`` are the hashes of what the witness had to hold: no less proves this block.
    ``new_nodes`` and ``new_codes`` are what the post-state has beside the witness.
    """

    number: int
    block_hash: bytes
    pre_state_root: bytes
    post_state_root: bytes
    gas_used: int
    receipts_root: bytes
    requests_hash: bytes | None
    needed_nodes: frozenset[bytes]
    needed_codes: frozenset[bytes]
    needed_headers: frozenset[bytes]
    new_nodes: Sequence[bytes]
    new_codes: Sequence[bytes]
    checks: Sequence[Check]
