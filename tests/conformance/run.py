"""Runs official BlockchainTests through sequencer, verifier and replica.

Usage: python -m tests.conformance.run SUITE... [--jobs N] [--match TEXT]

SUITE is a folder, a JSON file or a .tar.zst. Prints each failure with its reason and ends
with "N passed, N failed, N skipped". Tests on the list of known exceptions are run too, and
skipped only if they fail with the code that the list gives.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conformance import exceptions, suite
from tests.conformance.case import Failed
from tests.conformance.pipeline import Pipeline
from weakstate import WeakstateError


@dataclass(frozen=True)
class Outcome:
    """How one test came out. ``status`` is passed, failed or skipped."""

    name: str
    status: str
    reason: str = ""


def run_file(file: Path, match: str = "") -> list[Outcome]:
    """Runs every test of a file whose name contains ``match``."""
    return [
        run_test(name, test)
        for name, test in suite.tests(file).items()
        if match in name or match in str(file)
    ]


def run_test(name: str, test: Mapping[str, Any]) -> Outcome:
    """Runs one test; what fails as the list of exceptions says is skipped."""
    try:
        Pipeline(test).run()
    except Failed as failure:
        return Outcome(name, "failed", str(failure))
    except WeakstateError as error:
        row = exceptions.find(name, test["network"], error.code)
        if row:
            return Outcome(name, "skipped", row.reason)
        return Outcome(name, "failed", f"{type(error).__name__}: {error}")
    except Exception as error:  # a defect of the runner or the engine: never hidden
        return Outcome(name, "failed", f"{type(error).__name__}: {error}")
    return Outcome(name, "passed")


def run_suites(paths: list[Path], jobs: int, match: str = "") -> Iterator[Outcome]:
    """Runs suites in parallel, one file at a time."""
    for path in paths:
        with suite.unpacked(path) as folder, multiprocessing.Pool(jobs) as pool:
            work = [(file, match) for file in suite.files(folder)]
            for outcomes in pool.imap_unordered(run_pair, work):
                yield from outcomes


def run_pair(pair: tuple[Path, str]) -> list[Outcome]:
    """Runs one file in a worker."""
    return run_file(*pair)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suites", nargs="+", type=Path, metavar="SUITE")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--match", default="", help="only tests whose name contains this")
    arguments = parser.parse_args()
    missing = [str(path) for path in arguments.suites if not path.exists()]
    if missing:
        parser.error(f"no such suite: {', '.join(missing)}")
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    started = shown = time.monotonic()
    for outcome in run_suites(arguments.suites, arguments.jobs, arguments.match):
        counts[outcome.status] += 1
        if outcome.status == "failed":
            print(f"FAILED {outcome.name}\n    {outcome.reason}", flush=True)
        if sys.stderr.isatty() and time.monotonic() - shown > 1:
            shown = time.monotonic()
            print(
                f"\r{sum(counts.values())} tests, {shown - started:.0f} s", end="", file=sys.stderr
            )
    print(", ".join(f"{count} {status}" for status, count in counts.items()))
    return 1 if counts["failed"] or not sum(counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
