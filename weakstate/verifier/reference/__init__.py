"""The reference engine: the readable, executable explanation of how a block is verified.

It shares no code with the native engine and is its oracle in the tests. Read ``engine`` first.
"""

try:
    from weakstate.verifier.reference.engine import verify_reference
except ModuleNotFoundError as missing:
    raise ImportError(
        f"the reference engine needs {missing.name}: pip install weakstate[reference]"
    ) from missing

from weakstate.verifier.reference.types import (
    Check,
    ReferenceAnchor,
    ReferenceVerified,
    ReferenceWitness,
)

__all__ = [
    "Check",
    "ReferenceAnchor",
    "ReferenceVerified",
    "ReferenceWitness",
    "verify_reference",
]
