"""Stateless verification of Ethereum blocks: the public names, and nothing else."""

from weakstate._native import (
    Anchor,
    Attributes,
    Block,
    Budget,
    Built,
    Chain,
    Changes,
    Check,
    Consistent,
    Delta,
    Header,
    Item,
    PartialState,
    Produced,
    Refusal,
    State,
    Touches,
    Verified,
    Witness,
    __version__,
    check_delta,
)
from weakstate.errors import (
    BudgetExceeded,
    InvalidBlock,
    InvalidDelta,
    InvalidWitness,
    NodeError,
    NotWitnessed,
    StoreError,
    Unreadable,
    WeakstateError,
)
from weakstate.state.proof import verify_proof
from weakstate.verifier.api import verify
from weakstate.verifier.engines import EngineDisagreement
from weakstate.verifier.many import verify_many
from weakstate.witness.files import read
from weakstate.witness.produce_from import produce_from
from weakstate.witness.sequence import build, produce

__all__ = [
    "Anchor",
    "Attributes",
    "Block",
    "Budget",
    "BudgetExceeded",
    "Built",
    "Chain",
    "Changes",
    "Check",
    "Consistent",
    "Delta",
    "EngineDisagreement",
    "Header",
    "InvalidBlock",
    "InvalidDelta",
    "InvalidWitness",
    "Item",
    "NodeError",
    "NotWitnessed",
    "PartialState",
    "Produced",
    "Refusal",
    "State",
    "StoreError",
    "Touches",
    "Unreadable",
    "Verified",
    "WeakstateError",
    "Witness",
    "__version__",
    "build",
    "check_delta",
    "produce",
    "produce_from",
    "read",
    "verify",
    "verify_many",
    "verify_proof",
]
