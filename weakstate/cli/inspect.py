"""`weakstate inspect`: what files hold, without verifying any of it."""

import json
from collections.abc import Iterator
from typing import Any

import click

from weakstate._native import Block, Budget, Item
from weakstate.cli.exits import first_exit
from weakstate.cli.options import PATH
from weakstate.cli.sources import expand, load
from weakstate.cli.text import clean, hexadecimal, say, size, styled
from weakstate.errors import WeakstateError
from weakstate.witness.report import Ancestors, Part, count


@click.command(
    "inspect",
    epilog="\b\nExamples:\n  weakstate inspect block.json.gz\n  weakstate inspect blocks/ --json",
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PATH)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object an item.")
def command(paths: tuple[str, ...], as_json: bool) -> int:
    """Count what files hold: blocks, nodes, codes, ancestors, duplicates, claims.

    Nothing is verified: what a file claims beside its witness is shown as claimed.
    """
    exits: set[int] = set()
    budget = Budget()
    for source in expand(paths):
        _, items, error = load(source, budget)
        found: list[dict[str, Any]] = [_describe(item) for item in items]
        if error is not None:
            exits.add(error.exit_code)
            found = [{"error": str(error)}]
        for index, content in enumerate(found):
            row = {"file": source.file, "item": index, **content}
            say(json.dumps(row) if as_json else "\n".join(_lines(row)))
    return first_exit(exits)


def _describe(item: Item) -> dict[str, Any]:
    witness = count(item)
    return {
        "block": None if item.block is None else _block(item.block),
        "witness": witness
        and {
            "nodes": witness.nodes._asdict(),
            "codes": witness.codes._asdict(),
            "ancestors": witness.ancestors._asdict(),
        },
        "claims": {
            "chain_id": item.chain_id,
            "pre_state_root": hexadecimal(item.pre_state_root),
            "block_hashes": len(item.block_hashes),
        },
    }


def _block(rlp: bytes) -> dict[str, Any]:
    try:
        block = Block.from_rlp(rlp)
    except WeakstateError as error:
        return {"bytes": len(rlp), "error": str(error)}
    return {
        "number": block.number,
        "hash": hexadecimal(block.hash),
        "parent_hash": hexadecimal(block.header.parent_hash),
        "transactions": block.transactions,
        "bytes": len(rlp),
    }


def _lines(row: dict[str, Any]) -> Iterator[str]:
    yield styled(f"{clean(row['file'])}, item {row['item']}", bold=True)
    if "error" in row:
        yield f"  {clean(row['error'])}"
        return
    match row["block"]:
        case None:
            yield "  no block"
        case {"error": error, "bytes": length}:
            yield f"  block      {size(length)}: {clean(error)}"
        case block:
            yield (
                f"  block      {block['number']}, {block['hash']}, "
                f"{block['transactions']} transactions, {size(block['bytes'])}"
            )
    if row["witness"] is None:
        yield "  no witness"
    else:
        for name in ("nodes", "codes"):
            yield f"  {name:<10} {_part(Part(**row['witness'][name]))}"
        yield f"  ancestors  {_ancestors(Ancestors(**row['witness']['ancestors']))}"
    claims = row["claims"]
    yield (
        f"  claims     chain id {claims['chain_id']}, pre-state root {claims['pre_state_root']}, "
        f"{claims['block_hashes']} block hashes"
    )


def _part(part: Part) -> str:
    text = f"{part.number:,}, {size(part.bytes)}, the largest {size(part.largest)}"
    if part.duplicates:
        text += f", {part.duplicates} duplicates"
    if part.empty:
        text += f", {part.empty} empty"
    return text if part.sorted else f"{text}, unsorted"


def _ancestors(ancestors: Ancestors) -> str:
    if ancestors.first is None or ancestors.last is None:
        return f"{ancestors.number}"
    return f"{ancestors.number}, {ancestors.first} to {ancestors.last}"
