"""`weakstate export`: a dump of all accounts, for `weakstate import` and for others."""

import json
import sys
from pathlib import Path

import click

from weakstate._native import State
from weakstate.cli.meter import Meter
from weakstate.cli.output import STDOUT, writing
from weakstate.cli.store import after, after_to_dict, directory_argument, json_option, refusing
from weakstate.cli.text import clean, say, size, styled
from weakstate.state.dump import Sink, write_dump

EPILOG = """\b
Examples:
  weakstate export state -o dump.jsonl
  weakstate export state -o dump.jsonl.zst
  weakstate export state -o - | gzip > dump.jsonl.gz

\b
Exit code:
  0 all accounts were written
  2 not written       there already, no chance to write; or wrong usage
  6 store error       there is no state, or its store is damaged
  130 interrupted     there is no file"""


@click.command("export", epilog=EPILOG)
@directory_argument
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Where to, or `-` for standard output. Under a name that ends in .zst it is compressed.",
)
@click.option("--force", is_flag=True, help="Write over a file.")
@json_option
@refusing
def command(directory: Path, output: str, force: bool, as_json: bool) -> None:
    """Write all accounts of the state in DIR, a line each: the root first, then codes.

    `docs/formats.md` has the lines. They are those of `geth dump --iterative`, save that codes
    stand apart, each once. A file is written whole or not at all; a writer may go on meanwhile.
    """
    state = State.open(directory, read_only=True)
    with Meter(hidden=as_json) as meter, writing(output):
        if output == STDOUT:
            counted = _Counted(sys.stdout.buffer)
            state.export(counted, meter.count)
        else:
            with write_dump(output, force=force) as sink:
                counted = _Counted(sink)
                state.export(counted, meter.count)
    row = {"written": output, **after_to_dict(state), "bytes": counted.bytes, "error": None}
    said = (
        f"{styled('written', fg='green')}  {clean(output)}, {size(counted.bytes)}; {after(state)}"
    )
    say(json.dumps(row) if as_json else said, stderr=output == STDOUT)


class _Counted:
    """Passes bytes on and counts them."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.bytes = 0

    def write(self, data: bytes) -> None:
        self._sink.write(data)
        self.bytes += len(data)
