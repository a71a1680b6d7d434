"""weakstate beside geth and ethrex: prints tables, and writes them as JSON.

python -m bench            the recorded blocks, warm and cold, reading, Python overhead
python -m bench --suite    the official benchmark cases
"""

import json
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bench import cold, machine, warm
from bench.blocks import (
    COLD_BLOCK,
    DEV_BLOCKS,
    EXTRA_BLOCKS,
    ONE_MGAS_BLOCK,
    NoDataError,
    block_file,
)
from bench.contestants import GETH, OUT, ROOT, Contestant, contestants
from bench.suite import case_of, suite_files
from bench.table import table

FORMAT_VERSION = 1
WORST = 10
# A case that takes less than this is repeated so many times as often.
SHORT_MS = 20.0
SHORT_REPEATS = 10


@dataclass(frozen=True)
class Plan:
    """What to measure and where to write it."""

    everyone: list[Contestant]
    rounds: int
    repeat: int
    described: dict[str, Any]  # the machine

    @property
    def peers(self) -> list[str]:
        """All but weakstate."""
        return [contestant.name for contestant in self.everyone[1:]]


@click.command()
@click.option("--suite", is_flag=True, help="Measure the official benchmark cases instead.")
@click.option("--only", default="", help="With --suite: files whose name contains this.")
@click.option("--rounds", type=click.IntRange(min=1), help="Turns that everyone takes.")
@click.option("--repeat", type=click.IntRange(min=1), help="Verifications of a block in a turn.")
def main(suite: bool, only: str, rounds: int | None, repeat: int | None) -> None:
    """Compare weakstate with its peers."""
    everyone = contestants()
    described = machine.describe() | {"core": machine.use_one_core()}
    try:
        if suite:
            bench_suite(Plan(everyone, rounds or 1, repeat or 3, described), only)
        else:
            bench_blocks(Plan(everyone, rounds or 15, repeat or 7, described))
    except NoDataError as error:
        sys.exit(str(error))


def bench_blocks(plan: Plan) -> None:
    """The recorded blocks."""
    files = [block_file(*block) for block in DEV_BLOCKS + EXTRA_BLOCKS]
    with click.progressbar(length=plan.rounds, label="rounds", file=sys.stderr) as bar:
        rows = warm.measure(
            files,
            plan.everyone,
            rounds=plan.rounds,
            repeat=plan.repeat,
            progress=lambda _: bar.update(1),
        )
    promised = rows[: len(DEV_BLOCKS)]
    print(f"In-process, warm, one thread of {plan.described['cpu']}: CPU ms, and ratio\n")
    print_rows(plan, rows, [f"{row.file.parent.name} {row.number}" for row in rows])
    print(f"\nOf the {len(promised)} blocks of Ethereum, times faster than:\n")
    print_summaries(plan, promised)

    processes = cold.measure(block_file(*COLD_BLOCK), plan.everyone, plan.rounds)
    print(f"\nWhole process, cold, from the gzipped JSON of {COLD_BLOCK[1]}:\n")
    columns = ["wall_ms", "cpu_ms", "peak_mb"]
    body = [[who, *(measured[name] for name in columns)] for who, measured in processes.items()]
    print(table(["", "wall ms", "CPU ms", "peak memory, MB"], body))

    beside = measure_overhead()
    print_overhead(beside)
    write("bench.json", plan, rows, promised, {"cold": processes} | beside)


def measure_overhead() -> dict[str, Any]:
    """What bench.overhead prints, from a process of its own."""
    files = [str(block_file(*COLD_BLOCK)), str(block_file(*ONE_MGAS_BLOCK))]
    command = [sys.executable, "-m", "bench.overhead", *files]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def print_overhead(beside: dict[str, Any]) -> None:
    """Reading and the way through Python."""
    reading, python = beside["reading"], beside["python"]
    print(
        f"\nReading {reading['witness_bytes'] / 1e6:.1f} MB of witness "
        f"({reading['json_bytes'] / 1e6:.1f} MB of JSON), CPU ms:\n"
    )
    body = [
        [who, times["parse"], times["gunzip"], times["both"]]
        for who, times in (
            ("weakstate", reading["weakstate_ms"]),
            ("CPython: zlib, json, fromhex", reading["cpython_ms"]),
        )
    ]
    print(table(["", "parse", "gunzip", "both"], body))
    print(
        f"\nPython: {python['overhead_ms'] * 1000:.0f} µs a call, {python['overhead_percent']} % "
        f"of a block of {python['gas'] / 1e6:.1f} Mgas ({python['engine_ms']:.2f} ms)"
    )


