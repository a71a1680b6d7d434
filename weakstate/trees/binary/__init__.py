"""Binary trees, full or partial, as a reference: to be read, not to be fast.

Read in this order: `profile` (which trees there are), `nodes` (what is hashed, and how a tree
changes), `tree` (the map), `proof` (what others need), `witness` (its bytes, and back), `embedding`
(accounts, code and storage as keys).
"""

from weakstate.trees.binary.profile import EIP_7864, EIP_8297, GETH, PROFILES, Profile
from weakstate.trees.binary.tree import BinaryTree
from weakstate.trees.binary.witness import open_witness

__all__ = ["EIP_7864", "EIP_8297", "GETH", "PROFILES", "BinaryTree", "Profile", "open_witness"]
