"""Verkle trees over KZG commitments, as a reference: to be read, not to be fast.

Written from ``docs/verkle/kzg.md``. Read in this order: `commitments` (the group, the setup, and
what stands for a commitment), `tree` (from values to a root), `multiproof` (openings), `witness`
(from bytes to proven values). What a proof must open is the same as for every Verkle tree:
`weakstate.trees.verkle.proof`.
"""

from weakstate.trees.verkle_kzg.commitments import root_hash
from weakstate.trees.verkle_kzg.tree import root_of
from weakstate.trees.verkle_kzg.witness import KzgWitness, open_witness

__all__ = ["KzgWitness", "open_witness", "root_hash", "root_of"]
