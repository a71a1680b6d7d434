"""weakstate as sequencer and replica over a chain, beside geth importing the same blocks.

    python -m bench.sequencer run --accounts N [--only geth] [--rounds 3] [--blocks N]
    python -m bench.sequencer table

Every run is a process of its own on a fresh copy of its store; in each round everyone takes a
turn, in alternating order. ``run`` writes bench/out/sequencer-N-KIND.json; ``table`` prints what
was written.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bench import machine
from bench.chain import KINDS, Folder, NoChainError
from bench.contestants import GETH_CHAIN, OUT, ROOT
from bench.table import table

FORMAT_VERSION = 1
COPY = OUT / "copy"
SAMPLE_SECONDS = 0.05
# Of every mode, by its name: what each round's run reported.
Reports = dict[str, list[dict[str, Any]]]
ROLES = [sys.executable, "-m", "bench.roles"]


@dataclass(frozen=True)
class Mode:
    """A way to take the blocks of a chain."""

    name: str
    who: str  # whose store it wants
    command: tuple[str, ...]

    def on(self, store: Path, folder: Folder, kind: str, blocks: int) -> list[str]:
        """The command over a copy of the store."""
        if self.who == "geth":
            flags = [*self.command, "--blocks", str(blocks)]
            return [*GETH_CHAIN.harness, *flags, str(store), str(folder.blocks_file(kind))]
        chosen = ["--kind", kind, "--blocks", str(blocks)]
        return [*ROLES, *self.command, *chosen, str(store), str(folder.path)]


ADVANCE = "neither witness nor delta"
PRODUCE = "witness and delta"
CHECKED = "witness and delta, checked"
APPLY = "replica"
OURS = [
    Mode(ADVANCE, "weakstate", ("advance",)),
    Mode(PRODUCE, "weakstate", ("produce",)),
    Mode(CHECKED, "weakstate", ("produce", "--check")),
    Mode(APPLY, "weakstate", ("apply",)),
]
# What each of these leaves on disk after a block: bench/peers/geth/README.md.
GETH = [
    Mode("state durable, witness", "geth", ("--durable", "state", "--witness")),
    Mode("state durable", "geth", ("--durable", "state")),
    Mode("block durable, witness", "geth", ("--durable", "block", "--witness")),
    Mode("block durable", "geth", ("--durable", "block")),
    Mode(
        "block durable, witness, prefetch",
        "geth",
        ("--durable", "block", "--witness", "--prefetch"),
    ),
    Mode("as geth runs: prefetch", "geth", ("--durable", "never", "--prefetch")),
]
MODES = {"weakstate": OURS, "geth": GETH}


def stores(folder: Folder) -> dict[str, Path]:
    """Whose store is where. They are copied, never changed."""
    return {"weakstate": folder.path / "weakstate", "geth": folder.geth_database}


def prepare(folder: Folder, kind: str) -> dict[str, Any] | None:
    """Import our store and record deltas where they are missing; what the import took."""
    imported = None
    store = stores(folder)["weakstate"]
    if not store.exists():
        unfinished = store.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        imported = run([*ROLES, "load", str(unfinished), str(folder.path)])
        unfinished.rename(store)
    if not folder.deltas_file(kind).exists():
        copy_of(store)
        run([*ROLES, "produce", "--record", "--kind", kind, str(COPY), str(folder.path)])
    return imported


def copy_of(store: Path) -> Path:
    """A fresh copy, on disk: writing it back is not the run's to pay for."""
    shutil.rmtree(COPY, ignore_errors=True)
    # Unlike shutil, cp leaves holes in files as they are.
    subprocess.run(["cp", "--recursive", "--no-target-directory", store, COPY], check=True)
    os.sync()
    return COPY


def run(command: Sequence[str]) -> dict[str, Any]:
    """What a process reports, and its highest anonymous memory, looked at from outside.

    Raises: CalledProcessError.
    """
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    highest = 0
    while process.poll() is None:
        highest = max(highest, anonymous_bytes(process.pid))
        time.sleep(SAMPLE_SECONDS)
    output, _ = process.communicate()
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    report: dict[str, Any] = json.loads(output)
    return report | {"anonymous_bytes": highest}


