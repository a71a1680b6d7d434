"""The charts of a report: each is drawn over all of its blocks."""

import statistics
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from weakstate.sizes.figures import BlockFigures, SchemeFigures
from weakstate.sizes.page.drawing import (
    LINE,
    POINTS,
    STYLE,
    axes_of,
    dots,
    label_ends,
    legend,
    line,
    logarithmic,
    name_rows,
)
from weakstate.sizes.page.numbers import KILO, size
from weakstate.sizes.page.palette import GROUND, INK, PARTS, QUIET, Look, look, part_colours

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Blocks = Sequence[BlockFigures]
Item = TypeVar("Item")

SEVERAL = 3  # blocks from which on there is a distribution to show
DOTS = 400  # of a scheme at most; more would be a cloud
SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Chart(NamedTuple):
    """A chart: what its file is called, its title, method and error in a sentence, how to draw."""

    name: str
    title: str
    method: str
    draw: "Callable[[Report], Figure]"
    least: int = 1  # blocks
    scheme: str = ""  # that must be among those of the report


def schemes_of(blocks: Blocks) -> dict[str, Look]:
    """The schemes of a report, and how each is drawn."""
    names = [scheme.prediction.scheme for scheme in blocks[0].schemes]
    return {name: look(name, names) for name in names}


def of_scheme(blocks: Blocks, name: str) -> list[SchemeFigures]:
    """What each block takes over one scheme."""
    return [
        scheme for block in blocks for scheme in block.schemes if scheme.prediction.scheme == name
    ]


def parts_chart(report: Report) -> "Figure":
    """Bytes by part, a bar a scheme; means over the blocks."""
    looks = schemes_of(blocks)
    found = {name: _mean_parts(of_scheme(blocks, name)) for name in looks}
    colours = part_colours(part for parts in found.values() for part, bytes_ in parts.items())
    figure, axes = axes_of(1.15 + 0.36 * len(looks))
    for row, parts in enumerate(found.values()):
        start = 0.0
        for part, colour in colours.items():
            bytes_ = parts.get(part, 0.0) / KILO
            style = {"color": colour.light, "edgecolor": GROUND.light, "linewidth": 0.4}
            axes.barh(row, bytes_, left=start, height=0.66, **style)
            start += bytes_
        axes.annotate(f" {size(start * KILO)}", (start, row), va="center", annotation_clip=False)
    name_rows(axes, [found.label for found in looks.values()])
    axes.set_xlabel("kB")
    legend(figure, {part: colour.light for part, colour in colours.items()})
    return figure


def growth_chart(report: Report) -> "Figure":
    """Bytes by the size of the state, a line a scheme; means over the blocks."""
    height = 3.3
    figure, axes = axes_of(height)
    ends = []
    for name, found in schemes_of(blocks).items():
        curves = [scheme.growth for scheme in of_scheme(blocks, name)]
        sizes = [state for state, _ in curves[0]]
        means = [
            statistics.fmean(total for _, total in points) / KILO
            for points in zip(*curves, strict=True)
        ]
        line(axes, sizes, means, found)
        ends.append((sizes[-1], means[-1], f"{found.label}\u2002{size(means[-1] * KILO)}", found))
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xticks(
        sizes, [f"10{str(len(str(state)) - 1).translate(SUPERSCRIPT)}" for state in sizes]
    )
    axes.minorticks_off()
    axes.grid(axis="x", visible=False)
    today = statistics.median(block.population.keys for block in blocks)
    if sizes[0] < today < sizes[-1]:
        axes.axvline(today, color=QUIET.light, linewidth=0.8, linestyle=(0, (2, 3)), zorder=0)
        top = axes.get_xaxis_transform()
        axes.text(
            today * 0.86,
            0.98,
            "this report",
            color=QUIET.light,
            ha="right",
            va="top",
            transform=top,
        )
    axes.set_xlabel("accounts and slots of the state")
    axes.set_ylabel("kB")
    label_ends(axes, ends, height * POINTS - 4 * LINE)
    return figure


