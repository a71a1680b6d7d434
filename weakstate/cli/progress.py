"""A progress bar, where nothing else shows that work goes on."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import TypeVar

import click

Each = TypeVar("Each")


def watched(
    stack: ExitStack, each: Iterable[Each], length: int, label: str, *, hidden: bool
) -> Iterator[Each]:
    """The same, with a bar while the results go elsewhere than the terminal."""
    seen = sys.stderr.isatty() and not sys.stdout.isatty() and length > 1
    if hidden or not seen:
        return iter(each)
    return iter(stack.enter_context(click.progressbar(each, length, label, file=sys.stderr)))
