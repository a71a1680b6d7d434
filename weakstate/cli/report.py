"""`weakstate report`: what blocks' witnesses would take over other trees."""

import json
import os
import shlex
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import click

from weakstate._native import Budget, verify_touching
from weakstate.cli.exits import first_exit
from weakstate.cli.options import PATH, budget_options, option
from weakstate.cli.pairing import Entry, pair
from weakstate.cli.plan import Planner, choose_chain
from weakstate.cli.progress import watched
from weakstate.cli.refusal import explain
from weakstate.cli.sources import expand, load, read_whole
from weakstate.cli.text import clean, say, size, styled
from weakstate.errors import WeakstateError
from weakstate.sizes.access import AccessSet
from weakstate.sizes.figures import BlockFigures, figures, to_dict
from weakstate.sizes.own import from_access_list, from_json
from weakstate.sizes.population import DATED_AT, Population
from weakstate.sizes.predict import MODELS
from weakstate.sizes.tables import growth_csv, markdown, parts_csv
from weakstate.verifier.lineage import Lineage
from weakstate.witness.report import Sizes, WitnessReport

BAR = 40  # columns
# One letter a part, in bars; the legend names those that are there.
LETTERS = {
    "inner nodes": "i",
    "stem nodes": "m",
    "siblings": "s",
    "keys": "k",
    "values": "v",
    "shape": "h",
    "proof": "p",
    "code": "c",
}
COLOURS = {"i": "blue", "m": "cyan", "s": "blue", "v": "green", "c": "yellow", "p": "magenta"}

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
            access, sizes = given
            block = figures(access, schemes, population, seed=seed, recorded=sizes)
            found.append(block)
            for line in () if as_json else _lines(block):
                say(line)
    if as_json:
        say(json.dumps(to_dict(found)))
    if out is not None:
        _write(out, found, shlex.join(["weakstate", *sys.argv[1:]]))
    return first_exit(exits)


Accesses = tuple[AccessSet, Sizes | None]


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
        yield entry.file, (access, WitnessReport(task.witness, verified.pre_state_root).sizes)


def _lines(block: BlockFigures) -> Iterator[str]:
    """A block for a person."""
    access, state = block.access, block.population
    yield styled(clean(access.name), bold=True) + (
        f"  block {access.number}, {access.transactions} txs, {access.gas / 1e6:.2f} Mgas, "
        f"{len(access.accounts)} accounts, {access.slots} slots, {size(access.code_bytes)} of code"
    )
    millions = [f"{count / 1e6:,.1f} M" for count in (state.accounts, state.slots)]
    yield f"  in a state of {millions[0]} accounts, {millions[1]} slots"
    longest = max(scheme.prediction.total for scheme in block.schemes)
    for scheme in block.schemes:
        found = scheme.prediction
        margin = "" if found.margin is None else f"± {found.margin / found.total:4.1%}"
        rate = f"{found.total / access.gas * 1e3:8.1f} kB/Mgas" if access.gas else ""
        yield (
            f"  {found.scheme:<12} {size(round(found.total)):>10} {margin:<7} {rate}  "
            f"{_bar(found.parts, BAR / longest)}"
        )
    there = {part for scheme in block.schemes for part in scheme.prediction.parts}
    yield "  " + ", ".join(f"{LETTERS[part]} {part}" for part in LETTERS if part in there)
    if access.measured is not None and block.recorded is not None:
        yield (
            f"  really needed under mpt: {size(sum(access.measured))}; recorded nodes: "
            f"{size(block.recorded.list)}, nested {size(block.recorded.nested)}, "
            f"nested and zstd {size(block.recorded.nested_zstd)}"
        )
    yield ""


def _bar(parts: dict[str, float], scale: float) -> str:
    """Parts side by side; each ends where the sum so far does, so that none is lost to rounding."""
    bar, total, drawn = "", 0.0, 0
    for part, letter in LETTERS.items():
        total += parts.get(part, 0.0)
        columns = round(total * scale) - drawn
        drawn += columns
        bar += styled(letter * columns, fg=COLOURS.get(letter))
    return bar


def _write(folder: Path, blocks: list[BlockFigures], command_line: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("report.json", json.dumps(to_dict(blocks), indent=1) + "\n"),
        ("report.md", markdown(blocks)),
        ("parts.csv", parts_csv(blocks)),
        ("growth.csv", growth_csv(blocks)),
    ):
        folder.joinpath(name).write_text(text, encoding="utf-8")
    if find_spec("matplotlib") is None:
        say("no page and no charts: pip install 'weakstate[report]'", stderr=True)
        return
    from weakstate.sizes.charts import charts, to_png, to_svg
    from weakstate.sizes.page import page

    folder.joinpath("report.html").write_text(page(blocks, command_line), encoding="utf-8")
    for name, figure in charts(blocks):
        folder.joinpath(f"{name}.svg").write_text(to_svg(figure, name, "black"), encoding="utf-8")
        folder.joinpath(f"{name}.png").write_bytes(to_png(figure))
