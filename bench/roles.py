"""Times weakstate over a chain as sequencer and as replica, as `geth-chain import` times geth.

    python -m bench.roles load STORE FOLDER
    python -m bench.roles advance STORE FOLDER
    python -m bench.roles produce [--check] [--record] STORE FOLDER
    python -m bench.roles apply STORE FOLDER

FOLDER is what bench.chain made. ``load`` makes the STORE; the others change it: give them a
copy. Each prints one line of JSON. CPU time is that of the whole process, from the first block
to the last; one durable commit a block. ``--record`` keeps the deltas that ``apply`` reads.
"""

import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from bench.chain import KINDS, Folder, import_state
from weakstate import Delta, Produced, State, __version__

LENGTH_BYTES = 4


class Clock:
    """CPU and wall time in all, by block and by part of the work on it."""

    def __init__(self) -> None:
        self.blocks: list[float] = []
        self.parts: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self.start = self.block = self.part = self.now()

    @staticmethod
    def now() -> tuple[int, int]:
        """Nanoseconds of CPU time of the whole process, and of wall time."""
        return time.process_time_ns(), time.perf_counter_ns()

    def part_done(self, name: str) -> None:
        """Ends a part of the work on a block, and starts the next."""
        now = self.now()
        self.parts[name].append(between(self.part, now))
        self.part = now

    def block_done(self) -> None:
        """Ends a block, and starts the next."""
        now = self.now()
        self.blocks.append(between(self.block, now)[1])
        self.block = self.part = now

    def report(self) -> dict[str, Any]:
        """Milliseconds, as `geth-chain import` names them."""
        cpu, wall = between(self.start, self.now())
        return {
            "peer": "weakstate",
            "version": __version__,
            "blocks": len(self.blocks),
            "cpu_ms": cpu,
            "wall_ms": wall,
            "wall_ms_p50": percentile(self.blocks, 50),
            "wall_ms_p99": percentile(self.blocks, 99),
            "parts": {
                name: {
                    "cpu_ms": statistics.mean(cpu for cpu, _ in taken),
                    "wall_ms_p50": percentile([wall for _, wall in taken], 50),
                    "wall_ms_p99": percentile([wall for _, wall in taken], 99),
                }
                for name, taken in self.parts.items()
            },
        }


def between(start: tuple[int, int], end: tuple[int, int]) -> tuple[float, float]:
    """CPU and wall milliseconds between two readings."""
    return (end[0] - start[0]) / 1e6, (end[1] - start[1]) / 1e6


def percentile(samples: list[float], percent: int) -> float:
    """The sample that so many per cent of the others are below."""
    return sorted(samples)[len(samples) * percent // 100]


def load(store: Path, folder: Folder) -> dict[str, Any]:
    """Import the dump."""
    clock = Clock()
    state = import_state(folder, store)
    clock.block_done()
    return clock.report() | state.size()


def produce(state: State, blocks: list[bytes], check: bool, record: Path | None) -> dict[str, Any]:
    """Produce and commit blocks; witness and delta of each in bytes.

    Checked ones are handed out when the next block is produced: the check has had its time.
    """
    chain = state.chain
    sizes = {"gas": 0, "witness_nodes": 0, "witness_bytes": 0, "delta_bytes": 0}
    recorded = []

    def hand_out(produced: Produced) -> None:
        witness, delta = produced.witness, produced.delta.to_bytes()
        sizes["gas"] += produced.header.gas_used
        sizes["witness_nodes"] += witness.node_count
        sizes["witness_bytes"] += len(witness.to_bytes())
        sizes["delta_bytes"] += len(delta)
        if record:
            recorded.append((delta, produced.header.rlp))

    clock = Clock()
    waiting: list[Produced] = []
    for block in blocks:
        produced = state.produce(chain, block, check=check)
        clock.part_done("produce")
        state.commit(produced)
        clock.part_done("commit")
        waiting.append(produced)
        if not check or len(waiting) > 1:
            hand_out(waiting.pop(0))
        clock.part_done("hand out")
        clock.block_done()
    for produced in waiting:
        hand_out(produced)
    report = clock.report() | {"check": check} | sizes
    if record:
        record.write_bytes(b"".join(_packed(part) for pair in recorded for part in pair))
    return report


def advance(state: State, blocks: list[bytes]) -> dict[str, Any]:
    """Execute and commit blocks; nothing is handed out."""
    chain = state.chain
    clock = Clock()
    for block in blocks:
        state.advance(chain, block)
        clock.block_done()
    return clock.report()


def apply(state: State, deltas: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    """Apply deltas, each with its block's header, from their bytes."""
    clock = Clock()
    for delta, header in deltas:
        state.apply(Delta.from_bytes(delta), header)
        clock.block_done()
    return clock.report()


def recorded_deltas(file: Path) -> list[tuple[bytes, bytes]]:
    """What ``produce --record`` kept: deltas and headers."""
    parts = iter(list(_unpacked(file.read_bytes())))
    return list(zip(parts, parts, strict=True))


def _packed(part: bytes) -> bytes:
    return len(part).to_bytes(LENGTH_BYTES) + part


def _unpacked(data: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(data):
        start, size = start + LENGTH_BYTES, int.from_bytes(data[start : start + LENGTH_BYTES])
        yield data[start : start + size]
        start += size


@click.group()
def main() -> None:
    """Time one role over a chain."""


def arguments(command: Callable[..., None]) -> Callable[..., None]:
    """What all roles take."""
    command = click.option("--kind", default="mixed", type=click.Choice(KINDS))(command)
    command = click.option("--blocks", type=int, help="Only the first so many.")(command)
    command = click.argument("folder", type=click.Path(exists=True, path_type=Path))(command)
    return click.argument("store", type=click.Path(path_type=Path))(command)


@main.command("load")
@click.argument("store", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
def load_command(store: Path, folder: Path) -> None:
    """Import the state after block 0 into STORE."""
    print(json.dumps(load(store, Folder(folder))))


@main.command("produce")
@arguments
@click.option("--check", is_flag=True, help="Verify each block's witness on another core.")
@click.option("--record", is_flag=True, help="Keep the deltas in FOLDER.")
def produce_command(
    store: Path, folder: Path, kind: str, blocks: int | None, check: bool, record: bool
) -> None:
    """Produce and commit the blocks in FOLDER."""
    made = Folder(folder)
    file = made.deltas_file(kind) if record else None
    report = produce(State.open(store), made.blocks(kind)[:blocks], check, file)
    print(json.dumps(report))


@main.command("advance")
@arguments
def advance_command(store: Path, folder: Path, kind: str, blocks: int | None) -> None:
    """Execute and commit the blocks in FOLDER."""
    print(json.dumps(advance(State.open(store), Folder(folder).blocks(kind)[:blocks])))


@main.command("apply")
@arguments
def apply_command(store: Path, folder: Path, kind: str, blocks: int | None) -> None:
    """Apply the deltas in FOLDER."""
    deltas = recorded_deltas(Folder(folder).deltas_file(kind))
    print(json.dumps(apply(State.open(store), deltas[:blocks])))


if __name__ == "__main__":
    main()
