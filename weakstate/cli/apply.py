"""`weakstate apply`: follow a chain by deltas, without executing its blocks."""

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from weakstate._native import Budget, State
from weakstate.cli.following import Failed, Step, prove, steps
from weakstate.cli.options import PATH, budget_options
from weakstate.cli.progress import watched
from weakstate.cli.sources import expand
from weakstate.cli.steps import StepLog
from weakstate.cli.store import directory_argument, is_past, refusing, rows_option
from weakstate.cli.text import hexadecimal, size
from weakstate.cli.values import hash32
from weakstate.errors import WeakstateError

EPILOG = """\b
Examples:
  weakstate apply state bundles/
  weakstate apply state bundles/ --trust 0x5a5c…e3
  weakstate apply state 7.delta 7.header.rlp --json

\b
Exit code, that of what ended the run:
  0 the state is after the last block
  4 invalid delta     the state is after the block before; fetch the delta again
  5 over budget       raise --max-bytes or --max-nodes
  6 store error       the state was not changed by this delta
  1 invalid block     a block's bytes, which its header is taken from, are malformed
  2 unreadable        no known form of delta; or wrong usage
  130 interrupted     the same command goes on where this one ended"""


@click.command("apply", epilog=EPILOG)
@directory_argument
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PATH)
@click.option(
    "--trust",
    metavar="HASH",
    type=hash32,
    help="Hash of the last block that must come out: what you trust. All headers are then held "
    "against it before anything is applied. Without it they are trusted as given.",
)
@rows_option
@click.option("-q", "--quiet", is_flag=True, help="Print only what is refused.")
@budget_options("bytes", "nodes")
@refusing
def command(
    directory: Path,
    paths: tuple[str, ...],
    trust: bytes | None,
    as_json: bool,
    quiet: bool,
    budget: Budget,
) -> int:
    """Take the state in DIR on by deltas, without executing blocks.

    PATH holds bundles, or deltas and the headers, or blocks, that they lead to; it is a file, a
    folder (all files in it, by number) or `-` for standard input. The state root that a header
    names must come out, or the delta is refused and the state stays as it was. Blocks that the
    state is past are kept as they are. The run ends at the first delta that is refused.

    A delta proves nothing about the block: whether it is valid is for `weakstate verify` to say,
    and which headers to follow for you.
    """
    sources = expand(paths)
    state = State.open(directory)
    log = StepLog(state, as_json=as_json, quiet=quiet)
    with ExitStack() as stack:
        hidden = quiet or as_json
        found = steps(watched(stack, sources, len(sources), "Applying", hidden=hidden), budget)
        for step in found if trust is None else prove(found, trust):
            if not _take(state, step, log):
                break
    log.summary("headers trusted as given" if trust is None else "headers held against --trust")
    return log.exit_code


def _take(state: State, step: Step | Failed, log: StepLog) -> bool:
    """Take the state one step on; whether to go on with the next."""
    if isinstance(step, Failed):
        log.refuse(*step)
        return False
    file, delta, header, proven = step
    try:
        if is_past(state, header):
            log.keep(file, header)
            return True
        started = time.perf_counter()
        state.apply(delta, header.rlp)
        took = (time.perf_counter() - started) * 1e3
    except WeakstateError as error:
        log.refuse(file, error, header)
        return False
    length = len(delta.to_bytes())
    row: dict[str, Any] = {
        "file": file,
        "blocks": delta.blocks,
        "state_root": hexadecimal(delta.post_state_root),
        "accounts": delta.accounts,
        "delta_bytes": length,
        "header": "proven" if proven else "trusted",
        "ms": took,
    }
    said = f"{delta.accounts:>6,} accounts {size(length):>9} delta {took:>9.1f} ms"
    log.done("applied", header, row, said)
    return True
