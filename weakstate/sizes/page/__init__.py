"""A size report as one HTML page that asks nobody for anything, and its charts as files."""

from weakstate.sizes.page.write import write

__all__ = ["write"]
