"""`weakstate verify`: blocks and witnesses in, one verdict a block out."""

import json
from contextlib import ExitStack
from functools import partial

import click

from weakstate._native import Budget
from weakstate.cli.options import PATH, budget_options, option
from weakstate.cli.pairing import pair, with_witnesses
from weakstate.cli.plan import Plan, Planner, choose_anchor, choose_chain, first_header
from weakstate.cli.progress import watched
from weakstate.cli.sources import expand, load
from weakstate.cli.text import say
from weakstate.cli.verdict import Report, Summary
from weakstate.errors import WeakstateError
from weakstate.verifier.engines import Engine
from weakstate.verifier.lineage import Lineage
from weakstate.verifier.many import Outcome, execute, settle
from weakstate.verifier.parallel import Workers, processors

EPILOG = """\b
Examples:
  weakstate verify block.json.gz
  weakstate verify blocks/ --parent 0x5a5c…e3 --chain mainnet
  weakstate verify block.rlp --witness witness.json --chain genesis.json
  curl -s … | weakstate verify - --chain sepolia --json | jq .verdict

\b
Exit code, over all blocks the first of these that occurred:
  1 invalid block     reject it
  3 invalid witness   or one that omits something: ask another source
  5 over budget       raise --max-bytes, --max-nodes, --max-memory or --max-seconds
  2 unreadable        no known form of block or witness; or wrong usage
  0 every block is valid relative to what its line names
  70 the engines disagree: a bug in weakstate; 130 interrupted"""


@click.command("verify", epilog=EPILOG)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PATH)
@click.option(
    "--witness",
    "witnesses",
    multiple=True,
    type=PATH,
    help="File of witnesses for the blocks of PATH, in order.",
)
@click.option(
    "--parent",
    metavar="HASH|FILE",
    help="What to trust: the hash of the first block's parent, or a file with that block or "
    "its header. Each verified block then anchors the next. Without it, a block is judged "
    "relative to the parent that it names.",
)
@click.option(
    "--chain",
    metavar="NAME|FILE",
    help="The chain's rules: a built-in chain (see `weakstate chains`) or a genesis file. "
    "Without it, the chain id in a file picks a built-in chain.",
)
@click.option(
    "--engine",
    type=click.Choice(["native", "reference", "both"]),
    default="native",
    show_default=True,
    help="The engine that judges; `both` compares them.",
)
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Threads; one a processor.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a block.")
@click.option("-q", "--quiet", is_flag=True, help="Print only blocks that are not valid.")
@click.option("-v", "--checks", is_flag=True, help="List each check of each block.")
@budget_options("bytes", "nodes", "memory", "seconds")
def command(
    paths: tuple[str, ...],
    witnesses: tuple[str, ...],
    parent: str | None,
    chain: str | None,
    engine: Engine,
    jobs: int | None,
    as_json: bool,
    quiet: bool,
    checks: bool,
    budget: Budget,
) -> int:
    """Re-execute blocks from their witnesses and say whether they are valid.

    PATH is a file, a folder (all files in it, by number) or `-` for standard input. Every
    known form of block and witness is found by content, gzip and Zstandard included. A file
    with a block alone is paired with the next one that has a witness alone.
    """
    chosen = None if chain is None else option("--chain", choose_chain, chain)
    if chosen is not None and chosen.hooks and engine != "native":
        raise click.UsageError("the reference engine does not know the rules of the chain's own")
    if chosen is not None and chosen.scheme != "mpt" and engine != "native":
        raise click.UsageError("the reference engine executes over Merkle Patricia tries alone")
    anchor = None if parent is None else option("--parent", choose_anchor, parent)
    own = [path for path in (chain, parent) if path is not None]
    sources = expand(paths, without=[*own, *witnesses])
    witness_sources = expand(witnesses, without=own)

    lineage = Lineage(anchor, partial(first_header, chain, chosen))
    planner = Planner(chosen, lineage)
    summary = Summary()
    with ExitStack() as stack:
        threads = processors() if engine == "native" else 1  # Python code runs one at a time
        workers = stack.enter_context(Workers(jobs or threads))
        read = partial(workers.in_order, partial(load, budget=budget))
        contents = watched(stack, read(sources), len(sources), "Verifying", hidden=quiet or as_json)
        entries = with_witnesses(contents, read(witness_sources)) if witnesses else pair(contents)
        run = partial(_run, engine=engine, budget=budget)
        for plan, outcome in workers.in_order(run, map(planner.plan, entries)):
            settled = outcome if isinstance(outcome, WeakstateError) else settle(lineage, outcome)
            report = Report(plan, settled, planner.chosen_by)
            summary.add(report)
            _show(report, as_json=as_json, quiet=quiet, checks=checks)
    if not (as_json or quiet):
        say(summary.line())
    return summary.exit_code


def _run(plan: Plan, engine: Engine, budget: Budget) -> tuple[Plan, Outcome | WeakstateError]:
    try:
        return plan, execute(plan.task, engine=engine, budget=budget)
    except ImportError as error:
        raise click.UsageError(str(error)) from None


def _show(report: Report, *, as_json: bool, quiet: bool, checks: bool) -> None:
    if quiet and report.verdict == "valid":
        return
    if as_json:
        say(json.dumps(report.to_dict()))
        return
    say(report.line())
    if checks:
        for line in report.check_lines():
            say(line)
