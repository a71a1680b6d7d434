"""Headers, witnesses and deltas in files, found by content: what checking a delta takes."""

import os
from typing import NamedTuple

from weakstate._native import Block, Budget, Delta, Header, Item, Witness
from weakstate.compression import is_zstandard
from weakstate.errors import WeakstateError
from weakstate.witness import bundle
from weakstate.witness.files import read, read_stream, unpack_zstandard


class Parts(NamedTuple):
    """What one entry of a file holds; nothing in it is checked or trusted."""

    header: Header | None = None
    witness: Witness | None = None
    delta: Delta | None = None


def read_parts(data: bytes | str | os.PathLike[str], budget: Budget | None = None) -> list[Parts]:
    """What ``data``, or the file at this path, holds; of a block its header alone.

    Known are the forms of `weakstate.read`, and headers (RLP, binary or hexadecimal).
    Raises: Unreadable, BudgetExceeded; InvalidBlock or InvalidDelta for a block or delta whose
    bytes break their rules; OSError if the file cannot be read.
    """
    budget = budget or Budget()
    if not isinstance(data, bytes):
        with open(data, "rb", buffering=0) as stream:
            data = read_stream(stream, budget)
    if is_zstandard(data):
        data = unpack_zstandard(data, budget)
        if bundle.is_content(data):
            return [_parts(bundle.item(data, budget), budget)]
    header = _header(data)
    return [Parts(header)] if header else [_parts(item, budget) for item in read(data, budget)]


def _parts(item: Item, budget: Budget) -> Parts:
    header = None if item.block is None else Block.from_rlp(item.block).header
    delta = None if item.delta is None else Delta.from_bytes(item.delta, budget)
    return Parts(header, item.witness, delta)


def _header(data: bytes) -> Header | None:
    """The header that the bytes or hexadecimal digits are, if they are one."""
    forms = [data]
    if data[:1] < b"\x80":
        try:
            forms.append(bytes.fromhex(data.decode("ascii").strip().removeprefix("0x")))
        except ValueError:
            return None
    for form in forms:
        try:
            return Header.from_rlp(form)
        except WeakstateError:
            continue
    return None
