"""A folder with a file for each block that was fetched: written whole or not at all, and kept."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from weakstate._native import Block, Budget, Witness
from weakstate.errors import NodeError, WeakstateError
from weakstate.witness.bundle import write_bundle
from weakstate.witness.fetch import Fetched, Fetcher
from weakstate.witness.files import read

Form = Literal["json", "bundle"]
FORMS: tuple[Form, ...] = ("json", "bundle")


class Stored(NamedTuple):
    """A block with its witness in a file."""

    path: Path
    kept: bool  # it was there before
    chain_id: int
    block: Block
    witness: Witness
    bytes: int
    milliseconds: float


class Folder:
    """Where the files are. ``force`` fetches anew what is there."""

    def __init__(
        self, path: Path, form: Form = "json", *, force: bool = False, budget: Budget | None = None
    ) -> None:
        self._path = path
        self._form = form
        self._force = force
        self._budget = budget or Budget()

    def fetch(self, fetcher: Fetcher, hash_: bytes) -> Stored:
        """The block of this hash, from the folder or else from the node into the folder.

        Raises: as `fetch`; FileExistsError if there is another file in its place; OSError.
        """
        started = time.perf_counter()
        block = fetcher.block(hash_)
        stored = self._kept(block.number, fetcher.chain_id)
        if stored is None:
            return self._write(fetcher.witnessed(block), started)
        if stored.block.hash != hash_:
            raise _taken(stored.path, f"block 0x{stored.block.hash.hex()}")
        return stored

    def fetch_range(self, fetcher: Fetcher, first: int, last: int) -> Iterator[Stored]:
        """The blocks of these numbers, each of which must be the parent of the next.

        Raises: as `fetch`; NodeError (`wrong_answer`) if they are no chain, because it was
        reorganised meanwhile or the node errs.
        """
        before: Block | None = None
        for number in range(first, last + 1):
            started = time.perf_counter()
            found = self._kept(number, fetcher.chain_id) or fetcher.fetch(number)
            if before is not None and found.block.header.parent_hash != before.hash:
                expected = f"a child of 0x{before.hash.hex()}, the block before (force: both anew)"
                actual = f"one of 0x{found.block.header.parent_hash.hex()}"
                raise NodeError("wrong_answer", expected, actual, f"block {number}")
            yield found if isinstance(found, Stored) else self._write(found, started)
            before = found.block

    def _kept(self, number: int, chain_id: int) -> Stored | None:
        """The block that a file holds already. Raises: FileExistsError if it holds another."""
        started = time.perf_counter()
        path = self._file(number)
        if self._force or not path.exists():
            return None
        try:
            [item] = read(path, self._budget)
            if item.block is None or item.witness is None or item.chain_id is None:
                raise ValueError
            block = Block.from_rlp(item.block)
        except (WeakstateError, ValueError):
            raise _taken(path, "no block with a witness and a chain") from None
        if (block.number, item.chain_id) != (number, chain_id):
            raise _taken(path, f"block {block.number} of chain {item.chain_id}")
        took = (time.perf_counter() - started) * 1e3
        return Stored(path, True, chain_id, block, item.witness, path.stat().st_size, took)

    def _write(self, fetched: Fetched, started: float) -> Stored:
        """Write the file beside its place, and then put it there."""
        path = self._file(fetched.block.number)
        chain_id, block, witness, content = fetched
        if self._form == "bundle":
            content = write_bundle(block.rlp, witness.to_bytes(), None, chain_id)
        self._path.mkdir(parents=True, exist_ok=True)
        partial = self._path / f".{path.name}.{os.getpid()}.part"
        try:
            with partial.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())  # or a power cut may leave the name without the bytes
            partial.replace(path)
        except BaseException:  # an interrupt too
            partial.unlink(missing_ok=True)
            raise
        took = (time.perf_counter() - started) * 1e3
        return Stored(path, False, chain_id, block, witness, len(content), took)

    def _file(self, number: int) -> Path:
        return self._path / f"{number}.{self._form}"


def _taken(path: Path, holds: str) -> FileExistsError:
    return FileExistsError(f"{path} holds {holds}: take another folder, or force")
