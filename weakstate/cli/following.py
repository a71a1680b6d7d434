"""Which header belongs to which delta, and whether headers lead to the block that is trusted."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from weakstate._native import Budget, Delta, Header
from weakstate.cli.sources import Source, load_parts
from weakstate.cli.text import hexadecimal
from weakstate.errors import InvalidDelta, Unreadable, WeakstateError


class Step(NamedTuple):
    """A delta and the header of its last block."""

    file: str
    delta: Delta
    header: Header
    proven: bool = False  # the header is, by the hash of a block that is trusted


class Failed(NamedTuple):
    """Why a file holds no step, or none that may be taken."""

    file: str
    error: WeakstateError


def steps(sources: Iterable[Source], budget: Budget) -> Iterator[Step | Failed]:
    """Deltas with their headers. Those that stand alone, or in a block, are paired in order."""
    deltas: deque[tuple[str, Delta]] = deque()
    headers: deque[tuple[str, Header]] = deque()
    for file, _ in sources:
        try:
            found = load_parts(file, budget)
        except WeakstateError as error:
            yield Failed(file, error)
            continue
        if not any(part.delta or part.header for part in found):
            yield Failed(file, _missing("a delta", "a witness alone"))
        for part in found:
            if part.delta is not None and part.header is not None:
                yield Step(file, part.delta, part.header)
            elif part.delta is not None:
                deltas.append((file, part.delta))
            elif part.header is not None:
                headers.append((file, part.header))
            if deltas and headers:
                yield Step(*deltas.popleft(), headers.popleft()[1])
    for file, _ in deltas:
        yield Failed(file, _missing("the header that it leads to", "a delta alone"))
    for file, _ in headers:
        yield Failed(file, _missing("a delta", "a header alone"))


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
    if not taken:
        return []
    last = taken[-1]
    if last.header.hash != trust:
        return [_refuse(last, "delta_wrong_block", trust, last.header.hash, "--trust")]
    for before, step in pairwise(taken):
        if step.delta.blocks == 1 and step.header.parent_hash != before.header.hash:
            wanted, stated = before.header.hash, step.header.parent_hash
            return [_refuse(step, "delta_wrong_parent", wanted, stated, "header.parent_hash")]
    proven: list[Step | Failed] = []
    known = True
    for step in reversed(taken):
        proven.append(step._replace(proven=known))
        known = known and step.delta.blocks == 1
    return proven[::-1]


def _refuse(step: Step, code: str, expected: bytes, actual: bytes, at: str) -> Failed:
    error = InvalidDelta(code, hexadecimal(expected) or "", hexadecimal(actual) or "", at)
    return Failed(step.file, error)


def _missing(expected: str, actual: str) -> Unreadable:
    return Unreadable("missing_part", expected, actual)
