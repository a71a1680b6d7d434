"""`weakstate rebuild`: the accounts of a state under another commitment."""

import json
from pathlib import Path

import click

from weakstate._native import State
from weakstate.cli.meter import Meter
from weakstate.cli.options import EMBEDDINGS, LEAF_SCHEMES
from weakstate.cli.store import describe, json_option, made_line, refusing
from weakstate.cli.text import say

EPILOG = """\b
Examples:
  weakstate rebuild state new --scheme verkle
  weakstate rebuild state new --scheme verkle --embedding five-leaf --json | jq .state_root

\b
Exit code:
  0 the state is there
  2 unreadable        no block of the chain can follow under this scheme; or wrong usage
  6 store error       there is no state, TARGET holds something already, or there is no room
  130 interrupted     the same command goes on where this one ended"""


@click.command("rebuild", epilog=EPILOG)
@click.argument("source", metavar="SOURCE", type=click.Path(path_type=Path))
@click.argument("target", metavar="TARGET", type=click.Path(path_type=Path))
@click.option(
    "--scheme",
    required=True,
    type=click.Choice(LEAF_SCHEMES),
    help="Which tree the accounts go to.",
)
@click.option(
    "--embedding",
    type=click.Choice(EMBEDDINGS),
    default=EMBEDDINGS[0],
    show_default=True,
    help="How an account lies in its leaves: as EIP-6800 has it, or as its test networks had it.",
)
@json_option
@refusing
def command(source: Path, target: Path, scheme: str, embedding: str, as_json: bool) -> None:
    """Make the accounts of the state in SOURCE a state under another scheme in TARGET.

    TARGET is a new directory. SOURCE is in Merkle Patricia tries and stays as it is; from Cancun
    on its chain's rules hold on, save the scheme. Memory stays small however large it is. No
    block has the root that comes out: the head's header is the old one with the new root, and so
    another hash.
    """
    state = State.open(source, read_only=True)
    with Meter(hidden=as_json) as meter:
        made = state.rebuild(target, scheme, embedding, meter.count)
    say(json.dumps(describe(made)) if as_json else made_line(made))
