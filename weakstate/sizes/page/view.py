"""What of a report the charts and the tables show."""

from collections.abc import Sequence
from typing import TypeVar

from weakstate.sizes.figures import BlockFigures, SchemeFigures
from weakstate.sizes.page.palette import Look, look

Blocks = Sequence[BlockFigures]
Item = TypeVar("Item")

DOTS = 400  # of a scheme at most; more would be a cloud
SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def schemes_of(blocks: Blocks) -> dict[str, Look]:
    """The schemes of a report, and how each is drawn."""
    names = [scheme.prediction.scheme for scheme in blocks[0].schemes]
    return {name: look(name, names) for name in names}


def of_scheme(blocks: Blocks, name: str) -> list[SchemeFigures]:
    """What each block takes over one scheme."""
    return [
        scheme for block in blocks for scheme in block.schemes if scheme.prediction.scheme == name
    ]


def some(items: Sequence[Item]) -> Sequence[Item]:
    """So few of them as a chart has room for, evenly, in their order."""
    return items[:: max(1, -(-len(items) // DOTS))]


def power(number: int) -> str:
    """A power of ten."""
    return f"10{str(len(str(number)) - 1).translate(SUPERSCRIPT)}"
