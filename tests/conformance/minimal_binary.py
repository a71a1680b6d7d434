"""Whether a witness of a binary tree is minimal: nothing that it shows can be hidden.

Hidden is a leaf, or the end of what is known, behind its hash: the root stays the same. In trees
with stems some witnesses without it are no witnesses any longer: a stem shows at least one leaf.
"""

import random
from collections.abc import Callable, Iterator

from tests.conformance.case import Failed
from weakstate import InvalidWitness, Witness
from weakstate.trees.binary import Profile, open_witness
from weakstate.trees.binary.nodes import Branch, Closed, Hole, Leaf, Node, hash_at
from weakstate.trees.binary.witness import encode


def expect_minimal(
    profile: Profile, witness: Witness, verify: Callable[[Witness], object], drops: int | None
) -> None:
    """Raises Failed if the block can be verified with less shown.

    ``drops`` nodes are hidden in turn, None stands for all.
    """
    top = open_witness(profile, witness.parent_state_root, witness.proof).top
    shown = list(ends(top))
    if drops is not None and drops < len(shown):
        shown = random.Random(witness.proof).sample(shown, drops)
    for node in shown:
        proof = encode(profile, without(profile, top, 0, node))
        try:
            verify(Witness([], [], witness.headers, proof=proof))
        except InvalidWitness:
            continue
        raise Failed(f"the witness shows what the block does not need: {node}")


def ends(node: Node | None) -> Iterator[Leaf | Closed]:
    """Leaves, and ends of what is known."""
    if isinstance(node, Branch):
        for child in node.children:
            yield from ends(child)
    elif isinstance(node, Leaf | Closed):
        yield node


def without(profile: Profile, node: Node | None, depth: int, hidden: Leaf | Closed) -> Node | None:
    """The same tree with a node behind its hash."""
    if node is hidden:
        return Hole(hash_at(profile, node, depth))
    if not isinstance(node, Branch) or not hidden.prefix.startswith(node.prefix):
        return node
    children = list(node.children)
    below = len(node.prefix)
    side = int(hidden.prefix[below])
    children[side] = without(profile, children[side], below + 1, hidden)
    return Branch(node.prefix, (children[0], children[1]))
