"""How numbers, hashes and foreign text look on a terminal."""

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click

MAX_FOREIGN = 300  # characters of foreign text that a line shows


def say(line: str, *, stderr: bool = False) -> None:
    """Print a line, in colour only on a terminal and never under NO_COLOR."""
    click.echo(line, err=stderr, color=False if os.environ.get("NO_COLOR") else None)


def styled(text: str, **style: Any) -> str:
    """The text in a style, which `say` takes off again where there is no terminal."""
    return click.style(text, **style)


def clean(text: str) -> str:
    """Foreign text on one line: no control characters, not long."""
    if len(text) > MAX_FOREIGN:
        text = f"{text[:MAX_FOREIGN]}…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def short_hash(value: bytes | None) -> str:
    """A hash that a person can tell from others."""
    if value is None:
        return "-"
    digits = value.hex()
    return f"0x{digits[:8]}…{digits[-4:]}"


def hexadecimal(value: bytes | None) -> str | None:
    """Bytes as they stand in JSON."""
    return None if value is None else f"0x{value.hex()}"


def table(head: Sequence[str], rows: Iterable[Sequence[str | int]]) -> Iterator[str]:
    """Lines of a table: the first column flush left, the others right."""
    cells = [list(head), *([f"{c:,}" if isinstance(c, int) else c for c in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for first, *others in cells:
        padded = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        yield "  ".join((first.ljust(widths[0]), *padded))


def size(count: int) -> str:
    """A count of bytes, in the unit that fits."""
    if count < 1_000_000:
        return f"{count / 1e3:.1f} kB"
    return f"{count / 1e6:.2f} MB"
