"""Whole process, cold: from starting the command on a gzipped JSON file to its exit."""

import statistics
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import box
from bench.contestants import ROOT, Contestant


class FailedError(Exception):
    """A contestant did not verify the block."""


def measure(file: Path, everyone: Sequence[Contestant], rounds: int) -> dict[str, dict[str, Any]]:
    """Medians over rounds in which everyone takes a turn: wall and CPU ms, highest memory.

    Raises: FailedError.
    """
    samples: dict[str, list[box.Usage]] = defaultdict(list)
    for _ in range(rounds):
        for contestant in everyone:
            usage = box.run([*contestant.whole_process, str(file)], folder=ROOT)
            if usage.exit_code != 0:
                raise FailedError(f"{contestant.name}: exit code {usage.exit_code}: {usage.output}")
            samples[contestant.name].append(usage)
    return {
        who: {
            "wall_ms": round(statistics.median(usage.wall_ms for usage in taken), 2),
            "cpu_ms": round(statistics.median(usage.cpu_ms for usage in taken), 2),
            "peak_mb": round(statistics.median(usage.peak_bytes for usage in taken) / 1e6, 2),
        }
        for who, taken in samples.items()
    }
