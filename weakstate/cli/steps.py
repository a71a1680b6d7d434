"""What became of each block that a state was given: a line or an object each, and a summary."""

import json
import os
import time
from collections import Counter
from typing import Any, Literal

from weakstate._native import Header, State
from weakstate.cli.refusal import explain, refusal_to_dict
from weakstate.cli.store import after
from weakstate.cli.text import clean, hexadecimal, say, short_hash, styled
from weakstate.errors import WeakstateError

WRONG_PARENTS = ("wrong_parent", "delta_wrong_parent")

Outcome = Literal["produced", "built", "applied", "kept", "refused"]


class StepLog:
    """Prints as they come; ``exit_code`` is that of the refusal that ended the run, if any."""

    def __init__(self, state: State, *, as_json: bool, quiet: bool) -> None:
        self.exit_code = 0
        self._state = state
        self._as_json = as_json
        self._quiet = quiet
        self._start = time.perf_counter()
        self._count: Counter[Outcome] = Counter()
        self._gas = 0

    def done(self, outcome: Outcome, header: Header, row: dict[str, Any], said: str) -> None:
        """A block that the state is past now."""
        self._count[outcome] += 1
        self._gas += 0 if outcome == "kept" else header.gas_used
        if self._quiet:
            return
        if self._as_json:
            self._row(outcome, header, row)
            return
        head = styled(f"{outcome:<15}", fg="green")
        say(f"{head} {header.number:>9} {short_hash(header.hash):<15} {said}")

    def keep(self, file: str, header: Header, path: str | None = None) -> None:
        """A block that the state was past before, and the file that was then written of it."""
        said = "the state is past it"
        if path is not None and not os.path.exists(path):
            said += f", but {clean(path)} is not there: `weakstate revert` goes back to make it"
            path = None
        self.done("kept", header, {"file": file, "written": path}, said)

    def refuse(self, file: str, error: WeakstateError, header: Header | None = None) -> None:
        """What ends the run. The state is after the block before."""
        self.exit_code = error.exit_code
        self._count["refused"] += 1
        if self._as_json:
            self._row("refused", header, {"file": file, "error": refusal_to_dict(error)})
            return
        head = styled(f"{error.verdict:<15}", fg="red" if error.exit_code == 1 else "yellow")
        place = f"{header.number if header else '-':>9} {short_hash(header and header.hash):<15}"
        said = f"{head} {place} {clean(file)}: {explain(error)}"
        if header is not None and error.code in WRONG_PARENTS and self._is_rival(header):
            said += " The state is past another one of this number: see `weakstate revert`."
        say(said)

    def summary(self, note: str = "") -> None:
        """Counts, speed and the block that the state is after."""
        if self._quiet or self._as_json:
            return
        seconds = time.perf_counter() - self._start
        counts = ", ".join(f"{count} {outcome}" for outcome, count in self._count.items())
        say(
            f"{counts or 'nothing'}; {self._gas / 1e6:.2f} Mgas in {seconds:.2f} s"
            f"{'; ' if note else ''}{note}\nthe state is {after(self._state)}"
        )

    def _is_rival(self, header: Header) -> bool:
        return header.number <= self._state.head.number

    def _row(self, outcome: Outcome, header: Header | None, row: dict[str, Any]) -> None:
        known = {
            "outcome": outcome,
            "number": header and header.number,
            "hash": hexadecimal(header and header.hash),
        }
        say(json.dumps({"file": row["file"], **known, **row, "error": row.get("error")}))
