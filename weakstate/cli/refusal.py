"""How a refusal is said, to people and to programs."""

from functools import cache

from weakstate._native import error_codes
from weakstate.cli.text import clean
from weakstate.errors import WeakstateError
from weakstate.verifier.engines import EngineDisagreement

Refusal = WeakstateError | EngineDisagreement


def explain(refusal: Refusal) -> str:
    """Code, expected, actual, place and meaning."""
    if isinstance(refusal, EngineDisagreement):
        return f"{clean(str(refusal))}. This is a bug in weakstate; please report it."
    return f"{clean(str(refusal))}. {_meanings().get(refusal.code, '')}".rstrip()


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
