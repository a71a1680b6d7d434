"""What `weakstate report` reads: blocks to verify, and accesses that are not of a block."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from weakstate._native import Budget, verify_touching
from weakstate.cli.pairing import Entry, pair
from weakstate.cli.plan import Planner
from weakstate.cli.sources import STDIN, CannotRead, Contents, Source, load, read_whole
from weakstate.errors import Unreadable, WeakstateError
from weakstate.sizes import own
from weakstate.sizes.access import AccessSet
from weakstate.sizes.figures import BlockFigures
from weakstate.sizes.many.kept import Kept
from weakstate.sizes.population import DATED_AT
from weakstate.sizes.recorded import Recorded, recorded_of
from weakstate.verifier.many import Task

BEGINNING = 4096  # bytes in which an access set says what it is


class Given(NamedTuple):
    """What a block touched; or its figures, as they were kept; or why there are none."""

    file: str
    found: AccessSet | BlockFigures | WeakstateError
    recorded: Recorded | None = None
    kept_as: str | None = None


class Inputs:
    """Reads, verifies, and finds what was kept."""

    def __init__(self, planner: Planner, kept: Kept | None, budget: Budget) -> None:
        self._planner = planner
        self._kept = kept
        self._budget = budget

    def given(
        self, sources: Iterable[Source], sets: Iterable[str], lists: Iterable[str]
    ) -> Iterator[Given]:
        """What is to be reported, in order; access sets among files of blocks are told by content.

        Raises: CannotRead.
        """
        for file in sets:
            yield self._own(file, own.from_json)
        for file in lists:
            yield self._own(file, _from_list(file))
        others: deque[Given] = deque()
        for one in self._recorded(pair(self._contents(sources, others))):
            while others:
                yield others.popleft()
            yield one
        yield from others

    def _contents(self, sources: Iterable[Source], others: deque[Given]) -> Iterator[Contents]:
        """What files of blocks hold; ``others`` takes what is in the rest."""
        for source in sources:
            if source.file != STDIN and _is_access_set(source.file):
                others.append(self._own(source.file, own.from_json))
                continue
            contents = load(source, self._budget)
            if contents.error is not None and source.file != STDIN:
                listed = self._own(source.file, _from_list(source.file))
                if isinstance(listed.found, AccessSet):
                    others.append(listed)
                    continue
            yield contents

    def _own(self, file: str, parse: Callable[[bytes], AccessSet]) -> Given:
        try:
            return Given(file, parse(read_whole(file, self._budget)))
        except WeakstateError as error:
            return Given(file, error)

    def _recorded(self, entries: Iterable[Entry]) -> Iterator[Given]:
        """What blocks touched that could be verified, and what their files take."""
        for entry in entries:
            task = self._planner.plan(entry).task
            if isinstance(task, WeakstateError):
                yield Given(entry.file, task)
                continue
            try:
                yield self._verified(entry.file, task)
            except WeakstateError as error:
                yield Given(entry.file, error)

    def _verified(self, file: str, task: Task) -> Given:
        chain, footing, block, witness = task
        if chain.scheme != "mpt":
            raise Unreadable("missing_part", "a block over Merkle Patricia tries", chain.scheme)
        name = os.path.basename(file).split(".")[0]
        kept_as = None
        if self._kept is not None:
            kept_as = self._kept.name(name, chain, block, witness)
            if (known := self._kept.find(kept_as)) is not None:
                return Given(file, known, kept_as=kept_as)
        verified, touched = verify_touching(chain, footing.anchor, block.rlp, witness, self._budget)
        access = AccessSet.from_verified(name, witness, verified, touched)
        recorded = recorded_of(
            chain, footing.anchor, block.rlp, witness, access, verified, self._budget
        )
        return Given(file, access, recorded, kept_as)


def _is_access_set(file: str) -> bool:
    """Whether a file says at its beginning that it is one."""
    try:
        with open(file, "rb") as stream:
            return own.FORMAT.encode() in stream.read(BEGINNING)
    except OSError as error:
        raise CannotRead(file, error.strerror or str(error)) from None


def _from_list(file: str) -> Callable[[bytes], AccessSet]:
    return lambda data: own.from_access_list(os.path.basename(file), data, DATED_AT)
