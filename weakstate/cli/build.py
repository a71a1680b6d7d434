"""`weakstate build`: pending transactions in, a block with its witness and delta out."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import click

from weakstate._native import Budget, Chain, State
from weakstate.cli.handing import HandOut, handing_out, said
from weakstate.cli.options import PATH, budget_options
from weakstate.cli.progress import watched
from weakstate.cli.sources import expand, read_whole
from weakstate.cli.steps import StepLog
from weakstate.cli.store import (
    chain_option,
    choose_rules,
    directory_argument,
    refusing,
    rows_option,
)
from weakstate.cli.text import clean, styled
from weakstate.errors import WeakstateError
from weakstate.witness.attributes import read_attributes

EPILOG = """\b
Examples:
  weakstate build state attributes.json -o bundles
  weakstate build state pending/ -o bundles --seconds 0.5 --json
  weakstate build state attributes.json --dry-run

\b
A file:
  {"timestamp": "0x6553f10c", "suggestedFeeRecipient": "0x…", "prevRandao": "0x…",
   "withdrawals": [], "parentBeaconBlockRoot": "0x…", "transactions": ["0x02f8…"]}

\b
Exit code, that of what ended the run:
  0 each block is in its file, and the state is after the last
  1 invalid block     no block can have these attributes
  5 over budget       raise --max-bytes or --max-memory
  6 store error       the state was not changed by this block
  2 unreadable        no attributes; no chance to write; or wrong usage
  70 the verifier refuses what was built: a bug in weakstate
  130 interrupted     what has a file and is not yet in the state goes in by
                      `weakstate produce`"""


class Rules(NamedTuple):
    """How blocks are built."""

    chain: Chain
    budget: Budget
    seconds: float | None


@click.command("build", epilog=EPILOG)
@directory_argument
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PATH)
@handing_out
@click.option(
    "--seconds",
    type=click.FloatRange(0, min_open=True),
    metavar="S",
    help="After so long no further transactions are taken into a block.",
)
@chain_option
@rows_option
@click.option("-q", "--quiet", is_flag=True, help="Print only what is refused.")
@budget_options("bytes", "memory")
@refusing
def command(
    directory: Path,
    paths: tuple[str, ...],
    hand_out: HandOut,
    seconds: float | None,
    chain: str | None,
    as_json: bool,
    quiet: bool,
    budget: Budget,
) -> int:
    """Build a block from each file, and hand out what others need of it.

    PATH is a file, a folder (all files in it, by number) or `-` for standard input. A file holds
    the block's attributes and its transactions in the form of the engine API, as rollups extend
    it; `gasLimit` and `extraData` may stand beside them. Transactions are tried in their order:
    those that are not valid when it is their turn, or do not fit, are left out and listed. The
    file of a block is written before the state goes on.
    """
    sources = expand(paths, without=[] if chain is None else [chain])
    state = State.open(directory, read_only=hand_out.dry_run)
    rules = Rules(choose_rules(state, chain), budget, seconds)
    log = StepLog(state, as_json=as_json, quiet=quiet)
    with ExitStack() as stack:
        hidden = quiet or as_json
        for file, _ in watched(stack, sources, len(sources), "Building", hidden=hidden):
            if not _step(state, file, rules, hand_out, log):
                break
    log.summary("a dry run" if hand_out.dry_run else "")
    return log.exit_code


def _step(state: State, file: str, rules: Rules, hand_out: HandOut, log: StepLog) -> bool:
    """Take the state past one block; whether to go on with the next."""
    started = time.perf_counter()
    chain, budget, seconds = rules
    try:
        attributes, transactions = read_attributes(read_whole(file, budget))
        built = state.build(chain, attributes, transactions, budget, seconds, hand_out.check)
        row = hand_out.give(state, chain, built.block, built, started)
    except WeakstateError as error:
        log.refuse(file, error)
        return False
    row |= {"file": file, "left_out": [_left_out(*each) for each in built.refused]}
    log.done("built", built.header, row, "\n".join([said(row), *_lines(row)]))
    return not hand_out.dry_run


def _left_out(index: int, code: str, message: str) -> dict[str, Any]:
    return {"index": index, "code": code, "message": message}


def _lines(row: dict[str, Any]) -> Iterator[str]:
    for each in row["left_out"]:
        head = styled("left out", fg="yellow")
        yield f"  {head}  transaction {each['index']}: {clean(each['message'])}"
