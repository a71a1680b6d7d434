"""What keeps a state in order: checks, backups, pruning, upgrades."""

import json
from pathlib import Path

import click

from weakstate._native import State
from weakstate.cli.meter import Meter
from weakstate.cli.store import after, after_to_dict, directory_argument, json_option, refusing
from weakstate.cli.text import clean, say, size, styled

# As many as are kept where nobody says otherwise.
KEPT_BLOCKS = 256

EXITS = """\b
Exit code:
  0 it was done
  6 store error       there is no state, or its store has some trouble
  2 wrong usage; 130 interrupted"""


@click.command(
    "check",
    short_help="Read all and recompute the root.",
    epilog="\b\nExamples:\n  weakstate state check state\n  weakstate state check state --json"
    f"\n\n{EXITS}",
)
@directory_argument
@json_option
@refusing
def check(directory: Path, as_json: bool) -> None:
    """Read all of a state and recompute its root: whether the store is whole."""
    state = State.open(directory, read_only=True)
    with Meter(hidden=as_json) as meter:
        found = state.check(meter.count)
    if as_json:
        say(json.dumps({**after_to_dict(state), **found, "error": None}))
        return
    said = ", ".join(f"{number:,} {what}" for what, number in found.items() if what != "bytes")
    say(f"{styled('whole', fg='green')}  {said}, {size(found['bytes'])}; {after(state)}")


@click.command(
    "backup",
    short_help="Write a copy without gaps.",
    epilog=f"\b\nExamples:\n  weakstate state backup state backups/monday\n\n{EXITS}",
)
@directory_argument
@click.argument("to", metavar="TO", type=click.Path(path_type=Path))
@json_option
@refusing
def backup(directory: Path, to: Path, as_json: bool) -> None:
    """Write a state as it is now to TO, a new directory, without gaps.

    It is a state like any other, with the same blocks to take back. Readers and the writer go
    on meanwhile.
    """
    State.open(directory, read_only=True).backup(to)
    made = State.open(to, read_only=True)
    row = {"directory": str(to), **after_to_dict(made), "bytes": made.size()["bytes"]}
    said = f"{styled('made', fg='green')}  {clean(str(to))}, {after(made)}"
    say(json.dumps({**row, "error": None}) if as_json else said)


@click.command(
    "prune",
    short_help="Give up what only the past needs.",
    epilog="\b\nExamples:\n  weakstate state prune state\n  weakstate state prune state --keep 16"
    f"\n\n{EXITS}",
)
@directory_argument
@click.option(
    "--keep",
    type=click.IntRange(0),
    default=KEPT_BLOCKS,
    show_default=True,
    metavar="N",
    help="How many of the latest blocks `weakstate revert` can take back.",
)
@json_option
@refusing
def prune(directory: Path, keep: int, as_json: bool) -> None:
    """Give up what only the past needs: older blocks, and codes that no account has.

    The file does not become shorter: the room is used again. A backup is without gaps.
    """
    given_up = State.open(directory).prune(keep)
    if as_json:
        say(json.dumps({**given_up, "error": None}))
        return
    said = ", ".join(f"{number:,} {what.replace('_', ' ')}" for what, number in given_up.items())
    say(f"{styled('pruned', fg='green')}  {said}")


@click.command(
    "upgrade",
    short_help="Bring the store to this release's format.",
    epilog=f"\b\nExamples:\n  weakstate state upgrade state\n\n{EXITS}",
)
@directory_argument
@json_option
@refusing
def upgrade(directory: Path, as_json: bool) -> None:
    """Bring the store of a state to the format of this release. Make a backup first."""
    State.upgrade(directory)
    state = State.open(directory, read_only=True)
    row = {**after_to_dict(state), "error": None}
    said = f"{styled('upgraded', fg='green')}  {after(state)}"
    say(json.dumps(row) if as_json else said)
