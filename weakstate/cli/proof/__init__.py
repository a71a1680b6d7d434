"""`weakstate proof`: proofs of accounts and slots, made from a state and held against a root."""

import click

from weakstate.cli.proof import create, verify

EPILOG = """\b
Examples:
  weakstate proof create state 0x00000000219ab540356cBB839Cbe05303d7705Fa 0 1 -o proof.json
  weakstate proof verify proof.json --root 0x5a5c…e3
  weakstate proof verify proof.json --root 0x5a5c…e3 --scheme verkle"""


@click.group("proof", epilog=EPILOG)
def command() -> None:
    """Prove accounts and slots of a state, and hold such proofs against a state root."""


for each in (create.command, verify.command):
    command.add_command(each)
