"""Charts of several blocks: how they differ, and what with."""

import statistics
from typing import TYPE_CHECKING

from weakstate.sizes.page.drawing import (
    LINE,
    POINTS,
    axes_of,
    dots,
    label_ends,
    line,
    logarithmic,
    name_rows,
)
from weakstate.sizes.page.numbers import KILO, size
from weakstate.sizes.page.palette import INK, PARTS, QUIET, Look, part_colours
from weakstate.sizes.page.view import of_scheme, schemes_of, some
from weakstate.sizes.report import Report

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def spread_chart(report: Report) -> "Figure":
    """How the blocks' totals spread, a row a scheme."""
    looks = schemes_of(report.blocks)
    figure, axes = axes_of(0.75 + 0.42 * len(looks))
    for row, (name, found) in enumerate(looks.items()):
        totals = sorted(scheme.prediction.total / KILO for scheme in of_scheme(report.blocks, name))
        shown = some([total for total in totals if total])  # zero has no place on such a scale
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
    logarithmic(axes.xaxis)
    axes.set_xlabel("kB a block, on a logarithmic scale")
    axes.set_title("median", loc="right", x=1.16, fontsize="medium", color=QUIET.light)
    return figure


def gas_chart(report: Report) -> "Figure":
    """Bytes against gas, a dot a block and scheme."""
    height = 3.5
    figure, axes = axes_of(height)
    by_gas = sorted(report.blocks, key=lambda block: block.access.gas)
    busy = some([block for block in by_gas if block.access.gas])
    gas = [block.access.gas / 1e6 for block in busy]
    ends = []
    for name, found in schemes_of(report.blocks).items():
        totals = [scheme.prediction.total / KILO for scheme in of_scheme(busy, name)]
        dots(axes, gas, totals, found)
        ends.append((gas[-1], totals[-1], found.label, found))
    logarithmic(axes.xaxis)
    logarithmic(axes.yaxis)
    axes.set_xlabel("Mgas of the block")
    axes.set_ylabel("kB")
    label_ends(axes, ends, height * POINTS - 4 * LINE)
    return figure


def constant_chart(report: Report) -> "Figure":
    """Verkle's parts by the keys that a block touches: one is constant."""
    height = 3.3
    figure, axes = axes_of(height)
    by_keys = sorted(report.blocks, key=lambda block: block.access.keys)
    chosen = some([block for block in by_keys if block.access.keys])
    keys = [block.access.keys for block in chosen]
    found = [scheme.prediction.parts for scheme in of_scheme(chosen, "verkle")]
    ends = []
    for part in part_colours(found[0]):
        values = [parts[part] / KILO for parts in found]
        drawn = Look(part, PARTS[part], "o", "-")
        there = [(key, value) for key, value in zip(keys, values, strict=True) if value]
        if not there:
            continue
        draw = line if part == "proof" else dots
        draw(axes, [key for key, _ in there], [value for _, value in there], drawn)
        ends.append((*there[-1], f"{part}\u2002{size(there[-1][1] * KILO)}", drawn))
    logarithmic(axes.xaxis)
    logarithmic(axes.yaxis)
    axes.set_xlabel("keys that the block touches")
    axes.set_ylabel("kB")
    label_ends(axes, ends, height * POINTS - 4 * LINE)
    return figure
