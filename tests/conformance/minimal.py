"""Whether a witness of leaves is minimal: without any of them the block cannot be verified.

The proof of fewer leaves is made from the whole state. A leaf that is absent may be known without
being listed: what proves that there is no stem proves it of all of the stem's leaves, and of others
in the same place. So only of leaves that are there every one must be missed.
"""

import random
from collections.abc import Callable
from itertools import pairwise

from tests.conformance.case import Failed
from weakstate import NotWitnessed, State, Witness

STEM, OFFSET = 31, 4


def expect_minimal(
    state: State, witness: Witness, verify: Callable[[Witness], object], drops: int | None
) -> None:
    """Raises Failed if the block can be verified without one of the leaves that are there.

    ``drops`` leaves are tried, None stands for all.
    """
    leaves = list_leaves(witness.proof)
    if witness.proof != state._prove_leaves(list(leaves)):
        raise Failed("another proof of the same leaves")
    there = [key for key, value in leaves.items() if value is not None]
    if drops is not None and drops < len(there):
        there = random.Random(witness.proof).sample(there, drops)
    for dropped in there:
        proof = state._prove_leaves([key for key in leaves if key != dropped])
        try:
            verify(Witness([], [], witness.headers, proof=proof))
        except NotWitnessed:
            continue
        raise Failed(f"the witness holds a leaf that the block does not need: {dropped.hex()}")


def list_leaves(proof: bytes) -> dict[bytes, bytes | None]:
    """The leaves of a witness by their keys; None are absent ones."""
    diff, _ = parts(proof, 2)
    leaves = {}
    for entry in elements(diff):
        stem, (suffixes,) = entry[:STEM], parts(entry, 1, STEM)
        for leaf in elements(suffixes):
            current, _ = parts(leaf, 2, 1)
            leaves[stem + leaf[:1]] = current[1:] or None
    return leaves


def parts(container: bytes, count: int, skip: int = 0) -> list[bytes]:
    """Parts of an SSZ container that are not of fixed length, of which ``skip`` bytes are."""
    return cut(container, [offset(container, skip + OFFSET * index) for index in range(count)])


def elements(items: bytes) -> list[bytes]:
    """Elements of an SSZ list that are not of fixed length."""
    return cut(items, [offset(items, at) for at in range(0, offset(items, 0), OFFSET)])


def cut(data: bytes, starts: list[int]) -> list[bytes]:
    """Pieces of ``data`` that start where it says, the last to the end."""
    return [data[start:end] for start, end in pairwise([*starts, len(data)])]


def offset(data: bytes, at: int) -> int:
    """An offset; zero in what is empty."""
    return int.from_bytes(data[at : at + OFFSET], "little")
