"""Which header belongs to which delta, and whether headers lead to the block that is trusted."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from weakstate._native import Block, Budget, Chain, Delta, Header, Item
from weakstate.cli.sources import Given
from weakstate.cli.store import expect_chain
from weakstate.cli.text import hexadecimal
from weakstate.errors import InvalidDelta, Unreadable, WeakstateError


class Step(NamedTuple):
    """A delta and the header of its last block."""

    file: str
    delta: Delta
    bytes: int
    header: Header
    proven: bool = False  # the header is, by the hash of a block that is trusted


class Failed(NamedTuple):
    """Why a file holds no step, or none that may be taken."""

    file: str
    error: WeakstateError


def steps(
    given: Iterable[Given], headers: Sequence[Header], chain: Chain, budget: Budget
) -> Iterator[Step | Failed]:
    """Deltas with their headers: a delta alone takes the next of ``headers``, or the next block."""
    pairs = _Pairs(headers)
    for file, item in given:
        try:
            if isinstance(item, WeakstateError):
                raise item
            expect_chain(item, chain)
            for name, data, header in pairs.add(file, item):
                delta = Delta.from_bytes(data, budget)
                yield Step(name, delta, len(data), header)
        except WeakstateError as error:
            yield Failed(file, error)
    yield from pairs.left_over()


class _Pairs:
    """Deltas and headers that wait for each other."""

    def __init__(self, headers: Iterable[Header]) -> None:
        self._stated = deque(headers)
        self._headers: deque[tuple[str, Header]] = deque()
        self._deltas: deque[tuple[str, bytes]] = deque()

    def add(self, file: str, item: Item) -> Iterator[tuple[str, bytes, Header]]:
        """The pairs that become whole. Raises: InvalidBlock, Unreadable."""
        header = None if item.block is None else Block.from_rlp(item.block).header
        if item.delta is not None:
            if header is None and self._stated:
                header = self._stated.popleft()
            if header is not None:
                yield file, item.delta, header
                return
            self._deltas.append((file, item.delta))
        elif header is not None:
            self._headers.append((file, header))
        else:
            raise _missing("a delta", "a witness alone")
        if self._deltas and self._headers:
            name, data = self._deltas.popleft()
            yield name, data, self._headers.popleft()[1]

    def left_over(self) -> Iterator[Failed]:
        """What nothing was found for."""
        for file, _ in self._deltas:
            yield Failed(file, _missing("the header that it leads to", "a delta alone"))
        for file, _ in self._headers:
            yield Failed(file, _missing("a delta", "a block alone"))
        for header in self._stated:
            yield Failed("--header", _missing("a delta", f"header {header.number} alone"))


def prove(found: Iterable[Step | Failed], trust: bytes) -> list[Step | Failed]:
    """The same steps, whose headers lead to the block that is trusted; or one refusal of all.

    Each header is proven by the hash in the next. Where a delta covers several blocks, the
    headers before it are not, but the root at the end is.
    """
    taken: list[Step] = []
    for step in found:
        if isinstance(step, Failed):
            return [step]
        taken.append(step)
    last = taken[-1]
    if last.header.hash != trust:
        return [_unproven(last, "delta_wrong_block", trust, last.header.hash)]
    for before, step in pairwise(taken):
        if step.delta.blocks == 1 and step.header.parent_hash != before.header.hash:
            expected, found_hash = before.header.hash, step.header.parent_hash
            return [_unproven(step, "delta_wrong_parent", expected, found_hash)]
    proven: list[Step | Failed] = []
    known = True
    for step in reversed(taken):
        proven.append(step._replace(proven=known))
        known = known and step.delta.blocks == 1
    return proven[::-1]


def _unproven(step: Step, code: str, expected: bytes, actual: bytes) -> Failed:
    at = "--trust" if code == "delta_wrong_block" else "header.parent_hash"
    error = InvalidDelta(code, hexadecimal(expected) or "", hexadecimal(actual) or "", at)
    return Failed(step.file, error)


def _missing(expected: str, actual: str) -> Unreadable:
    return Unreadable("missing_part", expected, actual)
