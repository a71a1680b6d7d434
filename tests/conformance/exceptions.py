"""Official tests that the verifier cannot pass, each with its reason."""

import csv
import functools
from pathlib import Path

LIST = Path(__file__).with_name("exceptions.tsv")


@functools.cache
def rows() -> tuple[tuple[str, str, str], ...]:
    """Network, part of the test's name, and reason; an empty field matches everything."""
    with LIST.open(encoding="utf-8") as file:
        return tuple(
            (row["network"], row["name"], row["reason"])
            for row in csv.DictReader(file, delimiter="\t")
        )


def reason(name: str, network: str) -> str:
    """Why the test is an exception; empty if it is none."""
    for row_network, row_name, row_reason in rows():
        if row_network in {"", network} and row_name in name:
            return row_reason
    return ""
