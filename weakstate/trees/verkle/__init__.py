"""Verkle trees, full or partial, as a reference: to be read, not to be fast.

Read in this order: `banderwagon` (the group), `pedersen` (commitments), `transcript` and
`polynomial`, `ipa` and `multiproof` (openings), `nodes` and `tree` (the map), `witness` and
`proof` (from a tree to a witness and back), `embedding` (accounts, code and storage as keys).
"""

from weakstate.trees.verkle.proof import open_witness, prove
from weakstate.trees.verkle.tree import VerkleTree
from weakstate.trees.verkle.witness import VerkleWitness

__all__ = ["VerkleTree", "VerkleWitness", "open_witness", "prove"]
