"""A modelled witness in other forms, and over links of other speeds."""

from typing import NamedTuple

from weakstate.sizes.recorded import Recorded

LINKS = (1, 10, 100)  # Mbit/s
SECONDS_A_SLOT = 12
SLOTS_A_DAY = 86_400 // SECONDS_A_SLOT
BITS_A_MBIT = 1_000_000


class Forms(NamedTuple):
    """Bytes; None where nothing tells.

    ``raw`` is every element one after the other. ``structural`` leaves out what follows from the
    rest: of a Merkle Patricia witness the hashes of nodes that it holds. Of the other schemes'
    bytes nothing follows from the rest.
    """

    raw: float
    zstd: float | None
    structural: float | None
    structural_zstd: float | None


class Link(NamedTuple):
    """A link of ``mbit`` a second.

    ``share`` is what a block's witness every 12 seconds takes of it; ``mgas_per_second`` how much
    gas could be witnessed over it.
    """

    mbit: int
    share: float
    mgas_per_second: float | None


def forms_of(scheme: str, parts: dict[str, float], recorded: Recorded | None) -> Forms:
    """Forms of a witness with these parts.

    Commitments, hashes, keys and proofs do not compress. Values and code do as the block's own do;
    nodes of Merkle Patricia tries as those of its recorded witness.
    """
    raw = sum(parts.values())
    if scheme == "mpt":
        return _forms_of_nodes(raw, parts["code"], recorded)
    if "values" not in parts:  # a tree of one's own: what its bytes are nobody knows
        return Forms(raw, None, None, None)
    ratios = None if recorded is None else recorded.ratios
    values = _shrunk(parts["values"], ratios and ratios.values)
    code = _shrunk(parts["code"], ratios and ratios.chunks)
    known = None if values is None or code is None else raw - values - code
    return Forms(raw, known, raw, known)


def links_of(total: float, gas: int) -> tuple[Link, ...]:
    """What a witness takes of each link."""
    needed = total * 8 / BITS_A_MBIT / SECONDS_A_SLOT
    return tuple(
        Link(
            mbit,
            needed / mbit,
            mbit * BITS_A_MBIT / 8 * gas / 1e6 / total if gas and total else None,
        )
        for mbit in LINKS
    )


def _forms_of_nodes(raw: float, code: float, recorded: Recorded | None) -> Forms:
    sizes = None if recorded is None else recorded.nodes
    if recorded is None or sizes is None or not sizes.list:
        return Forms(raw, None, None, None)
    nodes = raw - code
    less = _shrunk(code, recorded.ratios.codes)
    packed = None if less is None else code - less
    return Forms(
        raw,
        None if packed is None else nodes * sizes.list_zstd / sizes.list + packed,
        nodes * sizes.nested / sizes.list + code,
        None if packed is None else nodes * sizes.nested_zstd / sizes.list + packed,
    )


def _shrunk(bytes_: float, ratio: float | None) -> float | None:
    """By how many bytes compression makes a part shorter."""
    if not bytes_:
        return 0.0
    return None if ratio is None else bytes_ * (1 - ratio)
