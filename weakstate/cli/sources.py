"""The files that a command line names, in order, and what they hold."""

import os
import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import click

from weakstate._native import Budget, Item, Witness
from weakstate.errors import Unreadable, WeakstateError
from weakstate.witness.files import read, read_stream

STDIN = "-"
DIGITS = "0123456789"


class CannotRead(click.FileError):
    """A file that the system does not let us read: wrong usage, and no verdict on anything."""

    exit_code = 2


class Contents(NamedTuple):
    """What one file holds, or why it cannot be told."""

    file: str
    items: list[Item]
    error: WeakstateError | None = None


class Entry(NamedTuple):
    """One block to verify and what its file says beside it; or why there is none."""

    file: str
    block: bytes = b""
    witness: Witness | None = None
    chain_id: int | None = None
    pre_state_root: bytes | None = None
    block_hashes: Sequence[bytes] = ()
    error: WeakstateError | None = None


def expand(paths: Iterable[str], without: Iterable[str] = ()) -> list[str]:
    """Files that the paths name: folders recursively, sorted by the numbers in their names.

    ``without`` names files that a folder may hold for another purpose. Hidden files are left out.
    """
    kept_out = [os.stat(path) for path in without if os.path.exists(path)]
    files: list[str] = []
    for path in paths:
        if not os.path.isdir(path):
            files.append(path)
            continue
        found = sorted(_walk(path), key=_natural)
        files += [file for file in found if not _is_any(file, kept_out)]
    for file in files:
        if file != STDIN and not os.access(file, os.R_OK):
            raise CannotRead(file, "it cannot be read")
    return files


def load(file: str, budget: Budget) -> Contents:
    """Read one file, or standard input for `-`."""
    try:
        if file == STDIN:
            return Contents(file, read(read_stream(sys.stdin.buffer, budget), budget))
        return Contents(file, read(file, budget))
    except WeakstateError as error:
        return Contents(file, [], error)
    except OSError as error:
        raise CannotRead(file, error.strerror or str(error)) from None


def pair(contents: Iterable[Contents]) -> Iterator[Entry]:
    """Blocks with their witnesses; a block alone and a witness alone are paired in order."""
    blocks: deque[tuple[str, Item]] = deque()
    witnesses: deque[tuple[str, Item]] = deque()
    for file, items, error in contents:
        if error is not None:
            yield Entry(file, error=error)
        for item in items:
            if item.block is not None and item.witness is not None:
                yield join(file, item, item)
                continue
            (witnesses if item.block is None else blocks).append((file, item))
            if blocks and witnesses:
                name, block = blocks.popleft()
                yield join(name, block, witnesses.popleft()[1])
    for file, _ in blocks:
        yield Entry(file, error=Unreadable("missing_part", "a witness", "a block alone"))
    for file, _ in witnesses:
        yield Entry(file, error=Unreadable("missing_part", "a block", "a witness alone"))


def with_witnesses(contents: Iterable[Contents], witnesses: Iterable[Contents]) -> Iterator[Entry]:
    """Blocks paired in order with witnesses that other files hold, whatever theirs hold."""
    given = iter(_witnesses(witnesses))
    for file, items, error in contents:
        if error is not None:
            yield Entry(file, error=error)
        for item in items:
            if item.block is None:
                yield Entry(file, error=Unreadable("missing_part", "a block", "a witness alone"))
                continue
            match next(given, None):
                case None:
                    lack = Unreadable("missing_part", "a witness", "a block alone")
                    yield Entry(file, error=lack)
                case (name, WeakstateError() as refused):
                    yield Entry(name, error=refused)
                case (_, Item() as witness):
                    yield join(file, item, witness)
    for name, rest in given:
        lack = Unreadable("missing_part", "a block", "a witness alone")
        yield Entry(name, error=rest if isinstance(rest, WeakstateError) else lack)


def join(file: str, block: Item, witness: Item) -> Entry:
    """The block of one item with the witness of another, and what both state."""
    assert block.block is not None
    chain_id = witness.chain_id if block.chain_id is None else block.chain_id
    return Entry(
        file,
        block.block,
        witness.witness,
        chain_id,
        witness.pre_state_root or block.pre_state_root,
        witness.block_hashes or block.block_hashes,
    )


def _witnesses(contents: Iterable[Contents]) -> Iterator[tuple[str, Item | WeakstateError]]:
    for file, items, error in contents:
        if error is not None:
            yield file, error
        for item in items:
            if item.witness is None:
                yield file, Unreadable("missing_part", "a witness", "a block alone")
            else:
                yield file, item


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
