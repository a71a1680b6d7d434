"""Charts of a size report, drawn by matplotlib (an extra: `weakstate[report]`)."""

import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from weakstate.sizes.figures import BlockFigures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Legible on light and on dark, and told apart without colour by their order in the legend.
PARTS = {
    "inner nodes": "#4477aa",
    "stem nodes": "#66ccee",
    "siblings": "#77aadd",
    "shape": "#bbbbbb",
    "keys": "#aa3377",
    "values": "#228833",
    "proof": "#ee6677",
    "code": "#ccbb44",
}
SCHEMES = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377")
# Stands for the page's own colour of text until the drawing is put there.
INK = "#010203"
GREY = "#777777"  # where there is no page
WIDTH = 8.0  # inches


def parts_chart(block: BlockFigures) -> "Figure":
    """Bytes by part, a bar a scheme."""
    figure, axes = _axes(1.2 + 0.42 * len(block.schemes))
    names = [scheme.prediction.scheme for scheme in block.schemes]
    start = [0.0] * len(names)
    for part, colour in PARTS.items():
        found = [scheme.prediction.parts.get(part, 0.0) / 1e3 for scheme in block.schemes]
        if any(found):
            axes.barh(names, found, left=start, color=colour, label=part, height=0.7)
            start = [before + more for before, more in zip(start, found, strict=True)]
    for row, total in enumerate(start):
        axes.annotate(f" {total:,.0f}", (total, row), va="center", color=INK, annotation_clip=False)
    axes.invert_yaxis()
    axes.set_xlabel("kB")
    axes.legend(ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.32), frameon=False)
    return figure


def growth_chart(block: BlockFigures) -> "Figure":
    """Bytes by the size of the state, a line a scheme."""
    figure, axes = _axes(3.6)
    for scheme, colour in zip(block.schemes, SCHEMES * len(block.schemes), strict=False):
        sizes, totals = zip(*scheme.growth, strict=True)
        name = scheme.prediction.scheme
        axes.plot(sizes, [total / 1e3 for total in totals], "o-", color=colour, label=name)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("accounts and slots of the state")
    axes.set_ylabel("kB")
    axes.legend(ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.18), frameon=False)
    return figure


def to_svg(figure: "Figure", salt: str, ink: str = "currentColor") -> str:
    """The drawing as an element of a page, in the page's colour of text; the same each time."""
    import matplotlib as mpl

    out = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}):
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    element = out.getvalue()
    element = element[element.index("<svg") :].replace(INK, ink)
    # What identifies the program that drew it names a host, and a page asks none for anything.
    return re.sub(r"<metadata>.*?</metadata>", "", element, flags=re.DOTALL)


def to_png(figure: "Figure") -> bytes:
    """The drawing as a picture on white."""
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=160, facecolor="white")
    return out.getvalue()


def charts(blocks: Sequence[BlockFigures]) -> list[tuple[str, "Figure"]]:
    """Every chart with a name for its file."""
    return [
        (f"{kind}-{index + 1}", draw(block))
        for index, block in enumerate(blocks)
        for kind, draw in (("parts", parts_chart), ("growth", growth_chart))
    ]


def _axes(height: float) -> "tuple[Figure, Axes]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = figure.add_subplot()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(INK)
    axes.tick_params(colors=INK, which="both")
    axes.xaxis.label.set_color(INK)
    axes.yaxis.label.set_color(INK)
    axes.grid(axis="x", color=GREY, alpha=0.25)
    axes.set_axisbelow(True)
    return figure, axes
