"""`weakstate inspect`: what files hold, and how much of it their blocks need."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import NamedTuple, TypeVar

import click

from weakstate._native import Block, Budget, Chain, Delta, Item, Touched, verify_touching
from weakstate.cli.exits import first_exit
from weakstate.cli.inspected import Inspected, Judged, refused_to_dict, to_dict
from weakstate.cli.options import PATH, budget_options, option
from weakstate.cli.pairing import Entry
from weakstate.cli.plan import Planner, choose_chain
from weakstate.cli.progress import watched
from weakstate.cli.refusal import explain
from weakstate.cli.sources import Contents, expand, load
from weakstate.cli.tables import lines
from weakstate.cli.text import clean, say, styled
from weakstate.errors import WeakstateError
from weakstate.verifier.lineage import Lineage
from weakstate.verifier.parallel import Workers, processors
from weakstate.witness.report import WitnessReport

Read = TypeVar("Read")

EPILOG = """\b
Examples:
  weakstate inspect block.json.gz
  weakstate inspect block.json.gz --chain mainnet
  weakstate inspect blocks/ --json | jq '.witness.node_bytes'

\b
Exit code, over all files the first of these that occurred:
  1 invalid block     under --chain
  3 invalid witness   under --chain
  5 over budget       raise --max-bytes, --max-nodes, --max-memory or --max-seconds
  2 unreadable        no known form; or wrong usage
  0 everything was described; 130 interrupted"""


class Given(NamedTuple):
    """One thing that a file holds, in its place there; or why there is nothing."""

    file: str
    position: int
    item: Item | WeakstateError


class Described(NamedTuple):
    """What is said of it."""

    text: str
    exit_code: int


@click.command("inspect", epilog=EPILOG)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PATH)
@click.option(
    "--chain",
    metavar="NAME|FILE",
    help="Verify blocks under these rules, and say what they touch and how much of their "
    "witnesses they need: a built-in chain or a genesis file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object an item.")
@budget_options("bytes", "nodes", "memory", "seconds")
def command(paths: tuple[str, ...], chain: str | None, as_json: bool, budget: Budget) -> int:
    """Say what files hold: blocks, witnesses and deltas, by part, trie, depth and account.

    Nodes are placed below the state root that the parent's header states, or else the one that
    the file claims. Nothing is verified without --chain. With it, each block is judged
    relative to the parent that it names, and what is reached and not needed is surplus.
    """
    chosen = None if chain is None else option("--chain", choose_chain, chain)
    sources = expand(paths, without=[] if chain is None else [chain])
    describe = partial(_describe, chain=chosen, budget=budget, as_json=as_json)
    exits: set[int] = set()
    with ExitStack() as stack:
        workers = stack.enter_context(Workers(processors()))
        contents = workers.in_order(partial(load, budget=budget), sources)
        contents = watched(stack, contents, len(sources), "Inspecting", hidden=as_json)
        for described in workers.in_order(describe, _each(contents)):
            say(described.text)
            exits.add(described.exit_code)
    return first_exit(exits)


def _each(contents: Iterable[Contents]) -> Iterator[Given]:
    for (file, _), items, error in contents:
        if error is not None:
            yield Given(file, 0, error)
        yield from (Given(file, position, item) for position, item in enumerate(items))


def _describe(given: Given, chain: Chain | None, budget: Budget, as_json: bool) -> Described:
    file, position, item = given
    if isinstance(item, WeakstateError):
        text = f"{styled(clean(file), bold=True)}\n  {explain(item)}"
        text = json.dumps(refused_to_dict(file, item)) if as_json else text
        return Described(text, item.exit_code)
    judged, touched = _judge(file, item, chain, budget)
    found = Inspected(
        file,
        position,
        item,
        _read(Block.from_rlp, item.block),
        _report(item, judged, touched),
        _read(partial(Delta.from_bytes, budget=budget), item.delta),
        judged,
    )
    result = judged.result if judged else None
    return Described(
        json.dumps(to_dict(found)) if as_json else "\n".join(lines(found)),
        result.exit_code if isinstance(result, WeakstateError) else 0,
    )


def _judge(
    file: str, item: Item, chain: Chain | None, budget: Budget
) -> tuple[Judged | None, Touched | None]:
    """The verdict on the item's block, and what it touched; nothing if there is no chain."""
    if chain is None or item.block is None or item.witness is None:
        return None, None
    entry = Entry(
        file, item.block, item.witness, item.chain_id, item.pre_state_root, item.block_hashes
    )
    plan = Planner(chain, Lineage(None)).plan(entry)
    task = plan.task
    if isinstance(task, WeakstateError):
        return Judged(plan, task), None
    try:
        verified, touched = verify_touching(
            task.chain, task.footing.anchor, task.block.rlp, task.witness, budget
        )
    except WeakstateError as error:
        return Judged(plan, error), None
    return Judged(plan, verified), touched


def _report(item: Item, judged: Judged | None, touched: Touched | None) -> WitnessReport | None:
    if item.witness is None:
        return None
    block = _read(Block.from_rlp, item.block)
    return WitnessReport(
        item.witness,
        item.pre_state_root,
        block.addresses if isinstance(block, Block) else (),
        None if judged is None or isinstance(judged.result, WeakstateError) else judged.result,
        touched,
    )


def _read(read: Callable[[bytes], Read], data: bytes | None) -> Read | WeakstateError | None:
    """What the data are; or why they are not."""
    try:
        return None if data is None else read(data)
    except WeakstateError as error:
        return error
