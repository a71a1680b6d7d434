"""Read blocks, witnesses and deltas from bytes or files, whatever their form; write files whole.

Zstandard and bundles are unpacked here, gzip and everything inside by the native reader.
"""

import os
from io import BytesIO
from typing import Protocol

from weakstate import _native
from weakstate._native import Budget, Item
from weakstate.compression import WINDOW_BYTES, is_zstandard
from weakstate.errors import BudgetExceeded, Unreadable
from weakstate.whole import whole_file

# One kilobyte of frame unpacks to at most 32 MiB (256 run-length blocks of 128 KiB), so
# this is by how much the output can pass the budget before it is noticed.
PIECE_BYTES = 1 << 10

CHUNK_BYTES = 1 << 20


class Readable(Protocol):
    """A stream of bytes that ends with an empty chunk."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes."""


def read(data: bytes | str | os.PathLike[str], budget: Budget | None = None) -> list[Item]:
    """Blocks, witnesses and deltas that ``data``, or the file at this path, holds.

    Nothing in them is checked or trusted; the form is found by content, never by name.
    Raises: Unreadable, BudgetExceeded; OSError if the file cannot be read.
    """
    budget = budget or Budget()
    if not isinstance(data, bytes):
        with open(data, "rb", buffering=0) as stream:
            data = read_stream(stream, budget)
    if is_zstandard(data):
        data = unpack_zstandard(data, budget)
        from weakstate.witness import bundle

        if bundle.is_content(data):
            return [bundle.item(data, budget)]
    return _native.read(data, budget)


def read_stream(stream: Readable, budget: Budget) -> bytes:
    """All bytes of the stream. Raises: BudgetExceeded if there are more than it allows."""
    kept = BytesIO()
    while chunk := stream.read(CHUNK_BYTES):
        _keep(kept, chunk, budget)
    return kept.getvalue()


def write_file(path: str | os.PathLike[str], data: bytes, *, force: bool = False) -> None:
    """Write all of ``data`` to a file, or nothing: whatever interrupts this leaves no half of one.

    Raises: FileExistsError if there is one already and ``force`` is not set, or something that is
    no file; OSError.
    """
    with whole_file(path, force=force) as stream:
        stream.write(data)


def unpack_zstandard(data: bytes, budget: Budget) -> bytes:
    """Content of one or more Zstandard frames.

    Raises: Unreadable if a frame is damaged or cut short; BudgetExceeded.
    """
    import zstandard

    decoder = zstandard.ZstdDecompressor(max_window_size=WINDOW_BYTES)
    kept = BytesIO()
    offset = 0
    while offset < len(data):
        frame = decoder.decompressobj()
        while not frame.eof:
            if offset == len(data):
                raise _damaged("a whole frame", "a frame that is cut short", offset)
            piece = data[offset : offset + PIECE_BYTES]
            try:
                _keep(kept, frame.decompress(piece), budget)
            except zstandard.ZstdError as error:
                raise _damaged("", str(error), offset) from None
            offset += len(piece)
        offset -= len(frame.unused_data)
    return kept.getvalue()


def _keep(kept: BytesIO, chunk: bytes, budget: Budget) -> None:
    """Append the chunk unless that passes the budget."""
    if kept.tell() + len(chunk) > budget.bytes:
        raise BudgetExceeded(
            "input_too_large",
            expected=f"at most {budget.bytes} bytes",
            actual=f"at least {kept.tell() + len(chunk)}",
        )
    kept.write(chunk)


def _damaged(expected: str, actual: str, offset: int) -> Unreadable:
    return Unreadable("malformed_compression", expected, actual, f"byte {offset}")
