"""Runs official BlockchainTests through sequencer, verifier and replica.

Usage: python -m tests.conformance.run SUITE... [--jobs N] [--match TEXT] [--scheme NAME]

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
from tests.conformance.resealed import Resealed
from weakstate import WeakstateError


@dataclass(frozen=True)
class Outcome:
    """How one test came out. ``status`` is passed, failed or skipped."""

    name: str
    status: str
    reason: str = ""


@dataclass(frozen=True)
class How:
    """Which tests are run: those whose name contains ``match``. And over which scheme.

    Where its witnesses hold leaves, of each ``drops`` are dropped in turn; None drops all.
    """

    match: str = ""
    scheme: str = "mpt"
    drops: int | None = 1

    def case(self, test: Mapping[str, Any]) -> Pipeline:
        """What runs a test."""
        if self.scheme == "mpt":
            return Pipeline(test)
        return Resealed(test, self.scheme, self.drops)


def run_file(file: Path, how: How) -> list[Outcome]:
    """Runs every test of a file that is asked for."""
    return [
        run_test(name, test, how)
        for name, test in suite.tests(file).items()
        if how.match in name or how.match in str(file)
    ]


def run_test(name: str, test: Mapping[str, Any], how: How) -> Outcome:
    """Runs one test; what fails as the list of exceptions says is skipped."""
    try:
        how.case(test).run()
    except (Failed, WeakstateError) as error:
        row = exceptions.find(name, test["network"], error.code, how.scheme)
        if row:
            return Outcome(name, "skipped", row.reason)
        kind = "" if isinstance(error, Failed) else f"{type(error).__name__}: "
        return Outcome(name, "failed", f"{kind}{error}")
    except Exception as error:  # a defect of the runner or the engine: never hidden
        return Outcome(name, "failed", f"{type(error).__name__}: {error}")
    return Outcome(name, "passed")


def run_suites(paths: list[Path], jobs: int, how: How | None = None) -> Iterator[Outcome]:
    """Runs suites in parallel, one file at a time."""
    for path in paths:
        with suite.unpacked(path) as folder, multiprocessing.Pool(jobs) as pool:
            work = [(file, how or How()) for file in suite.files(folder)]
            for outcomes in pool.imap_unordered(run_pair, work):
                yield from outcomes


def run_pair(pair: tuple[Path, How]) -> list[Outcome]:
    """Runs one file in a worker."""
    return run_file(*pair)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suites", nargs="+", type=Path, metavar="SUITE")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--match", default="", help="only tests whose name contains this")
    parser.add_argument("--scheme", default="mpt", help="what commits to the state")
    parser.add_argument("--drops", type=int, help="leaves of a witness to drop in turn, not all")
    arguments = parser.parse_args()
    missing = [str(path) for path in arguments.suites if not path.exists()]
    if missing:
        parser.error(f"no such suite: {', '.join(missing)}")
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    started = shown = time.monotonic()
    how = How(arguments.match, arguments.scheme, arguments.drops)
    for outcome in run_suites(arguments.suites, arguments.jobs, how):
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
