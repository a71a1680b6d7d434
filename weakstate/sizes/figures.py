"""The figures of one block: for each scheme, by part, by form, and as the state grows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self, TypeAlias

from weakstate.sizes.access import AccessSet
from weakstate.sizes.case import Case, Cases
from weakstate.sizes.forms import SECONDS_A_SLOT, SLOTS_A_DAY, Forms, Link, forms_of, links_of
from weakstate.sizes.made.own_tree import measured
from weakstate.sizes.population import OCCUPANCY, Population
from weakstate.sizes.predict import COMPARED, MODELS, SEEDS, Prediction, predict
from weakstate.sizes.recorded import Recorded

STATE_SIZES = tuple(10**power for power in range(6, 12))
OCCUPANCIES = (1.0, 2.0, 4.0)
FEW_SEEDS = 1  # for curves, where the next point is much farther off than the spread


class Timing(NamedTuple):
    """How long it took, on this machine, to make a real proof of these accesses and to open it.

    The state held what is touched and some accounts beside, so that its tree is less deep than
    mainnet's and ``bytes`` are fewer than what is modelled. ``keys`` is how many the proof is of.
    """

    make_ms: float
    verify_ms: float
    bytes: int
    keys: int
    state_keys: int


# How a scheme's witness of a block is timed; None where it cannot be.
Timer: TypeAlias = Callable[[str, AccessSet], Timing | None]


@dataclass(frozen=True)
class SchemeFigures:
    """One block over one scheme: predictions, and totals by state size and by occupancy.

    ``whole_code`` is the total where every chunk of the codes that the block looked at is read,
    ``with_code_cache`` that for a verifier which has all codes of before the block and so needs
    none proven but by its hash.
    """

    prediction: Prediction
    whole_code: float
    with_code_cache: float
    growth: tuple[tuple[int, float], ...]
    occupancy: tuple[tuple[float, float], ...]
    forms: Forms
    timing: Timing | None = None

    @property
    def constant(self) -> float:
        """Bytes that are the same whatever is touched: those of the one proof, if there is one."""
        return self.prediction.parts.get("proof", 0.0)

    def links(self, access: AccessSet) -> tuple[Link, ...]:
        """What it takes of links of some speeds."""
        return links_of(self.prediction.total, access.gas)

    def to_dict(self, access: AccessSet) -> dict[str, Any]:
        """As JSON has it; all in bytes."""
        total = self.prediction.total
        return {
            "scheme": self.prediction.scheme,
            "parts": self.prediction.parts,
            "total": total,
            "margin_95": self.prediction.margin,
            "forms": self.forms._asdict(),
            "constant": self.constant,
            "whole_code": self.whole_code,
            "without_code": total - self.prediction.parts["code"],
            "with_code_cache": self.with_code_cache,
            "per_transaction": per(total, access.transactions),
            "per_mgas": per(total, access.gas / 1e6),
            "per_key": per(total, access.keys),
            "per_day": total * SLOTS_A_DAY,
            "mbit_per_second": total * 8 / 1e6 / SECONDS_A_SLOT,
            "links": [link._asdict() for link in self.links(access)],
            "timing": self.timing and self.timing._asdict(),
            "growth": [{"state_size": size, "total": bytes_} for size, bytes_ in self.growth],
            "occupancy": [
                {"slots_a_stem": mean, "total": bytes_} for mean, bytes_ in self.occupancy
            ],
        }


@dataclass(frozen=True)
class BlockFigures:
    """One block over all schemes; ``recorded`` is what the real one takes, if there is one."""

    access: AccessSet
    population: Population
    schemes: tuple[SchemeFigures, ...]
    recorded: Recorded | None = None

    def timed(self, timer: Timer) -> Self:
        """The same, with times where there are none yet."""
        schemes = (
            replace(each, timing=each.timing or timer(each.prediction.scheme, self.access))
            for each in self.schemes
        )
        return replace(self, schemes=tuple(schemes))

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
            "recorded": self.recorded and self.recorded.to_dict(),
            "schemes": [scheme.to_dict(access) for scheme in self.schemes],
        }


def figures(
    access: AccessSet,
    schemes: Sequence[str] = COMPARED,
    population: Population | None = None,
    *,
    seed: int = 0,
    recorded: Recorded | None = None,
) -> BlockFigures:
    """All figures of a block; the state is mainnet's at its height unless one is given.

    A scheme is one that has a model, or a tree of one's own as `module:Class`.
    Raises: OwnTreeError.
    """
    state = population or Population.at(access.number)
    cases = Cases(access)
    seeds = range(seed, seed + SEEDS)
    found = (_scheme(scheme, cases, state, seeds, recorded) for scheme in schemes)
    return BlockFigures(access, state, tuple(found), recorded)


def _scheme(
    scheme: str, cases: Cases, state: Population, seeds: range, recorded: Recorded | None
) -> SchemeFigures:
    if scheme not in MODELS:
        return _own_tree(scheme, cases.access, state)
    few = seeds[:FEW_SEEDS]
    usual = cases.case(OCCUPANCY)

    def total(case: Case, population: Population = state) -> float:
        return predict(scheme, case, population, few).total

    prediction = predict(scheme, usual, state, seeds)
    return SchemeFigures(
        prediction,
        total(cases.case(OCCUPANCY, "whole")),
        total(cases.case(OCCUPANCY, "cached")),
        tuple((size, total(usual, Population.of_size(size))) for size in STATE_SIZES),
        tuple((mean, total(cases.case(mean), state.packed(mean))) for mean in OCCUPANCIES),
        forms_of(scheme, prediction.parts, recorded),
    )


def _own_tree(scheme: str, access: AccessSet, state: Population) -> SchemeFigures:
    """A tree written in Python: measured in small states, and extended from there."""
    fitted = measured(scheme, access)
    parts: dict[str, float] = {"witness": fitted.at(state.keys), "code": access.code_bytes}
    prediction = Prediction(scheme, parts, None)
    return SchemeFigures(
        prediction,
        prediction.total,
        parts["witness"],
        tuple((size, fitted.at(size) + parts["code"]) for size in STATE_SIZES),
        (),
        forms_of(scheme, parts, None),
    )


def per(total: float, count: float) -> float | None:
    """A share, if there is anything to share among."""
    return total / count if count else None
