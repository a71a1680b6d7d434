"""The figures of a size report: for each block and scheme, by part, and as the state grows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from weakstate.sizes.access import AccessSet
from weakstate.sizes.case import Case
from weakstate.sizes.population import OCCUPANCY, Population
from weakstate.sizes.predict import MODELS, SEEDS, Prediction, predict
from weakstate.witness.report import Sizes

FORMAT = "weakstate-report"
VERSION = 1
STATE_SIZES = tuple(10**power for power in range(6, 12))
OCCUPANCIES = (1.0, 2.0, 4.0)
FEW_SEEDS = 1  # for curves, where the next point is much farther off than the spread

SECONDS_A_SLOT = 12
SLOTS_A_DAY = 86_400 // SECONDS_A_SLOT
METHOD = (
    "Bytes are modelled: what a block touched is taken from its verified witness, and around it "
    "a state is drawn whose keys are spread evenly, as hashes are. Counts of mainnet at block "
    "22,284,325 are scaled to the block's height. Code counts the share of chunks that blocks "
    "read on average; whole code is given beside. Ancestor headers are left out."
)


@dataclass(frozen=True)
class SchemeFigures:
    """One block over one scheme: predictions, and totals by state size and by occupancy.

    ``whole_code`` is the total where every chunk of the codes that the block looked at is read.
    """

    prediction: Prediction
    whole_code: float
    growth: tuple[tuple[int, float], ...]
    occupancy: tuple[tuple[float, float], ...]

    def to_dict(self, access: AccessSet) -> dict[str, Any]:
        """As JSON has it; all in bytes."""
        total = self.prediction.total
        return {
            "scheme": self.prediction.scheme,
            "parts": self.prediction.parts,
            "total": total,
            "margin_95": self.prediction.margin,
            "whole_code": self.whole_code,
            "without_code": total - self.prediction.parts["code"],
            "per_transaction": per(total, access.transactions),
            "per_mgas": per(total, access.gas / 1e6),
            "per_key": per(total, access.keys),
            "per_day": total * SLOTS_A_DAY,
            "mbit_per_second": total * 8 / 1e6 / SECONDS_A_SLOT,
            "growth": [{"state_size": size, "total": bytes_} for size, bytes_ in self.growth],
            "occupancy": [
                {"slots_a_stem": mean, "total": bytes_} for mean, bytes_ in self.occupancy
            ],
        }


@dataclass(frozen=True)
class BlockFigures:
    """One block over all schemes; ``recorded`` are the bytes of its witness's nodes, if any."""

    access: AccessSet
    population: Population
    schemes: tuple[SchemeFigures, ...]
    recorded: Sizes | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        access, measured = self.access, self.access.measured
        return {
            "name": access.name,
            "number": access.number,
            "transactions": access.transactions,
            "gas": access.gas,
            "accounts": len(access.accounts),
            "slots": access.slots,
            "code_bytes": access.code_bytes,
            "header_bytes": access.header_bytes,
            "state": {
                "accounts": self.population.accounts,
                "contracts": self.population.contracts,
                "slots": self.population.slots,
                "code_bytes": self.population.code_bytes,
                "slots_a_stem": self.population.occupancy,
            },
            "mpt_needed": measured and measured._asdict(),
            "mpt_recorded_nodes": self.recorded and self.recorded._asdict(),
            "schemes": [scheme.to_dict(access) for scheme in self.schemes],
        }


def figures(
    access: AccessSet,
    schemes: Sequence[str] = tuple(MODELS),
    population: Population | None = None,
    *,
    seed: int = 0,
    recorded: Sizes | None = None,
) -> BlockFigures:
    """All figures of a block; the state is mainnet's at its height unless one is given.

    Raises: KeyError for a scheme that has no model.
    """
    state = population or Population.at(access.number)
    seeds = range(seed, seed + SEEDS)
    few = seeds[:FEW_SEEDS]
    usual = {mean: Case(access, occupancy=mean) for mean in {*OCCUPANCIES, OCCUPANCY}}
    whole = Case(access, usual_code=False, occupancy=OCCUPANCY)
    return BlockFigures(
        access,
        state,
        tuple(
            SchemeFigures(
                predict(scheme, usual[OCCUPANCY], state, seeds),
                predict(scheme, whole, state, few).total,
                tuple(
                    (size, predict(scheme, usual[OCCUPANCY], Population.of_size(size), few).total)
                    for size in STATE_SIZES
                ),
                tuple(
                    (mean, predict(scheme, usual[mean], state.packed(mean), few).total)
                    for mean in OCCUPANCIES
                ),
            )
            for scheme in schemes
        ),
        recorded,
    )


def to_dict(blocks: Sequence[BlockFigures]) -> dict[str, Any]:
    """A whole report, as JSON has it."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "method": METHOD,
        "seeds": SEEDS,
        "blocks": [block.to_dict() for block in blocks],
    }


def per(total: float, count: float) -> float | None:
    """A share, if there is anything to share among."""
    return total / count if count else None
