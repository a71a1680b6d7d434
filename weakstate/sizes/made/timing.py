"""How long it takes to make and to open a real proof of what a block touched.

The state is synthetic: what was touched, with values and codes of random bytes, and a few thousand
keys beside. It is sparse, so that paths are shorter than mainnet's.
"""

import random
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from weakstate._native import BinaryTree, VerkleTree
from weakstate.sizes.access import AccessSet
from weakstate.sizes.buckets import ACCOUNT, Bucket
from weakstate.sizes.case import ZONED, Case
from weakstate.sizes.figures import Timing
from weakstate.sizes.made.tries import MadeTries
from weakstate.sizes.population import OCCUPANCY

TIMES = 3
# Stems beside those touched: KZG commitments take longest to compute.
BESIDE = {
    "verkle": 1 << 14,
    "verkle-kzg": 1 << 12,
    "binary-7864": 1 << 15,
    "binary-geth": 1 << 15,
    "binary-8297": 1 << 15,
}
MOST = 1 << 20  # leaves of a tree, before one is begun anew

Found = TypeVar("Found")


class Provers:
    """Trees in memory, to which what each block touched is added before a proof of it is timed."""

    def __init__(self) -> None:
        self._trees: dict[str, tuple[VerkleTree | BinaryTree, int]] = {}

    def timed(self, scheme: str, access: AccessSet) -> Timing | None:
        """Make and verify a proof; None if nothing is touched or the scheme has no prover."""
        if not access.accounts:
            return None
        if scheme == "mpt":
            return _of_tries(access)
        if scheme not in BESIDE:
            return None
        case = Case(access, occupancy=OCCUPANCY)
        stems = (case.zones if scheme in ZONED else case.stems).keyed(scheme)
        keys = [stem + bytes([suffix]) for stem, bucket in stems for suffix in bucket.touched]
        rng = random.Random(0)
        leaves = [
            (stem + bytes([suffix]), rng.randbytes(32))
            for stem, bucket in stems
            for suffix in _present(bucket)
        ]
        tree, size = self._with(scheme, leaves)
        make, witness = fastest(lambda: tree.prove(keys))
        verify, _ = fastest(lambda: _opened(scheme, tree.root, witness).get_many(keys))
        return Timing(make, verify, len(witness), len(keys), size)

    def _with(
        self, scheme: str, leaves: Sequence[tuple[bytes, bytes]]
    ) -> tuple[VerkleTree | BinaryTree, int]:
        """The tree that holds these leaves too, and how many it was given."""
        tree, size = self._trees.get(scheme, (None, 0))
        if tree is None or size > MOST:
            tree, size = _tree(scheme), BESIDE[scheme]
        tree.update(leaves)
        self._trees[scheme] = (tree, size + len(leaves))
        return self._trees[scheme]


def _tree(scheme: str) -> VerkleTree | BinaryTree:
    """A tree of keys that no block touches."""
    rng = random.Random(0)
    head, rest = (bytes([ACCOUNT]), 32) if scheme in ZONED else (b"", 31)
    tree = VerkleTree(scheme) if scheme.startswith("verkle") else BinaryTree(scheme)
    tree.update(
        [(head + rng.randbytes(rest) + b"\0", rng.randbytes(32)) for _ in range(BESIDE[scheme])]
    )
    return tree


def _opened(scheme: str, root: bytes, witness: bytes) -> VerkleTree | BinaryTree:
    if scheme.startswith("verkle"):
        return VerkleTree.open(scheme, root, witness)
    return BinaryTree.open(scheme, root, witness)


def _of_tries(access: AccessSet) -> Timing:
    tries = MadeTries(access)
    make, witness = fastest(tries.witness)
    verify, _ = fastest(lambda: tries.check(witness))
    bytes_ = witness.node_bytes + witness.code_bytes
    return Timing(make, verify, bytes_, access.keys, tries.keys)


def fastest(function: Callable[[], Found]) -> tuple[float, Found]:
    """Milliseconds of the fastest of some calls, and what it gives."""
    best = float("inf")
    for _ in range(TIMES):
        start = time.perf_counter()
        found = function()
        best = min(best, time.perf_counter() - start)
    return 1e3 * best, found


def _present(bucket: Bucket) -> list[int]:
    return sorted({*bucket.beside, *(s for s, present in bucket.touched.items() if present)})
