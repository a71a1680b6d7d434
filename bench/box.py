"""Runs a command in a box (one core, limited address space) and says what it took.

``run`` starts the command from a small process of its own, this file: a process's highest
memory is never below that of the one which started it.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Usage:
    """What a command printed and took."""

    output: str
    exit_code: int
    wall_ms: float
    cpu_ms: float
    peak_bytes: int  # highest resident memory


def run(
    command: Sequence[str],
    *,
    core: int | None = None,
    limit: int | None = None,
    folder: Path | None = None,
) -> Usage:
    """Run ``command`` on one core and with an address space of at most ``limit`` bytes."""
    box = json.dumps({"command": list(command), "core": core, "limit": limit})
    launcher = [sys.executable, "-I", "-S", __file__, box]
    done = subprocess.run(launcher, cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    *output, report = done.stdout.splitlines()
    return Usage(output="\n".join(output), **json.loads(report))


def main() -> None:
    """Enter the box, run the command, print what it took as the last line."""
    box = json.loads(sys.argv[1])
    if box["core"] is not None:
        os.sched_setaffinity(0, {box["core"]})
    if box["limit"] is not None:
        resource.setrlimit(resource.RLIMIT_AS, (box["limit"], box["limit"]))
    start = time.perf_counter()
    child = os.posix_spawnp(box["command"][0], box["command"], os.environ)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - start
    report = {
        "exit_code": os.waitstatus_to_exitcode(status),
        "wall_ms": wall * 1000,
        "cpu_ms": (usage.ru_utime + usage.ru_stime) * 1000,
        "peak_bytes": usage.ru_maxrss * 1024,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
