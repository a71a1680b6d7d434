"""`weakstate proof create`: a proof of an account, slots and leaves, from a state."""

import json
import sys
from pathlib import Path

import click

from weakstate._native import State
from weakstate.cli import values
from weakstate.cli.output import STDOUT, writing
from weakstate.cli.store import after, after_to_dict, json_option, refusing
from weakstate.cli.text import clean, hexadecimal, say, size, styled
from weakstate.witness.files import write_file

EPILOG = """\b
Examples:
  weakstate proof create state 0x5a5c…e3 > proof.json
  weakstate proof create state 0x5a5c…e3 0 0x1f -o proof.json
  weakstate proof create state --key 0x0b02…40 --key 0x0b02…41 -o proof.json

\b
Exit code:
  0 the proof was written
  2 not written       there already, no chance to write; or wrong usage
  6 store error       there is no state, or its store is damaged"""


@click.command("create", short_help="Prove an account, slots or leaves.", epilog=EPILOG)
@click.argument("state", metavar="STATE", type=click.Path(path_type=Path))
@click.argument("address", metavar="[ADDRESS]", required=False, type=values.address)
@click.argument("slots", metavar="[SLOT]...", nargs=-1, type=values.slot)
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="KEY",
    type=values.key,
    help="Prove what is under this key of a tree of leaves, in hexadecimal. May be repeated.",
)
@click.option(
    "-o",
    "--output",
    default=STDOUT,
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Where to; standard output if not given.",
)
@click.option("--force", is_flag=True, help="Write over a file.")
@json_option
@refusing
def command(
    state: Path,
    address: bytes | None,
    slots: tuple[int, ...],
    keys: tuple[bytes, ...],
    output: str,
    force: bool,
    as_json: bool,
) -> None:
    """Prove an account of the state in STATE and slots of it, as JSON; absence is proven too.

    Of Merkle Patricia tries that is what `eth_getProof` answers. Of a tree of leaves it is what
    the leaves say, with an execution witness of them. What is said of it goes to standard error
    where the proof goes to standard output.
    """
    if address is None and not keys:
        raise click.UsageError("Name an ADDRESS, or leaves by --key.")
    opened = State.open(state, read_only=True)
    if opened.chain.scheme == "mpt" and (keys or address is None):
        raise click.UsageError("Merkle Patricia tries have no leaves to name by --key.")
    data = json.dumps(opened.proof(address, slots, keys)).encode() + b"\n"
    with writing(output):
        if output == STDOUT:
            sys.stdout.buffer.write(data)
        else:
            write_file(output, data, force=force)
    row = {
        "written": output,
        "address": hexadecimal(address),
        "slots": len(slots),
        "keys": len(keys),
        **after_to_dict(opened),
        "bytes": len(data),
        "error": None,
    }
    said = f"{styled('written', fg='green')}  {clean(output)}, {size(len(data))}; {after(opened)}"
    say(json.dumps(row) if as_json else said, stderr=output == STDOUT)
