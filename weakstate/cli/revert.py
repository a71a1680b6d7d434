"""`weakstate revert`: take the latest blocks back."""

import json
from pathlib import Path

import click

from weakstate._native import State
from weakstate.cli.store import after, after_to_dict, directory_argument, json_option, refusing
from weakstate.cli.text import hexadecimal, say, styled
from weakstate.cli.values import hash32
from weakstate.errors import StoreError

EPILOG = """\b
Examples:
  weakstate revert state
  weakstate revert state -n 3
  weakstate revert state --to 24628590
  weakstate revert state --to 0x5a5c…e3

\b
Exit code:
  0 the state is as it was after that block
  6 store error       the blocks are not kept, or the store has another trouble
  2 wrong usage"""


@click.command("revert", epilog=EPILOG)
@directory_argument
@click.option("-n", "blocks", type=click.IntRange(0), metavar="N", help="How many; one.")
@click.option("--to", metavar="NUMBER|HASH", help="The block after which the state is to be.")
@json_option
@refusing
def command(directory: Path, blocks: int | None, to: str | None, as_json: bool) -> None:
    """Take the state in DIR back by the latest blocks, as after a reorganisation.

    Each block is taken back as it was put in, so that the state is the one of before to the
    last byte. The latest 256 blocks are kept, or as many as `weakstate state prune` left.
    """
    if blocks is not None and to is not None:
        raise click.UsageError("-n and --to say the same: give one of them.")
    state = State.open(directory)
    count = 1 if blocks is None else blocks
    if to is not None:
        count = state.head.number - _number(state, to)
    if count < 0:
        raise click.UsageError(f"--to: the state is {after(state)}: it is not there yet.")
    state.revert(count)
    row = {"reverted": count, **after_to_dict(state), "error": None}
    said = f"{styled('reverted', fg='green')}  {count}; the state is {after(state)}"
    say(json.dumps(row) if as_json else said)


def _number(state: State, to: str) -> int:
    """The number of the block. Raises: StoreError if none of this hash can be gone back to."""
    if to.isdecimal():
        return int(to)
    wanted = hash32(to)
    head = state.head.number
    for number in range(head, head - state.undoable - 1, -1):
        header = state.header(number)
        if header is not None and header.hash == wanted:
            return number
    raise StoreError(
        "store_missing_undo", actual=f"no block {hexadecimal(wanted)} among those kept"
    )
