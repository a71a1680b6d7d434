"""The `weakstate` command: finds its subcommands without importing the others."""

import io
import os
import sys
from importlib import import_module
from keyword import iskeyword
from typing import NoReturn

import click

from weakstate.cli.exits import INTERRUPTED, PIPE_CLOSED

# In the order in which a reader needs them.
SECTIONS = {
    "Verifier": {
        "verify": "Verify blocks from their witnesses.",
        "check-delta": "Hold deltas against witnesses, without executing.",
        "fetch": "Fetch blocks with their witnesses from a node.",
    },
    "Sequencer and replica": {
        "init": "Make the state of a genesis file.",
        "import": "Make a state from a dump of its accounts.",
        "build": "Build blocks from pending transactions.",
        "produce": "Execute blocks over a state: witnesses and deltas.",
        "apply": "Follow by deltas, without executing.",
        "revert": "Take the latest blocks back.",
        "state": "Look into a state, check it, keep it in order.",
        "export": "Write a dump of all accounts.",
        "rebuild": "Make the accounts of a state one under another scheme.",
        "proof": "Prove accounts and slots of a state, and hold proofs against a root.",
    },
    "Files": {
        "inspect": "Say what files hold, and how much of it blocks need.",
        "convert": "Write blocks, witnesses and deltas in another form.",
    },
    "Reference": {
        "chains": "List the built-in chains with their forks.",
        "errors": "List every error code with its meaning.",
    },
}
COMMANDS = {name: about for section in SECTIONS.values() for name, about in section.items()}


class Commands(click.Group):
    """A group that imports a command when it is run and keeps to our exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, in order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = cmd_name.replace("-", "_") + "_" * iskeyword(cmd_name)
        command = import_module(f"weakstate.cli.{module}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        width = max(map(len, COMMANDS))
        for title, section in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(f"{name:<{width}}", section[name]) for name in section])

    def invoke(self, ctx: click.Context) -> NoReturn:
        """Run the command and exit with the code that it returns."""
        if isinstance(sys.stdout, io.TextIOWrapper):  # the terminal may not know every letter
            sys.stdout.reconfigure(errors="backslashreplace")
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except KeyboardInterrupt:
            _leave(INTERRUPTED)
        except BrokenPipeError:
            # Nothing reads our output any more, and Python flushes it again when it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            _leave(PIPE_CLOSED)
        ctx.exit(code or 0)


def _leave(code: int) -> NoReturn:
    """End without waiting for threads that are busy with a block."""
    import threading

    sys.stdout.flush()
    if threading.active_count() > 1:
        os._exit(code)
    sys.exit(code)


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from weakstate._native import __version__

        click.echo(f"weakstate {__version__}")
        ctx.exit()


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Examples:
  weakstate verify block.json.gz
  weakstate verify blocks/ --parent 0x5a5c…e3 --json
  weakstate produce state/ blocks/ -o bundles
  weakstate COMMAND --help""",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def main() -> None:
    """Verify Ethereum blocks from their witnesses, trusting only what you name.

    A sequencer holds a state and hands out witnesses and deltas of blocks; a verifier holds none
    and re-executes blocks from their witnesses; a replica follows a state by deltas.
    """
