"""How a verified or refused block is reported: as JSON, as a line, and in the summary."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from weakstate._native import Verified
from weakstate.cli.exits import DISAGREEMENT, first_exit
from weakstate.cli.plan import ChosenBy, Plan
from weakstate.cli.refusal import Refusal, explain, refusal_to_dict
from weakstate.cli.text import clean, hexadecimal, short_hash, size, styled
from weakstate.errors import WeakstateError
from weakstate.verifier.engines import EngineDisagreement
from weakstate.verifier.many import Outcome

if TYPE_CHECKING:
    from weakstate.verifier.reference import ReferenceVerified

STYLES: dict[str, dict[str, Any]] = {
    "valid": {"fg": "green"},
    "invalid_block": {"fg": "red", "bold": True},
    "engine_disagreement": {"fg": "magenta", "bold": True},
}
BASES = {
    "caller": "extends the anchor",
    "run": "extends a block verified before",
    "block": "relative to the parent that it names",
    "file": "pre-state root trusted, chosen by file",
}


class Report:
    """What became of one block."""

    def __init__(self, plan: Plan, outcome: Outcome | WeakstateError, chosen_by: ChosenBy) -> None:
        self.plan = plan
        self.chosen_by = chosen_by
        self.task = None if isinstance(outcome, WeakstateError) else outcome.task
        result = outcome if isinstance(outcome, WeakstateError) else outcome.result
        self.refusal = result if isinstance(result, Refusal) else None
        self.valid: Verified | ReferenceVerified | None = (
            None if isinstance(result, Refusal) else result
        )
        self.milliseconds = {
            "total": 0.0 if isinstance(outcome, WeakstateError) else outcome.milliseconds
        }
        self.nodes_used = None
        if isinstance(result, Verified):
            self.milliseconds = result.milliseconds
            self.nodes_used = result.nodes_used

    @property
    def verdict(self) -> str:
        """One word: valid, or whose fault it is that it is not."""
        match self.refusal:
            case None:
                return "valid"
            case WeakstateError() as error:
                return error.verdict
            case EngineDisagreement():
                return "engine_disagreement"

    @property
    def exit_code(self) -> int:
        """What the process would exit with if this were the only block."""
        match self.refusal:
            case None:
                return 0
            case WeakstateError() as error:
                return error.exit_code
            case EngineDisagreement():
                return DISAGREEMENT

    def to_dict(self) -> dict[str, Any]:
        """The object that `--json` prints; what is not known is null."""
        block, witness = self.plan.block, self.plan.entry.witness
        valid, refusal, chain = self.valid, self.refusal, self.plan.chain
        return {
            "file": self.plan.entry.file,
            "verdict": self.verdict,
            "code": refusal.code if isinstance(refusal, WeakstateError) else None,
            "number": block and block.number,
            "hash": hexadecimal(block and block.hash),
            "pre_state_root": hexadecimal(valid.pre_state_root if valid else None),
            "post_state_root": hexadecimal(valid.post_state_root if valid else None),
            "transactions": block and block.transactions,
            "gas": valid.gas_used if valid else None,
            "nodes": witness and witness.node_count,
            "nodes_used": self.nodes_used,
            "witness_bytes": witness and witness.bytes,
            "codes": witness and witness.code_count,
            "code_bytes": witness and witness.code_bytes,
            "ms": self.milliseconds,
            "checks": {
                check.name: {"status": check.status, "reason": check.reason}
                for check in (valid.checks if valid else ())
            },
            "chain": chain
            and {"name": chain.name, "id": chain.chain_id, "chosen_by": self.chosen_by},
            "anchor": self.task
            and {"kind": self.task.footing.anchor.kind, "chosen_by": self.task.footing.basis},
            "error": refusal and refusal_to_dict(refusal),
        }

    def line(self) -> str:
        """One line for a person."""
        block = self.plan.block
        head = (
            f"{styled(f'{self.verdict:<15}', **STYLES.get(self.verdict, {'fg': 'yellow'}))} "
            f"{block.number if block else '-':>9} {short_hash(block and block.hash):<15}"
        )
        if self.refusal is not None:
            return f"{head} {clean(self.plan.entry.file)}: {explain(self.refusal)}"
        witness, valid = self.plan.entry.witness, self.valid
        assert block is not None
        assert witness is not None
        assert valid is not None
        took = f"{self.milliseconds['total']:.1f} ms"
        return (
            f"{head} {block.transactions:>4} txs {valid.gas_used / 1e6:>7.2f} Mgas "
            f"{witness.node_count:>7,} nodes {size(witness.bytes):>9} {took:>11}"
            f"  {'; '.join(self._notes())}"
        )

    def check_lines(self) -> Iterator[str]:
        """One line a check."""
        for check in self.valid.checks if self.valid else ():
            colour = {"proven": "green", "trusted": "yellow", "skipped": "yellow"}
            status = styled(f"{check.status:<15}", fg=colour.get(check.status))
            yield f"  {status} {check.name}" + (f": {check.reason}" if check.reason else "")

    def _notes(self) -> Iterator[str]:
        """What was trusted that the caller did not name."""
        if self.task is not None:
            yield BASES[self.task.footing.basis]
        if self.chosen_by == "file" and self.plan.chain is not None:
            yield f"chain {self.plan.chain.name} chosen by file"


class Summary:
    """Counts over the blocks of a run."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._verdicts: Counter[str] = Counter()
        self._exits: set[int] = set()
        self._gas = 0

    def add(self, report: Report) -> None:
        """Count one block."""
        self._verdicts[report.verdict] += 1
        self._exits.add(report.exit_code)
        if report.valid is not None:
            self._gas += report.valid.gas_used

    @property
    def exit_code(self) -> int:
        """The first of the exit codes, by precedence, that occurred."""
        return first_exit(self._exits)

    def line(self) -> str:
        """Verdicts, gas and speed, reading included."""
        seconds = time.perf_counter() - self._start
        counts = ", ".join(f"{count} {verdict}" for verdict, count in self._verdicts.items())
        total = self._verdicts.total()
        return (
            f"{total} block{'s' if total != 1 else ''}: {counts or 'none'}; "
            f"{self._gas / 1e6:.2f} Mgas in {seconds:.2f} s, {self._gas / 1e6 / seconds:.1f} Mgas/s"
        )
