"""The files that a command line names, in order, and what they hold."""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import click

from weakstate._native import Budget, Item
from weakstate.errors import Unreadable, WeakstateError
from weakstate.witness.files import read, read_stream
from weakstate.witness.parts import Parts, read_parts

STDIN = "-"
DIGITS = "0123456789"


class CannotRead(click.FileError):
    """A file that the system does not let us read: wrong usage, and no verdict on anything."""

    exit_code = 2


class Source(NamedTuple):
    """A file, or `-`; and the folder that it was found in, if it was not named itself."""

    file: str
    folder: str | None = None


class Contents(NamedTuple):
    """What one file holds, or why it cannot be told."""

    source: Source
    items: list[Item]
    error: WeakstateError | None = None


class Given(NamedTuple):
    """One thing that a file holds; or why it cannot be told."""

    file: str
    item: Item | WeakstateError

    def expected(self) -> Item:
        """The thing. Raises: WeakstateError, if it cannot be told."""
        if isinstance(self.item, WeakstateError):
            raise self.item
        return self.item


def expand(paths: Sequence[str], without: Iterable[str] = ()) -> list[Source]:
    """Files that the paths name: folders recursively, sorted by the numbers in their names.

    ``without`` names files that a folder may hold for another purpose. Hidden files are left out.
    """
    kept_out = [os.stat(path) for path in without if os.path.exists(path)]
    sources: list[Source] = []
    for path in paths:
        if not os.path.isdir(path):
            sources.append(Source(path))
            continue
        found = sorted(_walk(path), key=_natural)
        sources += [Source(f, os.path.dirname(f)) for f in found if not _is_any(f, kept_out)]
    for file, _ in sources:
        if file != STDIN and not os.access(file, os.R_OK):
            raise CannotRead(file, "it cannot be read")
    if not sources and paths:
        raise click.UsageError(f"there is no file in {', '.join(paths)}")
    return sources


def read_whole(file: str, budget: Budget) -> bytes:
    """All bytes of a file, or of standard input for `-`. Raises: BudgetExceeded, CannotRead."""
    try:
        if file == STDIN:
            return read_stream(sys.stdin.buffer, budget)
        with open(file, "rb", buffering=0) as stream:
            return read_stream(stream, budget)
    except OSError as error:
        raise CannotRead(file, error.strerror or str(error)) from None


def load(source: Source, budget: Budget) -> Contents:
    """Read one file, or standard input for `-`."""
    try:
        data = read_stream(sys.stdin.buffer, budget) if source.file == STDIN else source.file
        items = read(data, budget)
    except WeakstateError as error:
        return Contents(source, [], error)
    except OSError as error:
        raise CannotRead(source.file, error.strerror or str(error)) from None
    if not items:
        return Contents(source, [], Unreadable("unknown_form", actual="an empty list"))
    return Contents(source, items)


def load_parts(file: str, budget: Budget) -> list[Parts]:
    """Headers, witnesses and deltas of one file, or of standard input for `-`.

    Raises: as `weakstate.witness.parts.read_parts`; CannotRead.
    """
    try:
        return read_parts(read_stream(sys.stdin.buffer, budget) if file == STDIN else file, budget)
    except OSError as error:
        raise CannotRead(file, error.strerror or str(error)) from None


def each_item(contents: Iterable[Contents]) -> Iterator[Given]:
    """What the files hold, one by one."""
    for (file, _), items, error in contents:
        if error is not None:
            yield Given(file, error)
        yield from (Given(file, item) for item in items)


def _walk(folder: str) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (os.path.join(parent, name) for name in files if not name.startswith("."))


def _natural(path: str) -> list[list[tuple[int, int, str]]]:
    """Sort key under which 9 comes before 10 and each folder stays together."""
    return [
        [(0, int(part), part) if part[0] in DIGITS else (1, 0, part) for part in _split(name)]
        for name in path.split(os.sep)
    ]


def _split(name: str) -> list[str]:
    return [part for part in re.split(r"([0-9]+)", name) if part]


def _is_any(file: str, others: Iterable[os.stat_result]) -> bool:
    here = os.stat(file)
    return any(os.path.samestat(here, other) for other in others)
