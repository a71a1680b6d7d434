"""`weakstate init`: the state of block 0, from a genesis file."""

import json
from pathlib import Path

import click

from weakstate._native import Budget, Chain, State
from weakstate.cli.sources import read_whole
from weakstate.cli.store import describe, directory_argument, json_option, made_line, refusing
from weakstate.cli.text import say

EPILOG = """\b
Examples:
  weakstate init state --genesis genesis.json
  weakstate state show state

\b
Exit code:
  0 the state is there
  2 unreadable        the file is no genesis file; or wrong usage
  6 store error       DIR holds something already, or cannot be written to"""


@click.command("init", epilog=EPILOG)
@directory_argument
@click.option(
    "--genesis",
    required=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    help="Genesis file in geth's form: the chain's rules and first accounts.",
)
@json_option
@refusing
def command(directory: Path, genesis: str, as_json: bool) -> None:
    """Make the state of block 0 in DIR, a new directory.

    The chain's rules are kept with it, so that no later command has to be told.
    """
    text = read_whole(genesis, Budget())
    state = State.from_genesis(Chain.from_genesis(text), text, directory)
    say(json.dumps(describe(state)) if as_json else made_line(state))
