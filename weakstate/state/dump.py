"""Dumps of all accounts, a line each: opened whatever their compression, and written whole.

`State.import_` reads what `open_dump` gives; `State.export` writes to what `write_dump` gives.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO, Protocol, cast

from weakstate.compression import WINDOW_BYTES, is_gzip, is_zstandard
from weakstate.errors import Unreadable
from weakstate.whole import whole_file

# A dump that is written under a name of this ending is compressed.
ZSTANDARD_SUFFIX = ".zst"

# One kilobyte of frame unpacks to at most 32 MiB (256 run-length blocks of 128 KiB): more than
# this is never held beside the decoder's window.
PIECE_BYTES = 1 << 10


class Dump(Protocol):
    """The lines of a dump, as bytes."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; none at the end."""


class Sink(Protocol):
    """Where a dump goes."""

    def write(self, data: bytes, /) -> object:
        """Take all of the bytes."""


def open_dump(stream: BinaryIO) -> Dump:
    """The content of a stream: plain, gzip or Zstandard, by its first bytes.

    Memory stays bounded whatever the stream unpacks to.
    Raises: Unreadable (`malformed_compression`) while reading; OSError.
    """
    start = stream.read(4)
    whole = _Replayed(start, stream)
    if is_gzip(start):
        return _Gzip(whole)
    return _Zstandard(whole) if is_zstandard(start) else whole


@contextmanager
def write_dump(path: str | os.PathLike[str], *, force: bool = False) -> Iterator[Sink]:
    """A stream whose bytes are the file once the block ends, or no file at all.

    Under a name that ends in `.zst` they are compressed.
    Raises: FileExistsError if there is one already and ``force`` is not set; OSError.
    """
    with whole_file(path, force=force) as file:
        if os.fspath(path).endswith(ZSTANDARD_SUFFIX):
            import zstandard

            compressor = zstandard.ZstdCompressor(write_checksum=True)
            with compressor.stream_writer(file, closefd=False) as stream:
                yield stream
        else:
            yield file


class _Replayed:
    """A stream whose start was read already.

    It is read by Python code, so that an interrupt is noticed between chunks.
    """

    def __init__(self, start: bytes, stream: BinaryIO) -> None:
        self._start = start
        self._stream = stream

    def read(self, size: int) -> bytes:
        if self._start:
            given, self._start = self._start[:size], self._start[size:]
            return given
        return self._stream.read(size)


class _Gzip:
    """What gzip holds, members in a row included."""

    def __init__(self, stream: _Replayed) -> None:
        import gzip

        self._file = gzip.GzipFile(fileobj=cast("IO[bytes]", stream))

    def read(self, size: int) -> bytes:
        import zlib

        try:
            return self._file.read1(size)
        except (EOFError, OSError, zlib.error) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the file's own trouble, not gzip's
            raise Unreadable("malformed_compression", actual=str(error)) from None


class _Zstandard:
    """What frames of Zstandard hold."""

    def __init__(self, stream: _Replayed) -> None:
        import zstandard

        self._stream = stream
        self._decoder = zstandard.ZstdDecompressor(max_window_size=WINDOW_BYTES)
        self._pieces = self._unpack()
        self._rest = memoryview(b"")

    def read(self, size: int) -> bytes:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = memoryview(piece)
        given, self._rest = self._rest[:size], self._rest[size:]
        return bytes(given)

    def _unpack(self) -> Iterator[bytes]:
        import zstandard

        packed = self._stream.read(PIECE_BYTES)
        while packed:
            frame = self._decoder.decompressobj()
            while not frame.eof:
                if not packed:
                    raise Unreadable("malformed_compression", "a whole frame", "one that is cut")
                try:
                    yield frame.decompress(packed)
                except zstandard.ZstdError as error:
                    raise Unreadable("malformed_compression", actual=str(error)) from None
                packed = b"" if frame.eof else self._stream.read(PIECE_BYTES)
            packed = frame.unused_data or self._stream.read(PIECE_BYTES)