def anonymous_bytes(pid: int) -> int:
    """Resident memory of a process that no file stands behind; 0 when it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    sizes = [line.split()[1] for line in status.splitlines() if line.startswith("RssAnon:")]
    return int(sizes[0]) * 1024 if sizes else 0


def measure(folder: Folder, kind: str, modes: Sequence[Mode], rounds: int, blocks: int) -> Reports:
    """Run every mode once a round."""
    reports: Reports = defaultdict(list)
    turns = rounds * len(modes)
    with click.progressbar(length=turns, label=folder.path.name, file=sys.stderr) as bar:
        for index in range(rounds):
            for mode in modes if index % 2 == 0 else reversed(modes):
                store = copy_of(stores(folder)[mode.who])
                reports[mode.name].append(run(mode.on(store, folder, kind, blocks)))
                bar.update(1)
    shutil.rmtree(COPY, ignore_errors=True)
    return dict(reports)


@click.group()
def main() -> None:
    """Compare weakstate's sequencer with geth's import."""


@main.command("run")
@click.option("--accounts", required=True, type=int, help="Of a chain that bench.chain made.")
@click.option("--kind", default="mixed", show_default=True, type=click.Choice(KINDS))
@click.option("--only", type=click.Choice([*MODES]), help="Leave the other out.")
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(min=1))
@click.option("--blocks", type=click.IntRange(min=1), help="Only the first so many.")
def run_command(
    accounts: int, kind: str, only: str | None, rounds: int, blocks: int | None
) -> None:
    """Measure over a chain, and print the table."""
    folder = Folder(OUT / f"chain-{accounts}")
    chosen = [only] if only else [*MODES]
    try:
        count = min(blocks or sys.maxsize, len(folder.blocks(kind)))
    except NoChainError as error:
        sys.exit(str(error))
    imported = prepare(folder, kind) if "weakstate" in chosen else None
    modes = [mode for who in chosen for mode in MODES[who]]
    file = OUT / f"sequencer-{accounts}-{kind}.json"
    before = json.loads(file.read_text()) if file.exists() else {}
    kept = before["reports"] if before.get("blocks") == count else {}
    content = {
        "format": "weakstate-sequencer",
        "version": FORMAT_VERSION,
        "machine": machine.describe(),
        "accounts": accounts,
        "kind": kind,
        "blocks": count,
        "import": imported or before.get("import"),
        "reports": kept | measure(folder, kind, modes, rounds, count),
    }
    file.write_text(json.dumps(content, indent=1) + "\n")
    print_run(content)


@main.command("table")
def table_command() -> None:
    """Print all that was measured."""
    for file in sorted(OUT.glob("sequencer-*.json")):
        print_run(json.loads(file.read_text()))


def print_run(content: dict[str, Any]) -> None:
    """Tables of one chain."""
    reports = content["reports"]
    print(f"\n{content['blocks']} {content['kind']} blocks over {content['accounts']:,} accounts\n")
    print_times(reports)
    if PRODUCE in reports:
        print_ratios(reports)
    if imported := content["import"]:
        print(
            f"\nImport: {imported['wall_ms'] / 1000:.1f} s, {imported['bytes'] / 1e6:.0f} MB on "
            f"disk, {imported['anonymous_bytes'] / 1e6:.0f} MB of anonymous memory"
        )


def print_times(reports: Reports) -> None:
    """Everyone, a line each."""
    body: list[list[Any]] = []
    for who, modes in MODES.items():
        for mode in modes:
            if found := reports.get(mode.name):
                blocks = median(found, "blocks")
                cpu, wall = (median(found, clock) / blocks for clock in ("cpu_ms", "wall_ms"))
                percentiles = [median(found, name) for name in ("wall_ms_p50", "wall_ms_p99")]
                memory = median(found, "anonymous_bytes") / 1e6
                body.append([who, mode.name, cpu, 1000 / cpu, wall, *percentiles, memory])
    head = ["CPU ms a block", "blocks a CPU-second", "wall ms", "p50", "p99", "anonymous MB"]
    print(table(["", "", *head], body))


def print_ratios(reports: Reports) -> None:
    """weakstate against geth, and its roles against each other."""
    body = [
        [mode.name, ratio(reports, mode.name, PRODUCE)] for mode in GETH if mode.name in reports
    ]
    print(f"\nBlocks a CPU-second, weakstate with {PRODUCE} over geth:\n")
    print(table(["geth", "times"], body))
    cpu, wall = (ratio(reports, PRODUCE, APPLY, clock) for clock in ("cpu_ms", "wall_ms"))
    print(f"\nThe replica is {cpu:.2f} times as fast as the sequencer by CPU, {wall:.2f} by wall")
    cpu, wall = (ratio(reports, PRODUCE, ADVANCE, clock) for clock in ("cpu_ms", "wall_ms"))
    print(f"Making {PRODUCE} takes {cpu:.2f} times the CPU time of executing, {wall:.2f} the wall")
    checked = ratio(reports, CHECKED, ADVANCE, "wall_ms")
    print(f"Checking every witness meanwhile takes {checked:.2f} times the wall time of executing")
    parts = reports[PRODUCE][0]["parts"]
    fields = ["cpu_ms", "wall_ms_p50", "wall_ms_p99"]
    body = [
        [name, *(median([report["parts"][name] for report in reports[PRODUCE]], f) for f in fields)]
        for name in parts
    ]
    print(f"\n{PRODUCE.capitalize()}, ms a block:\n")
    print(table(["", "CPU, mean", "wall p50", "p99"], body))


def ratio(reports: Reports, slow: str, fast: str, clock: str = "cpu_ms") -> float:
    """How many times as long ``slow`` takes as ``fast``."""
    return median(reports[slow], clock) / median(reports[fast], clock)


def median(reports: Sequence[dict[str, Any]], field: str) -> float:
    """Over the rounds."""
    return float(statistics.median(report[field] for report in reports))


if __name__ == "__main__":
    main()
