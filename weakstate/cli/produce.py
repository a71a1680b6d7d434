"""`weakstate produce`: blocks in, a witness and a delta of each out, and the state after them."""

import os
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import click

from weakstate._native import Block, Budget, Chain, Item, State
from weakstate.cli.exits import DISAGREEMENT
from weakstate.cli.options import PATH, budget_options
from weakstate.cli.output import write_once
from weakstate.cli.progress import watched
from weakstate.cli.sources import Given, each_item, expand, load
from weakstate.cli.steps import StepLog
from weakstate.cli.store import (
    chain_option,
    choose_rules,
    directory_argument,
    expect_chain,
    is_past,
    json_option,
    refusing,
)
from weakstate.cli.text import clean, hexadecimal, size
from weakstate.errors import Unreadable, WeakstateError
from weakstate.witness.forms import FORMS, convert

EPILOG = """\b
Examples:
  weakstate produce state blocks/ -o bundles
  weakstate verify bundles --chain genesis.json
  weakstate produce state block.rlp -o out --form bytes --json
  weakstate produce state block.rlp --dry-run

\b
Exit code, that of what ended the run:
  0 the state is after the last block, and each has its file
  1 invalid block     the state is after the block before
  5 over budget       raise --max-bytes, --max-memory or --max-seconds
  6 store error       the state was not changed by this block
  2 unreadable        no known form of block; no chance to write; or wrong usage
  70 the verifier refuses what was produced: a bug in weakstate
  130 interrupted     the same command goes on where this one ended"""


class Defect(click.ClickException):
    """Our own output is refused by our own verifier."""

    exit_code = DISAGREEMENT


class Options(NamedTuple):
    """How blocks are executed, and where what is made of them goes."""

    chain: Chain
    budget: Budget
    check: bool
    commit: bool
    folder: str | None
    form: str
    force: bool

    def path(self, number: int) -> str | None:
        """The file of the block of this number."""
        if self.folder is None:
            return None
        return os.path.join(self.folder, f"{number}{FORMS[self.form].suffix}")


@click.command("produce", epilog=EPILOG)
@directory_argument
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PATH)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False),
    metavar="FOLDER",
    help="Where each block gets a file, named by its number.",
)
@click.option(
    "--form",
    type=click.Choice([name for name, form in FORMS.items() if form.holds - {"block"}]),
    default="bundle",
    show_default=True,
    help="What the file holds, as in `weakstate convert`.",
)
@click.option("--force", is_flag=True, help="Write over files that hold something else.")
@click.option(
    "--dry-run",
    is_flag=True,
    help="Leave the state as it is: produce the first block that it is not past. Without -o "
    "nothing is written at all.",
)
@click.option(
    "--no-check",
    is_flag=True,
    help="Hand out what was produced before our own verifier has accepted it.",
)
@chain_option
@json_option
@click.option("-q", "--quiet", is_flag=True, help="Print only what is refused.")
@budget_options("bytes", "nodes", "memory", "seconds")
@refusing
def command(
    directory: Path,
    paths: tuple[str, ...],
    output: str | None,
    form: str,
    force: bool,
    dry_run: bool,
    no_check: bool,
    chain: str | None,
    as_json: bool,
    quiet: bool,
    budget: Budget,
) -> int:
    """Execute blocks over the state in DIR, and hand out what others need of them.

    A witness lets anyone verify the block without any state, a delta lets a replica follow
    without executing. PATH is a file, a folder (all files in it, by number) or `-` for standard
    input. Blocks that the state is past are kept as they are. The file of a block is written
    before the state goes on, so that no interruption loses it. The run ends at the first block
    that is refused.
    """
    if output is None and not dry_run:
        raise click.UsageError("Missing option '-o': the state would go on without its witnesses.")
    sources = expand(paths, without=[] if chain is None else [chain])
    state = State.open(directory, read_only=dry_run)
    rules = choose_rules(state, chain)
    options = Options(rules, budget, not no_check, not dry_run, output, form, force)
    log = StepLog(state, as_json=as_json, quiet=quiet)
    with ExitStack() as stack:
        contents = map(partial(load, budget=budget), sources)
        hidden = quiet or as_json
        for given in each_item(watched(stack, contents, len(sources), "Producing", hidden=hidden)):
            if not _step(state, given, options, log):
                break
    log.summary("a dry run" if dry_run else "")
    return log.exit_code


def _step(state: State, given: Given, options: Options, log: StepLog) -> bool:
    """Take the state past one block; whether to go on with the next."""
    header = None
    try:
        block = _block(given, options.chain)
        header = block.header
        if is_past(state, header):
            log.keep(given.file, header, options.path(header.number))
            return True
        row = _produce(state, block, options)
    except WeakstateError as error:
        log.refuse(given.file, error, header)
        return False
    log.done("produced", header, {"file": given.file, **row}, _said(row))
    return options.commit


def _block(given: Given, chain: Chain) -> Block:
    item = given.expected()
    expect_chain(item, chain)
    if item.block is None:
        raise Unreadable("missing_part", "a block", "none")
    return Block.from_rlp(item.block)


def _produce(state: State, block: Block, options: Options) -> dict[str, Any]:
    """Execute the block, write its file, and only then let the state go on."""
    started = time.perf_counter()
    chain, budget = options.chain, options.budget
    produced = state.produce(chain, block.rlp, None, budget, options.check)
    try:
        witness, delta = produced.witness, produced.delta.to_bytes()
    except RuntimeError as error:  # our own verifier's refusal
        raise Defect(str(error)) from None
    item = Item(block=block.rlp, witness=witness, delta=delta, chain_id=chain.chain_id)
    data = convert(item, options.form, lossy=True)
    path = options.path(block.number)
    if path is not None:
        write_once(path, data, force=options.force)
    if options.commit:
        state.commit(produced)
    return {
        "written": path,
        "bytes": len(data),
        "committed": options.commit,
        "state_root": hexadecimal(block.header.state_root),
        "transactions": block.transactions,
        "gas": block.header.gas_used,
        "nodes": witness.node_count,
        "codes": witness.code_count,
        "witness_bytes": witness.bytes,
        "delta_bytes": len(delta),
        "ms": (time.perf_counter() - started) * 1e3,
    }


def _said(row: dict[str, Any]) -> str:
    return (
        f"{row['transactions']:>4} txs {row['gas'] / 1e6:>7.2f} Mgas {row['nodes']:>7,} nodes "
        f"{size(row['witness_bytes']):>9} witness {size(row['delta_bytes']):>9} delta "
        f"{row['ms']:>9.1f} ms  {clean(row['written'] or 'not written')}"
    )
