"""What the nodes of every recorded witness take, as a plain list and in weakstate's bytes.

    python -m bench.witness_sizes

The list is the nodes one after the other, each once, without a length between them; both are
also measured after Zstandard at level 3. ``bound`` is what no form can save: hashes of nodes
that the witness does not hold, which no reader can compute.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import weakstate
from bench.blocks import NoDataError, data_folder
from bench.table import table
from weakstate.witness.report import Sizes, WitnessReport

HASH_BYTES = 32


class Measured(NamedTuple):
    """One recorded witness."""

    name: str
    nodes: int
    sizes: Sizes
    bound: int  # bytes of hashes whose nodes are not there


def measure() -> Iterator[Measured]:
    """All recorded witnesses, chain by chain in order of their blocks. Raises: NoDataError."""
    for chain in sorted(data_folder().joinpath("blocks").iterdir()):
        files = (
            [(_number(file), file) for file in chain.glob("*.json.gz")] if chain.is_dir() else []
        )
        for _, file in sorted(files):
            [item] = weakstate.read(file)
            if item.witness is not None:
                report = WitnessReport(item.witness, item.pre_state_root)
                name = f"{chain.name} {file.name.removesuffix('.json.gz')}"
                nodes = item.witness.node_count
                yield Measured(name, nodes, report.sizes, HASH_BYTES * report.survey.holes)


def saved(plain: int, nested: int) -> float:
    """By how many per cent of the plain list the nested form is smaller."""
    return 100 - 100 * nested / plain


def _number(file: Path) -> int:
    return int(file.name.split("-")[0])


def main() -> None:
    """Print a row a witness, and all together."""
    try:
        rows = list(measure())
    except NoDataError as error:
        sys.exit(str(error))
    total = Sizes(*map(sum, zip(*(row.sizes for row in rows), strict=True)))
    rows.append(Measured("all", sum(r.nodes for r in rows), total, sum(r.bound for r in rows)))
    head = ["block", "nodes", "list", "nested", "less, %", "at most, %", "list, zstd"]
    body = [
        [
            row.name,
            row.nodes,
            row.sizes.list,
            row.sizes.nested,
            saved(row.sizes.list, row.sizes.nested),
            saved(row.sizes.list, row.bound),
            row.sizes.list_zstd,
            row.sizes.nested_zstd,
            saved(row.sizes.list_zstd, row.sizes.nested_zstd),
        ]
        for row in rows
    ]
    print(table([*head, "nested, zstd", "less, %"], body))


if __name__ == "__main__":
    main()
