"""The command line, one command a file."""

from weakstate.cli.group import main

__all__ = ["main"]
