"""`weakstate report`: what blocks' witnesses would take over other trees."""

import json
import shlex
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from weakstate._native import Budget
from weakstate.cli.exits import first_exit
from weakstate.cli.meter import Meter
from weakstate.cli.options import PATH, budget_options, option
from weakstate.cli.plan import Planner, choose_chain
from weakstate.cli.refusal import explain
from weakstate.cli.reporting.files import write_report
from weakstate.cli.reporting.inputs import Inputs
from weakstate.cli.reporting.lines import block_lines, composed_lines, spread_lines
from weakstate.cli.reporting.run import Made, Run
from weakstate.cli.reporting.workers import Workers
from weakstate.cli.sources import expand
from weakstate.cli.text import clean, say
from weakstate.errors import WeakstateError
from weakstate.sizes.figures import BlockFigures
from weakstate.sizes.made.own_tree import OwnTreeError, load_tree
from weakstate.sizes.made.timing import Provers
from weakstate.sizes.many.kept import Kept
from weakstate.sizes.population import Population
from weakstate.sizes.predict import COMPARED, MODELS
from weakstate.verifier.lineage import Lineage
from weakstate.verifier.parallel import processors

EPILOG = """\b
Examples:
  weakstate report block.json.gz
  weakstate report blocks/ --schemes mpt,verkle --state-size 10000000000 --no-timing
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
    own = [scheme for scheme in chosen if ":" in scheme]
    if unknown := [scheme for scheme in chosen if scheme not in (*MODELS, *own)]:
        known = ", ".join(MODELS)
        raise click.BadParameter(
            f"no model of {', '.join(unknown)}; there are {known}, and trees as module:Class"
        )
    try:
        for scheme in own:
            load_tree(scheme)
    except OwnTreeError as error:
        raise click.BadParameter(str(error)) from None
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
    default=",".join(COMPARED),
    show_default=True,
    callback=_schemes,
    help="Trees to compare, also binary-geth; module:Class is one written in Python.",
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
    help=(
        "Write report.html and its charts, report.json, report.md and CSV there. Figures of each "
        "block are kept in DIR/blocks: where block, options and program are the same they are "
        "not made again; with a module:Class none are kept."
    ),
)
@click.option(
    "--timing/--no-timing",
    default=True,
    show_default=True,
    help="Make and verify real proofs over a small synthetic state, and time that.",
)
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Processes; one a processor.")
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
    timing: bool,
    jobs: int | None,
    seed: int,
    as_json: bool,
    budget: Budget,
) -> int:
    """Say what blocks' witnesses take over Merkle Patricia, Verkle and binary trees.

    PATHs are blocks with witnesses, bundles, access sets, block access lists, and folders of them.
    Blocks are verified, each relative to the parent that it names, to learn what they touch. What
    they touch is then put into a drawn state of mainnet's size, and the witness is counted. Of
    several blocks it is also said how sizes are spread, and how they grow in blocks composed of
    them.
    """
    if not (paths or sets or lists):
        raise click.UsageError("name a file with a block and its witness, or an access set")
    population = None if state_size is None else Population.of_size(state_size)
    planner = Planner(
        None if chain is None else option("--chain", choose_chain, chain), Lineage(None)
    )
    # What a tree of one's own does may change between runs.
    keeps = out is not None and all(scheme in MODELS for scheme in schemes)
    kept = Kept(out / "blocks", (schemes, population, seed)) if out and keeps else None
    inputs = Inputs(planner, kept, budget)
    run = Run(schemes, population, seed, kept)
    sources = expand(paths)
    several = len(sources) + len(sets) + len(lists) > 1
    found: list[BlockFigures] = []
    exits: set[int] = set()
    with (
        Workers((jobs or processors()) if several else 1) as workers,
        Meter(hidden=as_json) as meter,
    ):
        given = inputs.given(sources, sets, lists)
        made = _counted(meter, "drawn", run.blocks(given, workers))
        if timing:
            made = _counted(meter, "timed", run.timed(list(made), Provers().timed))
        for file, block, _ in made:
            if isinstance(block, WeakstateError):
                say(f"{clean(file)}: {explain(block)}", stderr=True)
                exits.add(block.exit_code)
                continue
            found.append(block)
            _say(() if as_json else block_lines(block))
        report = run.together(found, workers)
    if as_json:
        say(json.dumps(report.to_dict()))
    else:
        _say((*spread_lines(report.spread), *composed_lines(report.composed)))
    if out is not None:
        write_report(out, report, shlex.join(["weakstate", *sys.argv[1:]]))
    return first_exit(exits)


def _counted(meter: Meter, what: str, made: Iterable[Made]) -> Iterator[Made]:
    """The same, with a line that says how many there are so far where a person waits."""
    for number, each in enumerate(made, 1):
        meter.clear()
        yield each
        meter.count(what, number)


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        say(line)
