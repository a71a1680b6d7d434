"""Official tests that the verifier cannot pass, each with the code it ends with and the reason."""

import csv
import functools
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).with_name("exceptions.tsv")


@dataclass(frozen=True)
class Row:
    """One exception; an empty network or name stands for all.

    ``scheme`` is that of the state: empty for all, or "leaves" for those whose tree holds nothing
    else.
    """

    scheme: str
    network: str
    name: str
    code: str
    reason: str


@functools.cache
def rows() -> tuple[Row, ...]:
    """The whole list."""
    with LIST.open(encoding="utf-8") as file:
        return tuple(Row(**row) for row in csv.DictReader(file, delimiter="\t"))


def find(name: str, network: str, code: str, scheme: str = "mpt") -> Row | None:
    """The row that says why a test ended with ``code``."""
    for row in of_scheme(scheme):
        if row.network in {"", network} and row.name in name and row.code == code:
            return row
    return None


def of_scheme(scheme: str) -> list[Row]:
    """The rows that hold for a scheme."""
    kinds = {"", scheme} | ({"leaves"} if scheme != "mpt" else set())
    return [row for row in rows() if row.scheme in kinds]