def spread_chart(report: Report) -> "Figure":
    """How the blocks' totals spread, a row a scheme."""
    looks = schemes_of(blocks)
    figure, axes = axes_of(0.75 + 0.42 * len(looks))
    for row, (name, found) in enumerate(looks.items()):
        totals = sorted(scheme.prediction.total / KILO for scheme in of_scheme(blocks, name))
        shown = _some(totals)
        # Above or below the next, so that equal ones are seen.
        rows = [row + (0.13, -0.13, 0.0)[index % 3] for index in range(len(shown))]
        dots(axes, shown, rows, found)
        median = statistics.median(totals)
        axes.plot([median] * 2, [row - 0.34, row + 0.34], color=INK.light, linewidth=1.6)
        axes.annotate(
            size(median * KILO),
            (1.02, row),
            xycoords=axes.get_yaxis_transform(),
            va="center",
            annotation_clip=False,
        )
    name_rows(axes, [found.label for found in looks.values()])
    logarithmic(axes, "x")
    axes.set_xlabel("kB a block, on a logarithmic scale")
    axes.set_title("median", loc="right", x=1.16, fontsize="medium", color=QUIET.light)
    return figure


def gas_chart(report: Report) -> "Figure":
    """Bytes against gas, a dot a block and scheme."""
    height = 3.5
    figure, axes = axes_of(height)
    by_gas = sorted(blocks, key=lambda block: block.access.gas)
    busy = _some([block for block in by_gas if block.access.gas])
    gas = [block.access.gas / 1e6 for block in busy]
    ends = []
    logarithmic(axes, "x", "y")
    for name, found in schemes_of(blocks).items():
        totals = [scheme.prediction.total / KILO for scheme in of_scheme(busy, name)]
        dots(axes, gas, totals, found)
        ends.append((gas[-1], totals[-1], found.label, found))
    axes.set_xlabel("Mgas of the block")
    axes.set_ylabel("kB")
    label_ends(axes, ends, height * POINTS - 4 * LINE)
    return figure


def constant_chart(report: Report) -> "Figure":
    """Verkle's parts by the keys that a block touches: one is constant."""
    height = 3.3
    figure, axes = axes_of(height)
    logarithmic(axes, "x", "y")
    by_keys = sorted(blocks, key=lambda block: block.access.keys)
    some = _some([block for block in by_keys if block.access.keys])
    keys = [block.access.keys for block in some]
    found = [scheme.prediction.parts for scheme in of_scheme(some, "verkle")]
    ends = []
    for part in part_colours(found[0]):
        values = [parts[part] / KILO for parts in found]
        drawn = Look(part, PARTS[part], "o", "-")
        # What is zero has no place on such a scale.
        there = [(key, value) for key, value in zip(keys, values, strict=True) if value]
        (line if part == "proof" else dots)(axes, *zip(*there, strict=True), drawn)
        ends.append((*there[-1], f"{part}\u2002{size(there[-1][1] * KILO)}", drawn))
    axes.set_xlabel("keys that the block touches")
    axes.set_ylabel("kB")
    label_ends(axes, ends, height * POINTS - 4 * LINE)
    return figure


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
        "spread",
        "From block to block",
        "Modelled: a mark a block, the bar at the median; the blocks are those given, no sample "
        "of the chain.",
        spread_chart,
        SEVERAL,
    ),
    Chart(
        "gas",
        "Bytes against gas",
        "Modelled bytes over measured gas, both on logarithmic scales; blocks without gas are "
        "left out.",
        gas_chart,
        SEVERAL,
    ),
    Chart(
        "constant",
        "What is constant",
        "Modelled over Verkle, a dot a block, on logarithmic scales: the proof's size is a fact "
        "of the scheme, everything else grows with what is touched.",
        constant_chart,
        SEVERAL,
        "verkle",
    ),
)


def charts(report: Report) -> list[tuple[Chart, "Figure"]]:
    """Those charts that so many blocks have something to show in."""
    import matplotlib as mpl

    if not report.blocks:
        return []
    with mpl.rc_context(STYLE):
        return [
            (chart, chart.draw(report))
            for chart in CHARTS
            if len(blocks) >= chart.least and chart.scheme in ("", *schemes_of(blocks))
        ]


def _mean_parts(found: Sequence[SchemeFigures]) -> dict[str, float]:
    """The mean of each part, absent ones counted as zero."""
    names = dict.fromkeys(part for scheme in found for part in scheme.prediction.parts)
    sums = {name: sum(one.prediction.parts.get(name, 0.0) for one in found) for name in names}
    return {name: total / len(found) for name, total in sums.items() if total}


def _some(items: Sequence[Item]) -> Sequence[Item]:
    """So few of them as a chart has room for, evenly, in their order."""
    return items[:: max(1, -(-len(items) // DOTS))]
