"""`weakstate convert`: blocks, witnesses and deltas from one form into another."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import chain as chained
from itertools import islice
from typing import Any, NamedTuple

import click

from weakstate._native import Budget, Chain, Item
from weakstate.cli.exits import first_exit
from weakstate.cli.options import PATH, budget_options, option
from weakstate.cli.output import Output
from weakstate.cli.pairing import pair
from weakstate.cli.plan import choose_chain
from weakstate.cli.progress import watched
from weakstate.cli.refusal import explain, refusal_to_dict
from weakstate.cli.sources import Contents, Given, each_item, expand, load
from weakstate.cli.text import clean, say, size, styled
from weakstate.errors import Unreadable, WeakstateError
from weakstate.verifier.parallel import Workers, processors
from weakstate.witness.forms import FORMS, Lossy, convert, holding, left_out

NOT_WRITTEN = 2

EPILOG = f"""\b
Forms:
{chr(10).join(f"  {name:<11} {form.about}" for name, form in FORMS.items())}

\b
Examples:
  weakstate convert witness.json --to bytes -o block.witness
  weakstate convert block.rlp witness.json --to bundle --chain mainnet -o block.bundle
  weakstate convert blocks/ --to rlp --lossy -o witnesses/
  weakstate convert block.bundle --to json --lossy -o - | jq '.state | length'

\b
Exit code, over all files the first of these that occurred:
  3 invalid witness   a header in it is none, so the form cannot hold it
  5 over budget       raise --max-bytes or --max-nodes
  2 not written       unreadable, there already, or more than the form can hold
  0 everything was written; 130 interrupted"""


Refused = WeakstateError | Lossy | FileExistsError


class Made(NamedTuple):
    """The bytes that became of it, and what is left out of them; or why there are none."""

    file: str
    data: bytes | WeakstateError | Lossy
    lost: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@click.command("convert", epilog=EPILOG)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PATH)
@click.option(
    "--to", "form", type=click.Choice(list(FORMS)), required=True, help="The form to write."
)
@click.option(
    "-o",
    "--output",
    metavar="FILE|FOLDER",
    required=True,
    help="Where to: a file, `-` for standard output, or a folder (which is there already, or "
    "ends with a slash) for files that are named after those of PATH.",
)
@click.option("--lossy", is_flag=True, help="Leave out what the form cannot hold.")
@click.option("--force", is_flag=True, help="Write over files, save those of PATH.")
@click.option(
    "--chain",
    metavar="NAME|FILE",
    help="The chain that blocks are of whose files do not say it; as in `weakstate verify`.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a file.")
@budget_options("bytes", "nodes")
def command(
    paths: tuple[str, ...],
    form: str,
    output: str,
    lossy: bool,
    force: bool,
    chain: str | None,
    as_json: bool,
    budget: Budget,
) -> int:
    """Write blocks, witnesses and deltas in another form.

    PATH is a file, a folder (all files in it, by number) or `-` for standard input; forms are
    found by content. A form that cannot hold all of a file refuses it, save with --lossy. What
    is written holds the same nodes and codes in ascending order, each once. Where the form
    wants a block and a witness, a block alone is paired with the next witness alone. A file is
    written whole or not at all.
    """
    chosen = None if chain is None else option("--chain", choose_chain, chain)
    sources = expand(paths)
    inputs = [source.file for source in sources]
    target = Output(output, paths, inputs, FORMS[form].suffix, force=force)
    if target.is_stdout and sys.stdout.isatty() and FORMS[form].suffix != ".json":
        raise click.UsageError(f"{form} is nothing for a terminal: name a file")
    results: Counter[int] = Counter()
    with ExitStack() as stack:
        workers = stack.enter_context(Workers(processors()))
        contents = workers.in_order(partial(load, budget=budget), sources)
        contents = watched(stack, contents, len(sources), "Converting", hidden=as_json)
        both = {"block", "witness"} <= FORMS[form].needs
        given = _paired(contents) if both else each_item(contents)
        given = given if target.is_folder else _only_one(given, output)
        for made in workers.in_order(partial(_make, form=form, lossy=lossy, chain=chosen), given):
            results[_finish(made, target, form, as_json=as_json)] += 1
    if not as_json and results.total() > 1:
        written, refused = results[0], results.total() - results[0]
        say(f"{written} written, {refused} refused", stderr=target.is_stdout)
    return first_exit(results)


def _paired(contents: Iterable[Contents]) -> Iterator[Given]:
    for entry in pair(contents):
        if entry.error is not None:
            yield Given(entry.file, entry.error)
            continue
        item = Item(
            block=entry.block,
            witness=entry.witness,
            delta=entry.delta,
            chain_id=entry.chain_id,
            pre_state_root=entry.pre_state_root,
            block_hashes=entry.block_hashes,
        )
        yield Given(entry.file, item)


def _only_one(given: Iterator[Given], output: str) -> Iterator[Given]:
    """The same; nothing is written if there is more than fits one file."""
    head = list(islice(given, 2))
    if len(head) > 1:
        raise click.UsageError(
            f"{output} is one file, and there is more than one to write: name a folder, "
            f"such as -o {output}/"
        )
    return chained(head)


def _make(given: Given, form: str, lossy: bool, chain: Chain | None) -> Made:
    file, item = given
    if isinstance(item, WeakstateError):
        return Made(file, item)
    try:
        if chain is not None:
            item = _of_chain(item, chain)
        return Made(file, convert(item, form, lossy=lossy), left_out(item, form))
    except Lossy as error:
        assert isinstance(item, Item)
        return Made(file, error, others=holding(item))
    except WeakstateError as error:
        return Made(file, error)


def _of_chain(item: Item, chain: Chain) -> Item:
    """The item with the chain's id, which it may state already."""
    if item.chain_id is not None and item.chain_id != chain.chain_id:
        expected = f"{chain.chain_id}, as --chain says"
        raise Unreadable("malformed_field", expected, str(item.chain_id), "chainId")
    return item if item.block is None else item.with_chain_id(chain.chain_id)


