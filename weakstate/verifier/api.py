"""Verify one block: the trust comes in by name, a refusal is raised, never returned."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, overload

from weakstate._native import Anchor, Block, Budget, Chain, Verified, Witness
from weakstate.verifier.engines import Engine, run_engine

if TYPE_CHECKING:
    from weakstate.verifier.reference import ReferenceVerified


@overload
def verify(
    chain: Chain | str | int,
    anchor: Anchor,
    block: bytes | Block,
    witness: Witness,
    *,
    ancestry: Sequence[bytes] | None = ...,
    engine: Literal["native", "both"] = ...,
    budget: Budget | None = ...,
) -> Verified: ...
@overload
def verify(
    chain: Chain | str | int,
    anchor: Anchor,
    block: bytes | Block,
    witness: Witness,
    *,
    ancestry: Sequence[bytes] | None = ...,
    engine: Literal["reference"],
    budget: Budget | None = ...,
) -> "ReferenceVerified": ...
def verify(
    chain: Chain | str | int,
    anchor: Anchor,
    block: bytes | Block,
    witness: Witness,
    *,
    ancestry: Sequence[bytes] | None = None,
    engine: Engine = "native",
    budget: Budget | None = None,
) -> "Verified | ReferenceVerified":
    """Re-execute ``block`` from ``witness`` and return what is then known of it.

    Trusted are ``chain`` (its rules, or the name or id of a built-in chain) and ``anchor``
    (what the block must extend); ``block`` (RLP), ``witness`` and ``ancestry`` (RLP of up to
    seven blocks before it, for the rules on ommers) are not. ``engine`` "both" runs the
    reference engine too and returns the native result; "reference" returns its own.

    Raises: InvalidBlock, InvalidWitness, NotWitnessed, BudgetExceeded; EngineDisagreement;
    ValueError for an unknown chain or engine; TypeError; ImportError if the reference engine's
    packages are not installed.
    """
    return run_engine(engine, as_chain(chain), anchor, as_rlp(block), witness, ancestry, budget)


def as_chain(chain: Chain | str | int) -> Chain:
    """The chain itself, or the built-in one of that name or id."""
    return chain if isinstance(chain, Chain) else Chain.builtin(chain)


def as_rlp(block: bytes | Block) -> bytes:
    """The block's RLP."""
    return block.rlp if isinstance(block, Block) else block
