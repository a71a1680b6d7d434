"""How many times faster a replica applies the official benchmark cases than the sequencer has them.

    python -m bench.replica [--only NAME] [--repeat N]

Each role has a store of its own, imported anew in every repetition, and commits each block
durably. The sequencer produces the block's witness and delta in bytes and commits; the replica
reads the delta's bytes and applies it. The last block of a test is measured: those before it set
the stage.
"""

import io
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import click

from bench import machine
from bench.blocks import NoDataError
from bench.contestants import OUT, ROOT
from bench.suite import case_of, suite_tests
from bench.table import table
from tests.conformance.case import Case, Known
from tests.conformance.suite import tests
from weakstate import Chain, Delta, Header, State

FORMAT_VERSION = 1
WORST = 10


@dataclass(frozen=True)
class Times:
    """Milliseconds of one block."""

    cpu: float
    wall: float


@dataclass(frozen=True)
class Row:
    """One case. Its times are medians over the repetitions."""

    name: str
    gas: int
    delta_bytes: int
    sequencer: Times
    replica: Times

    def ratio(self, clock: str) -> float:
        """How many times as long the sequencer takes."""
        sequencer: float = getattr(self.sequencer, clock)
        replica: float = getattr(self.replica, clock)
        return sequencer / replica


class Stopwatch:
    """Readings of both clocks."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter_ns(), time.process_time_ns()

    def read(self) -> Times:
        """What has gone by."""
        cpu, wall = time.process_time_ns(), time.perf_counter_ns()
        return Times((cpu - self.cpu) / 1e6, (wall - self.wall) / 1e6)


def measure(name: str, test: Mapping[str, Any], repeat: int) -> Row:
    """A case through both roles as often as it is repeated."""
    turns = []
    for _ in range(repeat):
        with tempfile.TemporaryDirectory(dir=OUT) as stores:
            case = BothRoles(name, test, Path(stores))
            case.run()
            turns.append(case.row)
    return replace(
        turns[0],
        sequencer=medians([turn.sequencer for turn in turns]),
        replica=medians([turn.replica for turn in turns]),
    )


def medians(times: Sequence[Times]) -> Times:
    """Of each clock by itself."""
    return Times(
        statistics.median(each.cpu for each in times),
        statistics.median(each.wall for each in times),
    )


class BothRoles(Case):
    """One case through both roles, over stores of their own; ``row`` is of its last block."""

    def __init__(self, name: str, test: Mapping[str, Any], stores: Path) -> None:
        super().__init__(test)
        self.name = name
        self.stores = stores

    def start(self) -> None:
        dump = json.dumps({"alloc": self.test["pre"]}).encode()
        rules = Chain.from_genesis(json.dumps({"config": self.config}).encode())
        header = self.known[self.genesis].header.rlp
        self.sequencer, self.replica = (
            State.import_(rules, io.BytesIO(dump), header, self.stores / role)
            for role in ("sequencer", "replica")
        )

    def judge(self, chain: Chain, parent: Known, rlp: bytes) -> Header:
        watch = Stopwatch()
        produced = self.sequencer.produce(chain, rlp, budget=self.budget, check=False)
        produced.witness.to_bytes()
        delta = produced.delta.to_bytes()
        self.sequencer.commit(produced)
        sequencer = watch.read()
        header = produced.header
        watch = Stopwatch()
        self.replica.apply(Delta.from_bytes(delta), header.rlp)
        self.row = Row(self.name, header.gas_used, len(delta), sequencer, watch.read())
        return header

    def check_end(self, last: Known) -> None:
        """The replica's store has held every root against the header."""


@click.command()
@click.option("--only", default="", help="Cases whose name contains this.")
@click.option("--repeat", default=3, show_default=True, type=click.IntRange(min=1))
def main(only: str, repeat: int) -> None:
    """Compare both roles over the official benchmark cases."""
    try:
        files = suite_tests()
    except NoDataError as error:
        sys.exit(str(error))
    chosen = [(name, test) for file in files for name, test in tests(file).items() if only in name]
    with click.progressbar(chosen, label="cases", file=sys.stderr) as bar:
        rows = [measure(name, test, repeat) for name, test in bar]
    print_rows(rows)
    content = {
        "format": "weakstate-replica",
        "version": FORMAT_VERSION,
        "machine": machine.describe(),
        "repeat": repeat,
        "cases": [asdict(row) for row in rows],
    }
    file = OUT / "replica.json"
    file.write_text(json.dumps(content, indent=1) + "\n")
    print(f"\nwritten to {file.relative_to(ROOT)}")


def print_rows(rows: Sequence[Row]) -> None:
    """All cases together, and the worst."""
    print(f"{len(rows)} official benchmark cases: times faster than the sequencer\n")
    body = []
    for clock in ("cpu", "wall"):
        ratios = [row.ratio(clock) for row in rows]
        sequencer, replica = (
            sum(getattr(getattr(row, role), clock) for row in rows)
            for role in ("sequencer", "replica")
        )
        mean, middle = statistics.geometric_mean(ratios), statistics.median(ratios)
        body.append([clock, mean, middle, min(ratios), sequencer / replica])
    print(table(["", "geometric mean", "median", "worst", "all in a row"], body))
    print(f"\nThe {WORST} worst, ms:\n")
    worst = sorted(rows, key=lambda row: row.ratio("wall"))[:WORST]
    body = [
        [
            " ".join(case_of(row.name)),
            row.gas / 1e6,
            row.delta_bytes,
            row.sequencer.wall,
            row.sequencer.cpu,
            row.replica.wall,
            row.replica.cpu,
            row.ratio("cpu"),
            row.ratio("wall"),
        ]
        for row in worst
    ]
    head = [
        "case",
        "Mgas",
        "delta bytes",
        "sequencer",
        "CPU",
        "replica",
        "CPU",
        "ratio of CPU",
        "of wall",
    ]
    print(table(head, body))


if __name__ == "__main__":
    main()
