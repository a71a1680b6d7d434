"""`weakstate state`: look into the state in a directory, check it, keep it in order."""

import click

from weakstate.cli.state import keep, read

EPILOG = """\b
Examples:
  weakstate state show state
  weakstate state account state 0x00000000219ab540356cBB839Cbe05303d7705Fa
  weakstate state proof state 0x00000000219ab540356cBB839Cbe05303d7705Fa 0 1 > proof.json
  weakstate state check state"""


class InOrder(click.Group):
    """A group that lists its commands in the order in which they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, in order."""
        return list(self.commands)


@click.group("state", cls=InOrder, epilog=EPILOG)
def command() -> None:
    """Look into a state, check it, keep it in order.

    All that look read beside a process that writes.
    """


for each in (
    read.show,
    read.account,
    read.slot,
    read.proof,
    keep.check,
    keep.backup,
    keep.prune,
    keep.upgrade,
):
    command.add_command(each)
