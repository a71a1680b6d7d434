"""The same real blocks over every tree, really executed in a large generated state.

    python -m bench.transplant [--accounts N] [--rounds N] [-o FOLDER]

A state of so many accounts is generated (bench/generated.py), in which contracts that the blocks
touch have the storage that they had, at the scale of the state. It is imported into a store of
Merkle Patricia tries and rebuilt by every other scheme; what is there already is used again. Then
each block's accounts, slots and codes are put into it, the block is executed, its witness written
to bytes and verified from them; gas, receipts and what the block changed must be as on mainnet.
Beside the bytes stand those that the shape model of `weakstate report` predicts for the state.
"""

import json
import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

import weakstate
from bench.blocks import NoDataError, block_file
from bench.contestants import OUT
from bench.generated import Plan, import_dump, write_dump
from bench.sequencer import run
from bench.table import table
from bench.transplanted import SCHEMES, OtherOutcomeError, Row, measure, plan_for
from weakstate import Chain, State
from weakstate.sizes.population import Population
from weakstate.sizes.transplant import Graft

MAINNET = "ethereum"
# From Cancun on, whose witness has the parent's header, and which ask for no older block's hash.
BLOCKS = (19426587, 20612842, 21429063, 21688509, 24628607)
BOUND = 3  # per cent
NODES = ("nodes", "commitments", "siblings")  # as each scheme calls what commits to the rest


def grafts_of(numbers: Sequence[int]) -> list[Graft]:
    """Recorded blocks, taken out of their state. Raises: NoDataError."""
    chain, found = Chain.builtin("mainnet"), []
    for number in numbers:
        [item] = weakstate.read(block_file(MAINNET, number))
        found.append(Graft.from_item(str(number), chain, item))
    return found


class Folder:
    """A generated state: its dump, and a store for each scheme."""

    def __init__(self, path: Path, plan: Plan, grafts: Sequence[Graft]) -> None:
        self.path, self.plan, self.grafts = path, plan, grafts
        self._notes = path / "made.json"
        self.made: dict[str, Any] = {}
        if self._notes.exists():
            self.made = json.loads(self._notes.read_text())
        storage = {address.hex(): count for address, count in sorted(plan.storage.items())}
        described = {"accounts": plan.accounts, "seed": plan.seed, "storage": storage}
        if self.made.get("plan") != described:
            self.made = {"plan": described, "stores": {}}

    def store(self, scheme: str) -> Path:
        """Where a scheme's state is."""
        return self.path / scheme

    @property
    def dump(self) -> Path:
        """All accounts."""
        return self.path / "accounts.jsonl"

    @property
    def population(self) -> Population:
        """What was generated."""
        return Population(**self.made["population"])

    def make(self, schemes: Iterable[str]) -> None:
        """Make what is missing, each store in a process of its own."""
        self.path.mkdir(parents=True, exist_ok=True)
        if "population" not in self.made:
            self._note("population", asdict(write_dump(self.plan, self.dump)))
        stores = self.made["stores"]
        for scheme in schemes:
            if scheme not in stores:
                shutil.rmtree(self.store(scheme), ignore_errors=True)
                size = ["--accounts", str(self.plan.accounts), "--seed", str(self.plan.seed)]
                command = ["bench.transplant", *size, "-o", str(self.path), "--build", scheme]
                stores[scheme] = run([sys.executable, "-m", *command])
                self._note("stores", stores)

    def build(self, scheme: str) -> dict[str, Any]:
        """Make one store; how long it took."""
        wall, cpu = time.perf_counter(), time.process_time()
        if scheme == "mpt":
            parents = [graft.parent for graft in self.grafts]
            state = import_dump(Chain.builtin("mainnet"), self.dump, parents, self.store(scheme))
        else:
            source = State.open(self.store("mpt"), read_only=True)
            state = source.rebuild(self.store(scheme), scheme)
        return {
            "seconds": time.perf_counter() - wall,
            "cpu_seconds": time.process_time() - cpu,
            "bytes": state.size()["bytes"],
        }

    def open(self, scheme: str) -> State:
        """A scheme's state, without the block that an interrupted run may have left there."""
        state = State.open(self.store(scheme))
        before = min(graft.parent.number for graft in self.grafts) - 1
        state.revert(state.head.number - before)
        return state

    def _note(self, name: str, value: Any) -> None:  # noqa: ANN401  # JSON is anything
        self.made[name] = value
        self._notes.write_text(json.dumps(self.made))


