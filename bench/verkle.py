"""The Verkle tree beside go-verkle: prints tables, and writes them as JSON.

python -m bench.verkle [--rounds N] [--keys N]

In each round everyone takes a turn, in processes of their own and in alternating order; figures
are medians over the rounds.
"""

import io
import itertools
import json
import os
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import click
import zstandard

from bench import machine
from bench.blocks import NoDataError, data_folder
from bench.contestants import OUT, ROOT, Contestant, is_built
from bench.table import table

FORMAT_VERSION = 1
MIB = 1 << 20
# Memory for a sequencer's tables, in MiB; "tree" without a size uses what a sequencer does.
TABLES = (32, 256, 1024)

GO_VERKLE = Contestant(
    "go-verkle",
    [str(OUT / "go-verkle")],
    [],
    ["go", "build", "-o", str(OUT / "go-verkle"), "."],
    ROOT / "bench" / "peers" / "go_verkle",
)

BLOCKS = OUT / "verkle-blocks.jsonl"

Figures = dict[str, Any]
Command = tuple[str, ...]


def build_example(name: str) -> str:
    """The program of an example of the trees, built as `make test` builds it."""
    target = ROOT / "native" / "target"
    command = ["cargo", "build", "--release", "--quiet", "--workspace", "--exclude", "weakstate-py"]
    command += ["--example", name, "--target-dir", str(target)]
    subprocess.run(command, cwd=ROOT / "native", check=True)
    return str(target / "release" / "examples" / name)


@dataclass(frozen=True)
class Column:
    """A contestant with options, and what it is asked to do. Later steps use the proof file."""

    name: str
    steps: tuple[Command, ...]

    def run(self, core: int) -> Figures:
        """All figures of one turn. Two threads get all cores, everything else one."""
        figures: Figures = {}
        for step in self.steps:
            cores = os.sched_getaffinity(0) if "threads" in step else {core}
            done = subprocess.run(
                ["taskset", "-c", ",".join(map(str, cores)), *step],
                check=True,
                stdout=subprocess.PIPE,
            )
            figures |= json.loads(done.stdout)
        return figures


def columns(ours: str, keys: int, blocks: Sequence[str]) -> Iterator[Column]:
    """Everyone and the steps of a turn."""

    def steps(program: str, proof: str, *options: str) -> tuple[Command, ...]:
        file = str(OUT / proof)
        return (
            (program, *options, "tree", str(keys), file),
            (program, *options, "verifier", file, *blocks),
        )

    yield Column(
        "weakstate", (*steps(ours, "verkle.ssz"), (ours, "threads", str(OUT / "verkle.ssz")))
    )
    yield Column(
        "weakstate, portable",
        (
            *steps(ours, "verkle.ssz", "--portable"),
            (ours, "--portable", "threads", str(OUT / "verkle.ssz")),
        ),
    )
    if is_built(GO_VERKLE):
        yield Column("go-verkle", steps(GO_VERKLE.harness[0], "verkle.json"))
    for size in TABLES:
        proof = str(OUT / "verkle-tables.ssz")
        yield Column(f"{size} MiB", ((ours, "--tables", str(size), "tree", str(keys), proof),))


@dataclass(frozen=True)
class Row:
    """One kind of work: the figure's name, and how it is shown."""

    work: str
    figure: str
    scale: float = 1.0
    # For speeds: how many keys are worked on in the milliseconds of the figure.
    keys: int = 0

    def show(self, figures: Figures) -> float | None:
        """The figure as the table has it."""
        value = figures.get(self.figure)
        if value is None:
            return None
        return round(self.keys / value * 1e3) if self.keys else float(value) * self.scale


def rows(keys: int) -> list[Row]:
    """What the table shows."""
    return [
        Row("verify 1,000 keys, ms", "verify"),
        Row("the same, wall ms", "verify_wall"),
        Row("the same on two threads, wall ms", "verify_wall_two_threads"),
        Row("prove them, ms", "prove"),
        Row("update 10,000 keys, keys/s", "update", keys=min(10_000, keys)),
        Row(f"insert {keys:,} keys, keys/s", "insert", keys=keys),
        Row("verifier's start, ms", "start"),
        Row("verifier's memory, MB", "peak_bytes", 1e-6),
        Row("Kaustinen-6 block, proof and post-root, ms", "block"),
        Row("slot key, batched, verifier, µs", "slot_us"),
        Row("slot key, batched, sequencer, µs", "sequencer_slot_us"),
    ]


