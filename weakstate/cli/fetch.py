"""`weakstate fetch`: blocks and their witnesses from a node into files that `verify` reads."""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click

from weakstate._native import Budget
from weakstate.cli.meter import Meter
from weakstate.cli.refusal import explain, refusal_to_dict
from weakstate.cli.text import clean, hexadecimal, say, short_hash, size, styled
from weakstate.errors import WeakstateError
from weakstate.witness.fetch import TAGS, Fetcher
from weakstate.witness.folder import FORMS, Folder, Form, Stored
from weakstate.witness.rpc import RETRIES, TIMEOUT, Node

EPILOG = """\b
Examples:
  weakstate fetch --rpc http://localhost:8545 -o blocks
  weakstate fetch --rpc http://localhost:8545 --block 24628600..latest -o blocks
  WEAKSTATE_RPC=https://… weakstate fetch --block 0x5a5c…e3 -o blocks --json
  weakstate verify blocks

\b
Exit code:
  0 every block is in its file
  1 invalid block     its RLP is malformed
  2 node error        out of reach, refuses, or answers something else; or wrong usage,
                      or an answer in no known form
  5 over budget       raise --max-bytes
  130 interrupted     the same command goes on where this one ended"""


class Blocks(NamedTuple):
    """The blocks to fetch: one by its hash, or all from a first to a last number or tag."""

    hash: bytes | None = None
    first: int | str = "latest"
    last: int | str = "latest"


def _blocks(_: click.Context, __: click.Parameter, text: str) -> Blocks:
    """The blocks that `--block` names."""
    if re.fullmatch(r"(0x)?[0-9a-fA-F]{64}", text):
        return Blocks(bytes.fromhex(text.removeprefix("0x")))
    first, dots, last = text.partition("..")
    return Blocks(None, _bound(first), _bound(last if dots else first))


def _bound(text: str) -> int | str:
    if text in TAGS:
        return text
    if re.fullmatch(r"[0-9]{1,19}", text):
        return int(text)
    if re.fullmatch(r"0x[0-9a-fA-F]{1,15}", text):
        return int(text, 16)
    raise click.BadParameter(f"{text!r} is no block number, no hash, and none of {', '.join(TAGS)}")


class CannotStore(click.ClickException):
    """What is in the folder, or the system, is in the way."""

    exit_code = 2


@click.command("fetch", epilog=EPILOG)
@click.option(
    "--rpc",
    "url",
    required=True,
    metavar="URL",
    envvar="WEAKSTATE_RPC",
    show_envvar=True,
    help="The node's JSON-RPC over http or https. The variable keeps keys off the command line.",
)
@click.option(
    "--block",
    "blocks",
    callback=_blocks,
    default="latest",
    show_default=True,
    metavar="N|A..B|HASH|TAG",
    help="What to fetch. A tag is latest, safe or finalized as of the start.",
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where each block gets a file, named by its number. Blocks that are there are kept.",
)
@click.option(
    "--form",
    type=click.Choice(FORMS),
    default="json",
    show_default=True,
    help="The witness as the node gave it, or a bundle, which is smaller.",
)
@click.option("--force", is_flag=True, help="Fetch and overwrite what is there.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=TIMEOUT,
    show_default=True,
    metavar="S",
    help="Seconds for one answer, whole.",
)
@click.option(
    "--retries",
    type=click.IntRange(0),
    default=RETRIES,
    show_default=True,
    metavar="N",
    help="How often to ask again after trouble that may pass.",
)
@click.option(
    "--max-bytes", type=click.IntRange(1), metavar="N", help="Bytes of one answer, decompressed."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a block.")
@click.option("-q", "--quiet", is_flag=True, help="Print only what fails.")
def command(
    url: str,
    blocks: Blocks,
    output: Path,
    form: Form,
    force: bool,
    timeout: float,
    retries: int,
    max_bytes: int | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Fetch blocks with their witnesses from a node, for `weakstate verify`.

    The node must have debug_executionWitness; where it lacks debug_getRawBlock, blocks are put
    together from eth_getBlockByNumber. Nothing is verified, but what was asked for is held
    against its hash, and each block of a range against the one before.
    """
    budget = Budget() if max_bytes is None else Budget(bytes=max_bytes)
    started = time.perf_counter()
    meter = Meter(hidden=quiet or as_json)
    try:
        node = Node(url, timeout=timeout, retries=retries, budget=budget, progress=meter.progress)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--rpc") from None
    folder = Folder(output, form, force=force, budget=budget)
    count: Counter[str] = Counter()
    try:
        with meter:
            for stored in _fetch(Fetcher(node), folder, blocks, meter):
                count[_outcome(stored)] += 1
                count["bytes"] += stored.bytes
                if not quiet:
                    meter.clear()
                    say(json.dumps(_to_dict(stored)) if as_json else _line(stored))
    except WeakstateError as error:
        say(json.dumps(_failed_to_dict(error)) if as_json else _failed_line(error))
        return error.exit_code
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.strerror else str(error)
        raise CannotStore(clean(what)) from None
    if not (as_json or quiet):
        seconds = time.perf_counter() - started
        say(
            f"{count['fetched']} fetched, {count['kept']} kept; "
            f"{size(count['bytes'])} in {output}, {seconds:.2f} s"
        )
    return 0


def _fetch(fetcher: Fetcher, folder: Folder, blocks: Blocks, meter: Meter) -> Iterator[Stored]:
    if blocks.hash is not None:
        yield folder.fetch(fetcher, blocks.hash)
        return
    numbers = {b: fetcher.number(b) if isinstance(b, str) else b for b in blocks[1:]}
    first, last = (numbers[bound] for bound in blocks[1:])
    if not 1 <= first <= last:
        raise click.UsageError(f"--block: nothing can be fetched from {first} to {last}.")
    meter.total = last - first + 1
    for stored in folder.fetch_range(fetcher, first, last):
        meter.done += 1
        yield stored


def _outcome(stored: Stored) -> str:
    return "kept" if stored.kept else "fetched"


def _to_dict(stored: Stored) -> dict[str, Any]:
    block, witness = stored.block, stored.witness
    return {
        "file": str(stored.path),
        "outcome": _outcome(stored),
        "number": block.number,
        "hash": hexadecimal(block.hash),
        "parent_hash": hexadecimal(block.header.parent_hash),
        "chain_id": stored.chain_id,
        "transactions": block.transactions,
        "nodes": witness.node_count,
        "codes": witness.code_count,
        "witness_bytes": witness.bytes,
        "file_bytes": stored.bytes,
        "ms": stored.milliseconds,
        "error": None,
    }


def _failed_to_dict(error: WeakstateError) -> dict[str, Any]:
    return {"file": None, "outcome": "failed", "error": refusal_to_dict(error)}


def _line(stored: Stored) -> str:
    block, witness = stored.block, stored.witness
    head = styled(f"{_outcome(stored):<10}", fg="green")
    return (
        f"{head} {block.number:>9} {short_hash(block.hash):<15} {block.transactions:>4} txs "
        f"{witness.node_count:>7,} nodes {size(witness.bytes):>9} {stored.milliseconds:>9.1f} ms"
        f"  {clean(str(stored.path))}"
    )


def _failed_line(error: WeakstateError) -> str:
    return f"{styled(f'{error.verdict:<10}', fg='yellow')} {explain(error)}"
