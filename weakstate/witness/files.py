"""Read blocks, witnesses and deltas from bytes or files, whatever their form; write files whole.

Zstandard and bundles are unpacked here, gzip and everything inside by the native reader.
Source of the frame's layout: RFC 8878, sections 3.1.1 and 3.1.2.
"""

import errno
import os
from contextlib import suppress
from io import BytesIO
from typing import Protocol

from weakstate import _native
from weakstate._native import Budget, Item
from weakstate.errors import BudgetExceeded, Unreadable

FRAME_MAGIC = bytes.fromhex("28b52ffd")
SKIPPABLE_MAGIC = bytes.fromhex("2a4d18")  # after one byte, 0x50 to 0x5f

# What the decoder may hold beside its output: the largest window that `zstd` itself writes
# without being asked for more memory (--long).
WINDOW_BYTES = 128 << 20

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
    path = os.path.realpath(path)
    if os.path.lexists(path) and not (force and os.path.isfile(path)):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
    # Hidden, so that a folder is not read with it in the meantime.
    temporary = os.path.join(os.path.dirname(path), f".weakstate-{os.urandom(8).hex()}")
    try:
        with open(temporary, "xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if force or not _link(temporary, path):
            os.replace(temporary, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)


def _link(temporary: str, path: str) -> bool:
    """Give a file another name that nothing has yet; False where a file can have but one name."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        return False
    return True


def is_zstandard(data: bytes) -> bool:
    """Whether the bytes start with a Zstandard or a skippable frame."""
    return data.startswith(FRAME_MAGIC) or (data[1:4] == SKIPPABLE_MAGIC and data[0] & 0xF0 == 0x50)


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
