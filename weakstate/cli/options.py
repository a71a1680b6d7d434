"""Options that several commands have: paths, budgets, and what is chosen by name or file."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

from weakstate._native import Budget
from weakstate.cli.text import clean
from weakstate.errors import WeakstateError

Chosen = TypeVar("Chosen")

# Trees that hold leaves alone, and how accounts lie in them.
LEAF_SCHEMES = ("verkle", "verkle-kzg", "binary-7864", "binary-geth", "binary-8297")
EMBEDDINGS = ("packed", "five-leaf")

PATH = click.Path(exists=True, allow_dash=True)

LIMITS = {
    "bytes": (click.IntRange(1), "N", "Bytes of one file, decompressed."),
    "nodes": (
        click.IntRange(1),
        "N",
        "Nodes, and codes, of one witness; accounts, slots and codes of one delta.",
    ),
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


def option(name: str, choose: Callable[[str], Chosen], value: str) -> Chosen:
    """The value of an option; what is wrong with it is a usage error."""
    try:
        return choose(value)
    except (ValueError, OSError, WeakstateError) as error:
        raise click.BadParameter(clean(str(error)), param_hint=name) from None
