"""Which witness belongs to which block, where files hold one without the other."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from weakstate._native import Item, Witness
from weakstate.cli.sources import Contents
from weakstate.errors import Unreadable, WeakstateError


class Entry(NamedTuple):
    """One block to verify and what its file says beside it; or why there is none."""

    file: str
    block: bytes = b""
    witness: Witness | None = None
    chain_id: int | None = None
    pre_state_root: bytes | None = None
    block_hashes: Sequence[bytes] = ()
    delta: bytes | None = None
    error: WeakstateError | None = None


class _Alone:
    """Blocks and witnesses that wait for each other."""

    def __init__(self) -> None:
        self.blocks: deque[tuple[str, Item]] = deque()
        self.witnesses: deque[tuple[str, Item]] = deque()


def pair(contents: Iterable[Contents]) -> Iterator[Entry]:
    """Blocks with their witnesses; a block alone and a witness alone are paired in order.

    Files that were named are paired with each other, and files of one folder.
    """
    waiting: defaultdict[str | None, _Alone] = defaultdict(_Alone)
    for (file, folder), items, error in contents:
        if error is not None:
            yield _refuse(file, error)
        for item in items:
            if item.block is not None and item.witness is not None:
                yield _join(file, item, item)
                continue
            if item.block is None and item.witness is None:
                yield _refuse(file, _missing("block", item))
                continue
            alone = waiting[folder]
            (alone.witnesses if item.block is None else alone.blocks).append((file, item))
            if alone.blocks and alone.witnesses:
                yield _join(*alone.blocks.popleft(), alone.witnesses.popleft()[1])
    for alone in waiting.values():
        yield from (_refuse(file, _missing("witness", item)) for file, item in alone.blocks)
        yield from (_refuse(file, _missing("block", item)) for file, item in alone.witnesses)


def with_witnesses(contents: Iterable[Contents], witnesses: Iterable[Contents]) -> Iterator[Entry]:
    """Blocks paired in order with the witnesses of other files, whatever their own files hold."""
    given = _witnesses(witnesses)
    for (file, _), items, error in contents:
        if error is not None:
            yield _refuse(file, error)
        for item in items:
            if item.block is None:
                yield _refuse(file, _missing("block", item))
                continue
            match next(given, None):
                case None:
                    yield _refuse(file, _missing("witness", item))
                case (name, WeakstateError() as refused):
                    yield _refuse(name, refused)
                case (_, Item() as witness):
                    yield _join(file, item, witness)
    for name, rest in given:
        yield _refuse(name, rest if isinstance(rest, WeakstateError) else _missing("block", rest))


def _witnesses(contents: Iterable[Contents]) -> Iterator[tuple[str, Item | WeakstateError]]:
    for (file, _), items, error in contents:
        if error is not None:
            yield file, error
        for item in items:
            if item.witness is None:
                yield file, _missing("witness", item)
            else:
                yield file, item


def _join(file: str, block: Item, witness: Item) -> Entry:
    """The block of one item with the witness of another, and what both state."""
    assert block.block is not None
    return Entry(
        file,
        block.block,
        witness.witness,
        witness.chain_id if block.chain_id is None else block.chain_id,
        witness.pre_state_root or block.pre_state_root,
        witness.block_hashes or block.block_hashes,
        witness.delta if block.delta is None else block.delta,
    )


def _refuse(file: str, error: WeakstateError) -> Entry:
    return Entry(file, error=error)


def _missing(part: str, item: Item) -> Unreadable:
    """Why an item without this part cannot be verified."""
    parts = (("block", item.block), ("witness", item.witness), ("delta", item.delta))
    [there, *_] = [name for name, value in parts if value is not None]
    return Unreadable("missing_part", f"a {part}", f"a {there} alone")
