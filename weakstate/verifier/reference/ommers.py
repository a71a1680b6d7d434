"""Ommers: headers beside the chain that a block rewards (part of step 3).

Source: Yellow Paper 11.1 (ommer validation). Their rules look back seven generations, farther
than a witness does, so the caller gives those blocks, or the check is reported as skipped.
"""

from collections.abc import Sequence

import rlp  # type: ignore[import-untyped]  # ships no types

from weakstate.errors import InvalidBlock
from weakstate.verifier.reference.body import RawBlock
from weakstate.verifier.reference.forks import Rules, rules_at
from weakstate.verifier.reference.header import Header, hash_ommers
from weakstate.verifier.reference.header_rules import check_header
from weakstate.verifier.reference.types import ChainRules, Check

GENERATIONS = 7

Generation = tuple[Header, frozenset[bytes]]
"""An ancestor, and the hashes of the ommers that it holds."""


def check_ommers(
    chain: ChainRules, raw: RawBlock, rules: Rules, ancestry: Sequence[bytes] | None
) -> Check:
    """Check the block's ommers. Raises: InvalidBlock."""
    if rules.after_merge:
        return Check("ommers", "not_applicable", "proof of stake has none")
    if not raw.ommers:
        return Check("ommers", "proven", "the block has none")
    _check_alone(raw.header, raw.ommers)
    lineage = _read_ancestry(ancestry or (), raw.header.parent_hash)
    if len(lineage) < min(GENERATIONS, raw.header.number):
        return Check("ommers", "skipped", "seven ancestors with their ommers were not given")
    for ommer in raw.ommers:
        _check_ommer(chain, ommer, raw.header, lineage)
    return Check("ommers", "proven")


def _check_alone(header: Header, ommers: Sequence[Header]) -> None:
    if len(ommers) > 2 or len({ommer.hash for ommer in ommers}) < len(ommers):
        raise InvalidBlock("invalid_ommer", expected="at most two, not the same", at="ommers")
    for ommer in ommers:
        age = header.number - ommer.number
        if ommer.number < 1 or not 1 <= age < GENERATIONS:
            raise _invalid(ommer, "1 to 6 generations", str(age))
        if header.parent_hash in (ommer.hash, ommer.parent_hash):
            raise _invalid(ommer, "a sibling of an ancestor", "the parent, or a sibling of this")


def _read_ancestry(ancestry: Sequence[bytes], parent_hash: bytes) -> list[Generation]:
    """Read blocks, or pairs of header and ommers, in any order; chain them by hash."""
    by_hash: dict[bytes, Generation] = {}
    for encoded in ancestry:
        generation = _read_generation(encoded)
        if generation is not None:
            by_hash[generation[0].hash] = generation

    lineage: list[Generation] = []
    while parent_hash in by_hash and len(lineage) < GENERATIONS:
        lineage.append(by_hash[parent_hash])
        parent_hash = lineage[-1][0].parent_hash
    return lineage


def _read_generation(encoded: bytes) -> Generation | None:
    """Read one ancestor; what is none is as good as not given."""
    try:
        items = rlp.decode(encoded)
        header = Header.from_items(items[0])
        ommers = [Header.from_items(ommer) for ommer in items[1 if len(items) == 2 else 2]]
    except (rlp.DecodingError, IndexError, RecursionError, TypeError, ValueError):
        return None
    if hash_ommers(ommers) != header.ommers_hash:
        return None
    return header, frozenset(ommer.hash for ommer in ommers)


def _check_ommer(
    chain: ChainRules, ommer: Header, header: Header, lineage: Sequence[Generation]
) -> None:
    """Require a valid sibling of a recent ancestor that is no ancestor and not yet used."""
    age = header.number - ommer.number
    parent = lineage[age][0]
    if ommer.parent_hash != parent.hash:
        raise _invalid(ommer, f"parent 0x{parent.hash.hex()}", f"0x{ommer.parent_hash.hex()}")
    taken = {ancestor.hash for ancestor, _ in lineage}.union(*(used for _, used in lineage))
    if ommer.hash in taken:
        raise _invalid(ommer, "an unused one", "one that the chain has")
    try:
        check_header(chain, ommer, parent, rules_at(chain, ommer.number, ommer.timestamp))
    except InvalidBlock as error:
        raise _invalid(ommer, "a valid header", str(error)) from error


def _invalid(ommer: Header, expected: str, actual: str) -> InvalidBlock:
    return InvalidBlock("invalid_ommer", expected, actual, at=f"ommer 0x{ommer.hash.hex()}")