def bench_suite(plan: Plan, only: str) -> None:
    """The official benchmark cases."""
    if not GETH.exists():
        sys.exit("the cases' witnesses are recorded by geth's harness, which is not built")
    files = [file for file in suite_files() if only in file.name]
    rows: list[warm.Row] = []
    with click.progressbar(files, label="cases", file=sys.stderr) as bar:
        for file in bar:
            rows += measure_case(file, plan)
    print(f"{len(rows)} official benchmark cases, one thread of {plan.described['cpu']}\n")
    print("Times faster than:\n")
    print_summaries(plan, rows)
    for peer in plan.peers:
        worst = by_ratio(rows, peer)[:WORST]
        print(f"\nThe {len(worst)} worst against {peer}: CPU ms, and ratio\n")
        print_rows(plan, worst, [" ".join(case_of(row.name)) for row in worst])
    print("\nBy kind of work, medians over the amounts of gas: Mgas/s, and ratio\n")
    print_kinds(plan, rows)
    write("suite.json", plan, rows, rows, {})


def measure_case(file: Path, plan: Plan) -> list[warm.Row]:
    """Time one case, more often if it is a short one: its first turns are not warm yet."""
    rows = warm.measure([file], plan.everyone, rounds=plan.rounds, repeat=plan.repeat)
    if any((row.cpu_ms("weakstate") or SHORT_MS) < SHORT_MS for row in rows):
        repeat = plan.repeat * SHORT_REPEATS
        rows = warm.measure([file], plan.everyone, rounds=plan.rounds, repeat=repeat)
    return rows


def print_kinds(plan: Plan, rows: Sequence[warm.Row]) -> None:
    """One line for the cases that differ in their gas alone, the slowest against geth first."""
    kinds: dict[str, list[warm.Row]] = defaultdict(list)
    for row in rows:
        kinds[case_of(row.name)[0]].append(row)
    body: list[list[Any]] = []
    for kind, alike in kinds.items():
        speed = [row.gas / 1000 / ms for row in alike if (ms := row.cpu_ms("weakstate"))]
        ratios = [warm.summarize(alike, peer).get("median") for peer in plan.peers]
        body.append([kind, statistics.median(speed) if speed else None, *ratios])
    body.sort(key=lambda line: line[2] or 0)
    print(table(["kind", "Mgas/s", *(f"/ {peer}" for peer in plan.peers)], body))


def by_ratio(rows: Sequence[warm.Row], peer: str) -> list[warm.Row]:
    """The slowest against a peer first."""
    rated = [(ratio, row) for row in rows if (ratio := row.ratio(peer)) is not None]
    return [row for _, row in sorted(rated, key=lambda pair: pair[0])]


def print_rows(plan: Plan, rows: Sequence[warm.Row], labels: Sequence[str]) -> None:
    """One line a block."""
    names = [contestant.name for contestant in plan.everyone]
    head = ["block", "Mgas", *names, *(f"/ {peer}" for peer in plan.peers)]
    body = [
        [label, row.gas / 1e6, *map(row.cpu_ms, names), *map(row.ratio, plan.peers)]
        for label, row in zip(labels, rows, strict=True)
    ]
    print(table(head, body))
    for label, row in zip(labels, rows, strict=True):
        for who, problem in row.problems.items():
            print(f"{label}: {who}: {problem}")


def print_summaries(plan: Plan, rows: Sequence[warm.Row]) -> None:
    """One line a peer."""
    body = []
    for peer in plan.peers:
        summary = warm.summarize(rows, peer)
        wanted = ("geometric_mean", "median", "worst")
        body.append([peer, summary["blocks"], *(summary.get(name) for name in wanted)])
    print(table(["", "blocks", "geometric mean", "median", "worst"], body))


def write(
    name: str,
    plan: Plan,
    rows: Sequence[warm.Row],
    promised: Sequence[warm.Row],
    more: dict[str, Any],
) -> None:
    """Write all figures as JSON."""
    content = {
        "format": "weakstate-bench",
        "version": FORMAT_VERSION,
        "machine": plan.described,
        "rounds": plan.rounds,
        "repeat": plan.repeat,
        "blocks": [row.to_dict() for row in rows],
        "summary": {peer: warm.summarize(promised, peer) for peer in plan.peers},
    } | more
    path: Path = OUT / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n")
    print(f"\nwritten to {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
