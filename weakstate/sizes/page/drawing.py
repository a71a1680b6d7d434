"""Drawing with matplotlib (an extra: `weakstate[report]`): axes, labels, SVG and PNG."""

import io
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from weakstate.sizes.page.palette import GROUND, INK, QUIET, RULE, Look, dark_rules

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

# Narrow, so that its text can be read on a telephone too; a page shows two beside each other.
WIDTH = 4.8  # inches
POINTS = 72  # an inch
WIDE = 100.0  # from there on a logarithmic scale has powers of ten alone
LINE = 13.0  # points from a line of labels to the next
LABELS = 1.05  # where they start, in widths of the axes
TEXT = 10.0  # points
DPI = 200
SCREEN_DARK = "@media screen and (prefers-color-scheme: dark)"
# Any, for the keys have types of their own in matplotlib.
STYLE: dict[Any, Any] = {
    "font.size": TEXT,
    "text.color": INK.light,
    "axes.labelcolor": QUIET.light,
    "axes.edgecolor": RULE.light,
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "grid.color": RULE.light,
    "grid.linewidth": 0.6,
    "xtick.color": RULE.light,
    "xtick.labelcolor": QUIET.light,
    "ytick.color": RULE.light,
    "ytick.labelcolor": QUIET.light,
    "xtick.bottom": False,
    "xtick.minor.bottom": False,
    "ytick.left": False,
    "ytick.minor.left": False,
    "lines.linewidth": 1.8,
    "lines.markersize": 4.5,
    "svg.fonttype": "none",
}


def axes_of(height: float) -> "tuple[Figure, Axes]":
    """A drawing of this height in inches; to be used within `matplotlib.rc_context(STYLE)`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.add_subplot()


def name_rows(axes: "Axes", labels: Sequence[str]) -> None:
    """Say what each row is, the first on top."""
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(axis="y", labelcolor=INK.light)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.grid(axis="y", visible=False)


def line(axes: "Axes", x: Sequence[float], y: Sequence[float], look: Look) -> None:
    """A scheme's line, marked at each point."""
    [drawn] = axes.plot(x, y, look.marker, color=look.colour.light, linestyle=look.dash)
    drawn.set(markeredgewidth=0, clip_on=False, zorder=3)


def dots(axes: "Axes", x: Sequence[float], y: Sequence[float], look: Look) -> None:
    """A scheme's marks, without a line."""
    [drawn] = axes.plot(x, y, look.marker, color=look.colour.light)
    drawn.set(markeredgewidth=0, alpha=0.7)


def thousands(axis: "Axis") -> None:
    """Plain numbers, their thousands apart."""
    axis.set_major_formatter(lambda value, _: f"{value:,.10g}")


def logarithmic(axis: "Axis") -> None:
    """A logarithmic scale over what is drawn, in plain numbers: 1, 2, 5 where there is room."""
    from matplotlib.ticker import LogLocator, NullLocator

    axis.axes.set(**{f"{axis.axis_name}scale": "log"})  # type: ignore[attr-defined]
    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high < WIDE * low else (1.0,)))
    axis.set_minor_locator(NullLocator())
    thousands(axis)


def legend(figure: "Figure", colours: Mapping[str, str]) -> None:
    """What the colours of areas mean, above them."""
    from matplotlib.patches import Patch

    handles = [Patch(color=colour, label=name) for name, colour in colours.items()]
    figure.legend(
        handles=handles,
        loc="outside upper left",
        ncols=4,
        frameon=False,
        handlelength=0.9,
        handleheight=0.9,
        handletextpad=0.5,
        columnspacing=1.4,
        borderpad=0,
    )


def label_bar(axes: "Axes", end: float, row: float, text: str) -> None:
    """Say at the end of a bar how long it is."""
    axes.annotate(
        text,
        (end, row),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        annotation_clip=False,
    )


def label_ends(axes: "Axes", ends: Sequence[tuple[float, float, str, Look]], height: float) -> None:
    """Name lines at their right ends (x, y, text, look), apart enough to be read.

    ``height`` is that of the axes in points, roughly; limits and scales must be set before.
    """
    axes.get_xlim(), axes.get_ylim()  # else scales would still be as before the lines
    to_axes = axes.transData + axes.transAxes.inverted()
    placed = sorted((to_axes.transform((x, y))[1], x, y, text, look) for x, y, text, look in ends)
    gap = LINE / height
    places = [place for place, *_ in placed]
    for index in range(1, len(places)):
        places[index] = max(places[index], places[index - 1] + gap)
    # Back down where that went over the top.
    for index in reversed(range(len(places))):
        above = places[index + 1] if index + 1 < len(places) else 1.0 + gap
        places[index] = min(places[index], above - gap)
    for place, (_, x, y, text, look) in zip(places, placed, strict=True):
        start = to_axes.transform((x, y))
        ends_at = ([start[0], LABELS - 0.01], [start[1], place])
        [leader] = axes.plot(*ends_at, color=look.colour.light, transform=axes.transAxes)
        leader.set(linewidth=0.8, clip_on=False)
        axes.text(LABELS, place, text, va="center", transform=axes.transAxes)


def to_svg(figure: "Figure", name: str) -> str:
    """A drawing without a ground, the same each time; ``name`` keeps its ids its own."""
    import matplotlib as mpl

    out = io.StringIO()
    with mpl.rc_context(STYLE | {"svg.hashsalt": name}):
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    element = out.getvalue()
    element = element[element.index("<svg") :]
    # What identifies the program that drew it names a host, and a page asks none for anything.
    element = re.sub(r"<metadata>.*?</metadata>", "", element, flags=re.DOTALL)
    # Only what is referred to keeps its id: a page has many drawings.
    return re.sub(r'<g id="[^"]*"', "<g", element)


def embedded(svg: str, meaning: str) -> str:
    """A drawing as an element of a page, as wide as its place; ``meaning`` is read aloud."""
    head = re.search(r'viewBox="[^"]*"', svg)
    body = svg[svg.index(">") + 1 :]
    view = head.group() if head else ""
    return f'<svg {view} role="img" aria-label="{escape(meaning)}">{body}'


def standalone(svg: str) -> str:
    """A drawing as a file: on a ground of its own, which is dark where the reader's is."""
    ground = f'<rect width="100%" height="100%" style="fill: {GROUND.light}"/>'
    style = f"<style>{SCREEN_DARK} {{\n{dark_rules('')}\n}}</style>"
    start = svg.index(">") + 1
    return f"{svg[:start]}{style}{ground}{svg[start:]}"


def to_png(figure: "Figure") -> bytes:
    """A drawing as a picture on a light ground."""
    import matplotlib as mpl

    out = io.BytesIO()
    with mpl.rc_context(STYLE):
        figure.savefig(out, format="png", dpi=DPI, facecolor=GROUND.light)
    return out.getvalue()
