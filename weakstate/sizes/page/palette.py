"""Colours and names of a report: one look a scheme and a part, on light and on dark grounds.

Each colour stands out from its ground by 3 to 1 or more; those of schemes stay apart for eyes that
do not tell red from green, and markers and dashes say the same once more.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Colour(NamedTuple):
    """The same colour on a light and on a dark ground."""

    light: str
    dark: str


class Look(NamedTuple):
    """How a scheme is named and drawn; ``marker`` and ``dash`` are matplotlib's."""

    label: str
    colour: Colour
    marker: str
    dash: str = "-"


# Drawings have the light ones; the rules below turn them. None is used for anything else.
INK = Colour("#1b1f27", "#e8eaee")
QUIET = Colour("#5c636f", "#a0a7b4")
RULE = Colour("#d9dce1", "#343a45")
GROUND = Colour("#fefefe", "#15181d")

LOOKS = {
    "mpt": Look("Merkle Patricia", Colour("#6b7280", "#a3abb8"), "s"),
    "verkle": Look("Verkle", Colour("#1d5fc4", "#6ea8fe"), "o"),
    "verkle-kzg": Look("Verkle, KZG", Colour("#2f93d1", "#63d2ee"), "o", "--"),
    "binary-7864": Look("Binary, EIP-7864", Colour("#d27000", "#ffb454"), "^"),
    "binary-geth": Look("Binary, go-ethereum", Colour("#857500", "#d9cb4f"), "<", "-."),
    "binary-8297": Look("Binary, EIP-8297", Colour("#a8321a", "#ff7d5c"), "v", "--"),
}
# For trees of one's own, which are called what they are called.
SPARE = (
    (Colour("#158a66", "#4fd1a1"), "D", "-."),
    (Colour("#a6449b", "#e08ed6"), "P", ":"),
    (Colour("#5b6b1f", "#b7cf6b"), "X", "-."),
)

# In the order in which bars are stacked: what proves, what is proven, code.
PARTS = {
    "inner nodes": Colour("#2c5a97", "#5a92e0"),
    "stem nodes": Colour("#6d97d2", "#a9c8f5"),
    "siblings": Colour("#1f8296", "#4bb5c9"),
    "shape": Colour("#8a8f98", "#8b919b"),
    "proof": Colour("#6b1420", "#ff6b6b"),
    "keys": Colour("#c04f96", "#f0a3d4"),
    "values": Colour("#1f7a4d", "#3fae7c"),
    "witness": Colour("#4d4d9e", "#9d9df0"),  # of a tree of one's own, undivided
    "code": Colour("#b98a1d", "#f0d07a"),
}


def look(scheme: str, schemes: Sequence[str]) -> Look:
    """How one of these schemes is drawn."""
    if scheme in LOOKS:
        return LOOKS[scheme]
    others = [name for name in schemes if name not in LOOKS]
    colour, marker, dash = SPARE[others.index(scheme) % len(SPARE)]
    return Look(scheme, colour, marker, dash)


def part_colours(parts: Iterable[str]) -> dict[str, Colour]:
    """A colour for each of these parts, in the order of stacking; those not known come last."""
    wanted = dict.fromkeys(parts)
    known = {name: colour for name, colour in PARTS.items() if name in wanted}
    others = [name for name in wanted if name not in PARTS]
    spare = {name: SPARE[index % len(SPARE)][0] for index, name in enumerate(others)}
    return known | spare


def dark_rules(scope: str) -> str:
    """CSS that turns the colours of drawings within ``scope`` into those of a dark ground."""
    colours = {INK, QUIET, RULE, GROUND, *PARTS.values()}
    colours |= {found.colour for found in LOOKS.values()} | {spare[0] for spare in SPARE}
    return "\n".join(
        f'{scope} [style*="{kind}: {light}"] {{ {kind}: {dark} !important; }}'
        for light, dark in sorted(colours)
        for kind in ("fill", "stroke")
    )
