"""A size report as CSV and as Markdown."""

import csv
import io
from collections.abc import Iterator, Sequence

from weakstate.sizes.figures import METHOD, BlockFigures, SchemeFigures, per


def parts_csv(blocks: Sequence[BlockFigures]) -> str:
    """A line for each part of each witness, in bytes."""
    rows = (
        (*_head(block), scheme.prediction.scheme, part, round(bytes_))
        for block in blocks
        for scheme in block.schemes
        for part, bytes_ in scheme.prediction.parts.items()
    )
    return _csv((*HEAD, "scheme", "part", "bytes"), rows)


def growth_csv(blocks: Sequence[BlockFigures]) -> str:
    """A line for each witness and size of the state, in bytes."""
    rows = (
        (*_head(block), scheme.prediction.scheme, size, round(bytes_))
        for block in blocks
        for scheme in block.schemes
        for size, bytes_ in scheme.growth
    )
    return _csv((*HEAD, "scheme", "state_size", "bytes"), rows)


def markdown(blocks: Sequence[BlockFigures]) -> str:
    """Tables for a page or a paper."""
    return "\n".join(_markdown(blocks)) + "\n"


HEAD = ("block", "number", "transactions", "gas", "keys")


def _head(block: BlockFigures) -> tuple[str | int, ...]:
    access = block.access
    return (access.name, access.number, access.transactions, access.gas, access.keys)


def _csv(head: Sequence[str], rows: Iterator[tuple[str | int, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()


def _markdown(blocks: Sequence[BlockFigures]) -> Iterator[str]:
    yield f"# Witness sizes\n\n{METHOD}\n"
    yield "Totals in kB of 1,000 bytes, means over the seeds; ± holds for 95 of 100 such states."
    for block in blocks:
        access = block.access
        yield f"\n## {_plain(access.name)}\n"
        yield (
            f"Block {access.number}: {access.transactions} transactions, "
            f"{access.gas / 1e6:.2f} Mgas, {len(access.accounts)} accounts and "
            f"{access.slots} slots touched; a state of "
            f"{block.population.accounts:,} accounts and {block.population.slots:,} slots.\n"
        )
        head = ["scheme", "total", "±", "code", "without code", "whole code", "a Mgas", "B a key"]
        yield _line(head)
        yield _line(["---", *["---:"] * (len(head) - 1)])
        for scheme in block.schemes:
            yield _line(_cells(block, scheme))
        if access.measured is not None:
            needed = sum(access.measured)
            yield f"\nReally needed of the block's Merkle Patricia witness: {needed / 1e3:.1f} kB."


def _cells(block: BlockFigures, scheme: SchemeFigures) -> list[str]:
    found = scheme.prediction
    code = found.parts["code"]
    mgas = per(found.total, block.access.gas / 1e6)
    key = per(found.total, block.access.keys)
    sizes = (found.total, found.margin, code, found.total - code, scheme.whole_code, mgas)
    return [
        found.scheme,
        *("-" if size is None else f"{size / 1e3:.1f}" for size in sizes),
        "-" if key is None else f"{key:.0f}",
    ]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(name: str) -> str:
    """A foreign name without what Markdown or a terminal would make something of."""
    return "".join(letter if letter.isalnum() or letter in " .-_/" else "?" for letter in name)
