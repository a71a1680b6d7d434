"""`weakstate import`: the state after a block, from a dump of its accounts."""

import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import click

from weakstate._native import Budget, Chain, Header, State
from weakstate.cli.meter import Meter
from weakstate.cli.options import PATH, option
from weakstate.cli.plan import choose_chain, choose_header
from weakstate.cli.sources import STDIN, CannotRead, expand, load_parts, read_whole
from weakstate.cli.store import describe, directory_argument, json_option, made_line, refusing
from weakstate.cli.text import say
from weakstate.state.dump import open_dump

EPILOG = """\b
Examples:
  weakstate import state dump.jsonl.zst --header 24628590.rlp --chain mainnet
  geth dump --iterative … | weakstate import state - --header head.rlp --chain genesis.json
  weakstate export other -o - | weakstate import state - --header head.rlp --chain genesis.json

\b
Exit code:
  0 the state is there, and its root is the header's
  2 unreadable        the dump is malformed, or has another root; or wrong usage
  6 store error       DIR holds something already, or there is no room
  130 interrupted     the same command goes on where this one ended"""

MAX_ANCESTORS = 256  # whose hashes a block may ask for

FILE = click.Path(exists=True, dir_okay=False)


@click.command("import", epilog=EPILOG)
@directory_argument
@click.argument(
    "dump", metavar="DUMP", type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)
@click.option(
    "--header",
    metavar="FILE",
    type=FILE,
    help="The header, or block, after which the dump is the state. It is trusted.",
)
@click.option(
    "--ancestors",
    multiple=True,
    metavar="PATH",
    type=PATH,
    help="Headers, or blocks, before that one: files, or a folder. A block may ask for the hashes "
    "of 256 of them, and is refused where one is not known.",
)
@click.option("--chain", metavar="NAME|FILE", help="The chain's rules, as in `weakstate verify`.")
@click.option(
    "--genesis", metavar="FILE", type=FILE, help="Block 0 and the rules, instead of both."
)
@json_option
@refusing
def command(
    directory: Path,
    dump: str,
    header: str | None,
    ancestors: tuple[str, ...],
    chain: str | None,
    genesis: str | None,
    as_json: bool,
) -> None:
    """Make a state in DIR, a new directory, from a dump of all accounts.

    DUMP is a file, or `-` for standard input, with an account a line: as `weakstate export` and
    `geth dump --iterative` write it, plain, gzip or Zstandard. Memory stays small however large
    it is. What was read is kept when the import is interrupted, or the disk is full: the same
    command goes on there. The state root that the header names must come out.
    """
    trusted, rules = _trusted(header, chain, genesis)
    before = _before(trusted, ancestors)
    with ExitStack() as stack:
        meter = stack.enter_context(Meter(hidden=as_json))
        try:
            file = sys.stdin.buffer if dump == STDIN else stack.enter_context(open(dump, "rb"))
            stream = open_dump(file)
            state = State.import_(rules, stream, trusted.rlp, directory, meter.count, before)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--ancestors") from None
        except OSError as error:
            raise CannotRead(dump, error.strerror or str(error)) from None
    say(json.dumps(describe(state)) if as_json else made_line(state))


def _before(header: Header, ancestors: Sequence[str]) -> list[bytes]:
    """The headers in RLP that the EVM may ask for after this one, the oldest first."""
    sources = expand(ancestors) if ancestors else []
    parts = [part for file, _ in sources for part in load_parts(file, Budget())]
    found = {part.header.number: part.header.rlp for part in parts if part.header is not None}
    oldest = header.number - MAX_ANCESTORS + 1  # the header itself is one of them
    return [found[number] for number in sorted(found) if oldest <= number < header.number]


def _trusted(header: str | None, chain: str | None, genesis: str | None) -> tuple[Header, Chain]:
    """The header after which the dump is the state, and the chain's rules."""
    if genesis is not None:
        if header is not None or chain is not None:
            raise click.UsageError("--genesis says both header and chain: leave out the others.")
        text = read_whole(genesis, Budget())
        rules = Chain.from_genesis(text)
        return State.from_genesis(rules, text).head, rules
    if header is None or chain is None:
        raise click.UsageError("Give --header and --chain; or --genesis, for the state of block 0.")
    return option("--header", choose_header, header), option("--chain", choose_chain, chain)
