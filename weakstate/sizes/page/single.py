"""Charts that one block is enough for; of several they show means."""

import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING

from weakstate.sizes.figures import SchemeFigures
from weakstate.sizes.page.drawing import (
    LINE,
    POINTS,
    axes_of,
    label_bar,
    label_ends,
    legend,
    line,
    name_rows,
    thousands,
)
from weakstate.sizes.page.numbers import KILO, digits, size
from weakstate.sizes.page.palette import GROUND, INK, QUIET, part_colours
from weakstate.sizes.page.view import of_scheme, power, schemes_of
from weakstate.sizes.report import Report

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def parts_chart(report: Report) -> "Figure":
    """Bytes by part, a bar a scheme; means over the blocks."""
    looks = schemes_of(report.blocks)
    found = {name: _mean_parts(of_scheme(report.blocks, name)) for name in looks}
    colours = part_colours(part for parts in found.values() for part, bytes_ in parts.items())
    figure, axes = axes_of(1.15 + 0.36 * len(looks))
    for row, parts in enumerate(found.values()):
        start = 0.0
        for part, colour in colours.items():
            bytes_ = parts.get(part, 0.0) / KILO
            axes.barh(
                row,
                bytes_,
                left=start,
                height=0.66,
                color=colour.light,
                edgecolor=GROUND.light,
                linewidth=0.4,
            )
            start += bytes_
        label_bar(axes, start, row, size(start * KILO))
    name_rows(axes, [found.label for found in looks.values()])
    thousands(axes.xaxis)
    axes.set_xlabel("kB")
    legend(figure, {part: colour.light for part, colour in colours.items()})
    return figure


def growth_chart(report: Report) -> "Figure":
    """Bytes by the size of the state, a line a scheme; means over the blocks."""
    height = 3.3
    figure, axes = axes_of(height)
    ends = []
    for name, found in schemes_of(report.blocks).items():
        curves = [scheme.growth for scheme in of_scheme(report.blocks, name)]
        sizes = [state for state, _ in curves[0]]
        means = [
            statistics.fmean(total for _, total in points) / KILO
            for points in zip(*curves, strict=True)
        ]
        line(axes, sizes, means, found)
        ends.append((sizes[-1], means[-1], f"{found.label}\u2002{size(means[-1] * KILO)}", found))
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xticks(sizes, list(map(power, sizes)))
    axes.minorticks_off()
    thousands(axes.yaxis)
    axes.grid(axis="x", visible=False)
    today = statistics.median(block.population.keys for block in report.blocks)
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


def composed_chart(report: Report) -> "Figure":
    """Bytes by the gas of composed blocks, a line a scheme."""
    height = 3.3
    figure, axes = axes_of(height)
    looks = schemes_of(report.blocks)
    ends = []
    for composed in report.composed:
        found = looks[composed.scheme]
        gas = [point.gas / 1e6 for point in composed.points]
        totals = [point.total / KILO for point in composed.points]
        line(axes, gas, totals, found)
        ends.append((gas[-1], totals[-1], f"{found.label}\u2002{size(totals[-1] * KILO)}", found))
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    thousands(axes.yaxis)
    axes.grid(axis="x", visible=False)
    axes.set_xlabel("Mgas of the composed block")
    axes.set_ylabel("kB")
    label_ends(axes, ends, height * POINTS - 4 * LINE)
    return figure


def beside_chart(report: Report) -> "Figure":
    """What else a block takes, beside the largest and the smallest witness; means over blocks."""
    looks = schemes_of(report.blocks)
    rows = {
        found.label: (statistics.fmean(_totals(report, name)), found.colour.light)
        for name, found in looks.items()
    }
    recorded = [block.recorded for block in report.blocks if block.recorded is not None]
    for name, sizes in (
        ("block", [found.block for found in recorded]),
        ("access list", [found.access_list for found in recorded]),
        ("delta", [found.delta for found in recorded]),
    ):
        if known := [bytes_ for bytes_ in sizes if bytes_]:
            rows[name] = (statistics.fmean(known), INK.light)
    figure, axes = axes_of(0.75 + 0.3 * len(rows))
    for row, (bytes_, colour) in enumerate(rows.values()):
        axes.barh(row, bytes_ / KILO, height=0.6, color=colour)
        label_bar(axes, bytes_ / KILO, row, size(bytes_))
    name_rows(axes, list(rows))
    thousands(axes.xaxis)
    axes.set_xlabel("kB")
    return figure


def timing_chart(report: Report) -> "Figure":
    """How long a proof takes to make and to verify; medians over the blocks."""
    timed = {
        found: [scheme.timing for scheme in of_scheme(report.blocks, name) if scheme.timing]
        for name, found in schemes_of(report.blocks).items()
    }
    rows = {found: times for found, times in timed.items() if times}
    figure, axes = axes_of(0.9 + 0.42 * len(rows))
    for row, (found, times) in enumerate(rows.items()):
        made = statistics.median(time.make_ms for time in times)
        checked = statistics.median(time.verify_ms for time in times)
        for offset, value, alpha, name in (
            (-0.19, made, 1.0, "make"),
            (0.19, checked, 0.6, "verify"),
        ):
            axes.barh(row + offset, value, height=0.34, color=found.colour.light, alpha=alpha)
            label_bar(axes, value, row + offset, f"{name} {digits(value)} ms")
    name_rows(axes, [found.label for found in rows])
    thousands(axes.xaxis)
    axes.set_xlabel("ms")
    return figure


def _totals(report: Report, name: str) -> list[float]:
    return [scheme.prediction.total for scheme in of_scheme(report.blocks, name)]


def _mean_parts(found: Sequence[SchemeFigures]) -> dict[str, float]:
    """The mean of each part, absent ones counted as zero."""
    names = dict.fromkeys(part for scheme in found for part in scheme.prediction.parts)
    sums = {name: sum(one.prediction.parts.get(name, 0.0) for one in found) for name in names}
    return {name: total / len(found) for name, total in sums.items() if total}
