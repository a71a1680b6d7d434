"""Options that bound what an input may cost."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from weakstate._native import Budget

LIMITS = {
    "bytes": (click.IntRange(1), "N", "Bytes of one file, decompressed."),
    "nodes": (click.IntRange(1), "N", "Nodes, and codes, of one witness."),
    "memory": (click.IntRange(1), "N", "Bytes that the EVM's memory takes."),
    "seconds": (click.FloatRange(0, min_open=True), "S", "Time that one block may take."),
}


def budget_options(*names: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give a command the options for these limits; it gets them as one argument, ``budget``."""

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        @wraps(command)
        def with_budget(**arguments: Any) -> int:
            limits = {name: arguments.pop(f"max_{name}") for name in names}
            given = {name: limit for name, limit in limits.items() if limit is not None}
            return command(budget=Budget(**given), **arguments)

        found: Callable[..., int] = with_budget
        for name in reversed(names):
            kind, metavar, said = LIMITS[name]
            found = click.option(f"--max-{name}", type=kind, metavar=metavar, help=said)(found)
        return found

    return decorate
