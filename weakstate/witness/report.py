"""What a block and its witness hold, counted without verifying anything."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from weakstate._native import Header, Item
from weakstate.errors import WeakstateError

EMPTY_NODE = b"\x80"  # RLP of the empty string, which some producers list


class Part(NamedTuple):
    """Byte strings of one kind in a witness."""

    number: int
    bytes: int
    largest: int
    duplicates: int
    empty: int
    sorted: bool


class Ancestors(NamedTuple):
    """The ancestor headers of a witness: numbers as they state them, or none readable."""

    number: int
    first: int | None
    last: int | None


class Contents(NamedTuple):
    """A witness by its parts."""

    nodes: Part
    codes: Part
    ancestors: Ancestors


def count(item: Item) -> Contents | None:
    """The parts of the item's witness; nothing in them is checked."""
    if item.witness is None:
        return None
    headers = item.witness.headers
    numbers = [_number(header) for header in (*headers[:1], *headers[-1:])]
    return Contents(
        _part(item.witness.nodes, EMPTY_NODE),
        _part(item.witness.codes, b""),
        Ancestors(len(headers), *(numbers or (None, None))),
    )


def _part(values: Sequence[bytes], empty: bytes) -> Part:
    return Part(
        len(values),
        sum(map(len, values)),
        max(map(len, values), default=0),
        len(values) - len(set(values)),
        values.count(empty),
        all(a <= b for a, b in pairwise(values)),
    )


def _number(header: bytes) -> int | None:
    try:
        return Header.from_rlp(header).number
    except WeakstateError:
        return None
