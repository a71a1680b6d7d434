"""A whole report: the figures of blocks, and what they have together."""

from dataclasses import dataclass
from typing import Any

from weakstate.sizes.figures import BlockFigures
from weakstate.sizes.many.compose import Composed
from weakstate.sizes.many.spread import Spread
from weakstate.sizes.predict import SEEDS

FORMAT = "weakstate-report"
VERSION = 2
METHOD = (
    "Bytes are modelled: what a block touched is taken from its verified witness, and around it "
    "a state is drawn whose keys are spread evenly, as hashes are. Counts of mainnet at block "
    "22,284,325 are scaled to the block's height. Code counts the share of chunks that blocks "
    "read on average; whole code is given beside. Ancestor headers are left out."
)


@dataclass(frozen=True)
class Report:
    """All figures; ``composed`` and ``spread`` have one a scheme, or none."""

    blocks: tuple[BlockFigures, ...]
    composed: tuple[Composed, ...] = ()
    spread: tuple[Spread, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it; sizes in bytes."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "method": METHOD,
            "seeds": SEEDS,
            "blocks": [block.to_dict() for block in self.blocks],
            "composed": [scheme.to_dict() for scheme in self.composed],
            "spread": [scheme.to_dict() for scheme in self.spread],
        }
