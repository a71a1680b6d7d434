"""`weakstate report`: what blocks' witnesses would take over other trees."""

import json
import os
import shlex
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import click

from weakstate._native import Budget, verify_touching
from weakstate.cli.exits import first_exit
from weakstate.cli.options import PATH, budget_options, option
from weakstate.cli.pairing import Entry, pair
from weakstate.cli.plan import Planner, choose_chain
from weakstate.cli.progress import watched
from weakstate.cli.refusal import explain
from weakstate.cli.reporting.files import write_report
from weakstate.cli.reporting.lines import block_lines, composed_lines, spread_lines
from weakstate.cli.sources import expand, load, read_whole
from weakstate.cli.text import clean, say
from weakstate.errors import WeakstateError
from weakstate.sizes.access import AccessSet
from weakstate.sizes.figures import BlockFigures, figures
from weakstate.sizes.many.compose import Composed, compose, grow
from weakstate.sizes.many.spread import spread_of
from weakstate.sizes.own import from_access_list, from_json
from weakstate.sizes.population import DATED_AT, Population
from weakstate.sizes.predict import MODELS
from weakstate.sizes.recorded import Recorded, recorded_of
from weakstate.sizes.report import Report
from weakstate.verifier.lineage import Lineage

EPILOG = """\b
Examples:
  weakstate report block.json.gz
  weakstate report blocks/ --schemes mpt,verkle --state-size 10000000000
  weakstate report block.json.gz -o sizes --json | jq '.blocks[0].schemes[].total'

\b
Exit code, over all files the first of these that occurred:
  1 invalid block     it has no access set
  3 invalid witness
  5 over budget       raise --max-bytes, --max-nodes, --max-memory or --max-seconds
  2 unreadable        no known form; or wrong usage
  0 everything was modelled; 130 interrupted"""


def _schemes(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(value.split(",")))
    if unknown := [scheme for scheme in chosen if scheme not in MODELS]:
        known = ", ".join(MODELS)
        raise click.BadParameter(f"no model of {', '.join(unknown)}; there are {known}")
    return chosen


@click.command("report", epilog=EPILOG)
@click.argument("paths", metavar="[PATH...]", nargs=-1, type=PATH)
@click.option(
    "--access-set", "sets", metavar="FILE", multiple=True, type=PATH, help="Accesses as JSON."
)
@click.option(
    "--access-list",
    "lists",
    metavar="FILE",
    multiple=True,
    type=PATH,
    help="A block access list in RLP: all it names is taken to be there, no code to be read.",
)
@click.option(
    "--schemes",
    metavar="NAME,...",
    default=",".join(MODELS),
    show_default=True,
    callback=_schemes,
    help="Trees to compare.",
)
@click.option(
    "--state-size",
    metavar="N",
    type=click.IntRange(1, 10**15),
    help="Accounts and slots of the state, together; by default mainnet's at the block's height.",
)
@click.option("--chain", metavar="NAME|FILE", help="Rules that blocks are verified under.")
@click.option(
    "-o",
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write report.html and its charts, report.json, report.md and CSV there.",
)
@click.option("--seed", type=click.IntRange(0), default=0, help="First of the seeds.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@budget_options("bytes", "nodes", "memory", "seconds")
def command(
    paths: tuple[str, ...],
    sets: tuple[str, ...],
    lists: tuple[str, ...],
    schemes: tuple[str, ...],
    state_size: int | None,
    chain: str | None,
    out: Path | None,
    seed: int,
    as_json: bool,
    budget: Budget,
) -> int:
    """Say what blocks' witnesses take over Merkle Patricia, Verkle and binary trees.

    Blocks are verified, each relative to the parent that it names, to learn what they touch. What
    they touch is then put into a drawn state of mainnet's size, and the witness is counted.
    """
    if not (paths or sets or lists):
        raise click.UsageError("name a file with a block and its witness, or an access set")
    population = None if state_size is None else Population.of_size(state_size)
    planner = Planner(
        None if chain is None else option("--chain", choose_chain, chain), Lineage(None)
    )
    exits: set[int] = set()
    found: list[BlockFigures] = []
    sources = expand(paths)
    with ExitStack() as stack:
        contents = (load(source, budget) for source in sources)
        entries = pair(watched(stack, contents, len(sources), "Reporting", hidden=as_json))
        for name, given in [*_own(sets, lists, budget), *_recorded(entries, planner, budget)]:
            if isinstance(given, WeakstateError):
                say(f"{clean(name)}: {explain(given)}", stderr=True)
                exits.add(given.exit_code)
                continue
            access, recorded = given
            block = figures(access, schemes, population, seed=seed, recorded=recorded)
            found.append(block)
            for line in () if as_json else block_lines(block):
                say(line)
    report = _together(found, schemes, population, seed)
    if as_json:
        say(json.dumps(report.to_dict()))
    else:
        for line in (*spread_lines(report.spread), *composed_lines(report.composed)):
            say(line)
    if out is not None:
        write_report(out, report, shlex.join(["weakstate", *sys.argv[1:]]))
    return first_exit(exits)


Accesses = tuple[AccessSet, Recorded | None]


def _together(
    blocks: list[BlockFigures], schemes: tuple[str, ...], population: Population | None, seed: int
) -> Report:
    """The figures of blocks, and what they have together."""
    composed: list[Composed] = []
    if len(blocks) > 1:
        larger = list(compose([block.access for block in blocks], seed=seed))
        composed = [grow(scheme, larger, population, seed) for scheme in schemes]
    return Report(tuple(blocks), tuple(composed), tuple(spread_of(blocks)))


def _own(
    sets: Iterable[str], lists: Iterable[str], budget: Budget
) -> Iterator[tuple[str, Accesses | WeakstateError]]:
    """Access sets that are not of blocks."""
    for file in (*sets, *lists):
        data = read_whole(file, budget)
        try:
            if file in sets:
                yield file, (from_json(data), None)
            else:
                yield file, (from_access_list(os.path.basename(file), data, DATED_AT), None)
        except WeakstateError as error:
            yield file, error


def _recorded(
    entries: Iterable[Entry], planner: Planner, budget: Budget
) -> Iterator[tuple[str, Accesses | WeakstateError]]:
    """Access sets of blocks that could be verified, and the bytes of their witnesses' nodes."""
    for entry in entries:
        task = planner.plan(entry).task
        if isinstance(task, WeakstateError):
            yield entry.file, task
            continue
        try:
            verified, touched = verify_touching(
                task.chain, task.footing.anchor, task.block.rlp, task.witness, budget
            )
        except WeakstateError as error:
            yield entry.file, error
            continue
        name = os.path.basename(entry.file).split(".")[0]
        access = AccessSet.from_verified(name, task.witness, verified, touched)
        recorded = recorded_of(
            task.chain,
            task.footing.anchor,
            task.block.rlp,
            task.witness,
            access,
            verified,
            budget,
        )
        yield entry.file, (access, recorded)
