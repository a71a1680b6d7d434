"""Which engine judges a block: the native one, the reference one, or both against each other."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from weakstate import _native
from weakstate._native import Anchor, Budget, Chain, Verified, Witness
from weakstate.errors import BudgetExceeded, WeakstateError

if TYPE_CHECKING:
    from weakstate.verifier.reference import ReferenceVerified

Engine = Literal["native", "reference", "both"]


class EngineDisagreement(Exception):
    """The two engines judge a block differently: weakstate is wrong, not its input.

    Not a ``WeakstateError``, since neither the block nor the witness is to blame.
    """

    def __init__(self, what: str, native: str, reference: str) -> None:
        self.what = what
        self.native = native
        self.reference = reference
        super().__init__(f"{what}: native engine says {native}, reference engine says {reference}")


def run_engine(
    engine: Engine,
    chain: Chain,
    anchor: Anchor,
    block: bytes,
    witness: Witness,
    ancestry: Sequence[bytes] | None,
    budget: Budget | None,
) -> "Verified | ReferenceVerified":
    """Judge one block. Raises: WeakstateError, EngineDisagreement, ValueError, ImportError."""
    if engine == "native":
        return _native.verify(chain, anchor, block, witness, ancestry, budget)
    if engine == "reference":
        return _run_reference(chain, anchor, block, witness, ancestry)
    if engine == "both":
        return _run_both(chain, anchor, block, witness, ancestry, budget)
    raise ValueError(f"unknown engine {engine!r}: choose native, reference or both")


def _run_reference(
    chain: Chain,
    anchor: Anchor,
    block: bytes,
    witness: Witness,
    ancestry: Sequence[bytes] | None,
) -> "ReferenceVerified":
    from weakstate.verifier.reference import verify_reference

    if chain.hooks:
        raise ValueError("the reference engine knows Ethereum's rules alone, not this chain's own")
    if chain.scheme != "mpt" or chain.gas != "ethereum":
        raise ValueError("the reference engine executes over Merkle Patricia tries alone")
    return verify_reference(chain, anchor, block, witness, ancestry)


def _run_both(
    chain: Chain,
    anchor: Anchor,
    block: bytes,
    witness: Witness,
    ancestry: Sequence[bytes] | None,
    budget: Budget | None,
) -> Verified:
    native: Verified | WeakstateError
    reference: ReferenceVerified | WeakstateError
    try:
        native = _native.verify(chain, anchor, block, witness, ancestry, budget)
    except BudgetExceeded:
        raise  # no verdict to compare
    except WeakstateError as error:
        native = error
    try:
        reference = _run_reference(chain, anchor, block, witness, ancestry)
    except WeakstateError as error:
        reference = error

    if isinstance(native, WeakstateError) or isinstance(reference, WeakstateError):
        _compare("verdict", _verdict(native), _verdict(reference))
    else:
        _compare("pre-state root", native.pre_state_root.hex(), reference.pre_state_root.hex())
        _compare("post-state root", native.post_state_root.hex(), reference.post_state_root.hex())
        _compare("gas used", str(native.gas_used), str(reference.gas_used))
        receipts_root: bytes = native.header.to_dict()["receipts_root"]
        _compare("receipts root", receipts_root.hex(), reference.receipts_root.hex())
    if isinstance(native, WeakstateError):
        raise native
    return native


def _verdict(outcome: "Verified | ReferenceVerified | WeakstateError") -> str:
    return outcome.verdict if isinstance(outcome, WeakstateError) else "valid"


def _compare(what: str, native: str, reference: str) -> None:
    if native != reference:
        raise EngineDisagreement(what, native, reference)
