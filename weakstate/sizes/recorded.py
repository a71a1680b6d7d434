"""What the real block takes, beside which modelled bytes are seen; and how well it compresses."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from zstandard import ZstdCompressor

from weakstate._native import Anchor, Budget, Chain, PartialState, Verified, Witness
from weakstate.errors import WeakstateError
from weakstate.sizes.access import AccessSet
from weakstate.sizes.buckets import CHUNK_CODE, chosen_chunks, usual_code
from weakstate.sizes.draws import Draws
from weakstate.witness.bundle import LEVEL
from weakstate.witness.report import Sizes, WitnessReport

WORD = 32


class Ratios(NamedTuple):
    """Bytes after zstd over those before; None where there was nothing to compress.

    ``codes`` are whole, ``chunks`` the share of them that blocks read; ``values`` are slots.
    """

    codes: float | None = None
    chunks: float | None = None
    values: float | None = None


class Recorded(NamedTuple):
    """Bytes of a block and of what was made of it; None where nothing tells.

    ``nodes`` are those of its Merkle Patricia witness; ``access_list`` is that of EIP-7928, also
    of blocks from before it.
    """

    block: int
    headers: int
    nodes: Sizes | None = None
    delta: int | None = None
    delta_zstd: int | None = None
    access_list: int | None = None
    access_list_zstd: int | None = None
    ratios: Ratios = Ratios()

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return self._asdict() | {
            "nodes": self.nodes and self.nodes._asdict(),
            "ratios": self.ratios._asdict(),
        }


def recorded_of(
    chain: Chain,
    anchor: Anchor,
    block: bytes,
    witness: Witness,
    access: AccessSet,
    verified: Verified,
    budget: Budget,
) -> Recorded:
    """What a block that was verified takes; its delta and access list are made for it anew."""
    used = [code for code, use in zip(witness.codes, verified.code_use, strict=True) if use]
    found = Recorded(
        len(block),
        sum(map(len, witness.headers)),
        WitnessReport(witness, verified.pre_state_root).sizes,
        ratios=ratios_of(access, used),
    )
    try:
        made = PartialState.open(anchor, witness).produce(
            chain, block, budget=budget, access_list=True
        )
    except WeakstateError:  # what a verifier does without, a sequencer may want
        return found
    delta, accesses = made.delta.to_bytes(), made.access_list
    assert accesses is not None
    return found._replace(
        delta=len(delta),
        delta_zstd=compressed(delta),
        access_list=len(accesses),
        access_list_zstd=compressed(accesses),
    )


def ratios_of(access: AccessSet, codes: Iterable[bytes]) -> Ratios:
    """How well a block's own codes and values compress; the rest of a witness is hashes."""
    codes = list(codes)
    before = (slot.before for account in access.accounts for slot in account.slots.values())
    return Ratios(
        _ratio(codes),
        _ratio(_read_chunks(codes)),
        _ratio(value.to_bytes(WORD) for value in before if value),
    )


def compressed(data: bytes) -> int:
    """Bytes after zstd, at the level that bundles are written with."""
    return len(ZstdCompressor(level=LEVEL).compress(data))


def _ratio(parts: Iterable[bytes]) -> float | None:
    data = b"".join(parts)
    return compressed(data) / len(data) if data else None


def _read_chunks(codes: Iterable[bytes]) -> Iterable[bytes]:
    draws = Draws(0)
    for code in codes:
        count = -(-len(code) // CHUNK_CODE)
        for chunk in sorted(chosen_chunks(count, usual_code(len(code)), draws)):
            yield code[chunk * CHUNK_CODE : (chunk + 1) * CHUNK_CODE]