@click.command()
@click.option("--rounds", type=click.IntRange(min=1), default=5, help="Turns of everyone.")
@click.option("--keys", type=click.IntRange(min=1000), default=100_000, help="Keys of the tree.")
def main(rounds: int, keys: int) -> None:
    """Compare the Verkle tree with go-verkle."""
    OUT.mkdir(exist_ok=True)
    everyone = list(columns(build_example("verkle_timing"), keys, prepare_blocks()))
    core = max(os.sched_getaffinity(0))
    turns: dict[str, list[Figures]] = defaultdict(list)
    with click.progressbar(length=rounds * len(everyone), label="turns", file=sys.stderr) as bar:
        for number in range(rounds):
            for column in everyone if number % 2 == 0 else reversed(everyone):
                turns[column.name].append(column.run(core))
                bar.update(1)
    roots = {figures["root"] for taken in turns.values() for figures in taken}
    if len(roots) != 1:
        sys.exit(f"roots differ: {', '.join(sorted(roots))}")
    medians = {name: median(taken) for name, taken in turns.items()}
    print_table(medians, keys)
    print_tables_of_tables(medians, keys)
    content = {
        "format": "weakstate-bench-verkle",
        "version": FORMAT_VERSION,
        "machine": machine.describe(),
        "keys": keys,
        "medians": medians,
        "turns": turns,
    }
    (OUT / "verkle.json").write_text(json.dumps(content, indent=1) + "\n")


def prepare_blocks() -> list[str]:
    """Blocks 2 to 500 of Kaustinen 6 as witnesses with both roots, a line each, if they are there.

    Block 1 wrote state outside of its witness, so that no root follows from it.
    """
    try:
        packed = data_folder() / "verkle" / "kaustinen6" / "payloads_1_500.jsonl.zst"
    except NoDataError as error:
        print(f"{error}: blocks are left out", file=sys.stderr)
        return []
    with packed.open("rb") as file:
        text = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file))
        payloads = [json.loads(line) for line in text]
    with BLOCKS.open("w") as out:
        for parent, payload in itertools.pairwise(payloads[1:]):
            witness = payload["execution_witness"]
            for stem in witness["stateDiff"]:
                for suffix in stem["suffixDiffs"]:
                    suffix["suffix"] = int(suffix["suffix"])
            roots = {"preRoot": parent["state_root"], "postRoot": payload["state_root"]}
            out.write(json.dumps(roots | witness) + "\n")
    return [str(BLOCKS)]


def median(taken: Sequence[Figures]) -> Figures:
    """The median of each figure over the turns; what is no number is the first turn's."""
    first = taken[0]
    return {
        name: statistics.median(turn[name] for turn in taken)
        if isinstance(value, int | float)
        else value
        for name, value in first.items()
    }


def print_table(medians: dict[str, Figures], keys: int) -> None:
    """Everyone beside each other; a ratio is go-verkle's time over ours."""
    print(f"Verkle, {keys:,} random keys, one thread of {machine.cpu_model()}: CPU time\n")
    ours, portable = medians["weakstate"], medians["weakstate, portable"]
    peer = medians.get("go-verkle", {})
    body = []
    for row in rows(keys):
        shown = [row.show(figures) for figures in (peer, ours, portable)]
        ratios = [ratio(shown[0], value, faster=bool(row.keys)) for value in shown[1:]]
        body.append([row.work, *shown, *ratios])
    name = f"go-verkle {peer.get('version', '')}".strip()
    print(table(["", name, "weakstate", "portable", "ratio", "ratio, portable"], body))


def ratio(peer: float | None, ours: float | None, *, faster: bool) -> float | None:
    """How many times better ours is."""
    if not peer or not ours:
        return None
    return ours / peer if faster else peer / ours


def print_tables_of_tables(medians: dict[str, Figures], keys: int) -> None:
    """What larger tables gain a sequencer."""
    print("\nA sequencer's tables:\n")
    body = []
    for size in TABLES:
        figures = medians[f"{size} MiB"]
        body.append(
            [
                f"{size} MiB",
                figures["tables_bytes"] / MIB,
                figures["start"] / 1e3,
                round(min(10_000, keys) / figures["update"] * 1e3),
                round(keys / figures["insert"] * 1e3),
                figures["prove"],
            ]
        )
    head = ["at most", "MiB", "made in, s", "update, keys/s", "insert, keys/s", "prove, ms"]
    print(table(head, body))


if __name__ == "__main__":
    main()
