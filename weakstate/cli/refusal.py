"""How a refusal is said, to people and to programs."""

from functools import cache

from weakstate._native import error_codes
from weakstate.cli.text import clean
from weakstate.errors import WeakstateError
from weakstate.verifier.engines import EngineDisagreement

Refusal = WeakstateError | EngineDisagreement

# What whoever keeps a state store may do next.
ADVICE = {
    "store_missing": "`weakstate init` and `weakstate import` make one; an import that was "
    "interrupted goes on when it is given again.",
    "store_exists": "Name a directory that is not there yet.",
    "store_foreign": "What is there stays untouched: name another directory.",
    "store_old_format": "`weakstate state upgrade` does so.",
    "store_new_format": "Install a newer weakstate.",
    "store_locked": "One process writes at a time; `weakstate state` and `export` read beside it.",
    "store_read_only": "Change its owner or mode; reading needs neither.",
    "store_full": "What was committed is kept: make room, and the same command goes on.",
    "store_damaged": "`weakstate state check` finds what else is; restore a backup or import anew.",
    "store_missing_node": "Restore a backup or import anew.",
    "store_missing_undo": "Restore a backup of before, or import the state of that block.",
    "store_failed": "What was committed is kept: ask the system why, then give the command again.",
}


def explain(refusal: Refusal) -> str:
    """Code, expected, actual, place and meaning; and what to do about a store."""
    if isinstance(refusal, EngineDisagreement):
        return f"{clean(str(refusal))}. This is a bug in weakstate; please report it."
    said = (f"{clean(str(refusal))}.", _meanings().get(refusal.code), ADVICE.get(refusal.code))
    return " ".join(filter(None, said))


def refusal_to_dict(refusal: Refusal) -> dict[str, str]:
    """The object under `error` in what `--json` prints."""
    if isinstance(refusal, EngineDisagreement):
        return {
            "class": "EngineDisagreement",
            "what": refusal.what,
            "native": refusal.native,
            "reference": refusal.reference,
        }
    return {
        "class": type(refusal).__name__,
        "code": refusal.code,
        "expected": refusal.expected,
        "actual": refusal.actual,
        "at": refusal.at,
        "meaning": _meanings().get(refusal.code, ""),
    }


@cache
def _meanings() -> dict[str, str]:
    return {code: meaning for code, _, meaning in error_codes()}
