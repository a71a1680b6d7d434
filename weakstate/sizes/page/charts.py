"""The charts of a report: each is drawn over all of its blocks."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from weakstate.sizes.page.drawing import STYLE
from weakstate.sizes.page.several import constant_chart, gas_chart, spread_chart
from weakstate.sizes.page.single import (
    beside_chart,
    composed_chart,
    growth_chart,
    parts_chart,
    timing_chart,
)
from weakstate.sizes.page.view import schemes_of
from weakstate.sizes.report import Report

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SEVERAL = 3  # blocks from which on there is a distribution to show


class Chart(NamedTuple):
    """A chart: what its file is called, its title, method and error in a sentence, how to draw.

    ``shown`` says whether a report that has blocks has something to show in it.
    """

    name: str
    title: str
    method: str
    draw: "Callable[[Report], Figure]"
    shown: Callable[[Report], object] = lambda report: report.blocks


def _several(report: Report) -> bool:
    """Whether several blocks touched something."""
    return sum(bool(block.access.keys) for block in report.blocks) >= SEVERAL


def _several_with_gas(report: Report) -> bool:
    return sum(bool(block.access.gas) for block in report.blocks) >= SEVERAL


CHARTS = (
    Chart(
        "parts",
        "Where the bytes go",
        "Modelled: means over eight drawn states, whose totals differ by the margin in the table; "
        "code is the mean share of chunks that blocks read, not this block's own.",
        parts_chart,
    ),
    Chart(
        "growth",
        "As the state grows",
        "Modelled: the same accesses in states of mainnet's proportions, one drawn state a point; "
        "the next point is much farther off than the spread.",
        growth_chart,
    ),
    Chart(
        "composed",
        "As the block grows",
        "Modelled: the blocks given, united until they have so much gas; a key that two of them "
        "touch counts once, those of a block taken again are replaced by others: an upper bound "
        "where the blocks given are few.",
        composed_chart,
        lambda report: any(composed.points for composed in report.composed),
    ),
    Chart(
        "beside",
        "Beside the witness",
        "Witnesses are modelled; block, delta and access list (EIP-7928) are those of the block "
        "itself, counted, without compression. A delta is for those who hold the whole state.",
        beside_chart,
        lambda report: any(block.recorded for block in report.blocks),
    ),
    Chart(
        "timing",
        "Time to make and to verify",
        "Measured on this machine: a real proof of what is touched, in a state far smaller than "
        "mainnet's, so that it is shorter than what is modelled; the best of three runs.",
        timing_chart,
        lambda report: any(scheme.timing for block in report.blocks for scheme in block.schemes),
    ),
    Chart(
        "spread",
        "From block to block",
        "Modelled: a mark a block, the bar at the median; the blocks are those given, no sample "
        "of the chain.",
        spread_chart,
        _several,
    ),
    Chart(
        "gas",
        "Bytes against gas",
        "Modelled bytes over measured gas, both on logarithmic scales; blocks without gas are "
        "left out.",
        gas_chart,
        _several_with_gas,
    ),
    Chart(
        "constant",
        "What is constant",
        "Modelled over Verkle, a dot a block, on logarithmic scales: the proof's size is a fact "
        "of the scheme, everything else grows with what is touched.",
        constant_chart,
        lambda report: _several(report) and "verkle" in schemes_of(report.blocks),
    ),
)


def charts(report: Report) -> list[tuple[Chart, "Figure"]]:
    """Those charts that the report has something to show in."""
    import matplotlib as mpl

    if not report.blocks:
        return []
    with mpl.rc_context(STYLE):
        return [(chart, chart.draw(report)) for chart in CHARTS if chart.shown(report)]
