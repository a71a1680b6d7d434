"""Errors, by whom to blame.

::

    WeakstateError            code, expected, actual, at; exit_code
    ├── InvalidBlock          the block breaks a rule, or its header lies     exit 1
    ├── InvalidWitness        no proof of this parent's state                 exit 3
    │   └── NotWitnessed      execution needs what the proof omits            exit 3
    ├── InvalidDelta          does not lead from our state to the header's     exit 4
    ├── BudgetExceeded        larger or slower than allowed                   exit 5
    ├── StoreError            damaged, foreign, locked or full state store    exit 6
    ├── Unreadable            no known form of block or witness               exit 2
    └── NodeError             a node is out of reach, refuses, or errs        exit 2

A caller's own mistakes are ``TypeError`` and ``ValueError``.
"""

from typing import ClassVar


class WeakstateError(Exception):
    """A refusal: ``code`` is stable, ``expected``, ``actual`` and ``at`` say the rest."""

    exit_code: ClassVar[int] = 2
    verdict: ClassVar[str] = "unreadable"

    def __init__(self, code: str, expected: str = "", actual: str = "", at: str = "") -> None:
        self.code = code
        self.expected = expected
        self.actual = actual
        self.at = at
        super().__init__(code, expected, actual, at)

    def __str__(self) -> str:
        text = self.code
        if self.expected:
            text += f": expected {self.expected}"
        if self.actual:
            text += f"{',' if self.expected else ':'} got {self.actual}"
        if self.at:
            text += f" (at {self.at})"
        return text


class InvalidBlock(WeakstateError):
    """The block breaks a rule or its header lies: reject it."""

    exit_code = 1
    verdict = "invalid_block"


class InvalidWitness(WeakstateError):
    """The witness proves nothing about this parent's state: the block stays unjudged."""

    exit_code = 3
    verdict = "invalid_witness"


class NotWitnessed(InvalidWitness):
    """Execution needs what the witness omits; ``at`` names the account, slot or path."""

    verdict = "not_witnessed"


class InvalidDelta(WeakstateError):
    """The delta does not lead from our state to the block's: fetch it again; nothing changed."""

    exit_code = 4
    verdict = "invalid_delta"


class BudgetExceeded(WeakstateError):
    """The input is larger or slower than allowed: raise the budget or refuse it."""

    exit_code = 5
    verdict = "budget_exceeded"


class StoreError(WeakstateError):
    """The state store is damaged, foreign, locked or full: repair it. Nothing was changed."""

    exit_code = 6
    verdict = "store_error"


class Unreadable(WeakstateError):
    """The input is no known form of block or witness: check the file."""

    exit_code = 2
    verdict = "unreadable"


class NodeError(WeakstateError):
    """The node is out of reach, refuses, or answers something else: ask again, or another one."""

    exit_code = 2
    verdict = "node_error"