def _finish(made: Made, target: Output, form: str, *, as_json: bool) -> int:
    """Write what was made, say what became of it, and return the exit code."""
    refusal: Refused | None = None
    row: dict[str, Any] = {"file": made.file, "form": form, "written": None, "bytes": None}
    if isinstance(made.data, bytes):
        try:
            row["written"] = target.write(made.file, made.data)
            row["bytes"] = len(made.data)
        except FileExistsError as error:
            refusal = error
    else:
        refusal = made.data
    row["left_out"] = None if refusal else made.lost
    row["error"] = refusal and _error(refusal)
    line = json.dumps(row) if as_json else _line(row, refusal, made.others)
    say(line, stderr=target.is_stdout)
    match refusal:
        case None:
            return 0
        case WeakstateError():
            return refusal.exit_code
        case _:
            return NOT_WRITTEN


def _error(refusal: Refused) -> dict[str, str | None]:
    if isinstance(refusal, WeakstateError):
        return {**refusal_to_dict(refusal)}
    said = dict.fromkeys(("expected", "actual", "at"), "")
    return {"class": type(refusal).__name__, "code": None, **said, "meaning": str(refusal)}


def _line(row: dict[str, Any], refusal: Refused | None, others: tuple[str, ...]) -> str:
    if refusal is None:
        line = f"{styled('written', fg='green')}  {clean(row['written'])}, {size(row['bytes'])}"
        return f"{line}; left out: {', '.join(row['left_out'])}" if row["left_out"] else line
    head = f"{styled('refused', fg='yellow')}  {clean(row['file'])}"
    match refusal:
        case WeakstateError():
            return f"{head}: {explain(refusal)}"
        case Lossy():
            found = f"; {', '.join(others)} would hold it" if others else ""
            return f"{head}: {refusal}; --lossy leaves that out{found}"
        case FileExistsError():
            return f"{head}: {clean(str(refusal))}; --force writes over files, save those of PATH"
