"""Whole process, cold: from starting the command on a gzipped JSON file to its exit."""

import os
import statistics
import subprocess
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.contestants import ROOT, Contestant


def measure(file: Path, everyone: Sequence[Contestant], rounds: int) -> dict[str, dict[str, Any]]:
    """Medians over rounds in which everyone takes a turn: wall and CPU ms, highest memory."""
    samples: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for _ in range(rounds):
        for contestant in everyone:
            samples[contestant.name].append(_once([*contestant.whole_process, str(file)]))
    return {
        who: {
            name: round(statistics.median(sample[column] for sample in taken), 2)
            for column, name in enumerate(("wall_ms", "cpu_ms", "max_rss_mb"))
        }
        for who, taken in samples.items()
    }


def _once(command: list[str]) -> tuple[float, float, float]:
    """Wall and CPU ms and highest resident MB of one run. Raises: CalledProcessError.

    A child's highest memory is never below this process's own when it was started, which is
    why this process holds no blocks.
    """
    start = time.perf_counter()
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise subprocess.CalledProcessError(child.returncode, command)
    cpu = usage.ru_utime + usage.ru_stime
    return wall * 1000, cpu * 1000, usage.ru_maxrss * 1024 / 1e6
