"""How large a block's witness would be over trees that do not exist yet.

Read in this order: `access` (what a block touched), `population` (how large the state is), `case`
and `buckets` (the accesses as each tree has them), `mpt`, `verkle`, `binary` (the shape of a tree
around them, drawn), `predict`, `recorded`, `forms` and `figures` (the numbers of a block), `many`
and `report` (of all blocks together), `made` (real proofs, and trees of one's own), `tables` and
`markdown` (how they are written).
`transplant` takes a real block into another state, where its witness is really made.
"""

from weakstate.sizes.access import AccessedAccount, AccessedSlot, AccessSet
from weakstate.sizes.case import Case
from weakstate.sizes.figures import BlockFigures, figures
from weakstate.sizes.population import Population
from weakstate.sizes.predict import MODELS, Prediction, predict
from weakstate.sizes.transplant import Graft

__all__ = [
    "MODELS",
    "AccessSet",
    "AccessedAccount",
    "AccessedSlot",
    "BlockFigures",
    "Case",
    "Graft",
    "Population",
    "Prediction",
    "figures",
    "predict",
]
