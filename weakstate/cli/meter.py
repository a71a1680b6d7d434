"""A line on the terminal that says what is being waited for, and goes when it is over."""

import sys
import time
from typing import Self

from weakstate.cli.text import clean, say, size

# Seconds between two versions of the line.
INTERVAL = 0.1

ERASE = "\r\x1b[2K"


class Meter:
    """Says how far long work has come, on standard error and only if that is a terminal."""

    def __init__(self, *, hidden: bool) -> None:
        self.done = 0
        self.total = 1
        self._hidden = hidden
        self._shown = False
        self._last = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def progress(self, method: str, received: int, trouble: str | None) -> None:
        """Show what a node is asked and how much of its answer came, or why it is asked again."""
        if self._hidden:
            return
        if trouble is not None:
            self.clear()
            say(f"{method}: {clean(trouble)}; asking again", stderr=True)
            return
        place = f"{self.done + 1} of {self.total}: " if self.total > 1 else ""
        self._show(f"{place}{method}, {size(received)}", now=not received)

    def count(self, what: str, number: int) -> None:
        """Show how many of something there are so far."""
        self._show(f"{number:,} {what}")

    def _show(self, line: str, *, now: bool = False) -> None:
        if self._hidden or not sys.stderr.isatty():
            return
        if now or time.monotonic() > self._last + INTERVAL:
            self._last = time.monotonic()
            self._shown = True
            sys.stderr.write(f"{ERASE}{line}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Make room for a line that stays."""
        if self._shown:
            sys.stderr.write(ERASE)
            sys.stderr.flush()
            self._shown = False
