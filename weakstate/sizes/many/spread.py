"""How witnesses' sizes are spread over blocks, and what they go with."""

import statistics
from collections.abc import Sequence
from typing import Any, NamedTuple

from weakstate.sizes.figures import BlockFigures

PERCENTILES = (5, 25, 50, 75, 95)
WORST = 5
FEWEST_TO_CORRELATE = 3


class Worst(NamedTuple):
    """One of the blocks with the largest witnesses."""

    name: str
    number: int
    total: float


class Spread(NamedTuple):
    """One scheme's totals over all blocks, in bytes.

    ``percentiles`` are interpolated between blocks. ``correlation`` is Pearson's, None where there
    are too few blocks or all have the same.
    """

    scheme: str
    blocks: int
    least: float
    most: float
    mean: float
    percentiles: tuple[tuple[int, float], ...]
    worst: tuple[Worst, ...]
    correlation: dict[str, float | None]

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return self._asdict() | {
            "percentiles": [{"percent": at, "total": total} for at, total in self.percentiles],
            "worst": [block._asdict() for block in self.worst],
        }


def spread_of(blocks: Sequence[BlockFigures]) -> list[Spread]:
    """A spread for each scheme; none of fewer than two blocks."""
    if len(blocks) < 2:
        return []
    schemes = [scheme.prediction.scheme for scheme in blocks[0].schemes]
    return [_spread(scheme, index, blocks) for index, scheme in enumerate(schemes)]


def _spread(scheme: str, index: int, blocks: Sequence[BlockFigures]) -> Spread:
    totals = [block.schemes[index].prediction.total for block in blocks]
    cuts = statistics.quantiles(totals, n=100, method="inclusive")
    worst = sorted(zip(totals, blocks, strict=True), key=lambda pair: -pair[0])[:WORST]
    accesses = [block.access for block in blocks]
    return Spread(
        scheme,
        len(blocks),
        min(totals),
        max(totals),
        statistics.fmean(totals),
        tuple((at, cuts[at - 1]) for at in PERCENTILES),
        tuple(Worst(block.access.name, block.access.number, total) for total, block in worst),
        {
            "gas": _correlation(totals, [access.gas for access in accesses]),
            "transactions": _correlation(totals, [access.transactions for access in accesses]),
            "keys": _correlation(totals, [access.keys for access in accesses]),
            "code_bytes": _correlation(totals, [access.code_bytes for access in accesses]),
        },
    )


def _correlation(totals: Sequence[float], others: Sequence[int]) -> float | None:
    if len(totals) < FEWEST_TO_CORRELATE or len(set(totals)) == 1 or len(set(others)) == 1:
        return None
    return statistics.correlation(totals, others)
