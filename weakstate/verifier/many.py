"""Verify many blocks on worker threads, results in order, each anchoring the next.

A block is executed relative to the parent that it names, so that blocks run side by side;
whether that parent is trusted is settled afterwards, in order.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from weakstate._native import Anchor, Block, Budget, Chain, Item, Verified, Witness
from weakstate.errors import Unreadable, WeakstateError
from weakstate.verifier.api import as_chain
from weakstate.verifier.engines import Engine, EngineDisagreement, run_engine
from weakstate.verifier.lineage import Footing, Lineage
from weakstate.verifier.parallel import Workers, processors

if TYPE_CHECKING:
    from weakstate.verifier.reference import ReferenceVerified

Pair = tuple[bytes | Block, Witness]


class Task(NamedTuple):
    """A block that is ready to be executed."""

    chain: Chain
    footing: Footing
    block: Block
    witness: Witness


class Outcome(NamedTuple):
    """What became of a task."""

    task: Task
    result: "Verified | ReferenceVerified | WeakstateError | EngineDisagreement"
    milliseconds: float


def verify_many(
    chain: Chain | str | int,
    anchor: Anchor | None,
    items: Iterable[Item | Pair],
    *,
    jobs: int | None = None,
    engine: Literal["native", "both"] = "native",
    budget: Budget | None = None,
) -> Iterator[Verified | WeakstateError]:
    """Verify a stream of blocks, each with its witness; yield results in the order of ``items``.

    ``anchor`` is what the first block must extend; each verified block anchors the next one
    that names it as parent, and one that extends neither is refused as ``wrong_parent``.
    With no anchor, each block is judged relative to the parent that it names: nothing but
    ``chain`` is trusted then, and nothing but the step between the two is known. An item is
    what ``read`` gives, or a block with its witness; ``jobs`` threads (one a processor) are
    kept busy and few items are drawn ahead of what was yielded.

    Raises: ValueError, TypeError for wrong arguments; EngineDisagreement.
    """
    workers = Workers(processors() if jobs is None else jobs)
    run = partial(execute, engine=engine, budget=budget)
    return _verify_many(as_chain(chain), Lineage(anchor), items, workers, run)


def execute(
    task: Task | WeakstateError, *, engine: Engine, budget: Budget | None
) -> Outcome | WeakstateError:
    """Run the engine on a task; what was refused before passes through."""
    if isinstance(task, WeakstateError):
        return task
    start = time.perf_counter()
    result: Verified | ReferenceVerified | WeakstateError | EngineDisagreement
    try:
        result = run_engine(
            engine, task.chain, task.footing.anchor, task.block.rlp, task.witness, None, budget
        )
    except (WeakstateError, EngineDisagreement) as error:
        result = error
    return Outcome(task, result, 1e3 * (time.perf_counter() - start))


def settle(lineage: Lineage, outcome: Outcome) -> Outcome:
    """Judge, in order, whether the block's parent is trusted."""
    task, result, milliseconds = outcome
    verified = not isinstance(result, WeakstateError | EngineDisagreement)
    try:
        footing = lineage.settle(task.block, task.footing, verified)
    except WeakstateError as error:
        return Outcome(task, error, milliseconds)
    return Outcome(task._replace(footing=footing), result, milliseconds)


def _verify_many(
    chain: Chain,
    lineage: Lineage,
    items: Iterable[Item | Pair],
    workers: Workers,
    run: Callable[[Task | WeakstateError], Outcome | WeakstateError],
) -> Iterator[Verified | WeakstateError]:
    with workers:
        tasks = (_prepare(chain, lineage, item) for item in items)
        for outcome in workers.in_order(run, tasks):
            if isinstance(outcome, WeakstateError):
                yield outcome
                continue
            result = settle(lineage, outcome).result
            if isinstance(result, EngineDisagreement):
                raise result
            yield cast(Verified | WeakstateError, result)


def _prepare(chain: Chain, lineage: Lineage, item: Item | Pair) -> Task | WeakstateError:
    block, witness = item if isinstance(item, tuple) else (item.block, item.witness)
    if block is None or witness is None:
        return Unreadable("missing_part", actual="no block" if block is None else "no witness")
    try:
        block = block if isinstance(block, Block) else Block.from_rlp(block)
        return Task(chain, lineage.place(block), block, witness)
    except WeakstateError as error:
        return error