def show_stores(folder: Folder) -> None:
    """What is in the state, and what it took to make it."""
    population = folder.population
    print(
        f"{population.accounts:,} accounts, {population.contracts:,} with code, "
        f"{population.slots:,} slots, {population.code_bytes / 1e6:.0f} MB of code\n"
    )
    head = ["scheme", "made in, s", "CPU s", "anonymous MB", "store, MB"]
    body = [
        [
            scheme,
            round(made["seconds"]),
            round(made["cpu_seconds"]),
            round(made["anonymous_bytes"] / 1e6),
            round(made["bytes"] / 1e6),
        ]
        for scheme, made in folder.made["stores"].items()
    ]
    print(table(head, body))


def show_rows(rows: Sequence[Row]) -> None:
    """What was measured, a line for each block and scheme."""
    head = ["block", "scheme", "witness, kB", "zstd, kB", "code, kB", "produce, ms", "verify, ms"]
    head += ["counted, bytes", "predicted", "error, %"]
    body = [
        [
            row.block,
            row.scheme,
            round(row.witness / 1e3),
            round(row.packed / 1e3),
            round(row.code / 1e3),
            round(row.produce, 1),
            round(row.verify, 1),
            row.proven,
            round(row.predicted),
            row.error,
        ]
        for row in rows
    ]
    print("\n" + table(head, body))


def show_parts(rows: Sequence[Row]) -> None:
    """Bytes of each witness by part."""
    head = ["block", "scheme", "nodes", "keys", "values", "code", "multiproof", "frame", "headers"]
    body = []
    for row in rows:
        nodes = next(row.parts[name] for name in NODES if name in row.parts)
        rest = (row.parts.get(name) for name in head[3:])
        body.append([row.block, row.scheme, nodes, *rest])
    print("\nBytes by part\n\n" + table(head, body))


@click.command()
@click.option("--accounts", default=1_000_000, show_default=True, type=click.IntRange(min=1000))
@click.option("--seed", default=1, show_default=True)
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(min=1))
@click.option("--scheme", "schemes", multiple=True, type=click.Choice(SCHEMES))
@click.option("--build", type=click.Choice(SCHEMES), hidden=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="bench/out/transplant-N")
def main(
    accounts: int,
    seed: int,
    rounds: int,
    schemes: tuple[str, ...],
    build: str | None,
    output: Path | None,
) -> None:
    """Take five blocks of mainnet into a state of ACCOUNTS under every scheme."""
    wanted = schemes or SCHEMES
    try:
        grafts = grafts_of(BLOCKS)
    except NoDataError as error:
        sys.exit(str(error))
    plan = plan_for(grafts, accounts, seed)
    folder = Folder(output or OUT / f"transplant-{accounts}", plan, grafts)
    if build:
        print(json.dumps(folder.build(build)))
        return
    folder.make(["mpt", *(scheme for scheme in wanted if scheme != "mpt")])
    show_stores(folder)
    states = {scheme: folder.open(scheme) for scheme in wanted}
    rows: list[Row] = []
    try:
        for graft in grafts:
            rows += measure(graft, states, plan, folder.population, rounds)
    except OtherOutcomeError as error:
        sys.exit(str(error))
    show_rows(rows)
    show_parts(rows)
    folder.path.joinpath("rows.json").write_text(json.dumps([asdict(row) for row in rows]))
    worst = max(rows, key=lambda row: abs(row.error))
    print(f"\nworst error {worst.error:.2f} % (bound {BOUND}): {worst.block}, {worst.scheme}")
    sys.exit(abs(worst.error) > BOUND)


if __name__ == "__main__":
    main()
