"""In-process, warm: decoded input in memory to verdict, everyone in turn, many rounds."""

import json
import statistics
import subprocess
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.contestants import ROOT, Contestant


@dataclass
class Row:
    """CPU milliseconds of one block: for each contestant, the median of each round."""

    file: Path
    number: int = 0
    name: str = ""
    gas: int = 0
    rounds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    problems: dict[str, str] = field(default_factory=dict)

    def cpu_ms(self, contestant: str) -> float | None:
        """The median over the rounds."""
        found = self.rounds.get(contestant)
        return statistics.median(found) if found else None

    def ratio(self, peer: str) -> float | None:
        """How many times as long the peer takes as weakstate."""
        ours, theirs = self.cpu_ms("weakstate"), self.cpu_ms(peer)
        return theirs / ours if ours and theirs else None

    def to_dict(self) -> dict[str, Any]:
        """For the JSON file."""
        return {
            "file": self.file.name,
            "number": self.number,
            "name": self.name,
            "gas": self.gas,
            "cpu_ms": {who: round(self.cpu_ms(who) or 0, 4) for who in self.rounds},
            "cpu_ms_rounds": {
                who: [round(sample, 4) for sample in samples]
                for who, samples in self.rounds.items()
            },
            "ratio": {
                who: round(self.ratio(who) or 0, 4) for who in self.rounds if who != "weakstate"
            },
            "problems": self.problems,
        }


def measure(
    files: Sequence[Path],
    everyone: Sequence[Contestant],
    *,
    rounds: int,
    repeat: int,
    progress: Callable[[int], object] = lambda _: None,
) -> list[Row]:
    """Time all files by everyone in turn, ``rounds`` times; each time the median of ``repeat``."""
    rows = {str(file): Row(file) for file in files}
    for index in range(rounds):
        # Whoever comes first in one round comes last in the next.
        for contestant in everyone if index % 2 == 0 else reversed(everyone):
            for report in _run(contestant, files, repeat):
                _enter(rows[report["file"]], contestant.name, report)
        progress(index)
    return list(rows.values())


def _enter(row: Row, who: str, report: dict[str, Any]) -> None:
    row.number, row.name = report["number"], report.get("name", "")
    if report["ok"]:
        row.gas = report["gas"]
        row.rounds[who].append(report["cpu_ms"]["median"])
    else:
        row.problems[who] = report.get("skipped") or report.get("error") or "unknown"


def _run(contestant: Contestant, files: Sequence[Path], repeat: int) -> list[dict[str, Any]]:
    command = [*contestant.harness, "--json", "--repeat", str(repeat), *map(str, files)]
    # Its exit code says whether all was well; the reports say that by block.
    done = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def summarize(rows: Sequence[Row], peer: str) -> dict[str, float | int]:
    """Geometric mean, median and worst of the ratios to a peer."""
    ratios = [ratio for row in rows if (ratio := row.ratio(peer)) is not None]
    if not ratios:
        return {"blocks": 0}
    return {
        "blocks": len(ratios),
        "geometric_mean": round(statistics.geometric_mean(ratios), 3),
        "median": round(statistics.median(ratios), 3),
        "worst": round(min(ratios), 3),
    }
