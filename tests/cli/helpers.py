"""Runs the command line in this process, on the short chain in fixtures/."""

import gc
import json
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner

import weakstate
from weakstate.cli import main
from weakstate.cli.group import SECTIONS

CHAIN = Path(__file__).parents[2] / "fixtures" / "chain"
GENESIS = CHAIN / "genesis.json"
BLOCKS = sorted(CHAIN.glob("[0-9]*.json"), key=lambda path: int(path.stem))


# Commands that open a state on disk.
OF_STATES = SECTIONS["Sequencer and replica"]


class Ran(NamedTuple):
    """What a command printed and exited with."""

    code: int
    out: str
    err: str

    @property
    def lines(self):
        return self.out.splitlines()

    @property
    def objects(self):
        return [json.loads(line) for line in self.lines]

    @property
    def verdicts(self):
        return [found["verdict"] for found in self.objects]


def run(*args, data=None):
    """Run `weakstate` with these arguments; any exception but an exit is a failure."""
    result = CliRunner().invoke(main, [str(arg) for arg in args], input=data)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert "Traceback" not in result.stdout + result.stderr
    ran = Ran(result.exit_code, result.stdout, result.stderr)
    if args and args[0] in OF_STATES:
        # A process would have ended: what it exited with must not keep a state open in this one.
        del result
        gc.collect()
    return ran


def verify(*args, data=None):
    """`weakstate verify` under the rules of the fixture chain."""
    return run("verify", "--chain", GENESIS, *args, data=data)


def stands(directory):
    """What `weakstate state show` says of a state."""
    ran = run("state", "show", directory, "--json")
    assert ran.code == 0
    [found] = ran.objects
    return found


class Sample(NamedTuple):
    """A block of the fixture chain, in parts."""

    path: Path
    block: weakstate.Block
    witness: weakstate.Witness

    @property
    def witness_json(self):
        return {
            name: [f"0x{value.hex()}" for value in values]
            for name, values in (
                ("state", self.witness.nodes),
                ("codes", self.witness.codes),
                ("headers", self.witness.headers),
            )
        }

    def write_block(self, folder, name="block.rlp"):
        """A file with the block alone."""
        path = folder / name
        path.write_bytes(self.block.rlp)
        return path

    def write_witness(self, folder, name="witness.json"):
        """A file with the witness alone."""
        path = folder / name
        path.write_text(json.dumps(self.witness_json))
        return path

    def write(self, folder, name, **changes):
        """A file with both; ``changes`` replaces fields of the object."""
        path = folder / name
        whole = {"blockRlp": f"0x{self.block.rlp.hex()}", "witness": self.witness_json}
        path.write_text(json.dumps(whole | changes))
        return path


def load_samples():
    """The blocks of the fixture chain, in order, each with its witness."""
    numbers = sorted(int(path.stem) for path in CHAIN.glob("[0-9]*.json"))
    found = []
    for number in numbers:
        path = CHAIN / f"{number}.json"
        [item] = weakstate.read(path)
        found.append(Sample(path, weakstate.Block.from_rlp(item.block), item.witness))
    assert len(found) >= 3
    return found
