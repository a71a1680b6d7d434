"""`weakstate produce`: blocks in, a witness and a delta of each out, and the state after them."""

import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import click

from weakstate._native import Block, Budget, Chain, State
from weakstate.cli.handing import HandOut, handing_out, said
from weakstate.cli.options import PATH, budget_options
from weakstate.cli.progress import watched
from weakstate.cli.sources import Given, each_item, expand, load
from weakstate.cli.steps import StepLog
from weakstate.cli.store import (
    chain_option,
    choose_rules,
    directory_argument,
    expect_chain,
    is_past,
    refusing,
    rows_option,
)
from weakstate.errors import Unreadable, WeakstateError

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


@click.command("produce", epilog=EPILOG)
@directory_argument
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PATH)
@handing_out
@chain_option
@rows_option
@click.option("-q", "--quiet", is_flag=True, help="Print only what is refused.")
@budget_options("bytes", "nodes", "memory", "seconds")
@refusing
def command(
    directory: Path,
    paths: tuple[str, ...],
    hand_out: HandOut,
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
    sources = expand(paths, without=[] if chain is None else [chain])
    state = State.open(directory, read_only=hand_out.dry_run)
    rules = choose_rules(state, chain)
    log = StepLog(state, as_json=as_json, quiet=quiet)
    with ExitStack() as stack:
        contents = map(partial(load, budget=budget), sources)
        hidden = quiet or as_json
        for given in each_item(watched(stack, contents, len(sources), "Producing", hidden=hidden)):
            if not _step(state, given, rules, budget, hand_out, log):
                break
    log.summary("a dry run" if hand_out.dry_run else "")
    return log.exit_code


def _step(
    state: State, given: Given, chain: Chain, budget: Budget, hand_out: HandOut, log: StepLog
) -> bool:
    """Take the state past one block; whether to go on with the next."""
    header = None
    started = time.perf_counter()
    try:
        block = _block(given, chain)
        header = block.header
        if is_past(state, header):
            log.keep(given.file, header, hand_out.path(header.number))
            return True
        produced = state.produce(chain, block.rlp, None, budget, hand_out.check)
        row = hand_out.give(state, chain, block, produced, started)
    except WeakstateError as error:
        log.refuse(given.file, error, header)
        return False
    log.done("produced", header, {"file": given.file, **row}, said(row))
    return not hand_out.dry_run


def _block(given: Given, chain: Chain) -> Block:
    item = given.expected()
    expect_chain(item, chain)
    if item.block is None:
        raise Unreadable("missing_part", "a block", "none")
    return Block.from_rlp(item.block)
