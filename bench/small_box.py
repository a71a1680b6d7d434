"""All recorded blocks since Paris on one core, under a hard limit of 256 MB.

    python -m bench.small_box [--record]

runs `weakstate verify` with its whole address space limited: RLIMIT_AS is stricter than a limit
on resident memory (libraries, reserved heaps and thread stacks count in full) and wants no
privileges. Prints speed, peak memory, and instruction counts of three blocks if valgrind is
installed; ``--record`` keeps the latter two in bench/small_box.json, which a test compares.
"""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bench import box, instructions, machine
from bench.blocks import NoDataError, block_file, blocks_since_paris
from bench.contestants import ROOT, WEAKSTATE
from bench.table import table

LIMIT = 256 * 2**20  # bytes of address space
COUNTED = [("ethereum", 15537394), ("ethereum", 21688509), ("ethereum", 24628607)]
RECORD = ROOT / "bench" / "small_box.json"
FORMAT_VERSION = 1


class SmallBoxError(Exception):
    """A block was not verified within the limit."""


@dataclass(frozen=True)
class Outcome:
    """What the run in the box printed, and the memory that it took."""

    blocks: list[dict[str, Any]]
    peak_bytes: int

    @property
    def gas(self) -> int:
        """Of all blocks."""
        return sum(block["gas"] for block in self.blocks)

    @property
    def seconds(self) -> float:
        """Of all verifications, by the wall clock."""
        return sum(block["ms"]["total"] for block in self.blocks) / 1000


def run(files: list[Path], limit: int = LIMIT) -> Outcome:
    """Verify files on one core under the limit. Raises: SmallBoxError."""
    command = [*WEAKSTATE.whole_process, "--json", "--jobs", "1", *map(str, files)]
    core = max(os.sched_getaffinity(0))
    usage = box.run(command, core=core, limit=limit, folder=ROOT)
    blocks = [json.loads(line) for line in usage.output.splitlines()]
    bad = [block for block in blocks if block["verdict"] != "valid"]
    if usage.exit_code != 0 or bad or len(blocks) != len(files):
        raise SmallBoxError(f"exit code {usage.exit_code}, not valid: {bad}")
    return Outcome(blocks, usage.peak_bytes)


def counts() -> dict[str, int]:
    """Instructions of the blocks that are counted."""
    return {str(block[1]): instructions.count(block_file(*block)) for block in COUNTED}


@click.command()
@click.option("--record", is_flag=True, help="Keep peak memory and instruction counts.")
def main(record: bool) -> None:
    """Verify in the box and print what it took."""
    try:
        outcome = run(blocks_since_paris())
    except (NoDataError, SmallBoxError) as error:
        sys.exit(str(error))
    print(f"One core of {machine.cpu_model()}, {LIMIT // 2**20} MB of address space\n")
    body = [
        [
            Path(block["file"]).parent.name,
            block["number"],
            block["gas"] / 1e6,
            block["ms"]["total"],
            block["gas"] / 1e3 / block["ms"]["total"],
        ]
        for block in outcome.blocks
    ]
    print(table(["chain", "block", "Mgas", "ms", "Mgas/s"], body))
    print(
        f"\n{len(outcome.blocks)} blocks, {outcome.gas / 1e6:.1f} Mgas in {outcome.seconds:.3f} s: "
        f"{outcome.gas / 1e6 / outcome.seconds:.0f} Mgas/s; "
        f"peak resident memory {outcome.peak_bytes / 1e6:.1f} MB"
    )
    if not instructions.available():
        print("no instruction counts: valgrind is not installed")
        return
    counted = counts()
    print("\nInstructions of one verification, counted by callgrind:\n")
    body = [[number, total / 1e6] for number, total in counted.items()]
    print(table(["block", "millions"], body))
    if record:
        RECORD.write_text(
            json.dumps(
                {
                    "format": "weakstate-small-box",
                    "version": FORMAT_VERSION,
                    "peak_bytes": outcome.peak_bytes,
                    "python": ".".join(map(str, sys.version_info[:2])),
                    "instructions": counted,
                    "counted_under": instructions.conditions(),
                },
                indent=1,
            )
            + "\n"
        )
        print(f"\nrecorded in {RECORD.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
